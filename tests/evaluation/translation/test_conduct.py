"""The judgement of translators: known figures, faults, and what it refuses to say."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import BaseEstimator

from bulkwise.errors import GeneError, InputError, SampleError
from bulkwise.evaluation import judge_translation

from .conftest import translator


class Oracle(BaseEstimator):
    """Gives everybody's true other sample."""

    column, source, target, tissue, pairs = "condition", "normal", "tumour", "tissue", "patient"
    truth = None

    def fit(self, cohort):
        return self

    def predict(self, cohort):
        made = cohort.copy()
        rows = [name.replace("-N", "-T") for name in cohort.obs_names]
        made.X = Oracle.truth[rows].X.copy()
        return made


def test_the_truth_has_no_error(pairs_cohort):
    Oracle.truth = pairs_cohort
    found = judge_translation(Oracle(), pairs_cohort, n_splits=3).models["translator"].metrics
    assert found["error"].value == 0
    for key in ("profile_correlation", "change_correlation", "personal_correlation", "direction"):
        assert found[key].value == pytest.approx(1)
    assert np.isnan(found["coverage"].value)


def test_the_planted_part_beats_the_rules(result):
    models, best = result.models, result.best_rule
    assert (
        models["translator"].metrics["error"].value < models["target mean"].metrics["error"].value
    )
    assert models["target mean"].metrics["personal_correlation"].value == 0
    assert models["no change"].metrics["direction"].value == 0
    assert set(models) == {
        "translator", "no change", "target mean", "mean shift", "shrunken shift", "gene slope",
        "slope and ridge", "nearest neighbour",
    }  # fmt: skip
    row = {one.rival: one for one in result.comparisons}
    assert row["no change"].verdict == "better"
    assert row[best].adjusted_p_value >= row[best].p_value
    assert best in result.verdict[0]
    assert result.genes["explained"][:10].mean() > 0.2 > result.genes["explained"][10:].mean()
    assert result.question.n_pairs == 36
    assert result.models["translator"].per_tissue.keys() == {"colon", "kidney", "liver"}


def test_no_patient_is_tested_twice_or_by_its_own(result):
    ours = result.patients[result.patients["model"] == "translator"]
    assert ours["patient"].is_unique
    assert len(ours) == 36
    by_hand = ours["error"].mean()
    assert result.models["translator"].metrics["error"].value == pytest.approx(by_hand)


def test_the_reverse_direction(pairs_cohort):
    back = translator(source="tumour", target="normal")
    found = judge_translation(back, pairs_cohort, n_splits=3)
    errors = {name: model.metrics["error"].value for name, model in found.models.items()}
    assert errors["translator"] < errors["target mean"]


def test_without_pairs_only_groups_are_compared(pairs_cohort):
    found = judge_translation(translator(pairs=None), pairs_cohort, n_splits=3)
    assert not found.question.paired
    assert "can't be known" in found.verdict[0]
    assert set(found.models) == {"translator", "no change", "target mean", "mean shift"}
    metrics = {name: model.metrics for name, model in found.models.items()}
    assert metrics["no change"]["energy"].value == pytest.approx(1, abs=0.3)
    assert metrics["mean shift"]["energy"].value < 0.5
    assert metrics["target mean"]["spread"].value == pytest.approx(0, abs=1e-9)
    assert found.patients.empty
    assert found.summary()


def test_purity_takes_its_part_away(pairs_cohort):
    rng = np.random.default_rng(5)
    mixed = pairs_cohort.copy()
    share = rng.normal(size=36)
    mixed.X[:36, 20:40] += 2 * share[:, None].astype(np.float32)
    mixed.X[36:, 20:40] += 2 * share[:, None].astype(np.float32)
    found = judge_translation(translator(), mixed, n_splits=3, purity=["G20", "G21", "G22", "X"])
    assert found.purity.genes == ("G20", "G21", "G22")
    assert found.purity.explained.value > 0.2
    assert found.purity.after.value < found.purity.before.value
    with pytest.raises(GeneError, match="0 are in the cohort"):
        judge_translation(translator(), mixed, purity=["X"])


def test_swapped_pairs_are_named_and_left_out_beside(pairs_cohort):
    swapped = pairs_cohort.copy()
    swapped.X[:36] -= 3 * np.linspace(0, 1, 60, dtype=np.float32)
    swapped.X[[0, 36]] = swapped.X[[36, 0]]
    found = judge_translation(translator(), swapped, n_splits=3)
    assert found.sensitivity[0].n == 35
    assert "P00" in found.sensitivity[0].without
    assert found.sensitivity[0].error.value < found.models["translator"].metrics["error"].value


def test_other_conditions_and_one_sided_tissues_are_said(pairs_cohort):
    odd = pairs_cohort.copy()
    odd.obs.loc["P35-T", "condition"] = "adenoma"
    odd.obs.loc[["P34-N", "P34-T"], "tissue"] = "lung"
    odd.obs.loc["P34-T", "condition"] = "normal"
    found = judge_translation(translator(), odd, n_splits=3)
    codes = {item.code for item in found.findings}
    assert {"other-conditions", "one-condition-only"} <= codes
    assert found.question.n_samples == 71


def test_too_few_patients_are_an_error(pairs_cohort):
    few = pairs_cohort[pairs_cohort.obs["patient"].isin(["P00", "P01"])].copy()
    with pytest.raises(SampleError, match="Too few patients for 5 folds"):
        judge_translation(translator(), few)
    with pytest.raises(InputError, match="no translator"):
        judge_translation({}, pairs_cohort)
