"""Learning curves: how the loss fell in each fold, and where training stopped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from bulkwise.evaluation.base import ModelResult
from bulkwise.evaluation.results import Evaluation
from bulkwise.reporting.base import BLUE, GREY, VERMILLION, Block, Figure, Key, Section, axis, count

__all__ = ["history"]

_MOST_MODELS = 3


def history(result: Evaluation) -> Section:
    """One figure for each model that kept its losses by epoch."""
    models = [
        model
        for model in result.models.values()
        if any(one.get("train_loss") for one in model.histories)
    ]
    figures: list[Block] = [_losses(model) for model in models[:_MOST_MODELS]]
    return Section("Training", figures)


def _curve(losses: Sequence[float], fold: int, colour: str, dash: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": f"fit {fold + 1}",
        "x": list(range(1, len(losses) + 1)),
        "y": list(losses),
        "opacity": 0.65,
        "line": {"color": colour, "width": 1.3, "dash": dash},
        "hovertemplate": "epoch %{x}, loss %{y:.4g}",
    }


def _kept(histories: Sequence[Mapping[str, Any]]) -> list[tuple[int, float]]:
    points = []
    for one in histories:
        best = int(one.get("best_epoch") or 0)
        losses = one.get("validation_loss") or one.get("train_loss") or []
        if 0 < best <= len(losses):
            points.append((best, losses[best - 1]))
    return points


def _losses(model: ModelResult) -> Figure:
    traces: list[dict[str, Any]] = []
    keys: list[Key] = []
    for name, field, colour, dash in (
        ("training", "train_loss", BLUE, "solid"),
        ("held back for early stopping", "validation_loss", VERMILLION, "dash"),
        ("refitted on the whole training part", "refit_loss", GREY, "dot"),
    ):
        held = [(i, one[field]) for i, one in enumerate(model.histories) if one.get(field)]
        if held:
            start = len(traces)
            traces += [_curve(losses, fold, colour, dash) for fold, losses in held]
            keys.append(Key(name, tuple(range(start, len(traces))), colour, dash=dash))
    kept = _kept(model.histories)
    if kept:
        keys.append(Key("best epoch", (len(traces),), "#009E73", symbol="diamond"))
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": "best epoch",
                "x": [epoch for epoch, _ in kept],
                "y": [loss for _, loss in kept],
                "marker": {"color": "#009E73", "symbol": "diamond", "size": 9},
                "hovertemplate": "epoch %{x}, loss %{y:.4g}",
            }
        )
    return Figure(
        title=f"Loss by epoch, {model.name}",
        alt=f"{count(len(model.histories))} fits; " + _ends(model.histories),
        traces=traces,
        layout={
            "xaxis": axis("Epoch", rangemode="tozero"),
            "yaxis": axis("Loss (penalties not included)", rangemode="tozero"),
            "margin": {"t": 10},
        },
        caption=f"One line a fit, {count(len(model.histories))} fits. {_ends(model.histories)}",
        keys=tuple(keys),
        height=360,
    )


def _ends(histories: Sequence[Mapping[str, Any]]) -> str:
    """What ended the fits, in words."""
    words = {"patience": "stopped early", "epochs": "ran all epochs"}
    ends = Counter(str(one.get("stopped", "")) for one in histories)
    said = ", ".join(f"{count(n)} {words[end]}" for end, n in ends.items() if end in words)
    notes = " ".join(sorted({str(one["note"]) for one in histories if one.get("note")}))
    return " ".join(part for part in (f"{said}." if said else "", notes) if part)
