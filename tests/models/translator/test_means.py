"""Means of tissues, and what one tissue lets expect of another."""

from __future__ import annotations

import numpy as np
import pytest

from bulkwise.models.translator.means import fit_means

SOURCES = np.array([[0.0], [2.0], [4.0]])


def test_means_of_small_tissues_are_drawn_to_the_prior():
    rng = np.random.default_rng(0)
    base = rng.normal(size=(6, 500))
    shift = rng.normal(size=500)
    tissue = np.repeat(np.arange(6), 4)
    source = (base[tissue] + 0.1 * rng.normal(size=(24, 500)), tissue)
    target = ((base + shift)[tissue] + rng.normal(size=(24, 500)), tissue)
    means = fit_means(source, target, 6)
    gap = [np.square(m - base - shift).mean() for m in (means.target, means.observed)]
    assert gap[0] < 0.7 * gap[1]


def test_a_tissue_without_targets_gets_what_the_others_let_expect():
    targets = np.array([[1.0], [5.0]])
    means = fit_means((SOURCES, np.arange(3)), (targets, np.arange(2)), 3)
    slope = (4 + 1) / (2 + 1)  # of the other two around their means, with one unit of prior
    expected = 3 + slope * (4 - 1)
    assert means.target[2, 0] == pytest.approx(expected)
    assert means.observed[2, 0] == pytest.approx(expected)
    assert means.observed[:2, 0].tolist() == [1, 5]
    np.testing.assert_allclose(means.general[:, 0], [1, 3, slope])
    assert means.expected(np.array([[4.0]]))[0, 0] == pytest.approx(expected)


def test_a_tissue_alone_keeps_its_own_means():
    rng = np.random.default_rng(0)
    source, target = rng.normal(size=(2, 6, 4))
    where = np.zeros(6, dtype=int)
    means = fit_means((source, where), (target, where), 1)
    np.testing.assert_allclose(means.source[0], source.mean(axis=0))
    np.testing.assert_allclose(means.target[0], target.mean(axis=0))
    np.testing.assert_allclose(means.general[2], 1)


def test_tissues_that_share_no_condition_have_general_means_and_no_slope():
    means = fit_means((SOURCES[:2], np.array([0, 0])), (SOURCES[2:], np.array([1])), 2)
    np.testing.assert_allclose(means.general[:, 0], [1, 4, 1])
    assert np.isnan(means.source[1, 0])


def test_many_samples_are_believed():
    rng = np.random.default_rng(0)
    tissue = np.repeat([0, 1, 2], 400)
    level = np.array([0.0, 5.0, -5.0])[tissue][:, None]
    target = level + rng.normal(size=(1200, 1))
    means = fit_means((SOURCES, np.arange(3)), (target, tissue), 3)
    np.testing.assert_allclose(means.target, means.observed, atol=0.01)


def test_genes_do_not_touch_each_other():
    rng = np.random.default_rng(0)
    tissue = np.arange(9) % 3
    source, target = rng.normal(size=(2, 9, 5))
    both = fit_means((source, tissue), (target, tissue), 3)
    one = fit_means((source[:, [3]], tissue), (target[:, [3]], tissue), 3)
    np.testing.assert_allclose(one.target[:, 0], both.target[:, 3])
