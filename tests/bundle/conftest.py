"""A small cohort and a model fitted on it."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from sklearn.pipeline import Pipeline, make_pipeline

from bulkwise.models import RowSpaceLogistic
from bulkwise.preprocess import Log1p, Standardize


def _cohort(n: int = 36, p: int = 60, seed: int = 0, first: int = 0) -> AnnData:
    """Three tissues, two samples a patient, FPKM."""
    rng = np.random.default_rng([seed, first])
    tissue = np.array(["kidney", "liver", "lung"])[np.arange(n) // 2 % 3]
    programs = np.random.default_rng(77).normal(scale=0.8, size=(3, p))
    logs = 3 + programs[np.arange(n) // 2 % 3] + 0.5 * rng.normal(size=(n, p))
    obs = pd.DataFrame(
        {"tissue": tissue, "patient": [f"patient {i // 2 + first}" for i in range(n)]},
        index=[f"sample {i + first}" for i in range(n)],
    )
    return AnnData(
        X=np.maximum(np.exp2(logs) - 1, 0).astype(np.float32),
        obs=obs,
        var=pd.DataFrame(index=[f"GENE{j}" for j in range(p)]),
        uns={"unit": "fpkm", "cohort": "made up"},
    )


def _frame(cohort: AnnData) -> pd.DataFrame:
    return pd.DataFrame(cohort.X, columns=[str(gene) for gene in cohort.var_names])


@pytest.fixture(scope="session")
def make_cohort() -> Callable[..., AnnData]:
    """Draws a cohort; ``first`` numbers its samples and patients."""
    return _cohort


@pytest.fixture(scope="session")
def frame() -> Callable[[AnnData], pd.DataFrame]:
    """The matrix of a cohort with its genes' names."""
    return _frame


@pytest.fixture(scope="session")
def golden() -> ModuleType:
    """The script that made the golden bundles."""
    spec = spec_from_file_location("make_golden", Path(__file__).with_name("make_golden.py"))
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def cohort() -> AnnData:
    return _cohort()


@pytest.fixture(scope="session")
def model(cohort: AnnData) -> Pipeline:
    pipe = make_pipeline(Log1p(), Standardize(), RowSpaceLogistic(Cs=6, folds=3))
    return pipe.fit(_frame(cohort), cohort.obs["tissue"].to_numpy())
