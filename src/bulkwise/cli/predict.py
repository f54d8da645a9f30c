"""``bulkwise predict``: put new samples through a saved model."""

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
    app.command()(predict)


def predict(
    model: Annotated[
        Path,
        typer.Argument(
            metavar="BUNDLE", help="A bundle that `bulkwise train` wrote.", show_default=False
        ),
    ],
    source: Input,
    output: Annotated[
        Path, typer.Option("-o", "--output", help="The csv file to write.", show_default=False)
    ],
    samples: Samples = None,
    unit: Unit = None,
    abstain_below: Annotated[
        float,
        typer.Option(
            "--abstain-below",
            min=0.0,
            max=1.0,
            help="Leave `predicted` empty where the applicability is below this.",
        ),
    ] = 0.05,
    genes_in: GenesIn = "auto",
    duplicates: Duplicates = "refuse",
    unmatched: Unmatched = "refuse",
) -> None:
    """Predict new samples, aligned to the model's genes by name.

    Writes a csv with the columns sample, predicted, applicability and a probability a class.
    Samples unlike the training data get no prediction. Another unit, another kind of gene id or
    too few of the model's genes is an error.

        bulkwise predict tissue.zip new.tsv.gz --unit fpkm -o predictions.csv
    """
    from bulkwise import bundle, prediction
    from bulkwise.progress import use_rich
    from bulkwise.storage import write_csv

    console = stderr()
    with use_rich(console):
        loaded = bundle.load(model)
        cohort = open_cohort(
            source,
            samples=samples,
            unit=unit,
            genes_in=genes_in,
            duplicates=duplicates,
            unmatched=unmatched,
            expected_genes=loaded.genes,
        )
        table = prediction.predict(loaded, cohort, abstain_below=abstain_below)
        write_csv(output, table)
    abstained = int((table["predicted"] == "").sum())
    console.print(
        f"{len(table)} samples predicted, {abstained} of them left empty because they are unlike "
        f"the training data: {output}",
        markup=False,
        highlight=False,
    )
