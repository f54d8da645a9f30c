"""Spread of residuals and P of a ratio: known numbers and the shape of the tails."""

from __future__ import annotations

import numpy as np
from scipy import stats

from bulkwise.models.translator.spread import fit_spread, p_values


def test_the_spread_of_normal_residuals_is_theirs():
    rng = np.random.default_rng(0)
    tissue = np.repeat([0, 1], 60)
    sd = np.where(tissue == 0, 1.0, 2.0)[:, None]
    residuals = sd * rng.normal(size=(120, 200))
    for t in (0, 1):
        residuals[tissue == t] -= residuals[tissue == t].mean(axis=0)
    spread, quantiles, tails = fit_spread(residuals, tissue, 2, 0.9)
    new = np.array([0.0, 1.0, 1.96, 2.58])
    np.testing.assert_allclose(p_values(new, tails), [1, 0.317, 0.05, 0.01], rtol=0.35)
    far = p_values(np.array([6.0, 8.0]), tails)
    assert 0 < far[1] < far[0] < 1e-3
    np.testing.assert_allclose(spread[:2].mean(axis=1), [1.1, 1.9], atol=0.15)
    assert -1.85 < quantiles[0] < -1.5 < 1.5 < quantiles[1] < 1.85


def test_one_tissue_has_the_standard_deviation_of_its_samples():
    residuals = np.random.default_rng(1).normal(size=(7, 4)) * [1, 2, 3, 0.0]
    residuals -= residuals.mean(axis=0)
    spread, _, _ = fit_spread(residuals, np.zeros(7, dtype=int), 1, 0.9)
    expected = np.maximum(residuals.std(axis=0, ddof=1), 0.05)
    np.testing.assert_allclose(spread, [expected, expected])


def test_a_small_tissue_is_drawn_to_all_by_ten_samples():
    residuals = np.array([[3.0], [-3.0], [1.0], [-1.0], [0.0]])
    spread, _, _ = fit_spread(residuals, np.array([0, 0, 1, 1, 1]), 2, 0.9)
    pooled = (18 + 2) / (1 + 2)
    np.testing.assert_allclose(
        spread[:, 0] ** 2, [(18 + 10 * pooled) / 11, (2 + 10 * pooled) / 12, pooled]
    )


def test_without_two_samples_of_a_tissue_the_normal_distribution_stands_in():
    spread, quantiles, tails = fit_spread(np.zeros((2, 3)), np.array([0, 1]), 2, 0.5)
    np.testing.assert_array_equal(spread, 0.05)
    assert quantiles.tolist() == [-1.645, 1.645]
    new = np.array([-3.0, -1.0, 0.0, 1.96])
    np.testing.assert_allclose(p_values(new, tails), 2 * stats.norm.sf(np.abs(new)), rtol=1e-3)


def test_beyond_the_largest_residual_p_falls_on_in_a_straight_line():
    tails = np.array([[0.0, 1.0, 2.0], np.log([1.0, 0.1, 0.01])])
    found = p_values(np.array([0.5, -2.0, 3.0, 4.0]), tails)
    np.testing.assert_allclose(np.log10(found), [-0.5, -2, -3, -4])
