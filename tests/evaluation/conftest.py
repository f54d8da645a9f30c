"""A small cohort with a known answer, and one evaluation of it that several tests look at."""

from __future__ import annotations

from collections.abc import Callable

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bulkwise.evaluation import Evaluation, evaluate

MakeCohort = Callable[..., ad.AnnData]


def make(
    n_patients: int = 36,
    n_genes: int = 60,
    effect: float = 1.5,
    seed: int = 0,
    labels: tuple[str, ...] = ("kidney", "liver", "lung"),
    sources: bool = False,
) -> ad.AnnData:
    """Two samples a patient; ten genes tell each label, source and age nothing."""
    rng = np.random.default_rng(seed)
    label = np.arange(n_patients) % len(labels)
    X = rng.normal(6.0, 1.0, size=(2 * n_patients, n_genes))
    patient = np.repeat(np.arange(n_patients), 2)
    for code in range(len(labels)):
        X[np.ix_(label[patient] == code, range(10 * code, 10 * code + 10))] += effect
    obs = pd.DataFrame(
        {
            "tissue": np.array(labels)[label[patient]],
            "patient": [f"P{p:02d}" for p in patient],
            "age": rng.normal(60, 9, size=n_patients)[patient],
        },
        index=[f"S{i:03d}" for i in range(2 * n_patients)],
    )
    if sources:
        obs["source"] = np.where(rng.permutation(n_patients)[patient] % 2, "east", "west")
    var = pd.DataFrame(index=[f"G{i:03d}" for i in range(n_genes)])
    cohort = ad.AnnData(X.astype(np.float32), obs=obs, var=var)
    cohort.uns["unit"] = "log2"
    cohort.uns["cohort"] = "planted"
    return cohort


@pytest.fixture
def make_cohort() -> MakeCohort:
    return make


@pytest.fixture
def cohort() -> ad.AnnData:
    return make()


def model():
    return make_pipeline(StandardScaler(), GaussianNB())


@pytest.fixture(scope="session")
def result() -> Evaluation:
    return evaluate(
        model(),
        make(sources=True),
        target="tissue",
        repeats=1,
        permutations=5,
        name="mlp",
        command="by hand",
    )
