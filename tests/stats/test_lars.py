"""The order in which genes enter the LASSO's path: scikit-learn's, in every part at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pytest
from sklearn.linear_model import lars_path

from bulkwise.stats.lars import lasso_order

Array = np.ndarray[Any, Any]


def expected(X: Array, y: Array, n_genes: int) -> list[int]:
    """Genes in the order of their first entry, by scikit-learn's path."""
    Z = X - X.mean(axis=0)
    length = np.linalg.norm(Z, axis=0)
    Z = Z / np.where(length > 0, length, 1)
    _, _, coefficients = lars_path(Z, y - y.mean(), method="lasso", max_iter=8 * n_genes)
    first = np.where((coefficients != 0).any(axis=1), (coefficients != 0).argmax(axis=1), 10**6)
    return [int(g) for g in np.argsort(first, kind="stable") if first[g] < 10**6][:n_genes]


def entered(order: Array) -> list[int]:
    return [int(g) for g in np.argsort(np.where(order > 0, order, 10**6), kind="stable")][
        : int((order > 0).sum())
    ]


@pytest.mark.parametrize("seed", range(3))
def test_the_order_is_that_of_scikit_learn_in_every_part(seed: int) -> None:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(40, 60)) @ (np.eye(60) + 0.2 * rng.normal(size=(60, 60)))
    y = (X[:, :3].sum(axis=1) + rng.normal(size=40) > 0).astype(float)
    parts = np.stack([rng.permutation(40) < 24 for _ in range(5)] + [np.ones(40, bool)])
    found = lasso_order(X, y, parts, 10)
    for part, order in zip(parts, found, strict=True):
        assert entered(order) == expected(X[part], y[part], 10)


def test_the_scale_and_the_offset_of_a_gene_do_not_matter() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 20)), rng.integers(0, 2, 30)
    parts = np.ones((1, 30), bool)
    moved = X * rng.uniform(0.01, 100, 20) + rng.normal(size=20) * 50
    np.testing.assert_array_equal(lasso_order(X, y, parts, 8), lasso_order(moved, y, parts, 8))
    np.testing.assert_array_equal(lasso_order(X, y, parts, 8), lasso_order(X, 3 - 2 * y, parts, 8))


def test_constant_genes_and_copies_never_enter_and_a_full_fit_ends() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(8, 30)), np.repeat([0, 1], 4)
    X[:, 3] = 7.0
    X[:, 5] = X[:, 4]
    order = lasso_order(X, y, np.ones((1, 8), bool), 30)[0]
    assert order[3] == 0
    assert not (order[4] > 0 and order[5] > 0)
    assert int((order > 0).sum()) <= 30
    used = order[order > 0]
    assert sorted(used) == list(range(1, len(used) + 1))
    assert not lasso_order(X, np.zeros(8), np.ones((1, 8), bool), 5).any()


@pytest.mark.real
def test_on_a_real_cohort_the_order_is_that_of_scikit_learn(data_folder: Path) -> None:
    alon = anndata.read_h5ad(data_folder / "microarray" / "alon.h5ad")
    X = np.log2(np.clip(np.asarray(alon.X, np.float64), 1, None))
    y = np.unique(alon.obs["label"].astype(str), return_inverse=True)[1].astype(float)
    order = lasso_order(X, y, np.ones((1, len(y)), bool), 12)[0]
    assert entered(order) == expected(X, y, 12)
