"""ROC and precision-recall curves, and calibration."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from bulkwise.evaluation.base import Curve, ModelResult
from bulkwise.evaluation.results import Evaluation
from bulkwise.reporting.base import (
    DASHES,
    GREY,
    Figure,
    Key,
    Look,
    Row,
    Section,
    Text,
    axis,
    count,
    decimal,
    label,
    look,
)

__all__ = ["calibration", "curves"]

_MACRO = "macro"
_MOST_CLASSES_SHOWN = 6
_SQUARE = {"range": [-0.02, 1.02], "dtick": 0.2}


def curves(result: Evaluation) -> Section:
    """The section on ranking: how well the probabilities order the samples."""
    text = (
        "Each class against the rest, averaged over the folds, because probabilities of different "
        "fits aren't on one scale. The names below a figure switch its curves on and off."
    )
    models = list(result.models.values())
    pair = Row(
        (
            _curves(models, result.question.labels, roc=True),
            _curves(models, result.question.labels, roc=False),
        )
    )
    return Section("ROC and precision-recall", [Text(text), pair])


def _line(curve: Curve, name: str, colour: str, dash: str, *, thick: bool) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": label(name),
        "x": curve.x,
        "y": curve.y,
        "line": {"color": colour, "dash": dash, "width": 3 if thick else 1.6},
        "hovertemplate": "%{x:.3f}, %{y:.3f}",
    }


def _curves(models: Sequence[ModelResult], labels: Sequence[str], *, roc: bool) -> Figure:
    area, name = ("AUROC", "ROC curves") if roc else ("AUPRC", "Precision-recall curves")
    titles = ("False positive rate", "True positive rate") if roc else ("Recall", "Precision")
    traces: list[dict[str, Any]] = []
    keys: list[Key] = []
    if roc:
        chance = Curve("chance", 0.5, (0.0, 1.0), (0.0, 1.0))
        traces.append(_line(chance, "chance", GREY, "dot", thick=False) | {"hoverinfo": "skip"})

    def add(curve: Curve, name: str, drawn: Look, **more: Any) -> None:
        keys.append(Key(name, (len(traces),), drawn.colour, dash=drawn.dash, **more))
        traces.append(_line(curve, name, drawn.colour, drawn.dash, thick=len(keys) == 1))

    means = []
    for index, model in enumerate(models):
        for curve in _drawn(model, roc=roc)[:1]:
            means.append(f"{model.name} ({area} {decimal(curve.area)})")
            drawn = Look(look(index).colour, "", DASHES[index % len(DASHES)])
            add(curve, means[-1], drawn, group="Mean over the classes")
    group = f"{models[0].name}, each class against the rest"
    shown = 2 < len(labels) <= _MOST_CLASSES_SHOWN
    for curve in _drawn(models[0], roc=roc)[1:]:
        drawn = look(labels.index(curve.label))
        add(curve, f"{curve.label} ({decimal(curve.area)})", drawn, group=group, shown=shown)
    return Figure(
        title=name,
        alt=f"{name}; mean over the classes: {', '.join(means)}",
        traces=traces,
        layout={
            "xaxis": axis(titles[0], **_SQUARE),
            "yaxis": axis(titles[1], **_SQUARE),
            "margin": {"t": 10},
        },
        keys=tuple(keys),
        height=400,
        most_width=560,
    )


def _drawn(model: ModelResult, *, roc: bool) -> tuple[Curve, ...]:
    """The mean over the classes, which comes first, then the classes; nothing without a mean."""
    curves = model.roc if roc else model.pr
    return curves if curves and curves[0].label == _MACRO else ()


def calibration(result: Evaluation) -> Section:
    """The section on probabilities: does 0.9 mean right nine times in ten?"""
    models = [model for model in result.models.values() if model.calibration.count]
    if not models:
        return Section("Calibration", [])
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": [0, 1],
            "y": [0, 1],
            "line": {"color": GREY, "dash": "dot", "width": 1.5},
            "hoverinfo": "skip",
        }
    ]
    keys = [Key("perfect", (0,), GREY, dash="dot")]
    for index, model in enumerate(models):
        style, bins = look(index), model.calibration
        most = max(bins.count)
        keys.append(
            Key(model.name, (len(traces),), style.colour, symbol=style.symbol, dash="solid")
        )
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": label(model.name),
                "x": bins.confidence,
                "y": bins.accuracy,
                "text": [f"{count(n)} predictions" for n in bins.count],
                "marker": {
                    "color": style.colour,
                    "symbol": style.symbol,
                    "size": [6 + 12 * math.sqrt(n / most) for n in bins.count],
                    "opacity": 0.85,
                },
                "line": {"color": style.colour, "width": 1.2},
                "cliponaxis": False,
                "hovertemplate": "confidence %{x:.3f}, right %{y:.3f}, %{text}",
            }
        )
    errors = ", ".join(
        f"{model.name} {decimal(model.metrics['calibration_error'].value)}" for model in models
    )
    figure = Figure(
        title="How sure, and how often right",
        alt=f"Reliability diagram; calibration error: {errors}",
        traces=traces,
        layout={
            "xaxis": axis("Confidence (probability of the class predicted)", **_SQUARE),
            "yaxis": axis("Accuracy (share predicted right)", **_SQUARE),
            "margin": {"t": 10},
        },
        caption="A mark's area grows with the predictions in its bin. Below the dotted line the "
        f"model is surer than it should be. Calibration error: {errors}.",
        keys=tuple(keys),
        height=430,
        most_width=620,
    )
    return Section("Calibration", [figure])
