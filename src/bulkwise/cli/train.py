"""``bulkwise train``: fit on a whole cohort and save a bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

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
    stderr,
    write_line,
)

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command()(train)


def train(
    source: Input,
    target: Target,
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            help="The bundle: a folder, or one file if it ends in .zip.",
            show_default=False,
        ),
    ],
    samples: Samples = None,
    unit: Unit = None,
    groups: Groups = None,
    network: Annotated[str, typer.Option("--network", help="The architecture.")] = "mlp",
    genes_in: GenesIn = "auto",
    duplicates: Duplicates = "refuse",
    unmatched: Unmatched = "refuse",
    seed: Seed = 0,
    allow_training_data: Annotated[
        bool,
        typer.Option(
            "--allow-training-data",
            help="Save even a model that holds profiles of training samples.",
        ),
    ] = False,
) -> None:
    """Fit on all samples of a cohort and save a bundle that predicts new ones.

    A bundle holds JSON and arrays only, with checksums: genes, unit, labels, preprocessing,
    weights, a model card. How good the model is, `bulkwise evaluate` says.

        bulkwise train rnaseqdb --target tissue -o tissue.zip
    """
    from bulkwise import bundle
    from bulkwise.progress import use_rich
    from bulkwise.recipes import classifier, fit

    network_named(network)
    with use_rich(stderr()):
        cohort = open_cohort(
            source,
            samples=samples,
            unit=unit,
            genes_in=genes_in,
            duplicates=duplicates,
            unmatched=unmatched,
        )
        model = classifier(cohort.uns["unit"], network=network, random_state=seed)
        bundle.check_storable(model, allow_training_data=allow_training_data)
        fit(model, cohort, target=target, groups=groups)
        path = bundle.save(
            model,
            output,
            cohort=cohort,
            target=target,
            groups=groups,
            allow_training_data=allow_training_data,
        )
    write_line(str(path))
