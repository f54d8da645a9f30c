"""``bulkwise direction``: which genes go up or down, from few samples."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bulkwise.cli.base import (
    Column,
    Duplicates,
    GenesIn,
    Input,
    Output,
    Samples,
    Unit,
    Unmatched,
    open_cohort,
    plain_command,
    say_report,
    show_findings,
    stderr,
    write_line,
)
from bulkwise.errors import InputError

if TYPE_CHECKING:
    from bulkwise.evaluation.direction import DirectionReading

__all__ = ["register"]

_FORMAT = 1
_MARKER = "run.json"
_LATE = ("report.html", "over_representation.csv")


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command()(direction)


def direction(
    source: Input,
    column: Column,
    contrast: Annotated[
        str,
        typer.Option(
            "--contrast",
            help="first:second, such as tumour:normal; up means higher in the first.",
            show_default=False,
        ),
    ],
    output: Output,
    model: Annotated[
        Path | None,
        typer.Option(
            "--model",
            help="A bundle from `bulkwise train --task direction`. Without it a closed form that "
            "needs no training: changes drawn towards zero by all genes' noise.",
            show_default=False,
        ),
    ] = None,
    reference: Annotated[
        float,
        typer.Option(
            "--reference",
            help="Neutral means: not significant in a cohort of so many samples a side.",
        ),
    ] = 50,
    samples: Samples = None,
    unit: Unit = None,
    genesets: Annotated[
        list[Path] | None,
        typer.Option(
            "--genesets",
            help="A GMT file to look for in the predicted lists; may be given several times.",
            show_default=False,
        ),
    ] = None,
    genes_in: GenesIn = "auto",
    duplicates: Duplicates = "refuse",
    unmatched: Unmatched = "refuse",
) -> None:
    """Predict which genes go up or down between two conditions, from two samples a side on.

    Writes directions.csv (gene, predicted, down, neutral, up: probabilities), tested.csv (the
    plain test beside it), run.json and report.html, and prints how many genes go which way.

        bulkwise direction counts.csv --samples samples.csv --unit counts --column condition \\
            --contrast tumour:normal -o results/direction

        bulkwise direction small.h5ad --column condition --contrast tumour:normal \\
            --model directions.zip --reference 100 -o results/direction
    """
    from bulkwise import bundle
    from bulkwise.evaluation.direction import read_directions
    from bulkwise.io.genesets import read_gmt
    from bulkwise.progress import use_rich

    console = stderr()
    with use_rich(console):
        libraries = [read_gmt(path) for path in genesets or ()]
        fitted = None
        if model is not None:
            loaded = bundle.load(model)
            if loaded.task != "direction":
                raise InputError(
                    f"The bundle {str(model)!r} is for the task {loaded.task!r}; expected one from "
                    "`bulkwise train --task direction`."
                )
            fitted = loaded.model
        cohort = open_cohort(
            source,
            samples=samples,
            unit=unit,
            genes_in=genes_in,
            duplicates=duplicates,
            unmatched=unmatched,
        )
        result = read_directions(
            cohort,
            column=column,
            contrast=contrast,
            model=fitted,
            reference=reference,
            libraries=libraries,
        )
        _save(result, output, None if model is None else str(model))
    write_line(_summary(result))
    show_findings(result.findings, console)
    say_report(console, output / "report.html")


def _save(result: DirectionReading, output: Path, model: str | None) -> None:
    from bulkwise.reporting import write
    from bulkwise.reporting.direction import prediction
    from bulkwise.storage import atomic_folder, write_csv, write_json

    said = ["gene", "predicted", "down", "neutral", "up"]
    page = prediction(result)
    with atomic_folder(
        output, marker=_MARKER, drop=("report.html", "over_representation.csv")
    ) as stage:
        write_csv(stage / "directions.csv", result.table[said])
        write_csv(stage / "tested.csv", result.table.drop(columns=said[2:]))
        if result.enrichment is not None:
            write_csv(stage / "over_representation.csv", result.enrichment.table)
        write(page, stage / "report.html")
        document: dict[str, Any] = {
            "command": plain_command(sys.argv[1:]),
            "contrast": list(result.pair),
            "sizes": list(result.sizes),
            "method": result.method,
            "model": model,
            "trained_on": list(result.trained_on),
            "reference": result.reference,
            "findings": [item.to_dict() for item in result.findings],
            "files": sorted({_MARKER, *(path.name for path in stage.iterdir())}),
        }
        write_json(stage / _MARKER, document, schema="direction", version=_FORMAT)


def _summary(result: DirectionReading) -> str:
    called = result.table["predicted"].value_counts()
    first, second = result.pair
    return "\n".join(
        [
            f"{first} ({result.sizes[0]} samples) against {second} ({result.sizes[1]} samples), "
            f"{result.method}, {len(result.table)} genes",
            *(f"{side}: {int(called.get(side, 0))}" for side in ("up", "down", "neutral")),
        ]
    )
