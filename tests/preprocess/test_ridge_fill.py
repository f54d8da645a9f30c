"""Missing genes from the others."""

from __future__ import annotations

import numpy as np

from bulkwise.preprocess import RidgeFill


def test_missing_genes_are_ridge_regressions_on_the_measured_ones():
    rng = np.random.default_rng(0)
    sources = rng.normal(size=(200, 3))
    X = sources @ rng.normal(size=(3, 12)) + 0.1 * rng.normal(size=(200, 12)) + 4
    fill = RidgeFill(penalty=1e-3).fit(X[:150])
    measured = np.arange(12) > 1
    lacking = X[150:].copy()
    lacking[:, ~measured] = np.nan
    filled = fill.fill(lacking, measured)
    np.testing.assert_array_equal(filled[:, measured], X[150:, measured])
    usual = np.abs(X[150:, :2] - X[:150, :2].mean(axis=0)).mean()
    assert np.abs(filled[:, :2] - X[150:, :2]).mean() < 0.2 * usual
    assert np.isnan(lacking[:, 0]).all()
    np.testing.assert_array_equal(fill.fill(X, np.ones(12, dtype=bool)), X)
