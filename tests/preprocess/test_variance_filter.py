from __future__ import annotations

import numpy as np
import pytest

from bulkwise.preprocess import VarianceFilter


def test_keeps_the_genes_that_vary_most_in_their_order():
    rng = np.random.default_rng(0)
    X = rng.normal(100, 1, (60, 50)) * np.arange(50)
    fitted = VarianceFilter(k=10).fit(X)
    expected = np.sort(np.argsort(X.var(axis=0))[-10:])
    np.testing.assert_array_equal(fitted.get_support(indices=True), expected)
    np.testing.assert_allclose(fitted.variances_, X.var(axis=0))
    np.testing.assert_array_equal(fitted.transform(X), X[:, expected])


def test_the_first_of_equals_is_kept_and_all_when_there_are_few():
    X = np.array([[0.0, 0.0, 1.0], [1.0, 1.0, 1.0]])
    assert VarianceFilter(k=1).fit(X).get_support().tolist() == [True, False, False]
    assert VarianceFilter(k=9).fit(X).get_support().all()


def test_k_is_a_count():
    with pytest.raises(ValueError, match="'k' parameter of VarianceFilter"):
        VarianceFilter(k=0).fit([[1.0], [2.0]])
