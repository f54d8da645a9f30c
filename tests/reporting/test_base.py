from __future__ import annotations

import html
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkwise.reporting import base
from bulkwise.reporting.base import Figure, Key, Row


@given(st.text())
def test_a_label_means_nothing_to_plotly_and_loses_nothing(name: str) -> None:
    drawn = base.label(name, longest=10**6)
    assert not set(drawn) & set("<>")
    assert html.unescape(drawn) == " ".join(name.split())


def test_a_label_is_shortened_before_it_is_escaped() -> None:
    assert base.label("<" * 40, longest=5) == "&lt;" * 4 + "…"
    assert base.label("kidney cortex", longest=8) == "kidney…"


def test_the_first_56_names_look_different_by_more_than_colour() -> None:
    looks = [base.look(i) for i in range(56)]
    assert len({(one.colour, one.symbol) for one in looks}) == 56
    assert all(looks[i].symbol != looks[i + 1].symbol for i in range(55))
    assert len({(one.colour, one.dash) for one in looks[:35]}) == 35


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
    assert base.decimal(value) == text


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
    assert base.p_value(value) == text


def test_p_values_in_a_sentence() -> None:
    assert base.p_equals(0.0476) == "P = 0.048"
    assert base.p_equals(1e-9) == "P <\N{NO-BREAK SPACE}0.001"


def test_counts_durations_and_intervals() -> None:
    assert base.count(18154) == "18,154"
    assert base.count(2.5) == "2.5"
    assert base.seconds(3.14) == "3.1 s"
    assert base.seconds(119.6) == "2 min 0 s"
    assert base.interval(0.9, 0.85, 0.95) == "0.900 [0.850,\N{NO-BREAK SPACE}0.950]"
    assert base.interval(0.9, math.nan, 0.95) == "0.900"
    assert base.stacked(0.9, 0.85, 0.95).split("\n")[0] == "0.900"
    assert base.interval(math.nan, 0.0, 1.0) == "–"


@given(st.lists(st.floats(-1e6, 1e6), min_size=1))
def test_an_axis_shows_every_value(values: list[float]) -> None:
    reach = base.span([*values, math.nan])
    assert reach is not None
    assert reach[0] <= min(values) <= max(values) <= reach[1]
    assert reach[1] - reach[0] >= 0.05


def test_an_axis_of_nothing_has_no_range() -> None:
    assert base.span([math.nan]) is None


def test_names_that_look_like_numbers_or_dates_stay_names() -> None:
    drawn = base.names_axis(["1", "2001-03-01", "1"])
    assert drawn["type"] == "linear"
    assert drawn["tickvals"] == [0, 1, 2]
    assert drawn["ticktext"] == ["1", "2001-03-01", "1"]


def test_a_legend_is_grouped_in_order() -> None:
    keys = (
        Key("a", (0,), base.BLUE, group="first"),
        Key("b", (1,), base.BLUE, group="second"),
        Key("c", (2,), base.BLUE, group="first"),
    )
    figure = Figure(title="t", alt="a", traces=[], layout={}, keys=keys)
    assert {name: [key.name for key in group] for name, group in figure.groups.items()} == {
        "first": ["a", "c"],
        "second": ["b"],
    }


def test_wide_figures_stand_below_one_another_on_paper() -> None:
    narrow = Figure(title="t", alt="a", traces=[], layout={})
    wide = Figure(title="t", alt="a", traces=[], layout={}, least_width=800)
    assert not Row((narrow, narrow)).stacks
    assert Row((narrow, wide)).stacks
