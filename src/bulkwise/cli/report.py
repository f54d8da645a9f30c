"""``bulkwise report``: draw the report of a results folder again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bulkwise.cli.base import write_line

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command()(report)


def report(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            help="A folder that `bulkwise evaluate`, `validate` or `translate` wrote.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            help="The HTML file; by default report.html in the folder.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Draw the report of a results folder again; nothing is computed anew.

    bulkwise report results/tissue -o tissue.html
    """
    page = output or folder / "report.html"
    if (folder / "external.json").is_file():
        from bulkwise.reporting.external import report as draw_external

        write_line(str(draw_external(folder, page)))
        return
    if (folder / "patients.csv").is_file():
        from bulkwise.reporting.translation import report as draw_translation

        write_line(str(draw_translation(folder, page)))
        return
    from bulkwise.reporting import report as draw

    write_line(str(draw(folder, page)))
