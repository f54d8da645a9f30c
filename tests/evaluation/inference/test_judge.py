"""Judging inference: known errors, patients apart, shifts, what comes after."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from bulkwise.baselines import INFERENCE_BASELINES
from bulkwise.errors import GeneError, SampleError
from bulkwise.evaluation import InferenceEvaluation, Shift, evaluate_inference
from bulkwise.evaluation.inference.duplicates import merge_near_duplicates
from bulkwise.models import ExpressionInference, RidgeInference

GENES = [f"G{j}" for j in range(40)]
LANDMARKS = GENES[:10]
MODELS = {
    "ours": ExpressionInference(kernels=("linear", "matern-0.5")),
    "ridge": RidgeInference(),
    "mean": INFERENCE_BASELINES["mean"](),
}


@pytest.fixture(scope="module")
def cohort() -> AnnData:
    rng = np.random.default_rng(0)
    condition = np.array(["normal", "tumour"])[np.arange(120) % 2]
    sources = rng.normal(size=(120, 5)) + 1.5 * (condition == "tumour")[:, None]
    X = 8 + sources @ rng.normal(size=(5, 40)) + 0.4 * rng.normal(size=(120, 40))
    obs = pd.DataFrame(
        {
            "patient": [f"p{i // 2 if i < 40 else i}" for i in range(120)],
            "condition": condition,
            "tissue": np.array(["a", "b"])[(sources[:, 0] > 0.7).astype(int)],
        },
        index=[f"s{i}" for i in range(120)],
    )
    var = pd.DataFrame(index=pd.Index(GENES))
    return AnnData(X=X.astype(np.float32), obs=obs, var=var, uns={"unit": "log2_tpm"})


@pytest.fixture(scope="module")
def result(cohort: AnnData) -> InferenceEvaluation:
    return evaluate_inference(
        MODELS,
        cohort,
        landmarks=LANDMARKS,
        ours="ours",
        folds=4,
        shifts=[Shift("normal → tumour", "condition", "normal", "tumour")],
        label="tissue",
        contrast=("condition", "tumour", "normal"),
    )


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


def test_it_comes_back_from_its_folder(tmp_path, result: InferenceEvaluation) -> None:
    again = InferenceEvaluation.load(result.save(tmp_path / "r"))
    assert str(again.scenarios) == str(result.scenarios)
    pd.testing.assert_frame_equal(again.genes, result.genes, check_dtype=False)
    assert again.metrics() == result.metrics()
    assert again.downstream == result.downstream


def test_near_duplicates_stay_on_one_side() -> None:
    rng = np.random.default_rng(1)
    logs = rng.normal(size=(20, 200))
    logs[7] = logs[3] + 0.05 * rng.normal(size=200)
    groups, merged = merge_near_duplicates(logs, np.array([f"p{i // 2}" for i in range(20)]))
    assert groups[7] == groups[3] == groups[2] == groups[6]
    assert len(set(groups)) == 9
    assert merged == 2


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
