"""The report on how well directions are predicted from few samples of cohorts never seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bulkwise import __version__
from bulkwise.evaluation.direction.results import MODEL
from bulkwise.reporting.base import (
    Block,
    Facts,
    Figure,
    Key,
    Page,
    Section,
    Table,
    Text,
    axis,
    count,
    decimal,
    interval,
    label,
    look,
)

if TYPE_CHECKING:
    from bulkwise.evaluation.direction import DirectionEvaluation

__all__ = ["judgement"]

_RULE = "mean, CPM"


def judgement(result: DirectionEvaluation) -> Page:
    """The page of an evaluation of directions."""
    return Page(
        title="Directions from few samples",
        question="How often is a gene's direction right when only a few samples of a cohort that "
        "the model has never seen are shown?",
        answer=_answer(result),
        sections=[
            Section("Signs", [_curves(result, "accuracy", "Accuracy of the sign"), *_all(result)]),
            Section("By cohort", [_cohorts(result, size) for size in result.sizes]),
            Section(
                "Significant, and which way",
                [
                    _curves(result, "ranking", "Area under the precision-recall curve"),
                    Text(
                        "Each gene is claimed once as up and once as down; a claim is right when "
                        "the whole cohort's moderated t agrees at a false discovery rate of 1 %."
                    ),
                ],
            ),
            Section("Calibration", [_calibration(result)]),
        ],
        version=__version__,
    )


def _answer(result: DirectionEvaluation) -> list[Block]:
    cards = []
    for size in result.sizes:
        for name in (MODEL, _RULE):
            cards.append(
                (f"{name}, {size} a side", interval(*result.estimate(name, "accuracy", size)))
            )
    cohorts = result.scores["cohort"].nunique()
    return [
        Text(
            f"Mean over {count(cohorts)} cohorts; intervals by resampling families of cohorts, "
            "which were held out together.",
            strong=True,
        ),
        Facts(tuple(cards), large=True),
    ]


def _told(result: DirectionEvaluation, metric: str) -> list[str]:
    part = result.scores[result.scores[metric].notna()]
    return [name for name in result.methods if (part["method"] == name).any()]


def _curves(result: DirectionEvaluation, metric: str, title: str) -> Figure:
    traces: list[dict[str, Any]] = []
    keys = []
    for place, name in enumerate(_told(result, metric)):
        seen = look(place)
        found = np.array([result.estimate(name, metric, size) for size in result.sizes])
        keys.append(Key(name, (place,), seen.colour, symbol=seen.symbol, dash=seen.dash))
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": label(name),
                "x": [str(size) for size in result.sizes],
                "y": found[:, 0].tolist(),
                "error_y": {
                    "type": "data",
                    "symmetric": False,
                    "array": (found[:, 2] - found[:, 0]).tolist(),
                    "arrayminus": (found[:, 0] - found[:, 1]).tolist(),
                    "thickness": 1,
                },
                "line": {"color": seen.colour, "dash": seen.dash},
                "marker": {"symbol": seen.symbol, "size": 8, "color": seen.colour},
            }
        )
    return Figure(
        title=title,
        alt=f"{title} against samples a side, one line a method.",
        traces=traces,
        layout={
            "xaxis": axis("samples a side", type="category"),
            "yaxis": axis(title),
        },
        keys=tuple(keys),
        caption="Bars: 95 % intervals over cohorts; cohorts differ more than methods do, so "
        "compare methods cohort by cohort below.",
    )


def _all(result: DirectionEvaluation) -> list[Block]:
    from bulkwise.evaluation.direction.scores import METRICS

    tables: list[Block] = []
    for size in result.sizes:
        means = {key: result.by_cohort(key, size).mean() for key in METRICS}
        rows = [
            (name, *(decimal(float(means[key][name])) for key in METRICS))
            for name in _told(result, "accuracy")
        ]
        tables.append(
            Table(
                title=f"{size} a side",
                columns=("Method", *METRICS.values()),
                rows=rows,
                marked=frozenset({0}),
                caption="Means over cohorts. Recall, precision and F are weighted by class, as in "
                "the paper, so that recall equals accuracy.",
                folded=size != result.sizes[0],
            )
        )
    return tables


def _cohorts(result: DirectionEvaluation, size: int) -> Table:
    table = result.by_cohort("accuracy", size)
    rows = [
        (str(cohort), *(decimal(float(value)) for value in line))
        for cohort, line in zip(table.index, table.to_numpy(), strict=True)
    ]
    return Table(
        title=f"Accuracy, {size} a side",
        columns=("Cohort", *map(str, table.columns)),
        rows=rows,
        folded=size != result.sizes[0],
    )


def _calibration(result: DirectionEvaluation) -> Figure:
    part = result.calibration
    sums = part.assign(s=part["said"] * part["count"], h=part["seen"] * part["count"])
    pooled = sums.groupby("tenth")[["count", "s", "h"]].sum()
    pooled = pooled[pooled["count"] > 0]
    value, low, high = result.calibration_estimate()
    seen = look(0)
    return Figure(
        title="P(up) among genes that change",
        alt="Predicted probability of up against the share that goes up.",
        traces=[
            {
                "type": "scatter",
                "mode": "lines",
                "x": [0, 1],
                "y": [0, 1],
                "line": {"color": look(6).colour, "dash": "dot"},
                "hoverinfo": "skip",
            },
            {
                "type": "scatter",
                "mode": "lines+markers",
                "x": (pooled["s"] / pooled["count"]).tolist(),
                "y": (pooled["h"] / pooled["count"]).tolist(),
                "marker": {"color": seen.colour, "symbol": seen.symbol, "size": 9},
                "line": {"color": seen.colour},
            },
        ],
        layout={
            "xaxis": axis("predicted P(up | up or down)", range=[0, 1]),
            "yaxis": axis("share that goes up", range=[0, 1]),
        },
        caption=f"Error, pooled over cohorts and sizes: {interval(value, low, high)}. Dotted: "
        "perfect.",
        most_width=560,
    )
