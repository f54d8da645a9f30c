"""``bulkwise patient``: which genes moved in one patient."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bulkwise.cli.base import (
    GenesIn,
    Input,
    Samples,
    Unit,
    open_cohort,
    plain_command,
    say_report,
    stderr,
    write_line,
)

if TYPE_CHECKING:
    from bulkwise.explain.patient import PatientGenes
    from bulkwise.stats.enrichment import Enrichment

__all__ = ["register"]

_MARKER = "run.json"
_FORMAT = 1
_SHOWN = 10


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command()(patient)


def patient(
    model: Annotated[
        Path,
        typer.Argument(metavar="BUNDLE", help="A model that translates.", show_default=False),
    ],
    source: Input,
    sample: Annotated[str, typer.Option("--sample", help="The sample's name.", show_default=False)],
    output: Annotated[
        Path,
        typer.Option("-o", "--output", help="The folder for table and report.", show_default=False),
    ],
    genesets: Annotated[
        list[Path] | None,
        typer.Option(
            "--genesets",
            help="A GMT file to test for over-representation; may be given several times.",
            show_default=False,
        ),
    ] = None,
    samples: Samples = None,
    unit: Unit = None,
    genes_in: GenesIn = "auto",
) -> None:
    """Compare one sample with its own predicted other condition, gene by gene.

    Writes patient.csv, run.json and a one-page report.html (with --genesets also enrichment.csv)
    and prints the genes with the smallest P.

        bulkwise patient translator.zip tumours.h5ad --sample TCGA-A7-A0CE-01A \\
            --genesets hallmark.gmt -o results/patient
    """
    from bulkwise import bundle
    from bulkwise.explain import patient_genes
    from bulkwise.io import read_gmt
    from bulkwise.progress import use_rich

    console = stderr()
    with use_rich(console):
        loaded = bundle.load(model)
        libraries = [read_gmt(path) for path in genesets or ()]
        more: dict[str, Any] = {"missing": "keep"} if loaded.fills_missing else {}
        cohort = open_cohort(source, samples=samples, unit=unit, genes_in=genes_in, **more)
        result = patient_genes(loaded, cohort, sample)
        enriched = _enriched(result, libraries)
        _save(result, enriched, output)
    moved = result.moved()
    write_line(
        f"{sample}: {result.condition} against its predicted {result.against}, up "
        f"{len(moved['up'])}, down {len(moved['down'])} of {len(result.table)} genes"
    )
    shown = result.table.head(_SHOWN)[["gene", "change", "p_value", "adjusted_p_value"]]
    write_line(shown.to_string(index=False, float_format=lambda value: f"{value:.3g}"))
    say_report(console, output / "report.html")


def _enriched(result: PatientGenes, libraries: list[Any]) -> Enrichment | None:
    from bulkwise.stats import over_representation

    lists = {name: genes for name, genes in result.moved().items() if genes}
    if not libraries or not lists:
        return None
    return over_representation(lists, libraries, universe=result.table["gene"])


def _save(result: PatientGenes, enriched: Enrichment | None, output: Path) -> None:
    from bulkwise.reporting import write
    from bulkwise.reporting.patient import patient as page
    from bulkwise.storage import atomic_folder, write_csv, write_json

    command = plain_command(sys.argv[1:])
    with atomic_folder(output, marker=_MARKER, drop=("report.html", "enrichment.csv")) as stage:
        write_csv(stage / "patient.csv", result.table)
        if enriched is not None:
            write_csv(stage / "enrichment.csv", enriched.table)
        write(page(result, enriched, command), stage / "report.html")
        moved = {name: len(genes) for name, genes in result.moved().items()}
        document = {
            "sample": result.sample,
            "condition": result.condition,
            "against": result.against,
            "tissue": result.tissue,
            "moved": moved,
            "findings": [item.to_dict() for item in result.findings],
            "command": command,
            "files": sorted({_MARKER, *(path.name for path in stage.iterdir())}),
        }
        write_json(stage / _MARKER, document, schema="patient", version=_FORMAT)
