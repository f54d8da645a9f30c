"""``bulkwise compare``: which model, tuned fairly, on the same folds?"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from bulkwise.cli.base import (
    Duplicates,
    Event,
    Folds,
    GenesIn,
    Groups,
    HoldoutBy,
    Input,
    Output,
    Repeats,
    Samples,
    Seed,
    Source,
    TargetOrTime,
    Time,
    TimeUnit,
    Unit,
    Unmatched,
    Years,
    listed,
    open_cohort,
    plain_command,
    say_report,
    show_findings,
    stderr,
    write_line,
)

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command()(compare)


def compare(
    source: Input,
    output: Output,
    target: TargetOrTime = None,
    time: Time = None,
    event: Event = None,
    years: Years = None,
    time_unit: TimeUnit = "days",
    models: Annotated[
        str,
        typer.Option(
            "--models",
            help="all (mlp and every rival), or names with commas between them: networks (those of "
            "`bulkwise evaluate --network`) and the rivals majority, logistic, knn, lasso, "
            "linear-svm, rbf-svm, lda, naive-bayes, tree, forest, xgboost.",
        ),
    ] = "all",
    front_end: Annotated[
        str,
        typer.Option(
            "--front-end",
            help="What stands between the genes and each rival: own (what suits it), pca "
            "(principal components) or ttest (the clearest genes); fitted in each training part, "
            "its size tuned with the rest.",
        ),
    ] = "own",
    tries: Annotated[
        int,
        typer.Option(
            "--tries", min=4, help="The most settings a rival tries in each training part."
        ),
    ] = 20,
    metric: Annotated[
        str,
        typer.Option(
            "--metric",
            help="What the verdict rests on: balanced_accuracy, auroc, accuracy, macro_f1, mcc, "
            "auprc, brier or calibration_error.",
        ),
    ] = "balanced_accuracy",
    margin: Annotated[
        float, typer.Option("--margin", min=0, help="How much less of the metric is no loss.")
    ] = 0.02,
    samples: Samples = None,
    unit: Unit = None,
    groups: Groups = None,
    folds: Folds = 5,
    repeats: Repeats = None,
    holdout_by: HoldoutBy = None,
    batch: Source = None,
    permutations: Annotated[
        int,
        typer.Option(
            "--permutations", min=0, help="How often to permute the first model's labels."
        ),
    ] = 20,
    genes_in: GenesIn = "auto",
    duplicates: Duplicates = "refuse",
    unmatched: Unmatched = "refuse",
    seed: Seed = 0,
) -> None:
    """Compare a network with the classical rivals on the same folds, each tuned inside them.

    A rival chooses its settings on inner folds of patients within each training part; the table
    says how many it tried and how long it took. The tests allow for overlapping training parts
    and for the number of rivals, and say better, worse, as good as (by the margin) or undecided.
    Writes metrics.json, predictions.csv, run.json and report.html into the output folder.

        bulkwise compare rnaseqdb --target tissue -o results/compare

        bulkwise compare log2.csv --samples s.csv --unit log2_tpm --target relapse \\
            --groups patient --models mlp,logistic,lasso,forest --metric auroc --margin 0.05 -o out
    """
    from bulkwise.evaluation import compare as run
    from bulkwise.progress import use_rich
    from bulkwise.reporting import report

    console = stderr()
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
            listed(models),
            cohort,
            target=target,
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
            front_end=front_end,
            tries=tries,
            random_state=seed,
            metric=metric,
            margin=margin,
            command=plain_command(sys.argv[1:]),
        )
        result.save(output, draw=lambda stage: report(result, stage / "report.html"))
    write_line(result.summary())
    show_findings((item for item in result.findings if item.level == "note"), console)
    say_report(console, output / "report.html")
