"""``bulkwise search``: a thousand networks, and an honest figure for the best of them."""

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

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command()(search)


def search(
    source: Input,
    target: Target,
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            help="The folder for results and report; a search that was broken off goes on there.",
            show_default=False,
        ),
    ],
    samples: Samples = None,
    unit: Unit = None,
    groups: Groups = None,
    trials: Annotated[int, typer.Option("--trials", min=1, help="How many networks.")] = 1000,
    space: Annotated[
        str,
        typer.Option(
            "--space",
            help="What to draw from: compact (small networks, SGD, losers dropped on the way) or "
            "hanczar (1 to 20 layers, three optimisers, L1; slow).",
        ),
    ] = "compact",
    epochs: Annotated[
        int | None,
        typer.Option(
            "--epochs",
            min=1,
            help="Most epochs of a network; by default 20 for compact, 100 for hanczar.",
            show_default=False,
        ),
    ] = None,
    engine: Engine = "local",
    processes: Processes = None,
    address: Address = None,
    device: Annotated[str, typer.Option("--device", help="cpu, cuda or auto.")] = "cpu",
    genes_in: GenesIn = "auto",
    duplicates: Duplicates = "refuse",
    unmatched: Unmatched = "refuse",
    seed: Seed = 0,
) -> None:
    """Train many networks with random settings and judge the best on patients held out.

    A fifth of the patients takes no part. The report says how good the best network is on them,
    beside logistic regression, and what each setting did. Ctrl-C or a crash loses nothing: the
    same command goes on where it stopped.

        bulkwise search rnaseqdb --target tissue -o results/search

        bulkwise search counts.csv --samples samples.csv --unit counts --target condition \\
            --trials 200 -o results/search
    """
    from bulkwise.progress import use_rich
    from bulkwise.reporting.study import report_search
    from bulkwise.study import search as run
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
            trials=trials,
            space=space,
            epochs=epochs,
            engine=runner,
            device=device,
            random_state=seed,
            command=sys.argv[1:],
        )
        report_search(result, output / "report.html")
    write_line(result.summary())
    say_report(console, output / "report.html")
