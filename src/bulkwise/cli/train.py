"""``bulkwise train``: fit on whole cohorts and save a bundle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bulkwise.cli.base import (
    Duplicates,
    Freeze,
    GenesIn,
    Groups,
    Pretrained,
    Samples,
    Seed,
    Unit,
    Unmatched,
    network_named,
    open_cohort,
    stderr,
    write_line,
)
from bulkwise.cli.training import classify, direction, infer, translate
from bulkwise.errors import InputError

if TYPE_CHECKING:
    from bulkwise.cli.training.base import Task

__all__ = ["TASKS", "register"]

TASKS: dict[str, Task] = {
    "classify": classify.TASK,
    "direction": direction.TASK,
    "infer": infer.TASK,
    "translate": translate.TASK,
}
"""Name of a task -> what trains it."""


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command()(train)


def train(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT...",
            help="A matrix (csv, tsv, parquet, GCT or h5ad, gzip'd or not) or a cohort's name "
            "(see `bulkwise data list`); several where the task learns from several.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            help="The bundle: a folder, or one file if it ends in .zip.",
            show_default=False,
        ),
    ],
    task: Annotated[
        str, typer.Option("--task", help=f"What the model is for: {', '.join(TASKS)}.")
    ] = "classify",
    target: Annotated[
        list[str] | None,
        typer.Option(
            "--target",
            help="classify: the column of the sample sheet to predict; given several times, one "
            "network learns all of them.",
            show_default=False,
        ),
    ] = None,
    network: Annotated[
        str | None,
        typer.Option(
            "--network",
            help="classify: the architecture; by default mlp, or multitask_autoencoder for several "
            "targets.",
            show_default=False,
        ),
    ] = None,
    pretrained: Pretrained = None,
    freeze: Freeze = None,
    column: Annotated[
        str | None,
        typer.Option(
            "--column",
            help="direction, translate: the column that holds the conditions.",
            show_default=False,
        ),
    ] = None,
    from_: Annotated[
        str | None,
        typer.Option("--from", help="translate: one condition.", show_default=False),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            help="translate: the other condition; both directions are learned.",
            show_default=False,
        ),
    ] = None,
    tissue: Annotated[
        str | None,
        typer.Option(
            "--tissue", help="translate: the column of the tissue or cancer.", show_default=False
        ),
    ] = None,
    pairs: Annotated[
        str | None,
        typer.Option(
            "--pairs", help="translate: the column that names the patient.", show_default=False
        ),
    ] = None,
    floor: Annotated[
        float | None,
        typer.Option(
            "--floor",
            help="translate: set values below this, and missing ones, to this.",
            show_default=False,
        ),
    ] = None,
    landmarks: Annotated[
        str | None,
        typer.Option(
            "--landmarks",
            metavar="dgex|auto:K|FILE",
            help="infer: the genes to infer all others from: D-GEX's 943, K genes chosen from the "
            "cohort, or a file with a gene name a line.",
            show_default=False,
        ),
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(
            "--method",
            help="infer: kernels (default; its bundle holds training profiles, so it needs "
            "--allow-training-data), ridge, dgex or egex. direction: order-free (default) or "
            "degnext, a network on rows of samples that learns from the cohorts' own significant "
            "genes.",
            show_default=False,
        ),
    ] = None,
    validated: Annotated[
        Path | None,
        typer.Option(
            "--validated",
            metavar="FILE",
            help="direction with degnext: genes known to belong to the disease, for its second "
            "stage: a GMT file, or a gene name a line.",
            show_default=False,
        ),
    ] = None,
    contrast: Annotated[
        str | None,
        typer.Option(
            "--contrast",
            help="direction: first:second, such as tumour:normal.",
            show_default=False,
        ),
    ] = None,
    samples: Samples = None,
    unit: Unit = None,
    groups: Groups = None,
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

        bulkwise train rnaseqdb --task infer --landmarks dgex --method ridge -o genome.zip

        bulkwise train rnaseqdb --target tissue --target condition -o both.zip

        bulkwise train mine.h5ad --target condition --pretrained theirs.zip -o mine.zip

        bulkwise train pairs.h5ad --task translate --column condition --from normal --to tumour \\
            --tissue cancer --pairs patient --allow-training-data -o translator.zip

        bulkwise train --task direction KIRC.h5ad LUAD.h5ad PRAD.h5ad --column condition \\
            --contrast tumour:normal -o directions.zip

        bulkwise train --task direction KIRC.h5ad --method degnext --validated known.txt \\
            --column condition --contrast tumour:normal -o degnext.zip
    """
    from bulkwise import bundle
    from bulkwise.cli.training.base import Request
    from bulkwise.progress import use_rich

    chosen = _chosen(
        task,
        sources,
        target=target,
        network=network,
        pretrained=pretrained,
        freeze=freeze,
        column=column,
        from_=from_,
        to=to,
        tissue=tissue,
        pairs=pairs,
        floor=floor,
        landmarks=landmarks,
        method=method,
        validated=validated,
        contrast=contrast,
    )
    if network is not None:
        network_named(network)
    with use_rich(stderr()):
        cohorts = [
            open_cohort(
                source,
                samples=samples,
                unit=unit,
                genes_in=genes_in,
                duplicates=duplicates,
                unmatched=unmatched,
                **({} if floor is None else {"missing": "keep"}),
            )
            for source in sources
        ]
        made = TASKS[task].train(Request(cohorts, groups, seed, allow_training_data, chosen))
        path = bundle.save(
            made.model,
            output,
            cohort=made.cohort,
            target=made.target,
            task=task,
            groups=groups or pairs,
            allow_training_data=allow_training_data,
        )
    write_line(str(path))


def _chosen(task: str, sources: list[str], **options: Any) -> dict[str, Any]:
    """The task's options that were given, if they and the task go together."""
    if task not in TASKS:
        raise InputError(f"There is no task {task!r}: expected one of {', '.join(TASKS)}.")
    wanted = TASKS[task]
    given = {key: value for key, value in options.items() if value or value == 0.0}
    for key in wanted.required:
        if key not in given:
            raise InputError(f"The task {task!r} needs {_flag(key)}, and it isn't given.")
    for key in given:
        if key not in (*wanted.required, *wanted.optional):
            takes = ", ".join(_flag(one) for one in (*wanted.required, *wanted.optional))
            raise InputError(
                f"{_flag(key)} doesn't go with the task {task!r}, which takes {takes}."
            )
    if len(sources) > 1 and not wanted.several:
        raise InputError(f"The task {task!r} learns from one cohort; got {len(sources)}.")
    return given


def _flag(key: str) -> str:
    return "--" + key.removesuffix("_").replace("_", "-")
