"""Two cohorts with follow-up and a known answer, and one validation that several tests look at."""

from __future__ import annotations

from collections.abc import Callable

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from bulkwise.evaluation.external import ExternalValidation, validate

MakeCohort = Callable[..., ad.AnnData]

SURVIVAL = {"time": "days", "event": "relapse", "years": 5.0}


def make(
    name: str = "home",
    n: int = 120,
    *,
    n_genes: int = 40,
    seed: int = 0,
    shift: float = 0.0,
    unit: str = "log2_tpm",
    first_gene: int = 0,
) -> ad.AnnData:
    """Five genes and the grade tell the risk of relapse; a fifth of the patients leave early."""
    rng = np.random.default_rng(seed)
    X = rng.normal(6.0 + shift, 1.0, size=(n, n_genes))
    grade = rng.integers(1, 4, n)
    genes = slice(5 - first_gene, 10 - first_gene)
    risk = 0.9 * (X[:, genes] - 6.0 - shift).sum(axis=1) + 0.8 * (grade - 2)
    failing = rng.exponential(4000 * np.exp(-risk / 0.7))
    leaving = rng.uniform(300, 6000, n)
    words = np.array(["well differentiated", "intermediate", "poorly differentiated"])
    obs = pd.DataFrame(
        {
            "days": np.ceil(np.minimum(failing, leaving)),
            "relapse": np.where(failing <= leaving, "yes", "no"),
            "grade": words[grade - 1] if name == "away" else grade.astype(float),
            "er": np.where(rng.random(n) < 0.6, "positive", "negative"),
            "age": rng.normal(55, 9, n).round(),
            "tissue": np.where(risk > 0, "high", "low"),
        },
        index=[f"{name}{i:03d}" for i in range(n)],
    )
    var = pd.DataFrame(index=[f"G{j + first_gene:03d}" for j in range(n_genes)])
    cohort = ad.AnnData(X.astype(np.float32), obs=obs, var=var)
    cohort.uns |= {"unit": unit, "cohort": name}
    return cohort


def model() -> Pipeline:
    return make_pipeline(StandardScaler(), LogisticRegression(C=0.1))


@pytest.fixture(scope="session")
def make_cohort() -> MakeCohort:
    return make


@pytest.fixture(scope="session")
def home() -> ad.AnnData:
    return make()


@pytest.fixture(scope="session")
def away() -> ad.AnnData:
    return make("away", 100, seed=1, first_gene=2)


@pytest.fixture(scope="session")
def found(home: ad.AnnData, away: ad.AnnData) -> ExternalValidation:
    return validate(
        {"ours": model()},
        home,
        away,
        **SURVIVAL,
        clinical=["grade", "age"],
        strata=["er"],
        command="by hand",
    )
