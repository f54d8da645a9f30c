"""Judging inference: known errors, patients apart, shifts, what comes after."""

from __future__ import annotations

import numpy as np
import pytest
from anndata import AnnData

from bulkwise.errors import GeneError, SampleError
from bulkwise.evaluation import InferenceEvaluation, Shift, evaluate_inference
from bulkwise.evaluation.inference.duplicates import merge_near_duplicates

from .conftest import LANDMARKS, MODELS


def test_errors_are_those_of_the_folds(cohort: AnnData, result: InferenceEvaluation) -> None:
    from sklearn.model_selection import GroupKFold

    X, errors = np.asarray(cohort.X), []
    sides, _ = merge_near_duplicates(X, cohort.obs["patient"].to_numpy())
    for train, test in GroupKFold(4).split(X, groups=sides):
        known = X[train, 10:]
        errors.append(np.abs(known.mean(axis=0) - X[test, 10:]) / known.std(axis=0))
    within = result.scenarios[0]
    assert within.models["mean"].mae.value == pytest.approx(np.concatenate(errors).mean(), rel=1e-5)
    assert (within.n_test, within.n_patients) == (120, 100)
    assert within.models["ours"].mae.low < within.models["ours"].mae.value
    assert 0.8 < within.models["ours"].coverage <= 1
    assert np.isnan(within.models["mean"].coverage)


def test_the_model_is_set_beside_every_rival(result: InferenceEvaluation) -> None:
    rows = {row.rival: row for row in result.scenarios[0].rivals}
    assert set(rows) == {"ridge", "mean"}
    assert rows["mean"].difference.high < 0
    assert rows["mean"].p < 1e-6
    assert rows["mean"].improved > 0.95
    assert (result.scenarios[1].n_train, result.scenarios[1].n_test) == (40, 60)


def test_what_comes_after_inference(result: InferenceEvaluation) -> None:
    after = result.downstream
    assert after.fold_changes > 0.9
    assert after.same_sign > 0.9
    assert abs(after.measured - after.inferred) < 0.2
    assert len(result.genes) == 30
    assert result.genes["expected"].corr(result.genes["error(ours)"]) > 0.5


def test_what_cant_be_judged_is_refused(cohort: AnnData) -> None:
    ask = {"landmarks": LANDMARKS, "ours": "ours"}
    with pytest.raises(GeneError, match="a landmark and a target"):
        evaluate_inference(MODELS, cohort, **ask, targets=["G1", "G20"])
    with pytest.raises(GeneError, match="no model 'x'"):
        evaluate_inference(MODELS, cohort, landmarks=LANDMARKS, ours="x")
    with pytest.raises(SampleError, match="no sample 'relapse'"):
        evaluate_inference(
            MODELS, cohort, **ask, shifts=[Shift("s", "condition", "normal", "relapse")]
        )
