"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real cohorts that the setting BULKWISE_DATA names."""
    named = os.environ.get("BULKWISE_DATA")
    if not named or not Path(named).is_dir():
        pytest.skip("needs the real cohorts: set BULKWISE_DATA to their folder")
    return Path(named)
