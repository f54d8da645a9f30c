from __future__ import annotations

import numpy as np

from bulkwise.preprocess import MaxScale


def test_training_maximum_becomes_one():
    X = np.random.default_rng(0).gamma(1, 5, (40, 30))
    scaled = MaxScale().fit_transform(X)
    np.testing.assert_allclose(scaled.max(axis=0), 1)
    np.testing.assert_allclose(scaled * X.max(axis=0), X)


def test_the_maximum_is_that_of_the_training_samples():
    fitted = MaxScale().fit([[1.0, 0.0], [4.0, 0.0]])
    np.testing.assert_array_equal(fitted.max_, [4, 0])
    np.testing.assert_array_equal(fitted.transform([[8.0, 7.0]]), [[2, 0]])


def test_logarithms_keep_their_sign():
    np.testing.assert_array_equal(MaxScale().fit_transform([[-4.0], [2.0]]), [[-1], [0.5]])
