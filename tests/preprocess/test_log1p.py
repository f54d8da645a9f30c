from __future__ import annotations

import math

import numpy as np
import pytest

from bulkwise.preprocess import Log1p


def test_known_values():
    X = np.array([[0.0, 1.0, 3.0, 1023.0]])
    np.testing.assert_allclose(Log1p().fit_transform(X), [[0, 1, 2, 10]], rtol=1e-15)
    np.testing.assert_allclose(Log1p(base=10).fit_transform([[0, 9, 99.0]]), [[0, 1, 2]])
    np.testing.assert_allclose(Log1p(base=math.e).fit_transform(X), np.log1p(X))


def test_float32_is_as_exact_as_float32_can_be():
    X = np.random.default_rng(0).lognormal(2, 4, (300, 2000)).astype(np.float32)
    exact = np.log2(X.astype(np.float64) + 1)
    np.testing.assert_allclose(Log1p().fit_transform(X), exact, rtol=3e-7, atol=2e-7)


def test_nothing_needs_to_be_fitted():
    np.testing.assert_allclose(Log1p().transform([[3.0]]), [[2.0]])


@pytest.mark.parametrize("method", ["fit", "transform"])
def test_negative_values_are_refused(method):
    with pytest.raises(ValueError, match=rf"Negative values in data passed to Log1p\.{method}"):
        getattr(Log1p(), method)(np.array([[1.0, -0.5]]))


def test_what_rounding_leaves_below_zero_is_zero():
    X = np.array([[1.0, -0.0005, 0.0]])
    np.testing.assert_array_equal(Log1p().fit_transform(X), [[1, 0, 0]])
    np.testing.assert_array_equal(X, [[1, -0.0005, 0]])


@pytest.mark.parametrize("base", [1, 0.5, "two"])
def test_the_base_is_above_one(base):
    with pytest.raises(ValueError, match="'base' parameter of Log1p"):
        Log1p(base=base).fit([[1.0]])
