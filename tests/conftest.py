"""What all tests share."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest


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
