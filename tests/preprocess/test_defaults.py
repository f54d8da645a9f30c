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


def test_genes_near_zero_in_nearly_all_samples_are_left_out_where_the_unit_tells():
    X = np.full((200, 4), 8.0)
    X[:, 1] = 0.3
    X[:3, 2], X[3:, 2] = 9.0, 0.1
    X[:1, 3], X[1:, 3] = 9.0, 0.1
    X += np.random.default_rng(0).uniform(0, 0.1, X.shape)
    kept = make_pipeline(*for_unit("tpm", expressed=True)).fit(X)[0].get_support()
    assert kept.tolist() == [True, False, True, False]  # a marker of three samples in 200 stays
    assert len(for_unit("microarray", expressed=True)) == 1
    logs = make_pipeline(*for_unit("log2_tpm", expressed=True)).fit(np.log2(X + 1))[0]
    assert logs.get_support().tolist() == kept.tolist()
