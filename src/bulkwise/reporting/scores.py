"""Results beside the baselines: the table, the intervals, the differences and what they allow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from bulkwise.evaluation.base import FOLLOW_UP_METRICS, METRICS, Comparison, Estimate, MetricInfo
from bulkwise.evaluation.results import Evaluation
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
    decimal,
    interval,
    interval_points,
    look,
    names_axis,
    p_value,
    span,
    stacked,
)

__all__ = ["scores"]

_VERDICTS = {
    "better": ("#009E73", "triangle-up"),
    "as good as": (BLUE, "circle"),
    "undecided": (GREY, "diamond"),
    "worse": (VERMILLION, "triangle-down"),
}


def scores(result: Evaluation) -> Section:
    """The section on how well it went, and whether that is more than a simple rule does."""
    deciding = [row for row in result.comparisons if row.decides]
    others = [row for row in result.comparisons if not row.decides]
    blocks: list[Block] = [_table(result), *_over_time(result), _costs(result), _meanings()]
    if deciding:
        blocks += [_differences(deciding), _comparisons(deciding, "What the verdict rests on")]
    if others:
        blocks.append(_comparisons(others, "The other comparisons", folded=True))
    first = result.question.metric
    keys = [first, *(key for key in METRICS if key != first)]
    blocks += [
        Text("The table as figures, each on its own scale; ◀ and ▶ mark a value far off it."),
        Row(tuple(_metric(result, key) for key in keys), least_width=220),
    ]
    if result.question.n_folds * result.question.n_repeats > 1:
        blocks.append(_folds(result))
    return Section("Results beside the baselines", blocks)


def _arrowed(info: MetricInfo) -> str:
    return f"{info.title} {'↑' if info.higher_is_better else '↓'}"


def _table(result: Evaluation) -> Table:
    models = list(result.models.values())
    return Table(
        title="Out of fold, with 95 % intervals",
        columns=("Model", *map(_arrowed, METRICS.values())),
        rows=[
            (
                model.name,
                *(
                    stacked(one.value, one.low, one.high)
                    for one in (model.metrics[key] for key in METRICS)
                ),
            )
            for model in models
        ],
        marked=frozenset(i for i, model in enumerate(models) if model.role == "model"),
        caption="↑ higher is better, ↓ lower is better. Set off: the model under test; the others "
        "are baselines. Intervals by bootstrap over patients (or groups), conditional on the "
        "fitted models: they don't hold the luck of another training set.",
    )


def _costs(result: Evaluation) -> Table:
    """How much each model could choose from, and how long it took."""
    reductions = result.run.get("reductions", {})
    return Table(
        title="What each model tried and took",
        columns=("Model", "Settings tried", "Seconds", "Fitted on"),
        words=(0, 3),
        rows=[
            (
                model.name,
                str(model.tries),
                decimal(model.seconds, 1),
                str(reductions.get(model.name, "")),
            )
            for model in result.models.values()
        ],
        marked=frozenset(
            i for i, model in enumerate(result.models.values()) if model.role == "model"
        ),
        caption="Settings that a model chose from on inner folds of patients in each training "
        "part; seconds of its fits and predictions in all folds, without what models share. A "
        "rival that fits the genes it needs from the row space (trees, the LASSO) counts as fitted "
        "on it.",
    )


def _over_time(result: Evaluation) -> list[Table]:
    """What takes censored patients in, where the target is an endpoint of follow-up."""
    models = list(result.models.values())
    keys = [key for key in FOLLOW_UP_METRICS if key in models[0].metrics]
    if not keys:
        return []
    return [
        Table(
            title="With the censored patients, and 95 % intervals",
            columns=("Model", *(_arrowed(FOLLOW_UP_METRICS[key]) for key in keys)),
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
            caption="By fold, then averaged; no model was trained on a censored patient. "
            + " ".join(f"{info.title}: {info.meaning}." for info in FOLLOW_UP_METRICS.values()),
        )
    ]


def _meanings() -> Table:
    return Table(
        title="What these figures are",
        columns=("Figure", "Meaning"),
        words=(0, 1),
        rows=[(info.title, info.meaning) for info in METRICS.values()],
        folded=True,
    )


def _reach(
    estimates: Sequence[Estimate], always: Sequence[float] = ()
) -> tuple[list[float] | None, int | None]:
    """The range of an axis, and the one row left off it because it would squeeze the others."""
    ends = [(one.low, one.high) if one.low <= one.high else (one.value,) * 2 for one in estimates]
    flat = [end for pair in ends for end in pair] + list(always)
    for index, (low, high) in enumerate(ends):
        rest = [end for i, pair in enumerate(ends) if i != index for end in pair] + list(always)
        rest = [end for end in rest if math.isfinite(end)]
        if len(rest) >= 4 and math.isfinite(low):
            gap = max(min(rest) - high, low - max(rest))
            if gap > 1.2 * max(max(rest) - min(rest), 0.02):
                return span(rest, least=0.02), index
    return span(flat, least=0.02), None


def _pointer(value: float, row: int, reach: Sequence[float]) -> dict[str, Any]:
    """The number of a row that is off the scale, at the edge where it left."""
    below = value < reach[0]
    return {
        "x": reach[0] if below else reach[1],
        "y": row,
        "xanchor": "left" if below else "right",
        "text": f"◀ {decimal(value)}" if below else f"{decimal(value)} ▶",
        "showarrow": False,
    }


def _metric(result: Evaluation, key: str) -> Figure:
    info, models = METRICS[key], list(result.models.values())
    estimates = [model.metrics[key] for model in models]
    reach, off = _reach(estimates)
    return Figure(
        title=_arrowed(info),
        alt=f"{info.title}: "
        + "; ".join(
            f"{model.name} {interval(one.value, one.low, one.high)}"
            for model, one in zip(models, estimates, strict=True)
        ),
        traces=[
            interval_points(model.name, [one], [row], look(row).colour, look(row).symbol)
            for row, (model, one) in enumerate(zip(models, estimates, strict=True))
            if row != off
        ],
        layout={
            "xaxis": axis(info.title, range=reach, nticks=4, tickangle=0),
            "yaxis": names_axis(
                [model.name for model in models], longest=14, range=[len(models) - 0.5, -0.5]
            ),
            "annotations": []
            if off is None or reach is None
            else [_pointer(estimates[off].value, off, reach)],
            "margin": {"t": 8},
        },
        height=76 + 28 * len(models),
    )


def _pair(row: Comparison, several: bool) -> str:
    return f"{row.model} − {row.rival}" if several else f"against {row.rival}"


def _differences(rows: list[Comparison]) -> Figure:
    several = len({row.model for row in rows}) > 1
    metric, margin = METRICS[rows[0].metric].title, rows[0].margin
    reach, off = _reach([row.difference for row in rows], (0.0, -margin))
    traces: list[dict[str, Any]] = []
    keys: list[Key] = []
    for verdict, (colour, symbol) in _VERDICTS.items():
        held = [i for i, row in enumerate(rows) if row.verdict == verdict and i != off]
        if held:
            keys.append(Key(verdict, (len(traces),), colour, symbol=symbol))
            differences = [rows[i].difference for i in held]
            traces.append(interval_points(verdict, differences, held, colour, symbol))
    low, high = reach or (0.0, 1.0)
    crowded = high < 0.3 * (high - low)  # no room for words right of 0: they go one line up
    notes = [
        _mark(0.0, "no difference", "right", 14)
        if crowded
        else _mark(0.0, "no difference", "left"),
        _mark(-margin, "margin", "right"),
    ]
    if off is not None and reach is not None:
        notes.append(_pointer(rows[off].difference.value, off, reach))
    return Figure(
        title=f"Difference in {metric if metric.isupper() else metric.lower()} to each rival",
        alt="; ".join(
            f"{row.model} against {row.rival}: "
            f"{interval(row.difference.value, row.difference.low, row.difference.high)}, "
            f"{row.verdict}"
            for row in rows
        ),
        traces=traces,
        layout={
            "xaxis": axis(f"{metric}, model − rival", range=reach),
            "yaxis": names_axis(
                [_pair(row, several) for row in rows], range=[len(rows) - 0.5, -0.5]
            ),
            "shapes": [_upright(0.0, "solid"), _upright(-margin, "dash")],
            "annotations": notes,
            "margin": {"t": 40 if crowded else 26},
        },
        caption="Right of 0 the model is better. As good as: the whole interval lies above "
        f"{decimal(-margin, 2)}, the stated margin of what counts as no loss."
        + (" ▶ and ◀ mark a difference far off the scale." if off is not None else ""),
        keys=tuple(keys),
        height=100 + 36 * len(rows),
    )


def _upright(x: float, dash: str) -> dict[str, Any]:
    line = {"color": GREY, "width": 1.5, "dash": dash}
    ends = {"x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper"}
    return {"type": "line", "layer": "below", "line": line, **ends}


def _mark(x: float, text: str, anchor: str, up: int = 0) -> dict[str, Any]:
    place = {"x": x, "yshift": up, "y": 1, "yref": "paper", "yanchor": "bottom", "xanchor": anchor}
    return {"text": text, "showarrow": False, **place}


def _comparisons(rows: list[Comparison], title: str, *, folded: bool = False) -> Table:
    assumed = sorted({f"{row.method.capitalize()}: {row.assumes}" for row in rows if row.assumes})
    return Table(
        title=title,
        columns=(
            "Model",
            "Rival",
            "Metric",
            "Difference",
            "P",
            "Adjusted P",
            "Verdict on the model",
            "Rival suffices",
            "Method",
        ),
        words=(0, 1, 2, 6, 7, 8),
        rows=[
            (
                row.model,
                row.rival,
                METRICS[row.metric].title,
                stacked(row.difference.value, row.difference.low, row.difference.high),
                p_value(row.p_value),
                p_value(row.adjusted_p_value),
                f"{row.verdict} (margin {decimal(row.margin, 2)})",
                "yes" if row.rival_suffices else "no",
                row.method,
            )
            for row in rows
        ],
        caption="Differences are model minus rival with 95 % intervals; P adjusted by Holm over "
        "the rivals. " + " ".join(f"{text.rstrip('.')}." for text in assumed),
        folded=folded,
    )


def _folds(result: Evaluation) -> Table:
    key = result.question.metric
    models = list(result.models.values())
    first = models[0].folds
    return Table(
        title=f"{METRICS[key].title} by fold",
        columns=("Fold", "Repeat", "Training samples", "Test samples", *(m.name for m in models)),
        rows=[
            (
                fold.name,
                str(fold.repeat + 1),
                str(fold.n_train),
                str(fold.n_test),
                *(decimal(model.folds[i].metrics[key]) for model in models),
            )
            for i, fold in enumerate(first)
        ],
        folded=True,
    )
