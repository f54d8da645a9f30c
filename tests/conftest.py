"""What all tests share."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real cohorts that the setting BULKWISE_DATA names."""
    named = os.environ.get("BULKWISE_DATA")
    if not named or not Path(named).is_dir():
        pytest.skip("needs the real cohorts: set BULKWISE_DATA to their folder")
    return Path(named)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, with a reason, what this machine can't run."""
    if item.get_closest_marker("gpu"):
        import torch

        if not torch.cuda.is_available():
            pytest.skip("needs a CUDA device")
    if item.get_closest_marker("browser") and shutil.which("chromium") is None:
        pytest.skip("needs Chromium on the path")


@pytest.fixture
def pairs_cohort() -> AnnData:
    """Patients with both conditions in three tissues; genes 0-9 keep what is personal."""
    rng = np.random.default_rng(0)
    tissue = np.repeat(["colon", "kidney", "liver"], [14, 12, 10])
    n, p = len(tissue), 60
    codes = np.unique(tissue, return_inverse=True)[1]
    own = rng.normal(size=(n, p))
    kept = np.where(np.arange(p) < 10, 0.9, 0.0)
    normal = 6 + rng.normal(size=(3, p))[codes] + own
    tumour = normal - own + 2 * rng.normal(size=(3, p))[codes] + kept * own
    tumour += 0.7 * rng.normal(size=(n, p))
    names = [f"P{i:02}" for i in range(n)]
    return AnnData(
        X=np.vstack([normal, tumour]).astype(np.float32),
        obs=pd.DataFrame(
            {
                "condition": ["normal"] * n + ["tumour"] * n,
                "tissue": np.tile(tissue, 2),
                "patient": names * 2,
            },
            index=[f"{name}-{side}" for side in "NT" for name in names],
        ),
        var=pd.DataFrame(index=[f"G{j}" for j in range(p)]),
        uns={"unit": "log2_tpm", "cohort": "planted"},
    )
