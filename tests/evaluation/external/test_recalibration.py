from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from bulkwise.evaluation.external.recalibration import (
    cross_fitted,
    fit_map,
    intercept_and_slope,
    reliability,
)


def drawn(slope: float, intercept: float, n: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """Predicted risks, and events that follow them after a map."""
    rng = np.random.default_rng(0)
    odds = rng.normal(-0.5, 1.2, n)
    happened = rng.random(n) < expit(slope * odds + intercept)
    return expit(odds), happened


@pytest.mark.parametrize(("slope", "intercept"), [(1.0, 0.0), (0.5, -1.0), (1.6, 0.7)])
def test_a_planted_map_is_found(slope: float, intercept: float) -> None:
    p, happened = drawn(slope, intercept)
    both = np.column_stack([1 - p, p])
    b, a = fit_map(both, happened.astype(int))
    assert b == pytest.approx(slope, abs=0.06)
    assert a.tolist() == [0.0, pytest.approx(intercept, abs=0.06)]
    large, spread = intercept_and_slope(p, happened)
    assert spread.low < slope < spread.high
    assert (large.low < 0 < large.high) == (slope == 1.0)


def test_intercept_and_slope_are_those_of_logistic_regression() -> None:
    p, happened = drawn(0.7, -0.4, 300)
    _, slope = intercept_and_slope(p, happened)
    peer = LogisticRegression(C=1e10, tol=1e-10).fit(logit(p)[:, None], happened)
    assert slope.value == pytest.approx(float(peer.coef_[0, 0]), abs=1e-5)
    large, _ = intercept_and_slope(p, happened)
    moved = expit(logit(p) + large.value)
    assert moved.sum() == pytest.approx(happened.sum(), abs=1e-6)


def test_a_likelihood_without_maximum_has_no_slope() -> None:
    p = np.array([0.1, 0.2, 0.8, 0.9])
    _, slope = intercept_and_slope(p, p > 0.5)
    assert np.isnan(slope.value)
    _, constant = intercept_and_slope(np.full(4, 0.3), p > 0.5)
    assert np.isnan(constant.value)


def test_three_classes_get_their_frequencies_back() -> None:
    rng = np.random.default_rng(1)
    truth = rng.dirichlet([2, 2, 2], 4000)
    codes = np.array([rng.choice(3, p=row) for row in truth])
    tilted = truth * np.array([4.0, 1.0, 0.5])
    tilted /= tilted.sum(axis=1, keepdims=True)
    found = cross_fitted(tilted, codes, np.arange(4000).astype(str), random_state=0)
    assert found is not None
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    np.testing.assert_allclose(found.mean(axis=0), np.bincount(codes) / 4000, atol=0.01)
    assert np.abs(found - truth).mean() < np.abs(tilted - truth).mean() / 3


def test_recalibration_of_noise_promises_nothing() -> None:
    """Each probability comes from a map that didn't see the patient's own outcome."""
    rng = np.random.default_rng(2)
    p, codes = rng.uniform(0.05, 0.95, 400), (rng.random(400) < 0.3).astype(int)
    found = cross_fitted(
        np.column_stack([1 - p, p]), codes, np.arange(400).astype(str), random_state=0
    )
    assert found is not None
    brier = np.mean((found[:, 1] - codes) ** 2)
    constant = np.mean((codes.mean() - codes) ** 2)
    assert constant - 1e-3 < brier < constant + 0.01


def test_patients_stay_together_and_too_few_are_not_recalibrated() -> None:
    p = np.linspace(0.1, 0.9, 12)
    both = np.column_stack([1 - p, p])
    codes = (np.arange(12) >= 8).astype(int)
    assert cross_fitted(both, codes, np.arange(12).astype(str), random_state=0) is None
    groups = np.repeat(np.arange(6), 2).astype(str)
    assert cross_fitted(both, np.arange(12) // 2 % 2, groups, random_state=0) is None


def test_groups_of_equal_size_with_exact_intervals() -> None:
    predicted = np.linspace(0, 1, 50)
    found = reliability(predicted, predicted > 0.5)
    assert found.count == (10,) * 5
    assert found.observed == (0.0, 0.0, 0.5, 1.0, 1.0)
    assert found.high[0] == pytest.approx(1 - 0.025 ** (1 / 10))
    assert found.predicted[0] == pytest.approx(predicted[:10].mean())


def test_equal_predictions_stay_together() -> None:
    found = reliability(np.repeat([0.2, 0.7], 25), np.arange(50) % 2 == 0)
    assert found.predicted == (pytest.approx(0.2), pytest.approx(0.7))
    assert found.count == (25, 25)
