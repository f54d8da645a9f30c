"""``bulkwise panel``: choose the genes to measure."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bulkwise.cli.base import (
    Duplicates,
    GenesIn,
    Input,
    Samples,
    Unit,
    Unmatched,
    open_cohort,
    stderr,
)

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command()(panel)


def panel(
    source: Input,
    output: Annotated[
        Path, typer.Option("-o", "--output", help="The .csv file to write.", show_default=False)
    ],
    k: Annotated[int, typer.Option("-k", min=1, help="How many genes.")] = 500,
    samples: Samples = None,
    unit: Unit = None,
    genes_in: GenesIn = "auto",
    duplicates: Duplicates = "refuse",
    unmatched: Unmatched = "refuse",
) -> None:
    """Choose the k genes that tell most about all the others.

    Greedily: each next gene is the one that most lowers the error of the others in samples
    left out. The table holds a gene a line, in the order chosen, with the share of the others'
    variance in samples left out that is explained so far. It is a file for --landmarks.

        bulkwise panel rnaseqdb -k 500 -o panel.csv

        bulkwise train rnaseqdb --task infer --landmarks panel.csv --method ridge -o genome.zip
    """
    import pandas as pd

    from bulkwise.checks.base import log_values
    from bulkwise.checks.values import dense
    from bulkwise.errors import InputError
    from bulkwise.progress import use_rich
    from bulkwise.stats import choose_panel
    from bulkwise.storage import write_csv

    console = stderr()
    if output.suffix.lower() != ".csv":
        raise InputError(f"A panel is written as .csv; got {str(output)!r}: end it in .csv.")
    with use_rich(console):
        cohort = open_cohort(
            source,
            samples=samples,
            unit=unit,
            genes_in=genes_in,
            duplicates=duplicates,
            unmatched=unmatched,
        )
        chosen = choose_panel(log_values(dense(cohort.X), cohort.uns["unit"]), k)
    genes = [str(cohort.var_names[place]) for place in chosen.index]
    write_csv(output, pd.DataFrame({"gene": genes, "explained": chosen.explained}))
    console.print(
        f"{k} of {cohort.n_vars:,} genes explain {chosen.explained[-1]:.0%} of the variance of "
        f"the others in samples left out ({cohort.n_obs:,} samples): {output}",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
