"""``bulkwise reproduce``: a paper's tables beside ours, one subcommand a paper."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bulkwise.cli.base import (
    Address,
    Engine,
    Processes,
    Samples,
    Seed,
    Unit,
    open_cohort,
    plain_command,
    say_report,
    stderr,
    write_line,
)
from bulkwise.errors import InputError

if TYPE_CHECKING:
    from bulkwise.reproduce import Reproduction

__all__ = ["register"]

reproduce = typer.Typer(
    name="reproduce",
    help="Set a paper's figures beside ours, on the data there is.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)

Output = Annotated[
    Path,
    typer.Option(
        "-o", "--output", help="The folder for metrics.json and report.html.", show_default=False
    ),
]


def register(app: typer.Typer) -> None:
    """Add the group of subcommands."""
    app.add_typer(reproduce)


@reproduce.callback()
def about() -> None:
    """Set a paper's figures beside ours, on the data there is.

    Each page names every difference in data and protocol, and shows the paper's own protocol next
    to the honest one where they differ.
    """


@reproduce.command("deep4med-classifier")
def deep4med_classifier(
    output: Output,
    epochs: Annotated[
        int,
        typer.Option(
            "--epochs",
            min=0,
            help="Passes of the network with the published settings, at full width: some five "
            "seconds a fold each on one core; the paper's 200 take hours. 0 leaves it out.",
        ),
    ] = 10,
    seed: Seed = 0,
) -> None:
    """DeeP4med (2023): tissue and condition from one network, beside seven classical models.

    On RNAseqDB (`bulkwise data fetch rnaseqdb`), scaled inside the folds with patients apart, and
    as the paper did it.

        bulkwise reproduce deep4med-classifier -o results/deep4med
    """
    from bulkwise.progress import use_rich
    from bulkwise.reproduce import reproduce_deep4med_classifier

    with use_rich(stderr()):
        result = reproduce_deep4med_classifier(epochs=epochs, seed=seed)
    _written(result, output)


@reproduce.command("deep4med-transferor")
def deep4med_transferor(
    output: Output,
    folds: Annotated[int, typer.Option("--folds", min=2, help="Folds by patient.")] = 5,
    genesets: Annotated[
        list[Path] | None,
        typer.Option(
            "--genesets",
            help="A GMT file (GO BP, KEGG, ChEA, ...) to test the genes common to all three lists "
            "for; may be given several times.",
            show_default=False,
        ),
    ] = None,
    cell_lines: Annotated[
        Path | None,
        typer.Option(
            "--cell-lines",
            help="An h5ad file of cell lines with the column `site`: which resemble the predicted "
            "tumours?",
            show_default=False,
        ),
    ] = None,
    seed: Seed = 0,
) -> None:
    """DeeP4med (2023): predicted tumours and normals, their genes, and the patients' own samples.

    On RNAseqDB (`bulkwise data fetch rnaseqdb`), every predicted profile out of fold. P values of
    matrices that are half predicted rank genes and prove nothing: the tables say so.

        bulkwise reproduce deep4med-transferor --genesets hallmark.gmt -o results/transferor
    """
    from bulkwise.io import read, read_gmt
    from bulkwise.progress import use_rich
    from bulkwise.reproduce import reproduce_deep4med_transferor

    with use_rich(stderr()):
        result = reproduce_deep4med_transferor(
            folds=folds,
            libraries=[read_gmt(path) for path in genesets or ()],
            cell_lines=None if cell_lines is None else read(cell_lines),
            seed=seed,
        )
    _written(result, output)


def _written(result: Reproduction, output: Path) -> None:
    """Save, print the table, and say where the report is."""
    result.save(output)
    write_line(result.summary)
    say_report(stderr(), output / "report.html")


@reproduce.command()
def deepcme(
    output: Output,
    cohorts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[INPUT]...",
            help="Your own cohorts, as h5ad files that state their unit; by default three of "
            "breast cancer from the folder of --data.",
            show_default=False,
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            envvar="BULKWISE_DATA",
            help="The folder of real cohorts; metastasis/*.h5ad is read from it.",
            show_default=False,
        ),
    ] = None,
    target: Annotated[
        str, typer.Option("--target", help="The column of the endpoint, of two classes.")
    ] = "distant_metastasis",
    repeats: Annotated[
        int, typer.Option("--repeats", min=2, help="How many splits into 60/20/20.")
    ] = 10,
    epochs: Annotated[int, typer.Option("--epochs", min=1, help="Epochs of each network.")] = 500,
    sweep: Annotated[
        int,
        typer.Option("--sweep", min=0, help="Splits for batch size x penalty; 0 leaves it out."),
    ] = 2,
    seed: Seed = 0,
) -> None:
    """DeepCME: metastasis of breast cancer behind an L1 penalty, with its ablation.

    The network as published, each part of it left out, a penalty that drops genes exactly, and the
    paper's rivals, on the same splits; scaled in the training part, and before the split as the
    paper did. About ten minutes on one core.

        bulkwise reproduce deepcme --data cohorts -o results/deepcme
    """
    from bulkwise.datasets import load
    from bulkwise.progress import use_rich
    from bulkwise.reproduce import metastasis_cohorts, reproduce_deepcme

    if not cohorts and data is None:
        raise InputError(
            "There are no cohorts to work on: name the folder that holds metastasis/*.h5ad with "
            "--data (or BULKWISE_DATA), or give your own h5ad files."
        )
    with use_rich(stderr()):
        opened = [load(name) for name in cohorts] if cohorts else metastasis_cohorts(data or ".")
        result = reproduce_deepcme(
            opened,
            target=target,
            repeats=repeats,
            epochs=epochs,
            sweep_repeats=sweep,
            random_state=seed,
            command=plain_command(sys.argv[1:]),
        )
        _written(result, output)


@reproduce.command()
def degnext(
    output: Output,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            envvar="BULKWISE_DATA",
            help="The folder of real cohorts; degnext/*.h5ad is read from it.",
            show_default=False,
        ),
    ] = None,
    epochs: Annotated[
        int,
        typer.Option(
            "--epochs",
            min=1,
            help="Epochs of the network's first stage; the second takes 31 for each 50 of them.",
        ),
    ] = 50,
    seed: Seed = 0,
) -> None:
    """DEGnext: up or down from a gene's row of samples, by a convolutional network.

    Its tables 2 and 3 and its noise figure, on the paper's own parts of the genes: the network,
    the paper's rivals, the sign of a mean difference and the order-free model of `bulkwise train
    --task direction`, cohort by cohort; then the order of the columns and library sizes. Some
    ten minutes on a core of its own.

        bulkwise reproduce degnext --data cohorts -o results/degnext
    """
    from bulkwise.progress import use_rich
    from bulkwise.reproduce import degnext_cohorts, reproduce_degnext

    if data is None:
        raise InputError(
            "There are no cohorts to work on: name the folder that holds degnext/*.h5ad with "
            "--data (or BULKWISE_DATA)."
        )
    with use_rich(stderr()):
        result = reproduce_degnext(
            degnext_cohorts(data),
            epochs=epochs,
            random_state=seed,
            command=plain_command(sys.argv[1:]),
        )
        _written(result, output)


@reproduce.command()
def egex(
    output: Output,
    source: Annotated[
        str,
        typer.Argument(metavar="[INPUT]", help="A cohort's name or a matrix of your own."),
    ] = "rnaseqdb",
    landmarks: Annotated[
        str,
        typer.Option(
            "--landmarks",
            metavar="dgex|auto:K|FILE",
            help="The genes to infer from: D-GEX's 943, K genes chosen from the cohort, or a file.",
        ),
    ] = "dgex",
    targets: Annotated[
        Path | None,
        typer.Option(
            "--targets", help="A file of genes to infer; all others without it.", show_default=False
        ),
    ] = None,
    folds: Annotated[
        int, typer.Option("--folds", min=1, max=5, help="How many of five folds to use.")
    ] = 2,
    networks: Annotated[
        bool, typer.Option("--networks/--no-networks", help="Train D-GEX and E-GEX (minutes).")
    ] = True,
    samples: Samples = None,
    unit: Unit = None,
    seed: Seed = 0,
) -> None:
    """Infer the genome from landmark genes: D-GEX, E-GEX, closed-form rivals and our model.

    Errors by patient and by gene, within the cohort and, where the sample sheet has them, from
    TCGA to GTEx and from normal to tumour; intervals; what differential expression and a
    classifier make of inferred genes. On your own cohort this is the judgement of a panel.

        bulkwise reproduce egex -o results/egex

        bulkwise reproduce egex mine.h5ad --landmarks panel.txt --no-networks -o results/panel
    """
    from bulkwise.datasets import read_landmarks
    from bulkwise.progress import use_rich
    from bulkwise.reproduce import reproduce_egex

    with use_rich(stderr()):
        cohort = open_cohort(source, samples=samples, unit=unit)
        own = set(map(str, cohort.var_names))
        wanted = None if targets is None else [g for g in read_landmarks(targets) if g in own]
        result = reproduce_egex(
            cohort, landmarks=landmarks, targets=wanted, folds=folds, networks=networks, seed=seed
        )
    _written(result, output)


@reproduce.command()
def hanczar(
    output: Output,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            envvar="BULKWISE_DATA",
            help="The folder of real cohorts: tcga_pairs.h5ad, ccle_small.h5ad, rtcga/CHOL.h5ad.",
            show_default=False,
        ),
    ] = None,
    trials: Annotated[
        int, typer.Option("--trials", min=1, help="Networks of each search; the paper: 10,000.")
    ] = 150,
    epochs: Annotated[int, typer.Option("--epochs", min=1, help="Most epochs of a network.")] = 20,
    repeats: Annotated[int, typer.Option("--repeats", min=2, help="Of curves and transfer.")] = 5,
    studies: Annotated[
        Path | None,
        typer.Option(
            "--studies",
            help="The folder of the single studies, which go on there after a break; by default "
            "beside the output, with `.studies` at the end of its name.",
            show_default=False,
        ),
    ] = None,
    engine: Engine = "local",
    processes: Processes = None,
    address: Address = None,
    seed: Seed = 0,
) -> None:
    """Hanczar (2022): which settings of a network matter, and when do networks pay?

    Searches over the paper's settings, learning curves against five rivals and transfer, on
    tumour/normal pairs, tissues and cell lines; each claim of the paper answered by a test.

        bulkwise reproduce hanczar --data data -o results/hanczar
    """
    from bulkwise.progress import use_rich
    from bulkwise.reproduce import hanczar_passages, hanczar_tasks, reproduce_hanczar
    from bulkwise.study.engines import engine_named

    if data is None:
        raise InputError("The cohorts are missing; name their folder with --data.")
    runner = engine_named(engine, processes=processes, address=address)
    with use_rich(stderr()):
        tasks = hanczar_tasks(data)
        result = reproduce_hanczar(
            tasks,
            hanczar_passages(tasks),
            folder=studies or output.with_name(f"{output.name}.studies"),
            trials=trials,
            epochs=epochs,
            repeats=repeats,
            engine=runner,
            random_state=seed,
            command=plain_command(sys.argv[1:]),
        )
    _written(result, output)
