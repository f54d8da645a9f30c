"""``bulkwise validate``: train in one cohort, test in another."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from bulkwise.cli.base import (
    Duplicates,
    Event,
    GenesIn,
    Groups,
    Output,
    Seed,
    Time,
    TimeUnit,
    Years,
    listed,
    network_named,
    open_cohort,
    plain_command,
    say_report,
    show_findings,
    stderr,
    write_line,
)

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command()(validate)


Train = Annotated[
    str,
    typer.Argument(
        metavar="TRAIN",
        help="The cohort to train on: a matrix (csv, tsv, parquet, GCT or h5ad, gzip'd or not) or "
        "a cohort's name (see `bulkwise data list`).",
        show_default=False,
    ),
]
Test = Annotated[
    str,
    typer.Argument(metavar="TEST", help="The cohort to judge on, likewise.", show_default=False),
]
Sheet = Annotated[
    Path | None, typer.Option(help="Its sample sheet (csv or tsv).", show_default=False)
]
OneUnit = Annotated[
    str | None, typer.Option(help="What its values are; see `bulkwise check`.", show_default=False)
]
Platform = Annotated[
    str | None,
    typer.Option(help="What it was measured with (U133A, say).", show_default=False),
]


def validate(
    train: Train,
    test: Test,
    output: Output,
    target: Annotated[
        str | None,
        typer.Option("--target", help="The column to predict, in both.", show_default=False),
    ] = None,
    time: Time = None,
    event: Event = None,
    years: Years = None,
    time_unit: TimeUnit = "days",
    clinical: Annotated[
        str,
        typer.Option(
            "--clinical",
            help="Columns for rivals without genes, such as grade,size,er,age.",
            show_default=False,
        ),
    ] = "",
    strata: Annotated[
        str,
        typer.Option(
            "--strata",
            help="Columns within whose values the AUROC is given too, such as er.",
            show_default=False,
        ),
    ] = "",
    network: Annotated[str, typer.Option("--network", help="The architecture.")] = "mlp",
    groups: Groups = None,
    scaling: Annotated[
        str,
        typer.Option(
            "--scaling",
            help="training: the values as they are, their scale learned in training; within: each "
            "gene standardised within each cohort by itself, which alone allows two units.",
        ),
    ] = "training",
    genes_by: Annotated[
        str | None,
        typer.Option(
            "--genes-by",
            help="In h5ad files: the column beside the genes to name them by, such as symbol, to "
            "match two platforms; genes that share a name are averaged.",
            show_default=False,
        ),
    ] = None,
    samples: Sheet = None,
    test_samples: Sheet = None,
    unit: OneUnit = None,
    test_unit: OneUnit = None,
    platform: Platform = None,
    test_platform: Platform = None,
    genes_in: GenesIn = "auto",
    duplicates: Duplicates = "refuse",
    seed: Seed = 0,
) -> None:
    """Train on the cohort TRAIN and judge on the cohort TEST, beside simple and clinical rivals.

    Genes are matched by name. The time-dependent AUC and the C-indices take patients in who
    left before the endpoint. Writes metrics.json, predictions.csv, run.json, external.json and
    report.html (with --time also risks.csv) and prints the tables.

        bulkwise validate gse2034.h5ad gse7390.h5ad --time days --event distant_metastasis \\
            --years 5 --clinical grade,size,er,age --strata er -o results/metastasis

        bulkwise validate a.tsv.gz b.tsv.gz --samples a.csv --test-samples b.csv \\
            --unit log2_tpm --test-unit log2_rma --scaling within --target subtype -o out
    """
    from bulkwise.evaluation.external import validate as run
    from bulkwise.progress import use_rich
    from bulkwise.reporting.external import report

    console = stderr()
    network_named(network)
    with use_rich(console):
        options = {"genes_in": genes_in, "duplicates": duplicates}
        cohorts = [
            _platformed(open_cohort(name, samples=sheet, unit=one, **options), stated)
            for name, sheet, one, stated in (
                (train, samples, unit, platform),
                (test, test_samples, test_unit, test_platform),
            )
        ]
        result = run(
            network,
            *cohorts,
            target=target,
            time=time,
            event=event,
            years=years,
            time_unit=time_unit,
            groups=groups,
            genes_by=genes_by,
            clinical=listed(clinical),
            strata=listed(strata),
            scaling=cast(Any, scaling),
            random_state=seed,
            command=plain_command(sys.argv[1:]),
        )
        result.save(output, draw=lambda stage: report(result, stage / "report.html"))
    write_line(result.summary())
    show_findings(result.findings, console)
    say_report(console, output / "report.html")


def _platformed(cohort: AnnData, platform: str | None) -> AnnData:
    if platform is not None:
        cohort.uns["platform"] = platform
    return cohort
