"""A validation from one made-up cohort in another, with names of any kind."""

from __future__ import annotations

from collections.abc import Callable

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bulkwise.evaluation.external import ExternalValidation, validate

MakeFound = Callable[..., ExternalValidation]


def _cohort(name: str, seed: int, wrap: Callable[[str], str], classes: int) -> ad.AnnData:
    rng = np.random.default_rng(seed)
    n = 60
    X = rng.normal(6, 1, (n, 25))
    risk = X[:, 0] - 6
    time = np.ceil(rng.exponential(2500 * np.exp(-risk)) + 1)
    leaving = rng.uniform(500, 5000, n)
    names = np.array([wrap(f"kind {chr(97 + i)}") for i in range(classes)])
    obs = pd.DataFrame(
        {
            "days": np.minimum(time, leaving),
            "relapse": np.where(time <= leaving, "yes", "no"),
            "grade": rng.integers(1, 4, n),
            "er": np.array([wrap("positive"), wrap("negative")])[rng.integers(0, 2, n)],
            "kind": names[np.argsort(np.argsort(risk)) * classes // n],
        },
        index=[wrap(f"{name}{i:02d}") for i in range(n)],
    )
    cohort = ad.AnnData(X.astype(np.float32), obs=obs)
    cohort.var_names = [wrap(f"G{j}") for j in range(25)]
    cohort.uns |= {"unit": "log2_tpm", "cohort": wrap(name), "platform": wrap("array")}
    return cohort


def make(wrap: Callable[[str], str] = lambda text: text, *, classes: int = 0) -> ExternalValidation:
    """With follow-up, or with a target of some classes."""
    asked = {"target": "kind"} if classes else {"time": "days", "event": "relapse", "years": 5.0}
    return validate(
        {wrap("ours"): make_pipeline(StandardScaler(), LogisticRegression(C=0.1))},
        _cohort("home", 0, wrap, max(classes, 2)),
        _cohort("away", 1, wrap, max(classes, 2)),
        **asked,
        clinical=[] if classes else ["grade"],
        strata=["er"],
        command="bulkwise validate home away",
    )


@pytest.fixture(scope="session")
def make_found() -> MakeFound:
    return make


@pytest.fixture(scope="session")
def found() -> ExternalValidation:
    return make()
