"""What every reproduction of a paper gives: a page, its numbers, and one way to write them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bulkwise.reporting.base import Page, Table
from bulkwise.reporting.html import write
from bulkwise.storage import PathLike, atomic_folder, write_json

__all__ = ["Reproduction", "differences"]

FORMAT = 1
MARKER = "run.json"


@dataclass(frozen=True, kw_only=True, eq=False)
class Reproduction:
    """A paper's figures beside ours.

    Attributes
    ----------
    paper
        Name of the subcommand, ``"deep4med-classifier"`` for example.
    page
        The report.
    metrics
        Content of ``metrics.json``: ``models.<name>.metrics.<metric>`` holds ``value``, ``low``
        and ``high``; ``paper`` holds what the paper printed, in the same layout.
    summary
        The table for the terminal.
    run
        How it was made: seed, data, seconds, settings.
    """

    paper: str
    page: Page
    metrics: Mapping[str, Any]
    summary: str
    run: Mapping[str, Any] = field(default_factory=dict)

    def save(self, folder: PathLike) -> Path:
        """Write ``report.html``, ``metrics.json`` and ``run.json``, whole or not at all.

        Parameters
        ----------
        folder
            A new or empty folder, or one that holds an earlier reproduction.

        Raises
        ------
        InputError
            If the folder is somebody else's or can't be written.
        """
        folder = Path(folder)
        with atomic_folder(folder, marker=MARKER) as stage:
            write_json(stage / "metrics.json", self.metrics, schema="metrics", version=FORMAT)
            write(self.page, stage / "report.html")
            files = sorted({MARKER, *(path.name for path in stage.iterdir())})
            about = {"paper": self.paper, **self.run, "files": files}
            write_json(stage / MARKER, about, schema="reproduction", version=FORMAT)
        return folder


def differences(rows: Mapping[str, tuple[str, str]]) -> Table:
    """The table of every difference in data and protocol, which each page has.

    Parameters
    ----------
    rows
        What differs -> how the paper did it, how it is done here.
    """
    return Table(
        title="What differs from the paper",
        columns=("", "The paper", "Here"),
        rows=[(name, theirs, ours) for name, (theirs, ours) in rows.items()],
        words=(0, 1, 2),
        caption="Two figures can be compared only as far as this table allows.",
    )
