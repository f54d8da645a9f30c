"""The L1 path: its start, a closed form, and what must not matter."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import logit

from bulkwise.training.lasso import LassoPath


def draw(n: int = 40, p: int = 150, k: int = 2, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    codes = np.arange(n) % k
    X = rng.normal(size=(n, p)) + 5
    X[np.arange(n), codes] += 2
    return X, codes


def solved(X: np.ndarray, codes: np.ndarray, penalty: float, k: int = 2, w=None) -> LassoPath:
    path = LassoPath(X, codes, k, np.ones(len(X)) if w is None else w)
    assert path.go_to(penalty, tol=1e-7, max_iter=20_000)
    return path


def test_a_gene_of_two_values_has_the_weight_of_the_closed_form():
    x = np.repeat([-1.0, 1.0], 20)
    codes = np.repeat([0, 1, 0, 1], [15, 5, 5, 15])  # three quarters on either side
    for penalty in (2.0, 6.0):
        path = solved(x[:, None], codes, penalty)
        assert path.weights[0, 0] == pytest.approx(logit(0.75 - penalty / 40), abs=1e-6)
        assert path.bias[0] == pytest.approx(0, abs=1e-6)


def test_without_a_gene_the_scores_are_the_shares_of_the_classes():
    X, _ = draw()
    two = LassoPath(X, np.repeat([0, 1], [30, 10]), 2, np.ones(40))
    np.testing.assert_allclose(two.scores(X), logit(0.25))
    three = LassoPath(X, np.repeat([0, 1, 2], [20, 10, 10]), 3, np.ones(40))
    np.testing.assert_allclose(three.bias - three.bias[2], [np.log(2), 0, 0], atol=1e-12)


def test_the_first_gene_enters_at_the_penalty_that_the_path_starts_from():
    X, codes = draw()
    start = LassoPath(X, codes, 2, np.ones(40))
    by_hand = np.abs((X - X.mean(axis=0)).T @ (0.5 - codes))
    assert start.penalty == pytest.approx(by_hand.max())
    assert not solved(X, codes, start.penalty * 1.001).weights.any()
    below = solved(X, codes, start.penalty * 0.97)
    assert np.flatnonzero(below.weights).tolist() == [int(by_hand.argmax())]


@pytest.mark.parametrize("k", [2, 3])
def test_steps_along_the_path_lead_where_one_leap_does(k: int):
    X, codes = draw(k=k)
    path = LassoPath(X, codes, k, np.ones(40))
    for share in (0.6, 0.3, 0.15):
        assert path.go_to(share * 20, tol=1e-7, max_iter=20_000)
    leap = solved(X, codes, 3.0, k)
    np.testing.assert_allclose(path.scores(X), leap.scores(X), atol=1e-3)
    assert path.penalty == leap.penalty == 3.0


def test_a_weight_of_two_is_the_sample_twice_and_the_order_of_genes_is_free():
    X, codes = draw()
    w = np.where(np.arange(40) < 12, 2.0, 1.0)
    heavy = solved(X, codes, 4.0, w=w)
    twice = np.r_[np.arange(40), np.arange(12)]
    double = solved(X[twice], codes[twice], 4.0)
    np.testing.assert_allclose(heavy.scores(X), double.scores(X), atol=1e-4)
    order = np.random.default_rng(1).permutation(X.shape[1])
    turned = solved(X[:, order], codes, 4.0, w=w)
    np.testing.assert_allclose(turned.weights, heavy.weights[order], atol=1e-4)


def test_too_few_iterations_are_told():
    X, codes = draw()
    assert LassoPath(X, codes, 2, np.ones(40)).go_to(0.5, tol=1e-7, max_iter=3) is False
