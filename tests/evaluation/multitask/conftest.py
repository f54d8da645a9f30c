"""A small cohort with two targets, and one judgement of it for all tests."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from sklearn.pipeline import make_pipeline

from bulkwise.evaluation import MultitaskEvaluation, evaluate
from bulkwise.models import MultitaskClassifier
from bulkwise.networks import MultitaskAutoencoder
from bulkwise.preprocess import Standardize
from bulkwise.training import Training


def made(n_patients: int = 40, seed: int = 0) -> AnnData:
    """Two samples a patient (normal, tumour), three tissues, two sources."""
    rng = np.random.default_rng(seed)
    patient = np.repeat(np.arange(n_patients), 2)
    tissue, condition = patient % 3, np.tile([0, 1], n_patients)
    X = rng.normal(6, 1, size=(2 * n_patients, 200))
    for code in range(3):
        X[np.ix_(tissue == code, range(10 * code, 10 * code + 10))] += 1.5
    X[np.ix_(condition == 1, range(30, 40))] += 2
    obs = pd.DataFrame(
        {
            "tissue": np.array(["colon", "kidney", "liver"])[tissue],
            "condition": np.where(condition, "tumour", "normal"),
            "patient": [f"P{i:02d}" for i in patient],
            "source": np.array(["A", "B"])[patient // 3 % 2],
        },
        index=[f"s{i}" for i in range(2 * n_patients)],
    )
    var = pd.DataFrame(index=[f"G{i}" for i in range(200)])
    return AnnData(X=X.astype(np.float32), obs=obs, var=var, uns={"unit": "log2", "cohort": "made"})


def model(**settings: object) -> object:
    """A quick one."""
    quick = {
        "network": MultitaskAutoencoder(widths=(12,), code=4),
        "training": Training(learning_rate=0.05, epochs=12, patience=None),
        "random_state": 0,
    }
    return make_pipeline(Standardize(), MultitaskClassifier(**{**quick, **settings}))


@pytest.fixture(scope="session")
def cohort() -> AnnData:
    return made()


@pytest.fixture(scope="session")
def result(cohort: AnnData) -> MultitaskEvaluation:
    return evaluate(
        model(),
        cohort,
        target=["tissue", "condition"],
        name="both",
        folds=4,
        repeats=1,
        permutations=4,
        baselines=("majority", "knn"),
        command="bulkwise evaluate made",
    )
