"""Are the probabilities right in the other cohort, and are they after recalibration?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from bulkwise.evaluation.base import Estimate
from bulkwise.evaluation.external.recalibration import Reliability
from bulkwise.evaluation.external.results import Calibrated, ExternalValidation
from bulkwise.reporting.base import (
    GREY,
    Block,
    Figure,
    Key,
    Row,
    Section,
    Table,
    Text,
    axis,
    count,
    decimal,
    label,
    look,
    stacked,
)

__all__ = ["calibration"]

_SQUARE = {"range": [-0.03, 1.03], "dtick": 0.2}
_MOST_SHOWN = 2


def calibration(result: ExternalValidation) -> Section:
    """The section on calibration before and after recalibration."""
    found = result.external.calibration
    if not found:
        return Section("Calibration before and after", [])
    labels = result.evaluation.question.labels
    two = len(labels) == 2
    what = f"Predicted probability of {labels[1]!r}" if two else "Confidence"
    seen = f"Share observed to be {labels[1]!r}" if two else "Share predicted right"
    figures = [_figure("Before", [(one.model, one.reliability) for one in found], what, seen)]
    after = [(one.model, one.after.reliability) for one in found if one.after is not None]
    blocks: list[Block] = [Text(_words(two))]
    if after:
        figures.append(_figure("After recalibration", after, what, seen))
    else:
        blocks.append(Text("A class has too few patients here to recalibrate anything."))
    return Section(
        "Calibration before and after", [*blocks, Row(tuple(figures)), _table(found, two)]
    )


def _words(two: bool) -> str:
    text = (
        "The order of the patients can be right while the probabilities are off: the disease may "
        "be more frequent here, or its signs weaker. "
    )
    if two:
        text += (
            "Intercept: 0 if the risk is right on average, below 0 if it is predicted too high. "
            "Slope: 1 if the predictions are as spread as they should be, below 1 if they are too "
            "extreme. "
        )
    return text + (
        "Recalibration fits both to this cohort; each patient's probability comes from a fit to "
        "other patients, so that the figures after it are honest."
    )


def _figure(title: str, models: Sequence[tuple[str, Reliability]], what: str, seen: str) -> Figure:
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
    for index, (name, groups) in enumerate(models):
        style = look(index)
        shown = index < _MOST_SHOWN
        where = (len(traces),)
        keys.append(
            Key(name, where, style.colour, symbol=style.symbol, dash=style.dash, shown=shown)
        )
        traces.append(_trace(name, groups, style.colour, style.symbol, style.dash))
    return Figure(
        title=title,
        alt=f"{title}: "
        + "; ".join(
            f"{name}: "
            + ", ".join(
                f"{decimal(p, 2)} predicted, {decimal(o, 2)} observed"
                for p, o in zip(groups.predicted, groups.observed, strict=True)
            )
            for name, groups in models[:_MOST_SHOWN]
        ),
        traces=traces,
        layout={
            "xaxis": axis(what, **_SQUARE),
            "yaxis": axis(seen, **_SQUARE),
            "margin": {"t": 10},
        },
        caption="Five groups of patients by predicted probability, with exact 95 % intervals of "
        "the share. The names below switch models on and off.",
        keys=tuple(keys),
        height=420,
        most_width=560,
    )


def _trace(name: str, groups: Reliability, colour: str, symbol: str, dash: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": label(name),
        "x": groups.predicted,
        "y": groups.observed,
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [h - o for h, o in zip(groups.high, groups.observed, strict=True)],
            "arrayminus": [o - w for w, o in zip(groups.low, groups.observed, strict=True)],
            "thickness": 1.5,
            "width": 4,
        },
        "text": [f"{count(n)} patients" for n in groups.count],
        "marker": {"color": colour, "symbol": symbol, "size": 9},
        "line": {"color": colour, "dash": dash, "width": 1.4},
        "hovertemplate": "predicted %{x:.3f}, observed %{y:.3f}, %{text}",
    }


def _cell(one: Estimate) -> str:
    return stacked(one.value, one.low, one.high)


def _table(found: Sequence[Calibrated], two: bool) -> Table:
    heads = ["Model", *(["Intercept", "Slope"] if two else [])]
    heads += ["Brier score before", "after", "Calibration error before", "after"]
    heads += ["Map to recalibrate"] if two else []
    return Table(
        title="Calibration in numbers",
        columns=tuple(heads),
        rows=[_row(one, two) for one in found],
        caption="95 % intervals: of intercept and slope by likelihood, of the others by bootstrap "
        "over patients."
        + (
            " The map, fitted to all test patients, is for further patients like them: log-odds "
            "times the first number plus the second."
            if two
            else ""
        ),
    )


def _row(one: Calibrated, two: bool) -> tuple[str, ...]:
    nothing = Estimate(math.nan, math.nan, math.nan)
    after = one.after
    cells = [one.model, *([_cell(one.intercept), _cell(one.slope)] if two else [])]
    cells += [
        _cell(one.brier),
        _cell(after.brier if after else nothing),
        _cell(one.calibration_error),
        _cell(after.calibration_error if after else nothing),
    ]
    if two:
        cells.append(
            f"× {decimal(after.slope, 2)} + {decimal(after.intercepts[1], 2)}" if after else "–"
        )
    return tuple(cells)
