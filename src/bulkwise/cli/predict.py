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
        Path,
        typer.Option(
            "-o",
            "--output",
            help="The file to write: .csv, or .h5ad where the model gives expression.",
            show_default=False,
        ),
    ],
    samples: Samples = None,
    unit: Unit = None,
    abstain_below: Annotated[
        float | None,
        typer.Option(
            "--abstain-below",
            min=0.0,
            max=1.0,
            help="Of a model that classifies: leave `predicted` empty where the applicability is "
            "below this; 0.05 by default.",
            show_default=False,
        ),
    ] = None,
    genes_in: GenesIn = "auto",
    duplicates: Duplicates = "refuse",
    unmatched: Unmatched = "refuse",
) -> None:
    """Predict new samples, aligned to the model's genes by name.

    What comes out goes by the model's task. A classifier writes a csv with the columns sample,
    predicted, applicability and a probability a class; samples unlike the training data get no
    prediction. The network chooses as if all classes were equally common, while a probability
    is that among samples like the training ones, so near a tie the two may part. A translator
    writes an h5ad file with every sample in the condition it doesn't have. Another unit,
    another kind of gene id or too few of the model's genes is an error.

        bulkwise predict tissue.zip new.tsv.gz --unit fpkm -o predictions.csv
    """
    from bulkwise import bundle, prediction
    from bulkwise.progress import use_rich

    console = stderr()
    with use_rich(console):
        loaded = bundle.load(model)
        prediction.require_suffix(loaded, output)
        cohort = open_cohort(
            source,
            samples=samples,
            unit=unit,
            genes_in=genes_in,
            duplicates=duplicates,
            unmatched=unmatched,
            **({"expected_genes": loaded.genes} if loaded.genes else {}),
            **({"missing": "keep"} if loaded.fills_missing else {}),
        )
        result = prediction.predict(loaded, cohort, abstain_below=abstain_below)
        prediction.write(output, result)
    told = f"{len(result)} {'samples predicted' if loaded.task != 'direction' else 'genes told'}"
    if loaded.task == "classify":
        abstained = int((result.filter(regex="^predicted") == "").all(axis=1).sum())
        told += f", {abstained} of them left empty because they are unlike the training data"
    console.print(f"{told}: {output}", markup=False, highlight=False, soft_wrap=True)
