"""``bulkwise transfer``: is a network of another cohort a good start for mine?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from bulkwise.cli.base import (
    Address,
    Duplicates,
    Engine,
    Floor,
    GenesIn,
    Groups,
    Processes,
    Seed,
    Unmatched,
    listed,
    open_cohort,
    say_report,
    stderr,
    write_line,
)
from bulkwise.errors import InputError

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command()(transfer)


def transfer(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT...",
            help="One matrix or cohort whose domains --by names, or several, each a domain.",
            show_default=False,
        ),
    ],
    target: Annotated[
        list[str],
        typer.Option(
            "--target",
            help="The column of the sample sheet to predict; given once, or once for each INPUT.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            help="The folder for results and report; a study that was broken off goes on there.",
            show_default=False,
        ),
    ],
    by: Annotated[
        str | None,
        typer.Option(
            "--by",
            help="The column of the domains, such as the cancer or the hospital.",
            show_default=False,
        ),
    ] = None,
    sources: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="Comma-separated domains to start from; 'all others' pools all but the target. By "
            "default every domain and all others.",
            show_default=False,
        ),
    ] = None,
    targets: Annotated[
        str | None,
        typer.Option(
            "--to",
            help="Comma-separated domains to fine-tune on; by default all that have the samples.",
            show_default=False,
        ),
    ] = None,
    apart: Annotated[
        str,
        typer.Option(
            "--apart",
            help="Comma-separated domains that are shown but left out of 'all others' and of "
            "general answers.",
            show_default=False,
        ),
    ] = "",
    sizes: Annotated[
        str, typer.Option("--sizes", help="Comma-separated numbers of target samples to train on.")
    ] = "20",
    freeze: Annotated[
        str,
        typer.Option(
            "--freeze",
            help="Comma-separated numbers of hidden layers to freeze, 0 to all of them; the first "
            "is drawn.",
        ),
    ] = "0",
    pretraining: Annotated[
        str,
        typer.Option(
            "--pretraining",
            help="Comma-separated: classes, denoising (autoencoder), layerwise (denoising, layer "
            "by layer); the first is drawn.",
        ),
    ] = "classes",
    widths: Annotated[
        str, typer.Option("--widths", help="Comma-separated units of the hidden layers.")
    ] = "128,64",
    baselines: Annotated[
        str,
        typer.Option(
            "--baselines",
            help="Comma-separated rivals without transfer (`bulkwise compare --help`).",
        ),
    ] = "logistic,linear-svm",
    repeats: Annotated[
        int, typer.Option("--repeats", min=2, help="How often all is drawn anew.")
    ] = 10,
    least: Annotated[
        int,
        typer.Option("--least", min=2, help="Leave a class with fewer patients out of a domain."),
    ] = 10,
    samples: Annotated[
        list[Path] | None,
        typer.Option(
            "--samples",
            help="The sample sheet of an INPUT that is a matrix; once for each INPUT.",
            show_default=False,
        ),
    ] = None,
    unit: Annotated[
        list[str] | None,
        typer.Option(
            "--unit",
            help="What the values of an INPUT are (see `bulkwise evaluate --help`); once, or once "
            "for each INPUT. An h5ad file may say it itself.",
            show_default=False,
        ),
    ] = None,
    groups: Groups = None,
    floor: Floor = None,
    engine: Engine = "local",
    processes: Processes = None,
    address: Address = None,
    genes_in: GenesIn = "auto",
    duplicates: Duplicates = "refuse",
    unmatched: Unmatched = "refuse",
    seed: Seed = 0,
) -> None:
    """Fine-tune networks of every source on few samples of every target, and say if it helps.

    Beside them: the same network from scratch, rivals without transfer, the source's network as
    it is. Patients of the target are never in a source, and those tested are never trained on.
    Ctrl-C or a crash loses nothing: the same command goes on.

        bulkwise transfer pairs.h5ad --by cancer --target condition --floor=-2 -o results/matrix

        bulkwise transfer ccle.h5ad rnaseqdb --target site --target tissue --sizes 25,50 -o out

        bulkwise transfer pairs.h5ad --by cancer --target condition --to PRAD \\
            --from "all others" --sizes 10,20,40 --freeze 0,1,2 -o results/prad
    """
    from bulkwise.networks import MLP
    from bulkwise.progress import use_rich
    from bulkwise.reporting.study import report_transfer
    from bulkwise.study import transfer as run
    from bulkwise.study.engines import engine_named

    console = stderr()
    runner = engine_named(engine, processes=processes, address=address)
    numbers = {
        name: _numbers(name, words)
        for name, words in (("sizes", sizes), ("freeze", freeze), ("widths", widths))
    }
    with use_rich(console):
        options: dict[str, Any] = {
            "genes_in": genes_in,
            "duplicates": duplicates,
            "unmatched": unmatched,
        }
        cohorts = _opened(inputs, samples or [], unit or [], floor, options)
        result = run(
            cohorts if len(cohorts) > 1 else next(iter(cohorts.values())),
            target=target if len(target) > 1 else target[0],
            folder=output,
            by=by,
            groups=groups,
            sources=None if sources is None else listed(sources),
            targets=None if targets is None else listed(targets),
            apart=listed(apart),
            sizes=numbers["sizes"],
            freeze=numbers["freeze"],
            pretraining=listed(pretraining),
            network=MLP(widths=tuple(numbers["widths"])),
            baselines=listed(baselines),
            repeats=repeats,
            least=least,
            engine=runner,
            random_state=seed,
            command=sys.argv[1:],
        )
        report_transfer(result, output / "report.html")
    write_line(result.summary())
    say_report(console, output / "report.html")


def _opened(
    inputs: list[str],
    sheets: list[Path],
    units: list[str],
    floor: float | None,
    options: dict[str, Any],
) -> dict[str, Any]:
    """The cohorts by name: the file's name without its endings, or the catalogue's."""
    from bulkwise.io import with_floor

    if sheets and len(sheets) != len(inputs):
        raise InputError(
            f"--samples goes with every INPUT or with none: expected {len(inputs)}, got "
            f"{len(sheets)}."
        )
    if len(units) > 1 and len(units) != len(inputs):
        raise InputError(
            f"--unit goes once for all or once for each INPUT: expected 1 or {len(inputs)}, got "
            f"{len(units)}."
        )
    found: dict[str, Any] = {}
    for place, name in enumerate(inputs):
        sheet = sheets[place] if sheets else None
        unit = units[place % len(units)] if units else None
        more = {} if floor is None else {"missing": "keep"}
        cohort = open_cohort(name, samples=sheet, unit=unit, **options, **more)
        called = Path(name).name.split(".")[0]
        if called in found:
            raise InputError(f"Two cohorts are called {called!r}; rename a file.")
        found[called] = cohort if floor is None else with_floor(cohort, floor)
    return found


def _numbers(name: str, words: str) -> list[int]:
    try:
        return [int(word) for word in listed(words)]
    except ValueError as error:
        raise InputError(
            f"--{name} takes whole numbers with commas between, as 10,20. Got {words!r}."
        ) from error
