"""A cohort with five sources of variation, and one judgement of inference on it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from bulkwise.baselines import INFERENCE_BASELINES
from bulkwise.evaluation import InferenceEvaluation, Shift, evaluate_inference
from bulkwise.models import ExpressionInference, RidgeInference

GENES = [f"G{j}" for j in range(40)]
LANDMARKS = GENES[:10]
MODELS = {
    "ours": ExpressionInference(kernels=("linear", "matern-0.5")),
    "ridge": RidgeInference(),
    "mean": INFERENCE_BASELINES["mean"](),
}


@pytest.fixture(scope="package")
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


@pytest.fixture(scope="package")
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
