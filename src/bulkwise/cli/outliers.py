"""``bulkwise outliers``: single samples against a reference of normal ones."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bulkwise.cli.base import (
    Duplicates,
    GenesIn,
    Input,
    Output,
    Samples,
    Seed,
    Unit,
    Unmatched,
    open_cohort,
    plain_command,
    say_report,
    show_findings,
    stderr,
    write_line,
)
from bulkwise.errors import InputError, SampleError

if TYPE_CHECKING:
    from anndata import AnnData

    from bulkwise.evaluation.outlying import Outliers

__all__ = ["register"]

_FORMAT = 1
_MARKER = "run.json"


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command()(outliers)


def outliers(
    source: Input,
    output: Output,
    reference: Annotated[
        str | None,
        typer.Option(
            "--reference",
            help="The cohort of normal samples: a matrix or a cohort's name, in the unit of INPUT "
            "and processed alike. Without it, --where chooses them within INPUT.",
            show_default=False,
        ),
    ] = None,
    where: Annotated[
        str | None,
        typer.Option(
            "--where",
            help="COLUMN=VALUE, such as condition=normal: which samples are the reference.",
            show_default=False,
        ),
    ] = None,
    sample: Annotated[
        list[str] | None,
        typer.Option(
            "--sample",
            help="A sample of INPUT to judge; may be given several times. By default all that "
            "aren't in the reference.",
            show_default=False,
        ),
    ] = None,
    samples: Samples = None,
    reference_samples: Annotated[
        Path | None,
        typer.Option(
            "--reference-samples", help="The sample sheet of --reference.", show_default=False
        ),
    ] = None,
    unit: Unit = None,
    alpha: Annotated[
        float, typer.Option("--alpha", help="The false discovery rate within a sample.")
    ] = 0.05,
    every_gene: Annotated[
        bool,
        typer.Option("--every-gene", help="Write every gene, not only those that leave the range."),
    ] = False,
    genes_in: GenesIn = "auto",
    duplicates: Duplicates = "refuse",
    unmatched: Unmatched = "refuse",
    seed: Seed = 0,
) -> None:
    """Find the genes of single samples that leave the range of normal ones.

    For one patient at a time: no replicates are needed. Writes outliers.csv (a row a sample and
    gene), samples.csv, run.json and report.html. P-values are calibrated by leaving each reference
    sample out in turn.

        bulkwise outliers patient.csv --unit log2_tpm --reference normals.csv -o results/patient

        bulkwise outliers cohort.tsv.gz --samples samples.csv --unit counts \\
            --where condition=normal --sample TCGA-KL-8323-01A -o results/8323
    """
    from bulkwise.evaluation import outliers as judge
    from bulkwise.progress import use_rich

    if not 0 < alpha < 1:
        raise InputError(
            f"The false discovery rate must be between 0 and 1, got --alpha {alpha:g}."
        )
    if reference is None and where is None:
        raise InputError(
            "There is no reference: give the normal samples with --reference, or say with "
            "--where COLUMN=VALUE which samples of INPUT they are."
        )
    console = stderr()
    options: dict[str, Any] = {
        "genes_in": genes_in,
        "duplicates": duplicates,
        "unmatched": unmatched,
    }
    with use_rich(console):
        cohort = open_cohort(source, samples=samples, unit=unit, **options)
        normal = cohort
        if reference is not None:
            normal = open_cohort(reference, samples=reference_samples, unit=unit, **options)
        if where is not None:
            normal = _chosen(normal, where)
        result = judge(cohort, normal, samples=sample or None, alpha=alpha, random_state=seed)
        _save(result, every_gene, seed, output)
    write_line(_summary(result))
    own = [item for profile in result.profiles.values() for item in profile.findings]
    show_findings([*result.findings, *(own if len(result.profiles) == 1 else [])], console)
    say_report(console, output / "report.html")


def _chosen(cohort: AnnData, where: str) -> AnnData:
    """The samples with a value in a column."""
    from bulkwise.checks.base import name_some

    column, equals, value = where.partition("=")
    if not equals or not column or not value:
        raise InputError(
            f"Can't read --where {where!r}: expected COLUMN=VALUE, as in condition=normal."
        )
    if column not in cohort.obs:
        raise SampleError(
            f"The sample sheet has no column {column!r}; it has "
            f"{name_some(cohort.obs.columns, 12)}."
        )
    values = cohort.obs[column].astype(str)
    kept = (values == value).to_numpy()
    if not kept.any():
        there = sorted(set(values))
        raise SampleError(
            f"No sample has {column} = {value!r}; the column holds {name_some(there, 12)}."
        )
    return cohort[kept]


def _save(result: Outliers, every_gene: bool, seed: int, output: Path) -> None:
    from bulkwise import __version__
    from bulkwise.reporting import write
    from bulkwise.reporting.outliers import outlying
    from bulkwise.storage import atomic_folder, write_csv, write_json

    run = {"command": plain_command(sys.argv[1:]), "bulkwise": __version__, "seed": seed}
    with atomic_folder(output, marker=_MARKER, drop=("report.html",)) as stage:
        write_csv(stage / "outliers.csv", result.table(every_gene=every_gene))
        write_csv(stage / "samples.csv", result.summary)
        write(outlying(result, run=run), stage / "report.html")
        document = run | {
            "n_reference": result.n_reference,
            "unit": result.unit,
            "scale": result.scale,
            "alpha": result.alpha,
            "findings": [item.to_dict() for item in result.findings],
            "files": sorted({_MARKER, *(path.name for path in stage.iterdir())}),
        }
        write_json(stage / _MARKER, document, schema="outliers", version=_FORMAT)


def _summary(result: Outliers) -> str:
    return "\n".join(
        f"{row['sample']}: {row['high']} higher and {row['low']} lower of {row['genes']} genes, "
        f"spread {row['spread']:.2f}"
        for row in result.summary.to_dict("records")
    )
