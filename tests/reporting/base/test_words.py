from __future__ import annotations

import html
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkwise.evaluation.base import Estimate
from bulkwise.reporting.base import words


@given(st.text())
def test_a_label_means_nothing_to_plotly_and_loses_nothing(name: str) -> None:
    drawn = words.label(name, longest=10**6)
    assert not set(drawn) & set("<>")
    assert html.unescape(drawn) == " ".join(name.split())


def test_a_label_is_shortened_before_it_is_escaped() -> None:
    assert words.label("<" * 40, longest=5) == "&lt;" * 4 + "…"
    assert words.label("kidney cortex", longest=8) == "kidney…"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.98765, "0.988"),
        (-0.02, "\N{MINUS SIGN}0.020"),
        (-0.0001, "0.000"),
        (math.nan, "–"),
        (math.inf, "–"),
    ],
)
def test_decimals(value: float, text: str) -> None:
    assert words.decimal(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "<\N{NO-BREAK SPACE}0.001"),
        (0.00099, "<\N{NO-BREAK SPACE}0.001"),
        (0.0476, "0.048"),
        (0.5, "0.50"),
        (math.nan, "–"),
    ],
)
def test_p_values_are_never_zero(value: float, text: str) -> None:
    assert words.p_value(value) == text


def test_p_values_in_a_sentence() -> None:
    assert words.p_equals(0.0476) == "P = 0.048"
    assert words.p_equals(1e-9) == "P <\N{NO-BREAK SPACE}0.001"


def test_counts_durations_and_intervals() -> None:
    assert words.count(18154) == "18,154"
    assert words.count(2.5) == "2.5"
    assert words.seconds(3.14) == "3.1 s"
    assert words.seconds(119.6) == "2 min 0 s"
    assert words.interval(0.9, 0.85, 0.95) == "0.900 [0.850,\N{NO-BREAK SPACE}0.950]"
    assert words.interval(0.9, math.nan, 0.95) == "0.900"
    assert words.stacked(0.9, 0.85, 0.95).split("\n")[0] == "0.900"
    assert words.interval(math.nan, 0.0, 1.0) == "–"


@given(st.lists(st.floats(-1e6, 1e6), min_size=1))
def test_an_axis_shows_every_value(values: list[float]) -> None:
    reach = words.span([*values, math.nan])
    assert reach is not None
    assert reach[0] <= min(values) <= max(values) <= reach[1]
    assert reach[1] - reach[0] >= 0.05


def test_an_axis_of_nothing_has_no_range() -> None:
    assert words.span([math.nan]) is None


def test_names_that_look_like_numbers_or_dates_stay_names() -> None:
    drawn = words.names_axis(["1", "2001-03-01", "1"])
    assert drawn["type"] == "linear"
    assert drawn["tickvals"] == [0, 1, 2]
    assert drawn["ticktext"] == ["1", "2001-03-01", "1"]


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)).map(sorted), min_size=1)
)
def test_an_interval_is_drawn_from_end_to_end(ends: list[list[float]]) -> None:
    drawn = words.interval_points(
        "a<b",
        [Estimate(value, low, high) for low, value, high in ends],
        range(len(ends)),
        "#000",
        "x",
    )
    error = drawn["error_x"]
    for i, (low, value, high) in enumerate(ends):
        assert drawn["x"][i] - error["arrayminus"][i] == pytest.approx(low)
        assert drawn["x"][i] + error["array"][i] == pytest.approx(high)
        assert drawn["text"][i] == words.interval(value, low, high)
    assert drawn["name"] == "a&lt;b"
