"""The share of a personal part that a score of admixed cells explains."""

from __future__ import annotations

import numpy as np
import pytest

from bulkwise.baselines.translation import Learned
from bulkwise.evaluation.translation.purity import PurityParts, purity_of

GENES = np.array([0, 1])
LOADING = np.array([1.0, 1.0, 2.0, -1.0, 0.0])
CENTRE = np.array([5.0, 1.0, 8.0, 3.0, 2.0])


def known(y: np.ndarray) -> Learned:
    means = np.zeros((2, y.shape[1]))
    means[1] = CENTRE
    n = len(y)
    return Learned(means, means, y, y, np.zeros(n, dtype=int), np.arange(n))


def test_admixture_alone_is_explained_wholly():
    share = np.array([-2.0, -1.0, 0.5, 2.5])
    training = known(np.outer(share, LOADING))
    truth = CENTRE + np.outer([3.0, -1.0], LOADING)
    parts = PurityParts.of(GENES, training, truth, truth, np.array([1, 1]))
    np.testing.assert_allclose(parts.before, 1)
    np.testing.assert_allclose(parts.total, np.array([9.0, 1.0]) * np.square(LOADING).sum())
    np.testing.assert_allclose(parts.left, 0, atol=1e-12)
    np.testing.assert_allclose(parts.after, 0)


def test_what_the_score_does_not_see_stays():
    share = np.array([-1.0, 1.0, -1.0, 1.0])
    other = np.array([1.0, 1.0, -1.0, -1.0])
    own = np.array([0.0, 0.0, 1.0, 2.0, 3.0])
    training = known(np.outer(share, LOADING) + np.outer(other, own))
    truth = np.outer([2.0, -2.0], LOADING) + np.outer([1.0, -3.0], own)
    parts = PurityParts.of(GENES, training, np.outer([1.0, 1.0], own), truth, np.zeros(2, int))
    np.testing.assert_allclose(parts.left, np.array([1.0, 9.0]) * np.square(own).sum())
    np.testing.assert_allclose(parts.after, [1, -1])


def test_folds_are_joined_by_sums_of_squares():
    one = PurityParts(np.array([0.5]), np.array([0.1]), np.array([10.0]), np.array([24.0]))
    two = PurityParts(np.array([0.7]), np.array([0.3]), np.array([90.0]), np.array([46.0]))
    weights = np.array([[1.0, 1.0], [2.0, 0.0], [0.0, 2.0]])
    found = purity_of([one, two], ("A", "B"), weights)
    assert found.explained.value == pytest.approx(0.3)
    assert found.before.value == pytest.approx(0.6)
    assert found.after.value == pytest.approx(0.2)
    assert found.genes == ("A", "B")
