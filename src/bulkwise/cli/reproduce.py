"""``bulkwise reproduce``: a paper's tables beside ours, one subcommand a paper."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bulkwise.cli.base import stderr, write_line

if TYPE_CHECKING:
    from bulkwise.reproduce import Reproduction

__all__ = ["register"]

reproduce = typer.Typer(
    name="reproduce",
    help="Set a paper's figures beside ours, on the data there is.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)

Output = Annotated[
    Path,
    typer.Option(
        "-o", "--output", help="The folder for metrics.json and report.html.", show_default=False
    ),
]


def register(app: typer.Typer) -> None:
    """Add the group of subcommands."""
    app.add_typer(reproduce)


@reproduce.callback()
def about() -> None:
    """Set a paper's figures beside ours, on the data there is.

    Each page names every difference in data and protocol, and shows the paper's own protocol next
    to the honest one where they differ.
    """


def _written(result: Reproduction, output: Path) -> None:
    """Save, print the table, and say where the report is."""
    result.save(output)
    write_line(result.summary)
    stderr().print(f"Report: {output / 'report.html'}", markup=False, highlight=False)
