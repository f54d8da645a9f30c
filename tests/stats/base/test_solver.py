from __future__ import annotations

import numpy as np

from bulkwise.stats.base.solver import Solver

RNG = np.random.default_rng(0)
Y = RNG.normal(size=(14, 60)) + 8
X = np.column_stack([np.ones(14), np.arange(14) % 2, RNG.normal(size=14)])
EVERY, GENES = np.arange(14), np.arange(60)


def _generalised(y: np.ndarray, V: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Textbook generalised least squares of one gene."""
    inverse = np.linalg.inv(V)
    covariance = np.linalg.inv(X.T @ inverse @ X)
    b = covariance @ X.T @ inverse @ y
    rest = y - X @ b
    return b, np.sqrt(np.diag(covariance)), float(rest @ inverse @ rest)


def _correlation() -> np.ndarray:
    block = np.arange(14) // 2
    return np.where(block[:, None] == block, 0.4, 0.0) + 0.6 * np.eye(14)


def test_plain_is_generalised_least_squares() -> None:
    scale = np.sqrt(RNG.uniform(0.3, 3, size=14))
    solver = Solver.of(X, EVERY, scale, _correlation())
    found = solver.plain(Y, GENES)
    V = _correlation() / np.outer(scale, scale)
    for g in (0, 31, 59):
        b, error, squares = _generalised(Y[:, g], V)
        np.testing.assert_allclose(found.coefficients[g], b)
        np.testing.assert_allclose(found.unscaled, error)
        np.testing.assert_allclose(found.squares[g], squares)
    np.testing.assert_allclose(found.mean, Y.mean(axis=0))
    np.testing.assert_allclose(np.sqrt(np.diag(solver.covariance)), found.unscaled)


def test_weights_by_gene_are_generalised_least_squares() -> None:
    weights = RNG.uniform(0.1, 4, size=Y.shape)
    found = Solver.of(X, EVERY, None, _correlation()).weighted(Y, weights, GENES)
    for g in (0, 31, 59):
        roots = np.sqrt(weights[:, g])
        b, error, squares = _generalised(Y[:, g], _correlation() / np.outer(roots, roots))
        np.testing.assert_allclose(found.coefficients[g], b)
        np.testing.assert_allclose(found.unscaled[g], error)
        np.testing.assert_allclose(found.squares[g], squares)


def test_equal_weights_are_none() -> None:
    solver = Solver.of(X, EVERY, None, None)
    plain, same = solver.plain(Y, GENES), solver.weighted(Y, np.ones(Y.shape), GENES)
    np.testing.assert_allclose(plain.coefficients, same.coefficients, rtol=1e-12)
    np.testing.assert_allclose(plain.squares, same.squares, rtol=1e-12)


def test_some_samples_and_genes() -> None:
    rows, genes = np.array([0, 2, 4, 6, 8]), np.array([3, 40])
    solver = Solver.of(X, rows, None, None)
    assert solver.kept.tolist() == [0, 2]  # the second column is zero in these
    found = solver.plain(Y, genes)
    b = np.linalg.lstsq(X[np.ix_(rows, [0, 2])], Y[np.ix_(rows, genes)], rcond=None)[0]
    np.testing.assert_allclose(found.coefficients, b.T)
