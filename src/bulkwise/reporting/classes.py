"""Class by class: what is taken for what, and how well each class is found."""

from __future__ import annotations

from typing import Any

import numpy as np

from bulkwise.evaluation.base import METRICS, ModelResult
from bulkwise.evaluation.results import Evaluation
from bulkwise.reporting.base import (
    Figure,
    Key,
    Row,
    Section,
    Table,
    axis,
    count,
    decimal,
    label,
    look,
    names_axis,
    span,
    stacked,
)

__all__ = ["classes"]

_MOST_MODELS = 3
_MOST_ERRORS = 50
_LONGEST = 20
_COLUMNS = {
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F1",
    "auroc": "AUROC",
    "auprc": "AUPRC",
}


def classes(result: Evaluation) -> Section:
    """Confusion matrices, F1 by class and the table, for the models and the strongest baseline."""
    shown = _shown(result)
    matrices = tuple(_confusion(model, result.question.labels) for model in shown)
    tables = [_table(model, result, folded=index > 0) for index, model in enumerate(shown)]
    row = Row(matrices, least_width=max(matrices[0].least_width, 330))
    wrong = [_wrong(model, result) for model in shown if model.role == "model"]
    return Section("Class by class", [row, _f1(shown, result), *tables, *wrong])


def _shown(result: Evaluation) -> list[ModelResult]:
    key = result.question.metric
    sign = 1 if METRICS[key].higher_is_better else -1
    models = [model for model in result.models.values() if model.role == "model"][:_MOST_MODELS]
    rivals = [model for model in result.models.values() if model.role == "baseline"]
    best = max(rivals, key=lambda model: sign * model.metrics[key].value, default=None)
    return [*models, *([best] if best is not None else [])]


def _confusion(model: ModelResult, labels: tuple[str, ...]) -> Figure:
    n = len(labels)
    longest = max(len(label(name, _LONGEST)) for name in labels)
    upright = n > 4 or longest > 10
    cell = 46 if n <= 6 else 27 if n <= 14 else 24
    totals = [sum(row) or 1.0 for row in model.confusion]
    shares = [
        [value / total for value in row] for row, total in zip(model.confusion, totals, strict=True)
    ]
    hover = [
        [
            f"observed {label(seen, 80)}<br>predicted {label(said, 80)}<br>"
            f"{count(value)} samples, {decimal(share, 2)} of the row"
            for said, value, share in zip(labels, row, row_shares, strict=True)
        ]
        for seen, row, row_shares in zip(labels, model.confusion, shares, strict=True)
    ]
    trace: dict[str, Any] = {
        "type": "heatmap",
        "z": shares,
        "zmin": 0,
        "zmax": 1,
        "x": list(range(n)),
        "y": list(range(n)),
        "text": [[count(value) if value else "" for value in row] for row in model.confusion],
        "texttemplate": "%{text}",
        "textfont": {"size": 13 if n <= 6 else 11 if n <= 14 else 9},
        "hovertext": hover,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "autocolorscale": True,
        "xgap": 1,
        "ygap": 1,
        "showscale": False,
    }
    angle = {"tickangle": -90} if upright else {}
    beside = round(6.4 * longest)
    right = sum(model.confusion[i][i] for i in range(n))
    return Figure(
        title=f"Confusion matrix, {model.name}",
        alt=f"{count(right)} of {count(sum(map(sum, model.confusion)))} samples on the diagonal.",
        traces=[trace],
        layout={
            "xaxis": names_axis(labels, "Predicted", _LONGEST, **angle),
            "yaxis": names_axis(labels, "Observed", _LONGEST, autorange="reversed"),
            "margin": {"t": 6},
        },
        caption="Numbers are samples"
        + (", averaged over the repeats" if _fractional(model) else "")
        + ".",
        scale=("0", "1", "share of the observed class"),
        height=60 + max(n * cell, 130) + (beside if upright else 24),
        least_width=46 + n * cell + beside,
        most_width=max(190 + beside + int(n * cell * 1.5), 440),
    )


def _fractional(model: ModelResult) -> bool:
    return any(not float(value).is_integer() for row in model.confusion for value in row)


def _f1(models: list[ModelResult], result: Evaluation) -> Figure:
    labels = result.question.labels
    order = list(result.models)
    traces: list[dict[str, Any]] = []
    keys: list[Key] = []
    for index, model in enumerate(models):
        style = look(order.index(model.name))
        shift = (index - (len(models) - 1) / 2) * min(0.3, 0.8 / len(models))
        estimates = [model.per_class[name]["f1"] for name in labels]
        keys.append(Key(model.name, (index,), style.colour, symbol=style.symbol))
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": label(model.name),
                "x": [one.value for one in estimates],
                "y": [position + shift for position in range(len(labels))],
                "error_x": {
                    "type": "data",
                    "symmetric": False,
                    "array": [one.high - one.value for one in estimates],
                    "arrayminus": [one.value - one.low for one in estimates],
                    "thickness": 1.5,
                    "width": 3,
                },
                "marker": {"color": style.colour, "symbol": style.symbol, "size": 8},
                "hovertemplate": "F1 %{x:.3f}",
            }
        )
    ends = [
        end
        for model in models
        for name in labels
        for end in (model.per_class[name]["f1"].low, model.per_class[name]["f1"].high)
    ]
    names = [f"{name} ({count(result.question.counts.get(name, 0))})" for name in labels]
    return Figure(
        title="F1 by class",
        alt="; ".join(
            f"{name} {decimal(models[0].per_class[name]['f1'].value)}" for name in labels[:30]
        )
        + f" ({models[0].name})",
        traces=traces,
        layout={
            "xaxis": axis("F1 (95 % interval)", range=span(ends)),
            "yaxis": names_axis(names, range=[len(labels) - 0.5, -0.5], showgrid=True),
            "margin": {"t": 8},
        },
        caption="In brackets: samples of the class. Few samples, wide intervals.",
        keys=tuple(keys),
        height=80 + len(labels) * (22 + 8 * len(models)),
    )


def _table(model: ModelResult, result: Evaluation, *, folded: bool) -> Table:
    rows = []
    for name in result.question.labels:
        found = model.per_class[name]
        cells = (found.get(key) for key in _COLUMNS)
        rows.append(
            (
                name,
                count(result.question.counts.get(name, 0)),
                *("–" if one is None else stacked(one.value, one.low, one.high) for one in cells),
            )
        )
    return Table(
        title=f"Each class, {model.name}",
        columns=(result.question.target, "Samples", *_COLUMNS.values()),
        rows=rows,
        caption="With 95 % intervals, by bootstrap over patients (or groups).",
        folded=folded,
    )


def _wrong(model: ModelResult, result: Evaluation) -> Table:
    """The errors a reader may want to look at first: those the model was surest of."""
    rows, labels = result.predictions, result.question.labels
    sure = model.probabilities.max(axis=1)
    wrong = np.flatnonzero(model.predicted != rows.observed)
    first = wrong[np.argsort(-sure[wrong], kind="stable")][:_MOST_ERRORS]
    places = {name: index for index, name in enumerate(labels)}
    return Table(
        title=f"Wrong predictions, surest first, {model.name}",
        columns=("Sample", "Observed", "Predicted", "P(predicted)", "P(observed)", "Fold"),
        words=(0, 1, 2, 5),
        rows=[
            (
                str(rows.sample[i]),
                str(rows.observed[i]),
                str(model.predicted[i]),
                *(
                    decimal(float(model.probabilities[i, places[str(name)]]))
                    for name in (model.predicted[i], rows.observed[i])
                ),
                str(rows.fold[i]),
            )
            for i in first
        ],
        caption=f"{count(len(first))} of {count(len(wrong))} wrong among {count(len(sure))} "
        "out-of-fold predictions; all are in predictions.csv. A sure error may be a mislabelled "
        "sample.",
        folded=True,
    )
