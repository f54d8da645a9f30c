"""The report of any study, by what its folder holds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bulkwise.errors import InputError
from bulkwise.reporting.study.curve import report_curve
from bulkwise.reporting.study.search import report_search
from bulkwise.reporting.study.transfer import report_transfer
from bulkwise.storage import PathLike

__all__ = ["report"]

_REPORTS: dict[str, Callable[[PathLike, PathLike], Path]] = {
    "search.json": report_search,
    "curve.json": report_curve,
    "transfer.json": report_transfer,
}


def report(folder: PathLike, path: PathLike) -> Path:
    """Write the report of a finished study as one HTML file that works offline.

    Parameters
    ----------
    folder
        What ``bulkwise search``, ``curve`` or ``transfer`` wrote.
    path
        The HTML file to write, whole or not at all.

    Raises
    ------
    InputError
        If the folder holds no finished study or the file can't be written.
    """
    for name, draw in _REPORTS.items():
        if (Path(folder) / name).is_file():
            return draw(folder, path)
    raise InputError(
        f"There is no finished study in {str(folder)!r}; if one was broken off there, "
        "`bulkwise study resume` goes on with it."
    )
