"""What each setting of a search did: boxes for choices, points with a smooth line for numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from bulkwise.reporting.base import (
    BLUE,
    GREY,
    VERMILLION,
    Block,
    Figure,
    Key,
    Row,
    Section,
    Text,
    axis,
    decimal,
    names_axis,
    span,
)
from bulkwise.study.random_search import Search, Setting

__all__ = ["impact", "importance"]

_POINTS = 30  # of a smooth line
_MOST_DRAWN = 2000
_FEW = 150


def impact(result: Search) -> Section:
    """One figure a setting: the trials' scores on the samples chosen by."""
    settings = result.settings
    order = [one.setting for one in result.importance] or list(settings)
    table = result.trials.assign(score=result.scores())
    shown = _Shown(table, result.score.title, _range(table, result))
    figures = tuple(_figure(settings[name], name, shown) for name in order)
    through = int(table["ended"].isin(["epochs", "patience", "fitted"]).sum())
    rest = f"{len(table) - through:,} of {len(table):,}"
    text = (
        "Every network counts, with its best epoch: those that were dropped on the way or diverged "
        f"too ({rest}), so that a setting that often fails is seen to."
        if result.asked["what"] == "networks"
        else f"Every trial counts; one that failed ({rest}) counts as the worst of the others."
    )
    text += " The other settings vary freely within each figure."
    return Section("What each setting did", [Text(text), Row(figures)])


@dataclass(frozen=True, eq=False)
class _Shown:
    """What all figures of the impact share: the trials, the score's title, its range."""

    table: pd.DataFrame
    title: str
    range: list[float] | None


def _figure(setting: Setting, name: str, shown: _Shown) -> Figure:
    choice = setting.draw_from == "choice"
    return _boxes(setting, name, shown) if choice else _points(setting, name, shown)


def _boxes(setting: Setting, name: str, shown: _Shown) -> Figure:
    table = shown.table
    traces: list[dict[str, Any]] = []
    words, said = [], []
    for place, given in enumerate(setting.values):
        value = "-".join(map(str, given)) if isinstance(given, list) else given
        scores = table.loc[table[name] == value, "score"].to_numpy()
        words.append(_word(value))
        if not len(scores):
            continue
        said.append(f"{_word(value)} {decimal(float(np.median(scores)))}")
        traces.append(
            {
                "type": "box",
                "name": _word(value),
                "x": [place] * len(scores),
                "y": scores.tolist(),
                "boxpoints": False,
                "marker": {"color": BLUE},
                "line": {"color": BLUE, "width": 1.5},
                "fillcolor": "rgba(0,114,178,0.15)",
                "hoverinfo": "y",
            }
        )
    return Figure(
        title=setting.title,
        alt=f"{shown.title} by {setting.title.lower()}; medians: {', '.join(said)}",
        traces=traces,
        layout={
            "xaxis": names_axis(words, setting.title),
            "yaxis": axis(shown.title, range=shown.range),
            "margin": {"t": 8},
            "showlegend": False,
        },
        caption=f"Medians: {', '.join(said)}." if len(said) <= 6 else "",
        height=320,
    )


def _points(setting: Setting, name: str, whole: _Shown) -> Figure:
    table = whole.table
    x, y = table[name].to_numpy(float), table["score"].to_numpy(float)
    shown = np.linspace(0, len(x) - 1, min(len(x), _MOST_DRAWN)).astype(int)
    parts = _by_optimizer(table) if name == "learning_rate" else {"": np.ones(len(x), bool)}
    traces: list[dict[str, Any]] = []
    keys: list[Key] = []
    for (word, mask), colour in zip(parts.items(), (BLUE, VERMILLION, GREY), strict=False):
        own = shown[mask[shown]]
        at, line = _smooth(x[mask], y[mask], logarithmic=setting.logarithmic)
        if word:
            keys.append(Key(word, (len(traces), len(traces) + 1), colour, dash="solid"))
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": x[own].tolist(),
                "y": y[own].tolist(),
                "marker": {"color": colour, **_dots(len(own))},
                "hovertemplate": f"{setting.title} %{{x:.3g}}, %{{y:.3f}}",
            }
        )
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": at,
                "y": line,
                "line": {"color": colour, "width": 3},
                "hoverinfo": "skip",
            }
        )
    kind = (
        {"type": "log", "dtick": 1, "exponentformat": "power"}
        if setting.logarithmic and _decades(x) >= 1
        else {}
    )
    return Figure(
        title=setting.title,
        alt=f"{whole.title} of each trial against {setting.title.lower()}, with its running mean",
        traces=traces,
        layout={
            "xaxis": axis(setting.title, **kind),
            "yaxis": axis(whole.title, range=whole.range),
            "margin": {"t": 8},
        },
        caption="A point is a trial; the line is a running mean (a Gaussian kernel).",
        keys=tuple(keys),
        height=320,
    )


def _dots(n: int) -> dict[str, float]:
    """Few points are drawn so that each is seen, many so that their density is."""
    return {"size": 6, "opacity": 0.7} if n < _FEW else {"size": 4, "opacity": 0.3}


def _by_optimizer(table: pd.DataFrame) -> dict[str, Any]:
    if "optimizer" not in table:
        return {"": np.ones(len(table), bool)}
    found = sorted(table["optimizer"].unique())
    return {str(name): (table["optimizer"] == name).to_numpy() for name in found}


def _decades(x: Any) -> float:
    return float(np.log10(x.max() / x.min())) if len(x) and x.min() > 0 else 0.0


def _smooth(x: Any, y: Any, *, logarithmic: bool) -> tuple[list[float], list[float]]:
    """A running mean: Gaussian weights a tenth of the range wide."""
    if len(x) < 2 or x.min() == x.max():
        return [], []
    place = np.log(x) if logarithmic else x
    at = np.linspace(place.min(), place.max(), _POINTS)
    width = 0.08 * (at[-1] - at[0])
    weight = np.exp(-0.5 * np.square((at[:, None] - place[None]) / width))
    line = weight @ y / weight.sum(axis=1)
    return (np.exp(at) if logarithmic else at).tolist(), line.tolist()


def _range(table: pd.DataFrame, result: Search) -> list[float] | None:
    """Of a share the ends of :func:`span`; of an error the middle nine tenths and some room."""
    if result.score.higher_is_better:
        return span(table["score"].tolist(), least=0.1)
    low, high = (float(edge) for edge in table["score"].quantile([0.0, 0.9]))
    room = 0.1 * max(high - low, 1e-9)
    return [low - room, high + room]


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def importance(result: Search) -> Section:
    """How much each setting explains."""
    if not result.importance:
        return Section("What mattered", [])
    settings = result.settings
    names = [settings[one.setting].title for one in result.importance]
    rows = list(range(len(names)))
    figure = Figure(
        title="Importance of each setting",
        alt="; ".join(
            f"{name} {decimal(one.share)}"
            for name, one in zip(names, result.importance, strict=True)
        ),
        traces=[
            {
                "type": "scatter",
                "mode": "markers",
                "x": [one.share for one in result.importance],
                "y": rows,
                "error_x": {
                    "type": "data",
                    "symmetric": False,
                    "array": [one.high - one.share for one in result.importance],
                    "arrayminus": [one.share - one.low for one in result.importance],
                    "thickness": 2,
                    "width": 5,
                },
                "marker": {"color": BLUE, "size": 9},
                "hovertemplate": "%{x:.3f}",
            }
        ],
        layout={
            "xaxis": axis("Fall of R² when the setting is shuffled", rangemode="tozero"),
            "yaxis": names_axis(names, range=[len(names) - 0.5, -0.5]),
            "margin": {"t": 8},
        },
        caption="A random forest predicts the score from the settings; on trials "
        "that it hasn't seen each setting is shuffled in turn. Bars: lowest and highest of five "
        f"folds. With all settings in place R² is {decimal(result.explained, 2)}.",
        height=90 + 28 * len(names),
    )
    blocks: Sequence[Block] = [figure]
    return Section("What mattered", blocks)
