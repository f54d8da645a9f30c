from __future__ import annotations

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

from bulkwise.checks.base import LOG_UNITS, UNITS
from bulkwise.errors import UnitError
from bulkwise.preprocess import for_unit


@pytest.mark.parametrize("unit", UNITS)
def test_every_unit_has_a_default_that_runs(unit):
    X = np.random.default_rng(0).poisson(20, (12, 30)).astype(np.float32)
    steps = for_unit(unit)
    scaled = make_pipeline(*steps).fit_transform(X)
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-6)
    names = [type(step).__name__ for step in steps]
    if unit == "counts":
        assert names == ["LogCPM", "Standardize"]
    elif unit in LOG_UNITS or unit == "microarray":
        assert names == ["Standardize"]
    else:
        assert names == ["Log1p", "Standardize"]


@pytest.mark.parametrize("unit", ["fpkms", None])
def test_unknown_units_are_refused(unit):
    with pytest.raises(UnitError, match="fpkm_harmonised"):
        for_unit(unit)
