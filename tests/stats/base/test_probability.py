from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from bulkwise.errors import InputError
from bulkwise.stats.base.probability import (
    adjust,
    f_quantile,
    f_tail,
    log_f_tail,
    log_t_tail,
    t_quantile,
    t_tail,
)


@settings(deadline=None)
@given(arrays(float, st.integers(1, 30), elements=st.floats(0, 1)))
def test_adjusted_p_equal_scipys(p: np.ndarray) -> None:
    np.testing.assert_allclose(adjust(p), stats.false_discovery_control(p), rtol=1e-14, atol=0)


def test_adjusted_p_of_a_known_list() -> None:
    p = np.array([0.01, 0.04, 0.03, np.nan, 0.005])
    np.testing.assert_allclose(adjust(p), [0.02, 0.04, 0.04, np.nan, 0.02])


def test_p_outside_the_unit_interval_is_refused() -> None:
    with pytest.raises(InputError, match=r"between 0 and 1; got -0\.1 to 0\.5"):
        adjust([0.5, -0.1])


@pytest.mark.parametrize("df", [1.0, 2.5, 30.0, 1e5, np.inf])
def test_tails_of_t(df: float) -> None:
    t = np.array([-40.0, -2.0, 0.0, 0.3, 3.0, 20.0])
    reference = stats.norm.sf(t) if np.isinf(df) else stats.t.sf(t, df)
    np.testing.assert_allclose(t_tail(t, df), reference, rtol=1e-10)
    np.testing.assert_allclose(log_t_tail(t, df), np.log(reference), rtol=1e-10, atol=1e-12)


def test_tail_of_t_beyond_floats() -> None:
    # log of a * b for a Cauchy tail: 1 / (pi t); a power law for larger df
    np.testing.assert_allclose(log_t_tail(1e140, 1.0), -np.log(np.pi * 1e140), rtol=1e-12)
    steps = log_t_tail(np.array([1e100, 1e101]), 30.0)
    np.testing.assert_allclose(steps[0] - steps[1], 30 * np.log(10), rtol=1e-9)


@pytest.mark.parametrize("df", [3.0, 17.5, 400.0, np.inf])
def test_quantile_inverts_the_tail(df: float) -> None:
    t = np.array([1e-6, 0.01, 1.0, 5.0, 30.0])
    np.testing.assert_allclose(t_quantile(log_t_tail(t, df), df), t, rtol=1e-8)


def test_quantile_inverts_the_tail_beyond_floats() -> None:
    t = np.array([200.0, 1e6, 1e9])
    tail = log_t_tail(t, 150.0)
    assert (tail < -650).any()
    np.testing.assert_allclose(t_quantile(tail, 150.0), t, rtol=1e-9)


@pytest.mark.parametrize("df2", [2.5, 40.0, np.inf])
def test_tails_of_f(df2: float) -> None:
    f = np.array([1e-3, 0.5, 1.0, 8.0, 60.0])
    reference = stats.chi2(4) if np.isinf(df2) else stats.f(4, df2)
    at = 4 * f if np.isinf(df2) else f
    np.testing.assert_allclose(f_tail(f, 4, df2), reference.sf(at), rtol=1e-10)
    np.testing.assert_allclose(f_tail(f, 4, df2, upper=False), reference.cdf(at), rtol=1e-10)
    for upper in (True, False):
        tail = f_tail(f[:4], 4, df2, upper=upper)
        np.testing.assert_allclose(f_quantile(tail, 4, df2, upper=upper), f[:4], rtol=1e-7)


def test_log_tail_of_f_beyond_floats() -> None:
    both = log_f_tail(np.array([1e4, 1e12]), 4.0, 100.0)
    np.testing.assert_allclose(both[0], stats.f.logsf(1e4, 4, 100), rtol=1e-8)
    np.testing.assert_allclose(both[0] - both[1], 50 * np.log(1e8), rtol=1e-3)
    assert log_f_tail(1e12, 4.0, 100.0) < -1100
