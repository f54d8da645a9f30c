"""The one way to word a number, a name and an axis in a report, and to draw an interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Protocol

__all__ = [
    "axis",
    "count",
    "decimal",
    "interval",
    "interval_points",
    "label",
    "names_axis",
    "p_equals",
    "p_value",
    "seconds",
    "span",
    "stacked",
]

_LONGEST = 24


class HasInterval(Protocol):
    """An estimate: a value between two ends."""

    @property
    def value(self) -> float:
        """The estimate."""

    @property
    def low(self) -> float:
        """The lower end."""

    @property
    def high(self) -> float:
        """The upper end."""


def label(text: object, longest: int = _LONGEST) -> str:
    """A name as it may stand inside a figure: shortened, and without meaning to plotly."""
    words = " ".join(str(text).split())
    if len(words) > longest:
        words = words[: longest - 1].rstrip() + "…"
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def decimal(value: float, places: int = 3) -> str:
    """A number for a table; a dash where there is none."""
    if not math.isfinite(value):
        return "–"
    text = f"{value:.{places}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    return text.replace("-", "\N{MINUS SIGN}")


def count(value: float) -> str:
    """A count with thousands set apart; one decimal where it is a mean of counts."""
    text = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"
    return text.replace("-", "\N{MINUS SIGN}")


def interval(value: float, low: float, high: float) -> str:
    """A number and its interval."""
    if not math.isfinite(value):
        return "–"
    if not (math.isfinite(low) and math.isfinite(high)):
        return decimal(value)
    return f"{decimal(value)} [{decimal(low)},\N{NO-BREAK SPACE}{decimal(high)}]"


def stacked(value: float, low: float, high: float) -> str:
    """A number with its interval on the next line, for tables of many columns."""
    return interval(value, low, high).replace(" [", "\n[", 1)


def span(values: Sequence[float], *, least: float = 0.05, pad: float = 0.06) -> list[float] | None:
    """The range of an axis that shows all finite values, at least ``least`` wide."""
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return None
    low, high = min(finite), max(finite)
    short = max(least - (high - low), 0.0) / 2
    low, high = low - short, high + short
    margin = pad * (high - low)
    return [low - margin, high + margin]


def p_value(value: float) -> str:
    """A P value: never 0, never more digits than it deserves."""
    if not math.isfinite(value):
        return "–"
    if value < 0.001:
        return "<\N{NO-BREAK SPACE}0.001"
    return f"{value:.2g}" if value < 0.1 else f"{value:.2f}"


def p_equals(value: float) -> str:
    """A P value within a sentence."""
    text = p_value(value)
    return f"P {text}" if text.startswith("<") else f"P = {text}"


def seconds(value: float) -> str:
    """A duration in seconds, or minutes and seconds."""
    if value < 60:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest} s"


def axis(title: str, **more: Any) -> dict[str, Any]:
    """An axis of numbers with its title (unit included)."""
    return {"title": {"text": title, "standoff": 8}, "type": "linear", "automargin": True, **more}


def names_axis(
    names: Sequence[str], title: str = "", longest: int = _LONGEST, **more: Any
) -> dict[str, Any]:
    """An axis of names at 0, 1, 2, ...: two names that look alike stay apart.

    Positions are numbers and names are only written beside them, so that names such as ``1`` or
    ``2001-03-01`` are never read as numbers or dates.
    """
    ticks = {
        "tickmode": "array",
        "tickvals": list(range(len(names))),
        "ticktext": [label(name, longest) for name in names],
        "zeroline": False,
        "showgrid": False,
    }
    return axis(title, **(ticks | more))


def interval_points(
    name: str, estimates: Sequence[HasInterval], rows: Sequence[float], colour: str, symbol: str
) -> dict[str, Any]:
    """A trace of values with their intervals, one a row."""
    return {
        "type": "scatter",
        "mode": "markers",
        "name": label(name),
        "x": [one.value for one in estimates],
        "y": list(rows),
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [one.high - one.value for one in estimates],
            "arrayminus": [one.value - one.low for one in estimates],
            "thickness": 2,
            "width": 5,
        },
        "marker": {"color": colour, "symbol": symbol, "size": 9},
        "text": [interval(one.value, one.low, one.high) for one in estimates],
        "hovertemplate": "%{text}",
    }
