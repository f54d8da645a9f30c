"""``bulkwise evaluate``: an honest answer to "how well can this be predicted?"."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from bulkwise.cli.base import (
    Duplicates,
    Event,
    Folds,
    Freeze,
    GenesIn,
    Groups,
    HoldoutBy,
    Input,
    Output,
    Pretrained,
    Repeats,
    Samples,
    Seed,
    Source,
    Time,
    TimeUnit,
    Unit,
    Unmatched,
    Years,
    fine_tuned_for,
    network_for,
    open_cohort,
    plain_command,
    say_report,
    show_findings,
    stderr,
    write_line,
)
from bulkwise.errors import InputError

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command()(evaluate)


def evaluate(
    source: Input,
    output: Output,
    target: Annotated[
        list[str] | None,
        typer.Option(
            "--target",
            help="The column of the sample sheet to predict; given several times, one network "
            "learns all of them and each is judged beside its own baselines. Or --time, --event "
            "and --years.",
            show_default=False,
        ),
    ] = None,
    time: Time = None,
    event: Event = None,
    years: Years = None,
    time_unit: TimeUnit = "days",
    samples: Samples = None,
    unit: Unit = None,
    groups: Groups = None,
    network: Annotated[
        str | None,
        typer.Option(
            "--network",
            help="The architecture: mlp, multitask_autoencoder or deep4med; by default mlp, or "
            "multitask_autoencoder for several targets.",
            show_default=False,
        ),
    ] = None,
    pretrained: Pretrained = None,
    freeze: Freeze = None,
    folds: Folds = 5,
    repeats: Repeats = None,
    holdout_by: HoldoutBy = None,
    batch: Source = None,
    permutations: Annotated[
        int, typer.Option("--permutations", min=0, help="How often to permute the labels.")
    ] = 20,
    genes_in: GenesIn = "auto",
    duplicates: Duplicates = "refuse",
    unmatched: Unmatched = "refuse",
    seed: Seed = 0,
) -> None:
    """Predict a column out of fold, patients apart, beside the simple rules and with controls.

    Writes metrics.json, predictions.csv, run.json and report.html into the output folder and
    prints the table of results.

        bulkwise evaluate rnaseqdb --target tissue -o results/tissue

        bulkwise evaluate rnaseqdb --target tissue --target condition -o results/both

        bulkwise evaluate counts.csv --samples samples.csv --unit counts --target condition \\
            --groups patient --holdout-by site -o results/condition

        bulkwise evaluate mine.h5ad --target condition --pretrained theirs.zip -o results/tuned

        bulkwise evaluate cohort.h5ad --time days --event relapse --years 5 -o results/relapse
    """
    from bulkwise.evaluation import evaluate as run
    from bulkwise.progress import use_rich
    from bulkwise.recipes import classifier
    from bulkwise.reporting import report

    console = stderr()
    columns = list(target or ())
    architecture = network_for(columns, network) if pretrained is None else "fine-tuned"
    if freeze is not None and pretrained is None:
        raise InputError("--freeze goes with --pretrained, whose layers it freezes.")
    with use_rich(console):
        cohort = open_cohort(
            source,
            samples=samples,
            unit=unit,
            genes_in=genes_in,
            duplicates=duplicates,
            unmatched=unmatched,
        )
        if pretrained is None:
            model = classifier(cohort.uns["unit"], network=architecture, random_state=seed)
        else:
            model, _ = fine_tuned_for(
                cohort, columns, pretrained=pretrained, freeze=freeze, network=network, seed=seed
            )
        result = run(
            model,
            cohort,
            target=columns if len(columns) > 1 else next(iter(columns), None),
            time=time,
            event=event,
            years=years,
            time_unit=time_unit,
            groups=groups,
            source=batch,
            holdout_by=holdout_by,
            folds=folds,
            repeats=repeats,
            permutations=permutations,
            random_state=seed,
            name=architecture,
            command=plain_command(sys.argv[1:]),
        )
        result.save(output, draw=lambda stage: report(result, stage / "report.html"))
    write_line(result.summary())
    show_findings((item for item in result.findings if item.level == "note"), console)
    say_report(console, output / "report.html")
