"""The pieces a report is made of, and the one way to colour them.

A report is a :class:`Page` of sections; a section is a list of blocks (text, figures, tables,
notices, facts, code). Any command composes a page from them; ``html.render`` draws it.

Names that came from a user's files are handed over as they are: the templates escape them for
HTML. Only labels *inside* a figure must go through ``label``, because plotly reads a part of HTML
in its text.
"""

from __future__ import annotations

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
    "look",
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
