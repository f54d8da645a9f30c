from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from bulkwise.errors import InputError
from bulkwise.stats.base import interpolate, lowess, lowess_knots


@pytest.mark.parametrize(
    ("column", "settings"),
    [
        ("half", {"span": 0.5}),
        ("narrow", {"span": 0.1}),
        ("once", {"span": 0.5, "iterations": 0}),
        ("every", {"span": 0.4, "delta": 0}),
    ],
)
def test_equals_r(
    column: str,
    settings: dict[str, float],
    r_table: Callable[[str], pd.DataFrame],
    equal_to_r: Callable[..., None],
) -> None:
    table = r_table("limma/lowess")
    x, smooth = lowess(table["x"], table["y"], **settings)
    np.testing.assert_array_equal(x, np.sort(table["x"]))
    equal_to_r(smooth, table[column])


def test_a_line_stays_a_line() -> None:
    x = np.random.default_rng(0).normal(size=500)
    at, smooth = lowess(x, 3 * x - 1, span=0.3)
    np.testing.assert_allclose(smooth, 3 * at - 1, atol=1e-9)


def test_an_outlier_is_ignored_by_the_robust_turns() -> None:
    x = np.linspace(0, 1, 101)
    y = x + np.sin(40 * np.arange(101)) / 100
    y[50] = 100
    rough, fine = (lowess(x, y, span=0.3, iterations=turns)[1] for turns in (0, 3))
    assert abs(rough[50] - 0.5) > 1
    assert abs(fine[50] - 0.5) < 0.02


def test_knots_are_the_whole_curve(r_table: Callable[[str], pd.DataFrame]) -> None:
    rng = np.random.default_rng(4)
    table = r_table("limma/lowess")
    for x, y in ((table["x"], table["y"]), (rng.normal(size=3000), rng.normal(size=3000))):
        at, smooth = lowess(x, y, span=0.5)
        knots = lowess_knots(x, y, span=0.5)
        assert len(knots[0]) < len(at)
        np.testing.assert_allclose(interpolate(at, knots), smooth, rtol=1e-12)


def test_extremes() -> None:
    assert lowess([2.0], [5.0])[1].tolist() == [5.0]
    np.testing.assert_allclose(lowess([1.0, 1.0, 1.0, 1.0], [1.0, 2.0, 3.0, 4.0])[1], 2.5)


def test_curve_is_level_beyond_its_ends_and_averages_ties() -> None:
    curve = (np.array([0.0, 1.0, 1.0, 2.0]), np.array([0.0, 2.0, 4.0, 5.0]))
    np.testing.assert_allclose(interpolate(np.array([-1.0, 0.5, 1.0, 9.0]), curve), [0, 1.5, 3, 5])


def test_bad_input_is_refused() -> None:
    with pytest.raises(InputError, match="as many x as y"):
        lowess([1.0, 2.0], [1.0])
    with pytest.raises(InputError, match="finite"):
        lowess([1.0, np.nan], [1.0, 2.0])
