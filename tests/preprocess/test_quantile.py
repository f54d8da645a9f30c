from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkwise.preprocess import QuantileNormalize


def test_known_values():
    # the example that made the method known: three samples of four genes
    X = np.array([[5.0, 2, 3, 4], [4, 1, 4, 2], [3, 4, 6, 8]])
    fitted = QuantileNormalize().fit(X)
    np.testing.assert_allclose(fitted.reference_, [2, 3, 14 / 3, 17 / 3])
    tied = (14 / 3 + 17 / 3) / 2
    np.testing.assert_allclose(
        fitted.transform(X), [[17 / 3, 2, 3, 14 / 3], [tied, 2, tied, 3], [2, 3, 14 / 3, 17 / 3]]
    )


def test_without_ties_every_sample_gets_the_reference():
    X = np.random.default_rng(0).normal(size=(20, 100))
    normalized = QuantileNormalize().fit_transform(X)
    np.testing.assert_allclose(
        np.sort(normalized, axis=1), np.tile(np.sort(X, axis=1).mean(0), (20, 1))
    )
    again = QuantileNormalize().fit_transform(normalized)
    np.testing.assert_allclose(again, normalized)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=40), st.integers(0, 1000))
@settings(max_examples=80, deadline=None)
def test_equal_values_stay_equal_and_the_sum_stays(values, seed):
    sample = np.array(values, dtype=float)
    reference = np.random.default_rng(seed).gamma(1, 3, (5, len(values)))
    fitted = QuantileNormalize().fit(reference)
    new = fitted.transform(sample[None])[0]
    for value in set(values):
        assert np.ptp(new[sample == value]) < 1e-12
    order = np.argsort(sample, kind="stable")
    assert np.all(np.diff(new[order]) >= -1e-12)
    np.testing.assert_allclose(new.sum(), fitted.reference_.sum())


def test_new_samples_do_not_move_the_reference():
    rng = np.random.default_rng(0)
    fitted = QuantileNormalize().fit(rng.normal(size=(10, 50)))
    new = rng.normal(3, 9, (4, 50))
    np.testing.assert_array_equal(fitted.transform(new)[1], fitted.transform(new[1:2])[0])
    np.testing.assert_allclose(np.sort(fitted.transform(new)[0]), fitted.reference_)
