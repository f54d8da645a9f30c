"""A page as one HTML file that works offline and asks nothing of the network.

Names from a user's files can't become markup or script: Jinja2 escapes all text, a figure's data
stands in a data block that no name can close, and the page's own policy lets a browser run two
scripts only, known by their SHA-256, and load nothing at all.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bulkwise.reporting.base import Figure, Page, Row
from bulkwise.storage import PathLike, write_text

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["render", "write"]

_MOST_NAMES = 200
_LEVELS = {
    "error": {"style": "error", "sign": "✖", "word": "Error"},
    "warning": {"style": "warning", "sign": "▲", "word": "Warning"},
    "note": {"style": "note", "sign": "●", "word": "Note"},
    "good": {"style": "good", "sign": "✔", "word": "Good"},
}
_STROKES = {
    "solid": "none",
    "dash": "8 4",
    "dot": "2.5 3",
    "dashdot": "8 3 2.5 3",
    "longdash": "12 4",
}
_MARKS = {
    "circle": "M14 2a5 5 0 1 0 .01 0z",
    "square": "M9.5 2.5h9v9h-9z",
    "diamond": "M14 .8L20.2 7 14 13.2 7.8 7z",
    "triangle-up": "M14 1.5l6 10.5H8z",
    "triangle-down": "M14 12.5l6-10.5H8z",
    "cross": "M12.2 1.5h3.6v3.7h3.7v3.6h-3.7v3.7h-3.6V8.8H8.5V5.2h3.7z",
    "x": "M10.3 1L14 4.7 17.7 1 20 3.3 16.3 7 20 10.7 17.7 13 14 9.3 10.3 13 8 10.7 11.7 7 8 3.3z",
    "star": "M14 .6l1.7 4.4 4.7.2-3.7 3 1.3 4.6-4-2.6-4 2.6 1.3-4.6-3.7-3 4.7-.2z",
}
_HATCHES = {
    "plain": "M0 0",
    "/": "M4 7l6-6M4 13L16 1M12 13L24 1M18 13l6-6",
    "\\": "M4 7l6 6M4 1l12 12M12 1l12 12M18 1l6 6",
    "x": "M4 13L16 1M12 13L24 1M4 1l12 12M12 1l12 12",
    ".": "M7 4h2M13 4h2M19 4h2M7 9h2M13 9h2M19 9h2",
    "-": "M4 4h20M4 10h20",
    "|": "M8 1v12M14 1v12M20 1v12",
    "+": "M4 4h20M4 10h20M9 1v12M19 1v12",
}


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("bulkwise.reporting"), autoescape=True, undefined=StrictUndefined
    )
    environment.globals.update(
        levels=_LEVELS,
        marks=_MARKS,
        strokes=_STROKES,
        hatches=_HATCHES,
        most_names=_MOST_NAMES,
    )
    return environment


@cache
def _own(name: str) -> str:
    """A file of ours beside the templates."""
    return (Path(__file__).parent / "templates" / name).read_text(encoding="utf-8")


@cache
def _plotly() -> str:
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs())


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _policy(*scripts: str) -> str:
    """What a browser may do with the page: run these scripts, nothing else; no network."""
    sources = " ".join(f"'sha256-{_digest(script)}'" for script in scripts) or "'none'"
    return (
        f"default-src 'none'; script-src {sources}; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def _plain(value: Any) -> Any:
    """What JSON holds; numbers with five digits, which is finer than a screen."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return float(f"{value:.5g}") if math.isfinite(value) else None
    return value


def _data(figure: Figure) -> str:
    """A figure as JSON that can stand in a script element: no name in it can close one."""
    hidden = {trace for key in figure.keys if not key.shown for trace in key.traces}
    traces = [
        {**trace, "visible": False} if index in hidden else trace
        for index, trace in enumerate(figure.traces)
    ]
    text = json.dumps(
        _plain({"traces": traces, "layout": figure.layout}),
        allow_nan=False,
        ensure_ascii=True,
        separators=(",", ":"),
    )
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _figures(page: Page) -> list[Figure]:
    blocks = [*page.answer, *(block for section in page.sections for block in section.blocks)]
    found: list[Figure] = []
    for block in blocks:
        if isinstance(block, Figure):
            found.append(block)
        elif isinstance(block, Row):
            found.extend(block.figures)
    return found


def render(page: Page) -> str:
    """Draw a page.

    Parameters
    ----------
    page
        What to show. Sections without blocks are left out.

    Returns
    -------
    str
        The whole HTML document, plotly.js included if there is any figure (about 4.8 MB).
    """
    from markupsafe import Markup

    figures = _figures(page)
    driver, library = _own("figures.js"), _plotly() if figures else ""
    numbers = {id(figure): index + 1 for index, figure in enumerate(figures)}
    text = (
        _environment()
        .get_template("page.html.j2")
        .render(
            page=page,
            sections=[section for section in page.sections if section.blocks],
            figures=figures,
            number_of=lambda figure: numbers[id(figure)],
            # The four below are ours or plotly's or escaped for a data block, never a name's.
            data=lambda figure: Markup(_data(figure)),  # noqa: S704
            style=Markup(_own("style.css")),  # noqa: S704
            driver=Markup(driver),  # noqa: S704
            library=Markup(library),  # noqa: S704
            policy=_policy(library, driver) if figures else _policy(),
        )
    )
    return text.encode("utf-8", "replace").decode("utf-8")


def write(page: Page, path: PathLike) -> Path:
    """Draw a page and write it, whole or not at all.

    Raises
    ------
    InputError
        If the place can't be written.
    """
    path = Path(path)
    write_text(path, render(page))
    return path
