"""Which sections make the report of several targets, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bulkwise import __version__
from bulkwise.evaluation.base import METRICS
from bulkwise.evaluation.multitask import MultitaskEvaluation
from bulkwise.evaluation.results import Evaluation
from bulkwise.reporting import overview
from bulkwise.reporting.base import (
    Block,
    Facts,
    Notice,
    Page,
    Row,
    Section,
    Table,
    Text,
    count,
    interval,
    stacked,
)
from bulkwise.reporting.card import card, reproduce
from bulkwise.reporting.classes import classes
from bulkwise.reporting.controls import controls
from bulkwise.reporting.curves import calibration, curves
from bulkwise.reporting.history import history
from bulkwise.reporting.projection import projection, scatter
from bulkwise.reporting.scores import scores

__all__ = ["compose", "embedding"]

_BY_TARGET: tuple[Callable[[Evaluation], Section], ...] = (
    overview.data,
    scores,
    classes,
    curves,
    calibration,
    projection,
    controls,
)


def compose(result: MultitaskEvaluation, *, sections: Sequence[Section] = ()) -> Page:
    """The pieces of the report, before anything is drawn.

    Parameters
    ----------
    result
        What an evaluation of several targets found; nothing is computed anew.
    sections
        More sections, put after the results.
    """
    first = next(iter(result.targets.values()))
    asked = first.question
    names = list(result.targets)
    found = tuple(Notice(one.level, one.message, one.items) for one in result.warnings)
    none = "The checks of data, design, leaks and controls raised no warning."
    by_target = [
        Section(f"{section.title}: {name}", section.blocks)
        for name, one in result.targets.items()
        for section in (make(one) for make in _BY_TARGET)
        if section.blocks
    ]
    return Page(
        title=f"Predicting {_listed(names)} in {asked.cohort}",
        question=(
            f"Can one model tell {_listed(names)} from the expression of {count(asked.n_genes)} "
            f"genes ({asked.unit})? Asked of {count(asked.n_samples)} samples in {asked.cohort}; "
            f"{asked.scheme}."
        ),
        warnings=found or (Notice("good", none),),
        answer=_answer(result),
        sections=(
            _beside(result),
            embedding(result),
            *sections,
            *by_target,
            history(first),
            *(
                Section(f"Model card: {name}", card(one).blocks)
                for name, one in result.targets.items()
            ),
            reproduce(first),
        ),
        version=__version__,
    )


def _listed(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _answer(result: MultitaskEvaluation) -> list[Block]:
    blocks: list[Block] = []
    cards = []
    for name, one in result.targets.items():
        key = one.question.metric
        for model in one.models.values():
            if model.role == "model":
                found = model.metrics[key]
                title = f"{METRICS[key].title}, {name}"
                cards.append((title, interval(found.value, found.low, found.high)))
        blocks += [
            Text(f"{name}: {sentence}", strong=not place)
            for place, sentence in enumerate(one.verdict)
        ]
    return [*blocks, Facts(tuple(cards), large=True)]


def _beside(result: MultitaskEvaluation) -> Section:
    """One table of all targets and models."""
    shown = ("accuracy", "balanced_accuracy", "macro_f1", "auroc", "brier")
    rows: list[tuple[str, ...]] = []
    marked: list[int] = []
    for name, one in result.targets.items():
        for model in one.models.values():
            if model.role == "model":
                marked.append(len(rows))
            cells = (model.metrics[key] for key in shown)
            rows.append(
                (name, model.name, *(stacked(cell.value, cell.low, cell.high) for cell in cells))
            )
    table = Table(
        title="All targets, out of fold, with 95 % intervals",
        columns=("Target", "Model", *(METRICS[key].title for key in shown)),
        rows=rows,
        words=(0, 1),
        marked=frozenset(marked),
        caption="Set off: the model of all targets at once. Each baseline learns one target. "
        "Intervals by bootstrap over patients (or groups), conditional on the fitted models.",
    )
    return Section("All targets", [table])


def embedding(result: MultitaskEvaluation) -> Section:
    """The codes of held-out samples on a plane, once by each target."""
    figures = [
        scatter(drawn, drawn.label, result.targets[name].question.labels, name)
        for name, drawn in result.embeddings.items()
    ]
    if not figures:
        return Section("The code", [])
    text = (
        "Every sample as the network coded it that wasn't trained on it. The folds' networks name "
        "their units differently, so an affine map, fitted on samples that two of them were both "
        "trained on, takes each code to that of the first fold; drawn are the first two principal "
        "components. The code was learned with the labels: that training samples part would say "
        "nothing, that these do says that the labels carry over."
    )
    return Section("The code of held-out samples", [Text(text), Row(tuple(figures))])
