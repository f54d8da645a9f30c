"""Figures of merit in the test cohort, differences to the rivals, and what holds within strata."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bulkwise.evaluation.base import METRICS, Comparison, Estimate, MetricInfo
from bulkwise.evaluation.external.results import FOLLOW_UP_METRICS, ExternalValidation, Stratum
from bulkwise.reporting.base import (
    BLUE,
    GREY,
    VERMILLION,
    Block,
    Figure,
    Key,
    Row,
    Section,
    Table,
    Text,
    axis,
    interval,
    interval_points,
    names_axis,
    p_value,
    span,
    stacked,
)

__all__ = ["scores", "strata"]

_SHOWN = ("auroc", "auprc", "balanced_accuracy", "mcc", "brier", "calibration_error")


def scores(result: ExternalValidation) -> Section:
    """The section on how well it went in the other cohort, beside all rivals."""
    asked = result.evaluation.question
    keys = {key: METRICS[key] for key in dict.fromkeys((asked.metric, *_SHOWN))}
    if result.external.endpoint is not None:
        keys |= FOLLOW_UP_METRICS
    deciding = [row for row in result.evaluation.comparisons if row.decides]
    others = [row for row in result.evaluation.comparisons if not row.decides]
    blocks: list[Block] = [
        _figure(
            f"{keys[asked.metric].title} in {asked.cohort}",
            keys[asked.metric].title,
            {name: model.metrics[asked.metric] for name, model in result.models.items()},
            _ours(result),
        ),
        _table(result, keys),
        _meanings(keys),
        _comparisons(deciding, "Differences to the rivals"),
    ]
    if others:
        blocks.append(_comparisons(others, "The other comparisons", folded=True))
    return Section("Results in the test cohort", blocks)


def _ours(result: ExternalValidation) -> set[str]:
    return {name for name, model in result.models.items() if model.role == "model"}


def _figure(
    title: str, metric: str, estimates: Mapping[str, Estimate], ours: set[str], caption: str = ""
) -> Figure:
    """A row a model: its value and interval; the models under test stand out by shape too."""
    names = list(estimates)
    traces: list[dict[str, Any]] = []
    keys: list[Key] = []
    looks = (("under test", True, BLUE, "diamond"), ("rivals", False, VERMILLION, "circle"))
    for word, mine, colour, symbol in looks:
        held = [i for i, name in enumerate(names) if (name in ours) == mine]
        if held:
            keys.append(Key(word, (len(traces),), colour, symbol=symbol))
            traces.append(
                interval_points(word, [estimates[names[i]] for i in held], held, colour, symbol)
            )
    ends = [end for one in estimates.values() for end in (one.low, one.high)]
    return Figure(
        title=title,
        alt="; ".join(
            f"{name} {interval(one.value, one.low, one.high)}" for name, one in estimates.items()
        ),
        traces=traces,
        layout={
            "xaxis": axis(metric, range=span([*ends, 0.5])),
            "yaxis": names_axis(names, range=[len(names) - 0.5, -0.5]),
            "shapes": [_upright(0.5)] if metric == METRICS["auroc"].title else [],
            "margin": {"t": 8},
        },
        caption=caption,
        keys=tuple(keys),
        height=90 + 28 * len(names),
    )


def _upright(x: float) -> dict[str, Any]:
    line = {"color": GREY, "width": 1.5, "dash": "dot"}
    ends = {"x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper"}
    return {"type": "line", "layer": "below", "line": line, **ends}


def _table(result: ExternalValidation, keys: Mapping[str, MetricInfo]) -> Table:
    models = list(result.models.values())
    heads = (f"{info.title} {'↑' if info.higher_is_better else '↓'}" for info in keys.values())
    few = "" if result.external.supports_claim else " Too few patients of a class for a claim."
    return Table(
        title="All figures, with 95 % intervals",
        columns=("Model", *heads),
        rows=[
            (
                model.name,
                *(
                    stacked(one.value, one.low, one.high)
                    for one in (model.metrics[key] for key in keys)
                ),
            )
            for model in models
        ],
        marked=frozenset(i for i, model in enumerate(models) if model.role == "model"),
        caption="↑ higher is better, ↓ lower is better. Set off: the models under test. Intervals "
        "by bootstrap over test patients, conditional on the fitted models: they don't hold the "
        f"luck of another training cohort.{few}",
    )


def _meanings(keys: Mapping[str, MetricInfo]) -> Table:
    return Table(
        title="What these figures are",
        columns=("Figure", "Meaning"),
        words=(0, 1),
        rows=[(info.title, info.meaning) for info in keys.values()],
        folded=True,
    )


def _comparisons(rows: Sequence[Comparison], title: str, *, folded: bool = False) -> Table:
    assumed = sorted({f"{row.method.capitalize()}: {row.assumes}." for row in rows})
    return Table(
        title=title,
        columns=("Model", "Rival", "Metric", "Difference", "Adjusted P", "Verdict on the model"),
        words=(0, 1, 2, 5),
        rows=[
            (
                row.model,
                row.rival,
                METRICS[row.metric].title,
                stacked(row.difference.value, row.difference.low, row.difference.high),
                p_value(row.adjusted_p_value),
                f"{row.verdict} (margin {row.margin:g})",
            )
            for row in rows
        ],
        caption="Model minus rival with 95 % intervals; P adjusted by Holm over a model's rivals. "
        "As good as: the whole interval lies above minus the margin. " + " ".join(assumed),
        folded=folded,
    )


def strata(result: ExternalValidation) -> Section:
    """The section on what holds within each value of a column."""
    found = result.external.strata
    if not found:
        return Section("Within strata", [])
    ours = _ours(result)
    text = (
        "A model that only tells the strata apart looks good over all patients and falls to 0.5 "
        "within each. Intervals are wide where patients are few."
    )
    figures = tuple(
        _figure(_title(one), METRICS["auroc"].title, one.auroc, ours, _caption(one))
        for one in found
    )
    return Section("Within strata", [Text(text), Row(figures), _strata_table(found)])


def _title(one: Stratum) -> str:
    return f"{one.column}: {one.level}"


def _counts(one: Stratum) -> str:
    return ", ".join(f"{n} {name}" for name, n in one.counts.items())


def _caption(one: Stratum) -> str:
    few = "" if one.supports else "; too few of a class for a claim"
    return f"Patients: {_counts(one)}{few}."


def _strata_table(found: Sequence[Stratum]) -> Table:
    return Table(
        title="AUROC within strata, with 95 % intervals",
        columns=("Model", *(f"{_title(one)} ({_counts(one)})" for one in found)),
        rows=[
            (
                name,
                *(
                    stacked(value.value, value.low, value.high)
                    for value in (one.auroc[name] for one in found)
                ),
            )
            for name in found[0].auroc
        ],
        folded=True,
    )
