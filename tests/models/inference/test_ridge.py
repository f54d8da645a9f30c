"""Ridge regression with a penalty for each target."""

from __future__ import annotations

import numpy as np
import pytest
from anndata import read_h5ad
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


@pytest.mark.real
def test_real_genes_get_the_penalties_that_ridgecv_gives_them(data_folder):
    X = np.asarray(read_h5ad(data_folder / "gtex_26_tissues.h5ad").X, dtype=np.float32)
    X = X[:, X.std(axis=0) > 0]
    known, targets = X[:, ::4], X[:, 1::4]
    train = np.arange(len(X)) % 3 > 0
    model = RidgeInference().fit(known[train], targets[train])
    scaler = StandardScaler().fit(known[train])
    Z = scaler.transform(known[train]).astype(np.float64)
    alphas = np.logspace(-3, 1, 9) * np.square(Z).sum() / len(Z)
    theirs = RidgeCV(alphas, alpha_per_target=True).fit(Z, targets[train].astype(np.float64))
    assert np.isclose(model.alpha_, theirs.alpha_).mean() > 0.99
    told = theirs.predict(scaler.transform(known[~train]))
    gap = np.abs(model.predict(known[~train]) - told)
    assert np.median(gap) < 1e-4
    missed = np.abs(told - targets[~train]).mean(axis=0)
    assert np.corrcoef(model.expected_error_, missed)[0, 1] > 0.9
