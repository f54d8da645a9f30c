"""Logistic regression in lock-step: the optimum, each problem for itself, whatever the company."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from bulkwise.training.logistic import Design, log_probabilities, path, solve


def draw(n: int, q: int, k: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    codes = np.r_[np.arange(k), rng.integers(k, size=n - k)]
    return rng.normal(size=(n, q)) + 0.7 * rng.normal(size=(k, q))[codes], codes


def gradient_norm(design: Design, w: np.ndarray, penalty: float, weights: np.ndarray) -> float:
    flat = weights.reshape(len(w), -1)
    _, P = design.losses(design.scores(flat), w)
    return float(np.abs(design.gradient(P, w) + design.penalties(penalty) * flat).max())


def test_one_sample_a_class_by_hand():
    # Two samples at +1 and -1: the slope solves w = C * 2 / (1 + exp(w)), the bias is 0.
    design = Design(np.array([[-1.0], [1.0]]), np.array([0, 1]), 2)
    solution = solve(design, np.ones((1, 2)), 1.0, np.zeros((1, 2, 1)), tol=1e-10, max_iter=100)
    slope, bias = solution.weights[0, :, 0]
    assert bias == pytest.approx(0.0, abs=1e-9)
    assert slope == pytest.approx(2.0 / (1.0 + np.exp(slope)), abs=1e-9)


@pytest.mark.parametrize("k", [2, 3, 5])
def test_equal_to_scikit_learn(k: int):
    Z, codes = draw(60, 8, k)
    design = Design(Z, codes, k)
    w = np.random.default_rng(1).uniform(0.2, 2.0, size=60)
    start = np.zeros((1, *design.shape))
    ours = solve(design, w[None], 1 / 0.3, start, tol=1e-7, max_iter=500)
    theirs = LogisticRegression(C=0.3, tol=1e-10, max_iter=10_000).fit(Z, codes, sample_weight=w)
    np.testing.assert_allclose(
        np.exp(log_probabilities(ours.scores[0])), theirs.predict_proba(Z), atol=1e-6
    )
    np.testing.assert_allclose(ours.weights[0, :-1].T, theirs.coef_, atol=1e-5)


@settings(max_examples=15, deadline=None)
@given(
    k=st.integers(2, 4),
    penalty=st.floats(1e-2, 1e3),
    spread=st.floats(0.1, 30.0),
    seed=st.integers(0, 99),
)
def test_the_gradient_vanishes(k: int, penalty: float, spread: float, seed: int):
    Z, codes = draw(30, 40, k, seed)
    design = Design(Z * spread, codes, k)
    w = np.ones((1, 30))
    found = solve(design, w, penalty, np.zeros((1, *design.shape)), tol=1e-8, max_iter=3000)
    assert found.n_iter[0] < 3000
    assert gradient_norm(design, w, penalty, found.weights) < 1e-5 * max(1.0, penalty, spread)


def test_a_problem_is_the_same_alone_and_in_company():
    Z, codes = draw(50, 20, 3)
    design = Design(Z, codes, 3)
    w = (np.random.default_rng(0).uniform(size=(4, 50)) > 0.2).astype(float)
    together = [s.weights for s in path(design, w, [100.0, 1.0, 0.1], tol=1e-9, max_iter=999)]
    for i in range(4):
        alone = path(design, w[i : i + 1], [100.0, 1.0, 0.1], tol=1e-9, max_iter=999)
        for ours, theirs in zip(together, alone, strict=True):
            np.testing.assert_allclose(ours[i], theirs.weights[0], atol=1e-8)


def test_samples_of_no_weight_are_scored_but_not_learnt_from():
    Z, codes = draw(40, 5, 2)
    w = np.r_[np.ones(30), np.zeros(10)][None]
    design = Design(Z, codes, 2)
    found = solve(design, w, 1.0, np.zeros((1, *design.shape)), tol=1e-9, max_iter=999)
    part = LogisticRegression(tol=1e-12, max_iter=9999).fit(Z[:30], codes[:30])
    np.testing.assert_allclose(found.scores[0, :, 0], part.decision_function(Z), atol=1e-6)


def test_the_path_ends_where_a_cold_start_does():
    Z, codes = draw(40, 60, 3)
    design, w = Design(Z, codes, 3), np.ones((2, 40))
    penalties = list(np.geomspace(1e3, 1e-2, 8))
    *_, last = path(design, w, penalties, tol=1e-8, max_iter=2000)
    cold = solve(design, w, penalties[-1], np.zeros((2, *design.shape)), tol=1e-8, max_iter=2000)
    np.testing.assert_allclose(
        log_probabilities(last.scores), log_probabilities(cold.scores), atol=1e-5
    )


def test_too_few_steps_are_told():
    Z, codes = draw(40, 60, 3)
    design = Design(Z, codes, 3)
    cut = solve(design, np.ones((1, 40)), 1e-3, np.zeros((1, *design.shape)), tol=1e-9, max_iter=2)
    assert cut.n_iter.tolist() == [2]
    assert np.isfinite(cut.scores).all()


def test_probabilities_of_one_column_and_of_many():
    np.testing.assert_allclose(
        np.exp(log_probabilities(np.array([[0.0], [1000.0]]))), [[0.5, 0.5], [0.0, 1.0]]
    )
    np.testing.assert_allclose(np.exp(log_probabilities(np.zeros((1, 4)))), np.full((1, 4), 0.25))
