"""``bulkwise infer``: the rest of the genome from the genes of a panel."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

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
    app.command()(infer)


def infer(
    source: Input,
    model: Annotated[
        Path,
        typer.Option(
            "--model",
            metavar="BUNDLE",
            help="A bundle that `bulkwise train --task infer` wrote.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="The .h5ad file to write.", show_default=False)
    ],
    samples: Samples = None,
    unit: Unit = None,
    genes_in: GenesIn = "auto",
    duplicates: Duplicates = "refuse",
    unmatched: Unmatched = "refuse",
) -> None:
    """Infer the genes that weren't measured from a panel of landmark genes.

    Writes samples x inferred genes in the unit of the training cohort. `.var` holds each gene's
    expected error, whether it can be inferred at all, and its 90 % interval, for samples like
    those the model was trained on. Up to a tenth of the landmarks may be missing; they are filled
    in from the others.

        bulkwise train rnaseqdb --task infer --landmarks dgex --method ridge -o genome.zip

        bulkwise infer panel.tsv.gz --unit fpkm_harmonised --model genome.zip -o inferred.h5ad
    """
    from bulkwise import bundle, prediction
    from bulkwise.errors import InputError
    from bulkwise.progress import use_rich

    console = stderr()
    with use_rich(console):
        loaded = bundle.load(model)
        if loaded.task != "infer":
            raise InputError(
                f"The model {str(model)!r} is for the task {loaded.task!r}, and one that infers "
                "genes is expected; make one with `bulkwise train --task infer`."
            )
        prediction.require_suffix(loaded, output)
        cohort = open_cohort(
            source,
            samples=samples,
            unit=unit,
            genes_in=genes_in,
            duplicates=duplicates,
            unmatched=unmatched,
            expected_genes=loaded.genes,
        )
        result = prediction.predict(loaded, cohort)
        prediction.write(output, result)
    inferred: Any = result
    told = f"{inferred.n_vars:,} genes inferred in {inferred.n_obs:,} samples"
    if "inferable" in inferred.var:
        told += f"; {int((~inferred.var['inferable']).sum()):,} of them can't be inferred well"
    console.print(f"{told}: {output}", markup=False, highlight=False, soft_wrap=True)
