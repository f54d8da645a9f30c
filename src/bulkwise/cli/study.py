"""``bulkwise study``: how far a search or a curve has come, and how it goes on."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from bulkwise.cli.base import stderr, write_line
from bulkwise.errors import StudyError

__all__ = ["register"]

study = typer.Typer(
    name="study",
    help="Look at a study, go on with one that was broken off, draw its report again.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)

Folder = Annotated[
    Path,
    typer.Argument(
        metavar="DIR",
        help="The folder of a study, as `bulkwise search -o DIR` wrote it.",
        show_default=False,
    ),
]


def register(app: typer.Typer) -> None:
    """Add the group of subcommands."""
    app.add_typer(study)


@study.command()
def status(folder: Folder) -> None:
    """Print how far a study has come: one `name<tab>value` a line.

    bulkwise study status results/search
    """
    from bulkwise.study import Store

    store = Store.look(folder)
    plan, n_done = store.plan, len(store.results)
    per_unit = sum(store.seconds.values()) / max(len(store.seconds), 1)
    left = len(plan.units) - n_done
    rows = {
        "kind": plan.kind,
        "units done": f"{n_done} of {len(plan.units)}",
        "units failed": str(len(store.failed)),
        "seconds computing": f"{sum(store.seconds.values()):.1f}",
        "seconds left in one process": f"{left * per_unit:.0f}" if n_done else "unknown",
        "plan": plan.sha256,
        "command": shlex.join(["bulkwise", *plan.command]) if plan.command else "(from Python)",
    }
    for name, value in rows.items():
        write_line(f"{name}\t{value}")
    for name, error in store.failed.items():
        stderr().print(f"note: {name} failed: {error}", markup=False, highlight=False)


@study.command()
def resume(context: typer.Context, folder: Folder) -> None:
    """Go on with a study that was broken off: its own command, from where it stopped.

    Run it in the folder that the study was begun in, if its command has relative paths.

        bulkwise study resume results/search
    """
    from bulkwise.study import Store

    plan = Store.look(folder).plan
    words = list(plan.command)
    if not words:
        raise StudyError(
            f"The study in {str(folder)!r} was begun from Python; call the same function again "
            "with the same data and folder, and it goes on."
        )
    begun = _output(words)
    if begun is None or begun.resolve() != folder.resolve():
        raise StudyError(
            f"Can't resume the study in {str(folder)!r}: it was begun as `-o {begun}`, which is "
            "another folder from here; move there, or move the study back."
        )
    again = f"Going on: {shlex.join(['bulkwise', *words])}"
    stderr().print(again, markup=False, highlight=False, soft_wrap=True)
    before, sys.argv = sys.argv, ["bulkwise", *words]
    command: Any = context.find_root().command
    try:
        command.main(args=words, prog_name="bulkwise", standalone_mode=False)
    finally:
        sys.argv = before


@study.command()
def report(
    folder: Folder,
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
    """Draw the report of a finished study again; nothing is computed anew.

    bulkwise study report results/search
    """
    from bulkwise.reporting.study import report as draw

    write_line(str(draw(folder, output or folder / "report.html")))


def _output(words: Sequence[str]) -> Path | None:
    """The folder that a command writes to."""
    for place, word in enumerate(words):
        if word in {"-o", "--output"} and place + 1 < len(words):
            return Path(words[place + 1])
        if word.startswith("--output="):
            return Path(word.removeprefix("--output="))
        if word.startswith("-o") and len(word) > len("-o"):
            return Path(word.removeprefix("-o"))
    return None
