"""``bulkwise demo``: the main job on a cohort that needs no download."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bulkwise.cli.base import (
    Seed,
    plain_command,
    say_report,
    show_findings,
    stderr,
    write_line,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bulkwise.explain import Recovery

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command()(demo)


def demo(
    cohort: Annotated[
        str,
        typer.Option(
            "--cohort",
            help="`simulated` (known truth), `bladder` (real, with a batch problem), or any other "
            "cohort of `bulkwise data list`.",
        ),
    ] = "simulated",
    output: Annotated[
        Path, typer.Option("-o", "--output", help="The folder for results and report.")
    ] = Path("bulkwise-demo"),
    seed: Seed = 0,
) -> None:
    """Run the main job, report included, on a cohort that comes with the package.

    The simulated cohort has a known truth: the report shows what was planted and what was
    found. The bladder cancer cohort shows the batch warning at work.

        bulkwise demo -o results/demo

        bulkwise demo --cohort bladder -o results/bladder
    """
    from bulkwise import datasets, explain, recipes
    from bulkwise.evaluation import evaluate
    from bulkwise.progress import use_rich
    from bulkwise.reporting import planted, report

    console = stderr()
    info = datasets.describe(cohort)
    recovered: Sequence[Recovery] = ()
    with use_rich(console):
        data = datasets.load(cohort)
        result = evaluate(
            recipes.classifier(info.unit, random_state=seed),
            data,
            target=info.target,
            groups=info.groups,
            source=info.source,
            random_state=seed,
            name="mlp",
            command=plain_command(sys.argv[1:]),
        )
        sections = []
        if "truth" in data.uns:
            model = recipes.classifier(info.unit, random_state=seed)
            recipes.fit(model, data, target=info.target, groups=info.groups)
            recovered = explain.recover_markers(model, data)
            sections.append(planted(result, data.uns["truth"], recovered))
        result.save(
            output, draw=lambda stage: report(result, stage / "report.html", sections=sections)
        )
    write_line(result.summary())
    for item in recovered:
        write_line(
            f"planted and found: {item.label}: {item.n_found} of {item.n_planted} marker genes "
            f"among the network's first {item.n_planted} (by chance {item.expected:.1f})"
        )
    show_findings((item for item in result.findings if item.level == "note"), console)
    say_report(console, output / "report.html")
