"""``bulkwise translate``: judge what a sample would look like in the other condition."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bulkwise.cli.base import (
    Column,
    Duplicates,
    Floor,
    Folds,
    From,
    GenesIn,
    Input,
    Output,
    Pairs,
    Samples,
    Seed,
    Tissue,
    To,
    Unit,
    Unmatched,
    open_cohort,
    plain_command,
    say_report,
    show_findings,
    stderr,
    write_line,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command()(translate)


def translate(
    source: Input,
    output: Output,
    column: Column,
    from_: From,
    to: To,
    tissue: Tissue = None,
    pairs: Pairs = None,
    floor: Floor = None,
    purity: Annotated[
        list[Path] | None,
        typer.Option(
            "--purity",
            help="A GMT file of genes of admixed cells (stroma, immune cells): how much of the "
            "personal part is their share? May be given several times.",
            show_default=False,
        ),
    ] = None,
    samples: Samples = None,
    unit: Unit = None,
    folds: Folds = 5,
    genes_in: GenesIn = "auto",
    duplicates: Duplicates = "refuse",
    unmatched: Unmatched = "refuse",
    seed: Seed = 0,
) -> None:
    """Judge the translation of one condition into another by patients who gave both.

    Predicts each held-out patient's sample of the condition --to from that of --from and compares
    it with the real one, beside simple rules such as the tissue's mean. Writes metrics.json,
    patients.csv, genes.csv, run.json and report.html and prints the table. Without --pairs only
    groups can be compared, and the report says so.

        bulkwise translate tcga_pairs.h5ad --column condition --from normal --to tumour \\
            --tissue cancer --pairs patient --floor -2 -o results/translation

        bulkwise translate rnaseqdb --column condition --from tumour --to normal \\
            --tissue tissue --pairs patient -o results/back

    `bulkwise train --task translate` saves a model, `bulkwise predict` translates new samples.
    """
    from bulkwise.evaluation.translation import judge_translation
    from bulkwise.models import ExpressionTranslator
    from bulkwise.progress import use_rich
    from bulkwise.reporting.translation import report

    console = stderr()
    options: dict[str, Any] = {
        "genes_in": genes_in,
        "duplicates": duplicates,
        "unmatched": unmatched,
    }
    if floor is not None:
        options["missing"] = "keep"
    with use_rich(console):
        cohort = open_cohort(source, samples=samples, unit=unit, **options)
        result = judge_translation(
            ExpressionTranslator(
                column=column, source=from_, target=to, tissue=tissue, pairs=pairs, floor=floor
            ),
            cohort,
            n_splits=folds,
            purity=_genes(purity or ()),
            random_state=seed,
            command=plain_command(sys.argv[1:]),
        )
        result.save(output, draw=lambda stage: report(result, stage / "report.html"))
    write_line(result.summary())
    show_findings(result.findings, console)
    say_report(console, output / "report.html")


def _genes(paths: Sequence[Path]) -> list[str]:
    from bulkwise.io import read_gmt

    return sorted({gene for path in paths for genes in read_gmt(path).values() for gene in genes})
