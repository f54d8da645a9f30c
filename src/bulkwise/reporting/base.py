"""The pieces a report is made of, and the one way to word, number and colour them.

A report is a :class:`Page` of sections; a section is a list of blocks (text, figures, tables,
notices, facts, code). Any command composes a page from them; ``html.render`` draws it.

Names that came from a user's files are handed over as they are: the templates escape them for
HTML. Only labels *inside* a figure must go through :func:`label`, because plotly reads a part of
HTML in its text.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias

__all__ = [
    "BLUE",
    "COLOURS",
    "DASHES",
    "GREY",
    "PATTERNS",
    "SYMBOLS",
    "VERMILLION",
    "Block",
    "Code",
    "Facts",
    "Figure",
    "Key",
    "Look",
    "Notice",
    "Page",
    "Row",
    "Section",
    "Table",
    "Text",
    "axis",
    "count",
    "decimal",
    "interval",
    "label",
    "look",
    "names_axis",
    "p_equals",
    "p_value",
    "seconds",
    "span",
    "stacked",
]

BLUE, VERMILLION, GREY = "#0072B2", "#D55E00", "#767676"
COLOURS: tuple[str, ...] = (BLUE, VERMILLION, "#009E73", "#E69F00", "#56B4E9", "#CC79A7", GREY)
"""Okabe and Ito's colours that can be seen on white and on black (no yellow; grey for black)."""

SYMBOLS: tuple[str, ...] = (
    "circle",
    "square",
    "diamond",
    "triangle-up",
    "cross",
    "triangle-down",
    "x",
    "star",
)
"""Eight marks: their number and that of the colours have no common factor, so that the pairs
repeat only after 56 names."""

DASHES: tuple[str, ...] = ("solid", "dash", "dot", "dashdot", "longdash")

PATTERNS: tuple[str, ...] = ("", "/", "x", ".", "\\", "-", "|", "+")
"""Hatches of bars, plain first."""

_LONGEST = 24


@dataclass(frozen=True)
class Look:
    """How one name is drawn everywhere: never by colour alone."""

    colour: str
    symbol: str
    dash: str


def look(index: int) -> Look:
    """The look of the ``index``-th name (class, source or model)."""
    return Look(
        COLOURS[index % len(COLOURS)],
        SYMBOLS[index % len(SYMBOLS)],
        DASHES[index // len(COLOURS) % len(DASHES)],
    )


@dataclass(frozen=True)
class Key:
    """One entry of a figure's legend, which is also a switch for its traces.

    Parameters
    ----------
    name
        As the user wrote it.
    traces
        Positions in ``Figure.traces`` that it shows and hides.
    colour, symbol, dash, pattern
        What is drawn beside the name: a mark, a line, a line with a mark, or a bar.
    shown
        Whether its traces are visible at first.
    group
        Heading under which the entry stands; empty for none.
    """

    name: str
    traces: tuple[int, ...]
    colour: str
    symbol: str | None = None
    dash: str | None = None
    pattern: str | None = None
    shown: bool = True
    group: str = ""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A plotly figure as plain data, with the words that make it readable.

    Parameters
    ----------
    title
        Heading above the figure.
    alt
        What a reader who can't see it should know, in a sentence or two.
    traces, layout
        As plotly.js takes them (fonts, background and grid come from the page's theme).
    caption
        How to read it.
    keys
        Legend and switches; plotly's own legend is never shown.
    scale
        Of a heat map: words for the palest and the darkest colour, and what the colour says.
    height
        Pixels.
    least_width, most_width
        Pixels under which the figure scrolls inside itself instead of shrinking, and over which
        it doesn't grow (0: no limit).
    """

    kind: ClassVar[str] = "figure"
    title: str
    alt: str
    traces: Sequence[Mapping[str, Any]]
    layout: Mapping[str, Any]
    caption: str = ""
    keys: tuple[Key, ...] = ()
    scale: tuple[str, str, str] | None = None
    height: int = 420
    least_width: int = 0
    most_width: int = 0

    @property
    def groups(self) -> dict[str, list[Key]]:
        """The entries of the legend by heading, in order."""
        grouped: dict[str, list[Key]] = {}
        for key in self.keys:
            grouped.setdefault(key.group, []).append(key)
        return grouped


@dataclass(frozen=True)
class Row:
    """Figures side by side where there is room, below one another where there isn't."""

    kind: ClassVar[str] = "row"
    figures: tuple[Figure, ...]
    least_width: int = 400

    @property
    def stacks(self) -> bool:
        """Whether a figure is too wide to share the line on paper."""
        return any(figure.least_width > 520 for figure in self.figures)


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table that scrolls inside itself; its first column names the rows.

    Parameters
    ----------
    columns
        Headings.
    rows
        Cells, ready to be read.
    words
        Positions of the columns that hold words (left-aligned); the others hold numbers.
    marked
        Positions of the rows to set off.
    folded
        Whether only the title shows until it is opened (open on paper, up to 30 rows).
    """

    kind: ClassVar[str] = "table"
    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    caption: str = ""
    words: tuple[int, ...] = (0,)
    marked: frozenset[int] = frozenset()
    folded: bool = False


@dataclass(frozen=True)
class Text:
    """A paragraph; ``strong`` for the sentence that a section is about."""

    kind: ClassVar[str] = "text"
    text: str
    strong: bool = False


@dataclass(frozen=True)
class Notice:
    """A finding: ``level`` is ``"error"``, ``"warning"``, ``"note"`` or ``"good"``."""

    kind: ClassVar[str] = "notice"
    level: str
    message: str
    items: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """Names and values; ``large`` shows them as cards."""

    kind: ClassVar[str] = "facts"
    pairs: tuple[tuple[str, str], ...]
    large: bool = False


@dataclass(frozen=True)
class Code:
    """Text to copy, a command for example."""

    kind: ClassVar[str] = "code"
    title: str
    text: str


Block: TypeAlias = "Text | Notice | Facts | Figure | Row | Table | Code"


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it; one without blocks is left out of the page."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True, kw_only=True)
class Page:
    """A whole report.

    Parameters
    ----------
    title
        Heading and window title.
    question
        What was asked, in a sentence.
    warnings
        What stands above everything else.
    answer
        Blocks between the warnings and the first section.
    sections
        The rest; their titles make the table of contents.
    version
        Of bulkwise.
    """

    title: str
    question: str
    warnings: Sequence[Notice] = ()
    answer: Sequence[Block] = ()
    sections: Sequence[Section] = ()
    version: str = ""
    kicker: str = field(default="bulkwise report")


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
