"""``bulkwise check``: is this file what it is said to be?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from bulkwise.cli.base import (
    Duplicates,
    GenesIn,
    Groups,
    Input,
    Samples,
    Unit,
    Unmatched,
    open_cohort,
    show_findings,
    stderr,
    write_line,
)

if TYPE_CHECKING:
    from bulkwise.checks.cohort import CheckReport

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command()(check)


def check(
    source: Input,
    samples: Samples = None,
    unit: Unit = None,
    target: Annotated[
        str | None,
        typer.Option("--target", help="Also check this column as labels.", show_default=False),
    ] = None,
    groups: Groups = None,
    genes_in: GenesIn = "auto",
    duplicates: Duplicates = "refuse",
    unmatched: Unmatched = "refuse",
    as_json: Annotated[bool, typer.Option("--json", help="Write the result as JSON.")] = False,
) -> int:
    """Read a matrix and its sample sheet and say what is wrong or odd.

    Names, units, orientation, missing and impossible values, sex against XIST and RPS4Y1,
    patients whose two samples look swapped. The exit code is 2 if something must be mended.

        bulkwise check expression.tsv.gz --samples samples.csv --unit fpkm

        bulkwise check bladder --target cancer --json
    """
    from bulkwise.checks import check as check_cohort
    from bulkwise.progress import use_rich

    console = stderr()
    with use_rich(console):
        cohort = open_cohort(
            source,
            samples=samples,
            unit=unit,
            genes_in=genes_in,
            duplicates=duplicates,
            unmatched=unmatched,
            missing="keep",
        )
        result = check_cohort(cohort, target=target, groups=groups)
    if as_json:
        write_line(json.dumps(result.to_dict(), indent=2, ensure_ascii=False))
    else:
        _show(result)
    show_findings(result.findings, console)
    return 2 if result.errors else 0


def _show(result: CheckReport) -> None:
    for name, value in result.summary.items():
        write_line(f"{name}: {value}")
    write_line(f"errors: {len(result.errors)}")
    write_line(f"warnings: {len(result.warnings)}")
