"""The section of a report on what a small panel of genes is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.evaluation.base import METRICS
from bulkwise.reporting.base import (
    Block,
    Figure,
    Row,
    Section,
    Table,
    Text,
    axis,
    decimal,
    interval,
    interval_points,
    look,
    names_axis,
    p_value,
    span,
)

if TYPE_CHECKING:
    from bulkwise.evaluation import Evaluation
    from bulkwise.explain import SelectedGenes

__all__ = ["panel", "panel_answer"]

_TITLE = "What a small panel is worth"


def _metric(judged: Evaluation) -> str:
    return METRICS[judged.question.metric].title


def panel_answer(result: SelectedGenes) -> list[Block]:
    """The panel beside all genes and beside random panels, in a sentence."""
    judged = result.panel
    if judged is None:
        return []
    key, k = judged.question.metric, result.asked["k"]
    values = {name: model.metrics[key].value for name, model in judged.models.items()}
    own = next(iter(values))
    random = [value for name, value in values.items() if name.startswith("random-")]
    whole = {name: value for name, value in values.items() if name.startswith("all-")}
    text = (
        f"A panel of {k} genes, chosen and trained inside each fold, reaches "
        f"{_metric(judged)} {decimal(values[own])}; "
        + ", ".join(
            f"all genes {decimal(v)} ({name.removeprefix('all-')})" for name, v in whole.items()
        )
        + f", the {k} genes of the largest t {decimal(values[f'ttest-{k}'])}, and random panels "
        f"of {k} genes {decimal(min(random))} to {decimal(max(random))}."
    )
    if max(random) >= values[own]:
        text += " Random genes do as well here, so the panel says nothing about these genes."
    return [Text(text, strong=True)]


def panel(result: SelectedGenes) -> Section:
    """The section on what a panel of the first k genes is worth; empty if it wasn't judged."""
    judged = result.panel
    if judged is None:
        return Section(_TITLE, [])
    asked, k = judged.question, result.asked["k"]
    text = (
        f"Genes were chosen, and models trained, anew inside each training part ({asked.scheme}); "
        f"the genes of the table above were chosen on all samples, and no figure here is theirs. "
        f"Panels are read by L2-logistic regression: stable-{k} by this selection, ttest-{k} by "
        f"the largest t, random-{k} drawn at random."
    )
    figures = tuple(_scores(judged, key) for key in (asked.metric, "balanced_accuracy"))
    return Section(_TITLE, [Text(text), Row(figures), _rivals(judged)])


def _scores(judged: Evaluation, key: str) -> Figure:
    info, models = METRICS[key], list(judged.models.values())
    values = [model.metrics[key] for model in models]
    ends = [end for one in values for end in (one.value, one.low, one.high)]
    return Figure(
        title=f"{info.title} {'↑' if info.higher_is_better else '↓'}",
        alt="; ".join(
            f"{model.name} {interval(one.value, one.low, one.high)}"
            for model, one in zip(models, values, strict=True)
        ),
        traces=[
            interval_points(model.name, [one], [row], look(row).colour, look(row).symbol)
            for row, (model, one) in enumerate(zip(models, values, strict=True))
        ],
        layout={
            "xaxis": axis(info.title, range=span(ends)),
            "yaxis": names_axis([m.name for m in models], range=[len(models) - 0.5, -0.5]),
            "margin": {"t": 10},
        },
        caption="Out of fold, with 95 % intervals over patients.",
        height=90 + 30 * len(models),
    )


def _rivals(judged: Evaluation) -> Table:
    first = next(iter(judged.models))
    rows = [row for row in judged.comparisons if row.model == first and row.decides]
    return Table(
        title="The panel against the others",
        columns=("Rival", "Difference", "P", "Adjusted P", "Verdict on the panel"),
        rows=[
            (
                row.rival,
                interval(row.difference.value, row.difference.low, row.difference.high),
                p_value(row.p_value),
                p_value(row.adjusted_p_value),
                row.verdict,
            )
            for row in rows
        ],
        words=(0, 4),
        caption=f"{_metric(judged)}, panel less rival, with 95 % intervals; P adjusted by Holm. As "
        f"good as: worse by less than {decimal(judged.question.margin, 2)}.",
    )
