"""Censored patients in a cross-validation: never trained on, predicted once, judged over time."""

from __future__ import annotations

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bulkwise.errors import InputError
from bulkwise.evaluation import compare, evaluate, with_endpoint
from bulkwise.evaluation.base import FOLLOW_UP_METRICS
from bulkwise.evaluation.censored import with_censored
from bulkwise.evaluation.inputs import open_inputs
from bulkwise.randomness import Seeds
from bulkwise.split import grouped_folds
from bulkwise.stats import c_index

SURVIVAL = {"time": "months", "event": "relapse", "years": 5, "time_unit": "months"}


def cohort(n: int = 90, effect: float = 1.5) -> ad.AnnData:
    """A hidden risk shortens the time to relapse; a third leave early; some have two samples."""
    rng = np.random.default_rng(0)
    risk = rng.normal(size=n)
    X = rng.normal(6, 1, size=(n, 40))
    X[:, :8] += effect * risk[:, None]
    time = rng.exponential(70 * np.exp(-1.5 * risk))
    left = np.where(np.arange(n) % 3 == 0, rng.uniform(5, 80, size=n), 120.0)
    obs = pd.DataFrame(
        {
            "months": np.minimum(time, left).round(1) + 0.1,
            "relapse": np.where(time <= left, "yes", "no"),
            "patient": [f"P{min(i, i - i % 2 if i < 20 else i)}" for i in range(n)],
            "site": np.where(np.arange(n) % 2, "east", "west"),
        },
        index=[f"S{i}" for i in range(n)],
    )
    made = ad.AnnData(X.astype(np.float32), obs=obs)
    made.uns |= {"unit": "log2", "cohort": "followed"}
    return made


def opened(by: str | None = None):
    whole = cohort()
    followed = with_endpoint(whole, **SURVIVAL)
    inputs = open_inputs(
        followed.known, target=followed.target, groups="patient", source=None, holdout_by=by
    )
    folds = grouped_folds(inputs.labels, inputs.groups, n_splits=4, n_repeats=2)
    return whole, followed, inputs, folds, with_censored(inputs, folds, followed, by, Seeds(1))


def test_everybody_is_predicted_once_a_repeat_and_nobody_without_a_label_is_trained_on():
    whole, followed, inputs, folds, found = opened()
    n = len(inputs.samples)
    assert 5 < len(followed.endpoint.censored) == len(whole) - n
    for repeat in (0, 1):
        tested = np.concatenate([fold.test for fold in found.folds if fold.repeat == repeat])
        assert sorted(tested) == list(range(len(whole)))
    for fold, before in zip(found.folds, folds, strict=True):
        assert fold.train.max() < n
        np.testing.assert_array_equal(fold.train, before.train)
        groups = found.inputs.groups
        assert not set(groups[fold.train]) & set(groups[fold.test])
    times = dict(zip(whole.obs_names, whole.obs["months"], strict=True))
    assert found.time.tolist() == [times[name] for name in found.inputs.samples]
    assert (found.inputs.labels[n:] == "").all()


def test_a_column_that_is_held_out_holds_for_the_censored_too():
    followed = with_endpoint(cohort(), **SURVIVAL)
    inputs = open_inputs(
        followed.known, target=followed.target, groups=None, source=None, holdout_by="site"
    )
    from bulkwise.split import leave_one_source_out

    folds = leave_one_source_out(inputs.sheet["site"].to_numpy(dtype=str), inputs.labels)
    found = with_censored(inputs, folds, followed, "site", Seeds(0))
    site = found.inputs.sheet["site"].to_numpy(dtype=str)
    for fold in found.folds:
        assert set(site[fold.test]) == {fold.name}


def test_figures_over_time_stand_beside_those_that_need_a_label(tmp_path):
    model = make_pipeline(StandardScaler(), GaussianNB())
    options = {"repeats": 1, "permutations": 2, "baselines": ["majority"], "folds": 3}
    result = evaluate(model, cohort(), **SURVIVAL, name="nb", **options)
    assert result.question.target == "relapse within 5 years"
    assert result.question.labels == ("no", "yes")
    own = result.models["nb"].metrics
    assert set(FOLLOW_UP_METRICS) <= set(own)
    for key in FOLLOW_UP_METRICS:
        assert own[key].value > 0.7
        assert own[key].low <= own[key].value <= own[key].high
        assert result.models["majority"].metrics[key].value == pytest.approx(0.5)
    assert "C-index" in result.summary()
    assert "censored-before-endpoint" in {finding.code for finding in result.findings}
    table = result.to_frame()
    assert "" not in set(table["observed"])
    # the labels' part is what an evaluation of the known patients alone gives
    followed = with_endpoint(cohort(), **SURVIVAL)
    alone = evaluate(model, followed.known, target=followed.target, name="nb", **options)
    for key, estimate in alone.models["nb"].metrics.items():
        assert own[key] == estimate
    pd.testing.assert_frame_equal(alone.to_frame(), table)
    assert alone.controls.permutation == result.controls.permutation
    again = type(result).load(result.save(tmp_path / "out"))
    assert again == result


def test_the_c_index_is_that_of_the_folds():
    *_, found = opened()
    from bulkwise.evaluation.candidates import line_up
    from bulkwise.evaluation.fitting import cross_validate

    fitted = cross_validate(
        found.inputs, found.folds, line_up({"nb": GaussianNB()}, [], "log2", Seeds(0))
    )
    draws = found.draws(fitted, "nb", np.ones((1, found.inputs.n_groups)))
    first = fitted.fold == 0
    who = fitted.sample[first]
    expected = c_index(
        found.time[who], found.event[who], fitted.models["nb"].probabilities[first, 1]
    )
    assert draws["c_index"][0, 0] == pytest.approx(expected)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"time": "months", "event": "relapse"},
        {"target": "site", "time": "months", "event": "relapse", "years": 5},
    ],
)
def test_what_to_predict_must_be_said_in_one_way(asked):
    with pytest.raises(InputError, match="what to predict"):
        compare(["knn"], cohort(), **asked)


def test_a_split_of_ones_own_does_not_go_with_an_endpoint():
    with pytest.raises(InputError, match="make the endpoint first"):
        compare(["knn"], cohort(), **SURVIVAL, split=[([0, 1], [2, 3])])
