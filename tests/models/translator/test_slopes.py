"""Slopes of genes on themselves: least squares drawn to the mean of all genes."""

from __future__ import annotations

import numpy as np

from bulkwise.models.translator.slopes import clipped, shrunken_slopes


def test_slopes_are_drawn_to_their_mean():
    rng = np.random.default_rng(0)
    x, noise = rng.normal(size=(50, 2000)), rng.normal(size=(50, 2000))
    np.testing.assert_allclose(shrunken_slopes(x, 0.3 * x + noise, 1), 0.3, atol=0.15)
    true = rng.normal(0.0, 0.5, 2000)
    y = true * x + noise
    raw = (x * y).sum(0) / (x * x).sum(0)
    assert np.square(shrunken_slopes(x, y, 1) - true).mean() < np.square(raw - true).mean()
    assert shrunken_slopes(np.zeros((5, 3)), np.ones((5, 3)), 1).tolist() == [0, 0, 0]


def test_one_gene_has_nobody_to_be_drawn_to():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(2, 12, 1))
    least_squares = float((x * y).sum() / (x * x).sum())
    np.testing.assert_allclose(shrunken_slopes(x, y, 1), [least_squares])


def test_the_mean_weighs_genes_by_their_certainty_and_their_order_is_free():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(30, 40))
    noise = np.where(np.arange(40) < 20, 0.01, 30.0) * rng.normal(size=(30, 40))
    slopes = shrunken_slopes(x, 0.5 * x + noise, 1)
    np.testing.assert_allclose(slopes, 0.5, atol=0.05)  # the uncertain ones follow the certain
    order = rng.permutation(40)
    turned = shrunken_slopes(x[:, order], (0.5 * x + noise)[:, order], 1)
    np.testing.assert_allclose(turned, slopes[order])


def test_deviations_count_up_to_three_spreads_and_a_little():
    found = clipped(np.array([[-9.0, 1.0, 9.0]]), np.array([1.0, 1.0, 0.0]))
    np.testing.assert_allclose(found, [[-3.3, 1.0, 0.3]])
