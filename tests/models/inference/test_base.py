"""What models of many targets are given, and the shape that they give back."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from bulkwise.models.inference.base import TargetRegressor, moments


class Mean(TargetRegressor):
    """Foretells the mean of each target."""

    def fit(self, X, Y, *, groups=None):
        matrix, targets = self._learnt_from(X, Y, groups, least=3)
        self.mean_ = targets.mean(axis=0) + 0 * matrix.sum()
        return self

    def predict(self, X):
        matrix = self._seen(X)
        return self._shaped(np.tile(self.mean_, (len(matrix), 1)))


X = np.random.default_rng(0).normal(size=(6, 4))


def test_targets_keep_their_names_and_a_vector_stays_one():
    table = pd.DataFrame({"A": np.arange(6.0), "B": 1.0})
    many = Mean().fit(X, table)
    assert many.target_names_.tolist() == ["A", "B"]
    np.testing.assert_array_equal(many.predict(X[:2]), [[2.5, 1.0]] * 2)
    one = Mean().fit(X, np.arange(6.0))
    assert one.target_names_.tolist() == ["0"]
    assert one.predict(X[:2]).tolist() == [2.5, 2.5]
    column = Mean().fit(X, np.arange(6.0)[:, None])
    assert column.predict(X[:2]).shape == (2, 1)


def test_what_does_not_fit_together_is_refused():
    with pytest.raises(ValueError, match="minimum of 3 is required"):
        Mean().fit(X[:2], np.ones((2, 2)))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        Mean().fit(X, np.ones(6), groups=np.arange(5))
    with pytest.raises(ValueError, match="NaN"):
        Mean().fit(X, np.full(6, np.nan))
    with pytest.raises(ValueError, match="4 features"):
        Mean().fit(X, np.ones(6)).predict(X[:, :3])
    with pytest.raises(NotFittedError):
        Mean().predict(X)


def test_moments_of_a_constant_column_divide_by_one():
    table = np.zeros((15, 3))
    table[:, 0] = np.arange(15.0)
    table[:, 1] = 20.7  # whose standard deviation rounds to a little above zero
    assert 0 < table.std(axis=0)[1] < 1e-10
    center, scale = moments(table)
    np.testing.assert_allclose(center, [7, 20.7, 0])
    np.testing.assert_allclose(scale, [np.sqrt(56 / 3), 1, 1])
    assert scale.dtype == np.float64
