"""``bulkwise select``: which genes, would they be chosen again, and what are a few worth?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bulkwise.cli.base import (
    Duplicates,
    GenesIn,
    Groups,
    Input,
    Samples,
    Seed,
    Target,
    Unit,
    Unmatched,
    network_named,
    open_cohort,
    plain_command,
    say_report,
    show_findings,
    stderr,
    write_line,
)
from bulkwise.errors import InputError

if TYPE_CHECKING:
    from bulkwise.explain import SelectedGenes

__all__ = ["register"]

_FORMAT = 1


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command()(select)


def select(
    source: Input,
    target: Target,
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            help="The csv file to write; the report and the figures in JSON, of the same name in "
            ".html and .json, go beside it.",
            show_default=False,
        ),
    ],
    k: Annotated[
        int, typer.Option("-k", "--genes", min=1, help="How many genes the panel has.")
    ] = 20,
    samples: Samples = None,
    unit: Unit = None,
    groups: Groups = None,
    batch: Annotated[
        str | None,
        typer.Option(
            "--source",
            help="The column that names the batch or source; labels are permuted within it.",
            show_default=False,
        ),
    ] = None,
    method: Annotated[
        str,
        typer.Option("--method", help="What picks genes in each half: forward, lasso or ttest."),
    ] = "forward",
    min_expression: Annotated[
        float | None,
        typer.Option(
            "--min-expression",
            help="What a gene must pass to be considered, before any logarithm; by default 10 "
            "for counts, 1 for the likes of TPM. 0 keeps all that are detected.",
            show_default=False,
        ),
    ] = None,
    network: Annotated[
        str, typer.Option("--network", help="The architecture that the scores come from.")
    ] = "mlp",
    permutations: Annotated[
        int, typer.Option("--permutations", min=0, help="How often to permute labels for P.")
    ] = 20,
    folds: Annotated[
        int, typer.Option("--folds", min=0, help="Folds of the panel's evaluation; 0 for none.")
    ] = 5,
    genes_in: GenesIn = "auto",
    duplicates: Duplicates = "refuse",
    unmatched: Unmatched = "refuse",
    seed: Seed = 0,
) -> None:
    """Rank genes by how often they return in halves of the patients; judge a panel of the first.

    Writes a csv (rank, gene, frequency, score, P, direction, group of correlated genes), a JSON
    file and a report, and prints the panel and the stable genes. What the panel is worth is
    measured with the selection inside each fold, beside all genes and random panels.

        bulkwise select counts.csv --samples samples.csv --unit counts --target outcome \\
            -k 20 -o genes.csv

        bulkwise select bladder --target cancer --source batch --method lasso -o genes.csv
    """
    from bulkwise.explain import select_genes
    from bulkwise.models.selection import METHODS
    from bulkwise.progress import use_rich
    from bulkwise.storage import atomic_path, write_csv, write_json

    console, drawn, figures = stderr(), output.with_suffix(".html"), output.with_suffix(".json")
    network_named(network)
    if method not in METHODS:
        raise InputError(f"There is no method {method!r}: expected one of {', '.join(METHODS)}.")
    if output in (drawn, figures) or folds == 1:
        raise InputError(
            "An .html and a .json file go beside the table: name the table genes.csv, say."
            if output in (drawn, figures)
            else "A panel can't be judged in one fold: give --folds 2 or more, or 0 for none."
        )
    with use_rich(console):
        cohort = open_cohort(
            source,
            samples=samples,
            unit=unit,
            genes_in=genes_in,
            duplicates=duplicates,
            unmatched=unmatched,
        )
        with atomic_path(output) as table, atomic_path(drawn) as page, atomic_path(figures) as json:
            result = select_genes(
                cohort,
                target=target,
                k=k,
                groups=groups,
                source=batch,
                method=method,
                least_expression=min_expression,
                network=network,
                permutations=permutations,
                folds=folds,
                random_state=seed,
                command=plain_command(sys.argv[1:]),
            )
            write_csv(table, result.table)
            page.write_text(_draw(result), encoding="utf-8")
            write_json(json, result.document(), schema="selection", version=_FORMAT)
    _announce(result)
    show_findings(result.findings, console)
    say_report(console, drawn)


def _draw(result: SelectedGenes) -> str:
    from bulkwise.reporting import render
    from bulkwise.reporting.attributions import attributions
    from bulkwise.reporting.panel import panel, panel_answer
    from bulkwise.reporting.selection import selection

    sections = [attributions(result), panel(result)]
    return render(selection(result, answer=panel_answer(result), sections=sections))


def _announce(result: SelectedGenes) -> None:
    """The panel and the stable genes, tab-separated."""
    write_line("\t".join(("rank", "gene", "frequency", "stable", "direction", "class")))
    table = result.table
    for row in table[table["panel"] | table["stable"]].to_dict("records"):
        words = (row["rank"], row["gene"], f"{row['frequency']:.2f}", row["stable"])
        write_line("\t".join(map(str, (*words, row["direction"], row["class"]))))
