"""Several regressions brought together: closed forms of two, and corrections by hand."""

from __future__ import annotations

import numpy as np
import pytest

from bulkwise.models.inference.combining import (
    best_weights,
    corrections,
    make_knots,
    stacking_weights,
)


@pytest.fixture
def missed() -> np.ndarray:
    """Errors at right angles: of lengths 1 and 2 for one target, 3 and 1 for the other."""
    one, two = np.linalg.qr(np.random.default_rng(0).normal(size=(50, 2)))[0].T
    return np.array([[one, 3 * two], [2 * two, one]])


def test_independent_errors_are_weighed_by_their_variances(missed):
    np.testing.assert_allclose(stacking_weights(missed), [[0.8, 0.2], [0.1, 0.9]], atol=1e-3)


def test_weights_are_those_of_least_error_among_all_that_sum_to_one(missed):
    rng = np.random.default_rng(1)
    three = np.concatenate([missed, missed[:1] + 0.5 * rng.normal(size=(1, 2, 50))])
    weights = stacking_weights(three)
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    assert (weights >= 0).all()

    def error(w):
        return np.square(np.einsum("tr,rtn->tn", w, three)).sum(axis=1)

    others = rng.dirichlet(np.ones(3), size=(500, 2))
    assert (error(weights) <= np.min([error(w) for w in others], axis=0) + 1e-3).all()


def test_without_errors_all_weigh_alike():
    np.testing.assert_allclose(stacking_weights(np.zeros((4, 2, 5))), 0.25)


def test_the_best_takes_all(missed):
    assert best_weights(missed).tolist() == [[1, 0], [0, 1]]


def test_knots_are_means_and_smoothed_medians_of_bins():
    predicted = np.array([[6.0, 1, 2, 5, 3, 4]])
    gap = np.array([[9.0, 0, 0, 9, 4, 4]])  # of 1 and 2: 0; of 3 and 4: 4; of 5 and 6: 9
    places, heights = make_knots(predicted, gap, 3)
    assert places[:, 0].tolist() == [1.5, 3.5, 5.5]
    assert heights[:, 0].tolist() == [(0 + 0 + 4) / 4, (0 + 8 + 9) / 4, (4 + 18 + 9) / 4]
    one_odd = make_knots(np.arange(9.0)[None], np.array([[0.0, 0, 99] * 3]), 3)
    np.testing.assert_array_equal(one_odd[1], 0)  # a median isn't moved by one


def test_corrections_go_along_the_knots_and_stay_level_beyond():
    knots = np.array([[[0.0, 10.0], [2.0, 20.0]], [[1.0, -1.0], [3.0, -3.0]]])
    found = corrections(knots, np.array([[-5.0, 1.0, 9.0], [10.0, 15.0, 20.0]]))
    assert found.tolist() == [[1.0, 2.0, 3.0], [-1.0, -2.0, -3.0]]
