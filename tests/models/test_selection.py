"""Panels as steps of a pipeline: what returns, its bound, patients whole, what can't be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from bulkwise.datasets import load
from bulkwise.datasets.simulate import SELECTION_BENCH, simulate
from bulkwise.errors import FitError, SampleError
from bulkwise.models import RandomPanel, RowSpaceLogistic, StabilitySelection
from bulkwise.preprocess import LogCPM, Standardize
from bulkwise.stats.stability import false_bounds

Array = np.ndarray[Any, Any]


def cohort(n: int = 60, p: int = 300, effect: float = 2.0) -> tuple[Array, Array]:
    rng = np.random.default_rng(0)
    y = np.repeat(["good", "poor"], n // 2)
    X = rng.normal(size=(n, p))
    X[y == "poor", :3] += effect
    return X, y


@pytest.mark.parametrize("method", ["forward", "lasso", "ttest"])
def test_planted_genes_return_and_the_bound_is_kept(method: str) -> None:
    X, y = cohort()
    model = StabilitySelection(k=None, method=method, n_pairs=20).fit(X, y)
    assert set(range(3)) <= set(model.get_support(indices=True))
    assert model.support_.sum() <= 5
    assert model.n_picked_ == 10  # sqrt(300 / 3)
    assert model.expected_false_ <= 0.5
    place = round(model.threshold_ * 40)
    assert model.expected_false_ == false_bounds(300, 10, 20)[place]
    assert model.frequencies_.sum() <= 10 + 1e-9
    np.testing.assert_array_equal(model.transform(X), X[:, model.support_])


def test_a_frequency_counts_the_halves_that_picked_a_gene() -> None:
    X, y = cohort(effect=1.0)
    model = StabilitySelection(k=5, n_pairs=10).fit(X, y)
    np.testing.assert_allclose(model.frequencies_ * 20, np.rint(model.frequencies_ * 20))
    order = model.order_
    assert (np.diff(model.frequencies_[order]) <= 0).all()
    assert model.support_.sum() == 5
    assert set(np.flatnonzero(model.support_)) == set(order[:5])


def test_each_of_several_classes_gets_its_share_of_the_panel() -> None:
    rng = np.random.default_rng(0)
    codes = np.arange(90) % 3
    X = rng.normal(size=(90, 200))
    for code, effect in enumerate((6.0, 3.0, 2.0)):
        X[np.ix_(codes == code, range(3 * code, 3 * code + 3))] += effect
    model = StabilitySelection(k=9, n_pairs=10).fit(X, np.array(["a", "b", "c"])[codes])
    assert model.class_frequencies_.shape == (3, 200)
    assert set(np.flatnonzero(model.support_)) == set(range(9))


def test_the_same_seed_gives_the_same_and_genes_in_any_order_too() -> None:
    X, y = cohort()
    model = StabilitySelection(n_pairs=10, random_state=3)
    first = clone(model).fit(X, y)
    order = np.random.default_rng(1).permutation(X.shape[1])
    np.testing.assert_array_equal(clone(model).fit(X, y).frequencies_, first.frequencies_)
    shuffled = clone(model).fit(X[:, order], y)
    np.testing.assert_array_equal(shuffled.frequencies_, first.frequencies_[order])
    other = clone(model).set_params(random_state=4).fit(X, y)
    assert not np.array_equal(other.frequencies_, first.frequencies_)


def test_patients_stay_whole() -> None:
    """Genes that know the patient return in halves by sample, and not in halves by patient."""
    rng = np.random.default_rng(0)
    patients = np.repeat(np.arange(12), 6)
    y = np.repeat([0, 1], 36)
    X = rng.normal(size=(12, 400))[patients] + 0.05 * rng.normal(size=(72, 400))
    by_sample = StabilitySelection(n_pairs=10).fit(X, y)
    by_patient = StabilitySelection(n_pairs=10).fit(X, y, groups=patients)
    assert by_sample.stable.sum() > by_patient.stable.sum()
    assert by_patient.frequencies_.max() < by_sample.frequencies_.max()


def test_chosen_inside_each_fold_noise_is_worth_nothing() -> None:
    X, _ = cohort(effect=0.0)
    y = np.arange(60) % 2
    inside = make_pipeline(StabilitySelection(k=5, n_pairs=5, method="ttest"), RowSpaceLogistic())
    outside = X[:, StabilitySelection(k=5, n_pairs=5, method="ttest").fit(X, y).support_]
    honest = cross_val_score(inside, X, y, scoring="roc_auc").mean()
    leaky = cross_val_score(RowSpaceLogistic(), outside, y, scoring="roc_auc").mean()
    assert honest < 0.65
    assert leaky > honest + 0.15


def test_most_causal_genes_of_the_bench_are_found_with_few_false_ones() -> None:
    made = simulate(**SELECTION_BENCH, random_state=2000)
    steps = make_pipeline(LogCPM(), Standardize(), StabilitySelection(n_pairs=25))
    X, causal = made.to_df(), made.var["causal"].to_numpy()
    keep = (np.asarray(made.X) > 10).mean(axis=0) > 0.2
    model = steps.fit(X.loc[:, keep], made.obs["outcome"])[-1]
    assert int((model.stable & causal[keep]).sum()) >= 24
    assert int((model.stable & ~causal[keep]).sum()) <= 4


def test_names_of_the_chosen_genes() -> None:
    X, y = cohort()
    frame = pd.DataFrame(X, columns=[f"G{i}" for i in range(300)])
    model = StabilitySelection(k=None, n_pairs=10).fit(frame, y)
    assert list(model.get_feature_names_out())[:3] == ["G0", "G1", "G2"]


def test_a_real_cohort_with_clear_classes_has_many_stable_genes() -> None:
    bladder = load("bladder")[:, ::10]
    X = Standardize().fit_transform(np.asarray(bladder.X))
    model = StabilitySelection(k=None, n_pairs=10).fit(X, bladder.obs["cancer"].astype(str))
    assert model.support_.sum() >= 3
    assert model.f_[model.support_].min() > np.median(model.f_)


def test_random_panels_have_their_size_and_change_with_the_seed() -> None:
    X, y = cohort()
    panels = [RandomPanel(k=7, random_state=seed).fit(X, y).support_ for seed in range(3)]
    assert [int(panel.sum()) for panel in panels] == [7, 7, 7]
    assert not np.array_equal(panels[0], panels[1])
    assert RandomPanel(k=1000).fit(X).support_.all()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"k": 0}, "'k' parameter of StabilitySelection"),
        ({"n_pairs": 0}, "'n_pairs' parameter of StabilitySelection"),
        ({"n_picked": 0}, "'n_picked' parameter of StabilitySelection"),
        ({"method": "magic"}, "'method' parameter of StabilitySelection"),
        ({"expected_false": -1.0}, "'expected_false' parameter of StabilitySelection"),
    ],
)
def test_settings_out_of_range_are_named(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        StabilitySelection(**settings).fit(*cohort())


def test_what_cannot_be_selected_from_is_refused() -> None:
    X, y = cohort()
    with pytest.raises(SampleError, match="got 1 class"):
        StabilitySelection().fit(X, ["good"] * 60)
    with pytest.raises(SampleError, match="poor \\(1\\)"):
        StabilitySelection().fit(X[:31], y[:31])
    with pytest.raises(FitError, match="No gene of 300 is stable"):
        StabilitySelection(k=None, expected_false=0.01).fit(
            cohort(effect=0.0)[0], np.arange(60) % 2
        )
