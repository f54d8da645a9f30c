"""``bulkwise curve``: would more samples help, and which method suits as many as there are?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from bulkwise.cli.base import (
    Address,
    Duplicates,
    Engine,
    GenesIn,
    Groups,
    Input,
    Processes,
    Samples,
    Seed,
    Target,
    Unit,
    Unmatched,
    open_cohort,
    say_report,
    stderr,
    write_line,
)
from bulkwise.errors import InputError

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command()(curve)


def curve(
    source: Input,
    target: Target,
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            help="The folder for results and report; a curve that was broken off goes on there.",
            show_default=False,
        ),
    ],
    samples: Samples = None,
    unit: Unit = None,
    groups: Groups = None,
    methods: Annotated[
        str,
        typer.Option(
            "--methods",
            help="Comma-separated: network and rivals by name (`bulkwise compare --help`).",
        ),
    ] = "network,linear-svm,rbf-svm,lasso,forest,xgboost",
    sizes: Annotated[
        str | None,
        typer.Option(
            "--sizes",
            help="Comma-separated numbers of training samples; by default six from 20 to all.",
            show_default=False,
        ),
    ] = None,
    repeats: Annotated[
        int, typer.Option("--repeats", min=2, help="How often all is drawn anew.")
    ] = 10,
    tries: Annotated[
        int, typer.Option("--tries", min=4, help="Most settings that each rival tries.")
    ] = 4,
    engine: Engine = "local",
    processes: Processes = None,
    address: Address = None,
    genes_in: GenesIn = "auto",
    duplicates: Duplicates = "refuse",
    unmatched: Unmatched = "refuse",
    seed: Seed = 0,
) -> None:
    """Fit methods on more and more samples, and say which to use with as many as there are.

    All are judged on the same patients, who aren't trained on. The report says where methods
    overtake each other. Ctrl-C or a crash loses nothing: the same command goes on.

        bulkwise curve rnaseqdb --target tissue -o results/curve

        bulkwise curve counts.csv --samples samples.csv --unit counts --target condition \\
            --methods network,logistic,forest --sizes 20,50,100 -o results/curve
    """
    from bulkwise.progress import use_rich
    from bulkwise.reporting.study import report_curve
    from bulkwise.study import curve as run
    from bulkwise.study.engines import engine_named

    console = stderr()
    runner = engine_named(engine, processes=processes, address=address)
    with use_rich(console):
        cohort = open_cohort(
            source,
            samples=samples,
            unit=unit,
            genes_in=genes_in,
            duplicates=duplicates,
            unmatched=unmatched,
        )
        result = run(
            cohort,
            target=target,
            folder=output,
            groups=groups,
            methods=[word.strip() for word in methods.split(",") if word.strip()],
            sizes=None if sizes is None else _numbers(sizes),
            repeats=repeats,
            tries=tries,
            engine=runner,
            random_state=seed,
            command=sys.argv[1:],
        )
        report_curve(result, output / "report.html")
    write_line(result.summary())
    say_report(console, output / "report.html")


def _numbers(words: str) -> list[int]:
    try:
        return [int(word) for word in words.split(",") if word.strip()]
    except ValueError as error:
        raise InputError(
            f"The sizes must be whole numbers with commas between, as 20,50,100. Got {words!r}."
        ) from error
