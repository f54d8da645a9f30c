"""Ridge regression with a penalty for each target."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import RidgeCV
from sklearn.preprocessing import StandardScaler

from bulkwise.errors import InputError
from bulkwise.models import RidgeInference


@pytest.mark.parametrize("shape", [(30, 50), (80, 12)])
def test_it_equals_ridgecv_with_a_penalty_for_each_target(shape):
    rng = np.random.default_rng(0)
    n, p = shape
    X = rng.normal(size=shape) * rng.uniform(0.5, 4, size=p) + 3
    Y = X @ rng.normal(size=(p, 6)) + rng.normal(size=(n, 6)) * np.linspace(1, 40, 6)
    Z, W = StandardScaler().fit_transform(X), StandardScaler().fit_transform(Y)
    model = RidgeInference().fit(X, Y)
    scale = np.square(Z).sum() / n
    theirs = RidgeCV(np.logspace(-3, 1, 9) * scale, alpha_per_target=True).fit(Z, W)
    np.testing.assert_allclose(model.alpha_, theirs.alpha_)
    expected = theirs.predict(Z) * Y.std(axis=0) + Y.mean(axis=0)
    np.testing.assert_allclose(model.predict(X), expected, atol=1e-8)


def test_a_penalty_of_none_or_below_is_refused():
    with pytest.raises(InputError, match="numbers above 0"):
        RidgeInference(penalties=0.0).fit(np.eye(4), np.eye(4))
