"""One direction on arrays: the mean, the slope, the interval, and all of it as plain arrays."""

from __future__ import annotations

import numpy as np
import pytest

from bulkwise.models.translator.pairing import Samples
from bulkwise.models.translator.spread import p_values
from bulkwise.models.translator.way import Way, fit_way

N, P = 24, 12
TISSUE = np.tile(np.repeat([0, 1], [14, 10]), 2)


def made(paired: bool = True) -> Samples:
    rng = np.random.default_rng(0)
    own = rng.normal(size=(N, P))
    level = rng.normal(size=(2, 2, P))
    source = level[0, TISSUE[:N]] + own
    target = 3 + level[1, TISSUE[:N]] + 0.6 * own + 0.3 * rng.normal(size=(N, P))
    rows = np.arange(N)
    return Samples(
        logs=np.vstack([source, target]),
        source=np.arange(2 * N) < N,
        target=np.arange(2 * N) >= N,
        tissue=np.array(["colon", "liver"])[TISSUE],
        patient=np.array([f"p{i}" for i in range(N)] * 2),
        pairs=np.stack([rows, rows + N], axis=1) if paired else np.empty((0, 2), dtype=np.intp),
        findings=(),
    )


def test_with_slopes_alone_it_is_the_mean_and_a_slope_on_the_own_deviation():
    samples = made()
    way = fit_way(samples, TISSUE, 2, 0.9, kernels=False)
    assert way.personal is None
    np.testing.assert_allclose(way.slopes, 0.6, atol=0.15)
    x, where = samples.logs[[0, 20]], np.array([0, 1])
    deviation = x - way.means.source[where]
    assert np.abs(deviation).max() < 3 * way.reach.min()
    found = way.predict(x, where)
    np.testing.assert_allclose(found.values, way.means.target[where] + way.slopes * deviation)


def test_intervals_and_p_are_of_the_residuals_over_the_spread():
    samples = made()
    way = fit_way(samples, TISSUE, 2, 0.8, kernels=False)
    x, where = samples.logs[:N], TISSUE[:N]
    found = way.predict(x, where)
    np.testing.assert_allclose(found.low, found.values + way.quantiles[0] * way.spread[where])
    np.testing.assert_allclose(found.high, found.values + way.quantiles[1] * way.spread[where])
    inside = (found.low < samples.logs[N:]) & (samples.logs[N:] < found.high)
    assert 0.75 < inside.mean() < 0.9
    ratios = (x - found.values) / way.spread[where]
    np.testing.assert_allclose(found.p_value, p_values(ratios, way.tails))
    wide = fit_way(samples, TISSUE, 2, 0.99, kernels=False).predict(x, where)
    assert (wide.high - wide.low > found.high - found.low).all()


def test_without_pairs_everybody_gets_the_tissues_mean():
    way = fit_way(made(paired=False), TISSUE, 2, 0.9)
    found = way.predict(made().logs[:N], TISSUE[:N])
    np.testing.assert_array_equal(found.values, way.means.target[TISSUE[:N]])
    assert not way.slopes.any()


@pytest.mark.parametrize("kernels", [True, False])
def test_an_unknown_tissue_gets_the_common_change_and_the_common_spread(kernels: bool):
    way = fit_way(made(), TISSUE, 2, 0.9, kernels=kernels)
    new = made().logs[:2]
    found = way.predict(new, np.array([0, -1]))
    np.testing.assert_allclose(found.values[1], way.means.expected(new[1]))
    assert not np.allclose(found.values[0], way.means.expected(new[0]))
    np.testing.assert_allclose(found.high[1] - found.values[1], way.quantiles[1] * way.spread[-1])


@pytest.mark.parametrize(("paired", "kernels"), [(True, True), (True, False), (False, True)])
def test_plain_arrays_hold_all_of_it(paired: bool, kernels: bool):
    way = fit_way(made(paired), TISSUE, 2, 0.9, kernels=kernels)
    assert (way.personal is not None) == (paired and kernels)
    parts = way.to_dict()
    assert all(isinstance(value, np.ndarray) for value in parts.values())
    new, where = made().logs[:4], np.array([0, 1, -1, 0])
    first, again = (one.predict(new, where) for one in (way, Way.from_dict(parts)))
    for name in ("values", "low", "high", "p_value"):
        np.testing.assert_array_equal(getattr(again, name), getattr(first, name))
