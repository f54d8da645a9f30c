from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from bulkwise.errors import InputError
from bulkwise.stats.base import lm_fit


def test_equals_least_squares_gene_by_gene(small: SimpleNamespace) -> None:
    fit = lm_fit(small.gaps, small.design, weights=small.weights)
    X = small.design.to_numpy()
    for g in (0, 3, 40, 70):
        y = small.gaps.to_numpy()[:, g]
        seen = np.isfinite(y)
        root = np.sqrt(small.weights[seen, g])
        b, rss, _, _ = np.linalg.lstsq(X[seen] * root[:, None], y[seen] * root, rcond=None)
        np.testing.assert_allclose(fit.coefficients[g], b, rtol=1e-10)
        np.testing.assert_allclose(fit.sigma[g] ** 2, rss[0] / (seen.sum() - 4), rtol=1e-10)


def test_extreme_weights_keep_their_digits() -> None:
    rng = np.random.default_rng(0)
    X = np.column_stack([np.ones(20), rng.normal(size=(20, 3)) + 100])
    y = rng.normal(size=(20, 50))
    w = 10.0 ** rng.uniform(-4, 4, size=(20, 50))
    fit = lm_fit(y, X, weights=w)
    for g in range(50):
        root = np.sqrt(w[:, g])
        b = np.linalg.lstsq(X * root[:, None], y[:, g] * root, rcond=None)[0]
        np.testing.assert_allclose(fit.coefficients[g], b, rtol=1e-7)


def test_float32_and_blocks_change_nothing() -> None:
    y = np.random.default_rng(1).normal(size=(9, 70_000)).astype(np.float32)
    X = np.column_stack([np.ones(9), np.arange(9)])
    whole = lm_fit(y, X)
    part = lm_fit(y[:, 40_000:40_100].astype(float), X)
    np.testing.assert_allclose(whole.coefficients[40_000:40_100], part.coefficients, atol=1e-13)
    np.testing.assert_allclose(whole.sigma[40_000:40_100], part.sigma, rtol=1e-13)


def test_gene_without_values_is_missing_all_over(small: SimpleNamespace) -> None:
    fit = lm_fit(small.gaps, small.design)
    assert np.isnan(fit.coefficients[32]).all()
    assert np.isnan(fit.mean[32])
    assert fit.df_residual[32] == 0
    assert np.isnan(fit.coefficients[30]).tolist() == [False, False, True, False]


def test_select_keeps_some_coefficients(small: SimpleNamespace) -> None:
    fit = lm_fit(small.y, small.design)
    part = fit.select("C", "age")
    np.testing.assert_array_equal(part.coefficients, fit.coefficients[:, [3, 1]])
    assert part.cov_coefficients[0, 1] == fit.cov_coefficients[3, 1]
    with pytest.raises(InputError, match="no coefficient 'sex'"):
        fit.select("sex")


def test_block_and_correlation_belong_together(small: SimpleNamespace) -> None:
    with pytest.raises(InputError, match="both the block"):
        lm_fit(small.y, small.design, block=small.patient)
    with pytest.raises(InputError, match="both the block"):
        lm_fit(small.y, small.design, correlation=0.3)


def test_caller_keeps_its_matrix(small: SimpleNamespace) -> None:
    before = small.y.to_numpy().copy()
    lm_fit(small.y, small.design, weights=small.sample_weights)
    np.testing.assert_array_equal(small.y.to_numpy(), before)
