"""``bulkwise search``: a thousand networks, or fits of another estimator, and an honest figure."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bulkwise.cli.base import (
    Address,
    Duplicates,
    Engine,
    GenesIn,
    Groups,
    Input,
    Pairs,
    Processes,
    Samples,
    Seed,
    Tissue,
    Unit,
    Unmatched,
    open_cohort,
    say_report,
    stderr,
    write_line,
)
from bulkwise.errors import InputError

if TYPE_CHECKING:
    from bulkwise.study.random_search.questions import Question

__all__ = ["register"]

_NETWORKS, _FITS = 1000, 40  # trials unless told


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command()(search)


def search(
    source: Input,
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            help="The folder for results and report; a search that was broken off goes on there.",
            show_default=False,
        ),
    ],
    target: Annotated[
        list[str] | None,
        typer.Option(
            "--target",
            help="The column of the sample sheet to predict, or of the conditions to translate; "
            "may be given several times with --estimator MultitaskClassifier.",
            show_default=False,
        ),
    ] = None,
    samples: Samples = None,
    unit: Unit = None,
    groups: Groups = None,
    trials: Annotated[
        int | None,
        typer.Option(
            "--trials",
            min=1,
            help=f"How many settings; by default {_NETWORKS:,} networks, or {_FITS} fits of "
            "another estimator.",
            show_default=False,
        ),
    ] = None,
    sampler: Annotated[
        str,
        typer.Option(
            "--sampler",
            help="Who proposes settings: random, or optuna (by what came of earlier ones; needs "
            "bulkwise\\[tune]).",
        ),
    ] = "random",
    space: Annotated[
        str,
        typer.Option(
            "--space",
            help="What to draw networks from: compact (small, SGD, losers dropped on the way) or "
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
    estimator: Annotated[
        str | None,
        typer.Option(
            "--estimator",
            help="Fit this one by one instead of networks together: ExpressionClassifier, DeepCME "
            "or MultitaskClassifier (--target), NetworkInference or EncodedTargets (--landmarks), "
            "ExpressionTransferor (--target, --from, --to, --pairs), GeneDirectionClassifier "
            "(--target, --from, --to: changes from one condition to the other).",
            show_default=False,
        ),
    ] = None,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            "--vary",
            help="A setting of the estimator beside its own or in their place: name=16,32,64, "
            "name=0.1..0.5, name=0.001..0.3:log; one value fixes it. May be given several times.",
            show_default=False,
        ),
    ] = None,
    landmarks: Annotated[
        str | None,
        typer.Option(
            "--landmarks",
            help="Genes to infer the others from: dgex, auto:500 or a file.",
            show_default=False,
        ),
    ] = None,
    from_: Annotated[
        str | None,
        typer.Option("--from", help="The condition to translate.", show_default=False),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option("--to", help="The condition to translate to.", show_default=False),
    ] = None,
    tissue: Tissue = None,
    pairs: Pairs = None,
    engine: Engine = "local",
    processes: Processes = None,
    address: Address = None,
    device: Annotated[
        str, typer.Option("--device", help="Of the networks: cpu, cuda or auto.")
    ] = "cpu",
    genes_in: GenesIn = "auto",
    duplicates: Duplicates = "refuse",
    unmatched: Unmatched = "refuse",
    seed: Seed = 0,
) -> None:
    """Train many networks with random settings and judge the best on patients held out.

    A fifth of the patients takes no part. The report says how good the best network is on them,
    beside logistic regression, and what each setting did. Ctrl-C or a crash loses nothing: the
    same command goes on where it stopped. With --estimator any other model is searched.

        bulkwise search rnaseqdb --target tissue -o results/search

        bulkwise search counts.csv --samples samples.csv --unit counts --target condition \\
            --trials 200 --sampler optuna -o results/search

        bulkwise search rnaseqdb --estimator MultitaskClassifier --target tissue \\
            --target condition --vary network__code=8,16,32 -o results/several
    """
    from bulkwise.progress import use_rich
    from bulkwise.reporting.study import report_search
    from bulkwise.study import search as run
    from bulkwise.study import search_settings
    from bulkwise.study.engines import engine_named
    from bulkwise.study.random_search import setting_of

    console = stderr()
    runner = engine_named(engine, processes=processes, address=address)
    targets = target or []
    elsewhere = {"--landmarks": landmarks, "--from": from_, "--to": to, "--vary": vary}
    elsewhere |= {"--tissue": tissue, "--pairs": pairs}
    shared: dict[str, Any] = {
        "folder": output,
        "sampler": sampler,
        "engine": runner,
        "random_state": seed,
        "command": sys.argv[1:],
    }
    if estimator is None:
        _refuse_options(elsewhere, targets)
    else:
        _refuse_fleet(space, epochs, device)
        question = _question(estimator, targets, elsewhere, groups)
        settings = dict(setting_of(text) for text in vary or ())
    with use_rich(console):
        cohort = open_cohort(
            source,
            samples=samples,
            unit=unit,
            genes_in=genes_in,
            duplicates=duplicates,
            unmatched=unmatched,
        )
        if estimator is None:
            result = run(
                cohort,
                target=targets[0],
                groups=groups,
                trials=trials or _NETWORKS,
                space=space,
                epochs=epochs,
                device=device,
                **shared,
            )
        else:
            result = search_settings(
                estimator,
                cohort,
                question=question,
                vary=settings,
                trials=trials or _FITS,
                **shared,
            )
        report_search(result, output / "report.html")
    write_line(result.summary())
    say_report(console, output / "report.html")


def _refuse_options(elsewhere: dict[str, Any], targets: list[str]) -> None:
    """A search over networks takes one target and nothing of what estimators are asked."""
    for name, value in elsewhere.items():
        if value is not None:
            raise InputError(f"{name} goes with --estimator; a search over networks has no such.")
    if len(targets) != 1:
        raise InputError(
            "A search over networks predicts one column; name it with --target, or several with "
            f"--estimator MultitaskClassifier. Got {', '.join(targets) or 'none'}."
        )


def _refuse_fleet(space: str, epochs: int | None, device: str) -> None:
    if space != "compact" or epochs is not None or device != "cpu":
        raise InputError(
            "--space, --epochs and --device are for a search over networks; with --estimator say "
            "--vary training__epochs=50 for example."
        )


def _question(
    estimator: str, targets: list[str], told: dict[str, Any], groups: str | None
) -> Question:
    """What the estimator is asked, by its task; options of another task are refused."""
    from bulkwise.study import Classify, Direct, Infer, Translate
    from bulkwise.study.random_search.estimators import searchable

    task = searchable(estimator).task
    needs = {
        "classify": ["--target"],
        "infer": ["--landmarks"],
        "translate": ["--target", "--from", "--to", "--pairs"],
        "direction": ["--target", "--from", "--to"],
    }[task]
    given = {"--target": targets or None, **{k: v for k, v in told.items() if k != "--vary"}}
    allowed = {*needs, "--tissue"} if task == "translate" else set(needs)
    missing = [name for name in needs if given[name] is None]
    more = [name for name, value in given.items() if value is not None and name not in allowed]
    if missing or more:
        raise InputError(
            f"{estimator} needs {', '.join(needs)}; got "
            f"{', '.join(name for name, value in given.items() if value is not None) or 'none'}."
        )
    if task == "classify":
        return Classify(target=tuple(targets), groups=groups)
    if task == "infer":
        return Infer(landmarks=given["--landmarks"], groups=groups)
    if task == "direction":
        return Direct(column=targets[0], contrast=f"{given['--to']}:{given['--from']}")
    return Translate(
        column=targets[0],
        source=given["--from"],
        target=given["--to"],
        pairs=given["--pairs"],
        tissue=given["--tissue"],
    )
