"""The samples on a plane, coloured by label and by source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bulkwise.evaluation.base import Projection
from bulkwise.evaluation.results import Evaluation
from bulkwise.reporting.base import Block, Figure, Key, Row, Section, Text, axis, count, label, look

__all__ = ["projection", "scatter"]

_MOST_POINTS = 4000


def projection(result: Evaluation) -> Section:
    """One row of figures a projection: the same points by label, and by source if there is one."""
    asked = result.question
    blocks: list[Block] = []
    for drawn in result.projections:
        figures = [scatter(drawn, drawn.label, asked.labels, asked.target)]
        if drawn.source is not None:
            figures.append(
                scatter(drawn, drawn.source, sorted(set(drawn.source)), asked.source or "source")
            )
        blocks.append(Row(tuple(figures)))
    if blocks:
        text = (
            "Made from all samples without their labels, to look at only; no figure of merit "
            "comes from it. Where the samples part by source rather than by "
            f"{asked.target}, beware of what a model may have learnt."
        )
        blocks.insert(0, Text(text))
    return Section("The samples on a plane", blocks)


def scatter(drawn: Projection, values: Sequence[str], names: Sequence[str], by: str) -> Figure:
    """The samples as points, a colour and a symbol a value."""
    total = len(drawn.x)
    step = max(1, -(-total // _MOST_POINTS))
    size = 9 if total <= 150 else 7 if total <= 600 else 5.5
    traces: list[dict[str, Any]] = []
    keys: list[Key] = []
    for index, name in enumerate(names):
        held = [i for i, value in enumerate(values) if value == name][::step]
        style = look(index)
        keys.append(Key(name, (index,), style.colour, symbol=style.symbol))
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": label(name),
                "x": [drawn.x[i] for i in held],
                "y": [drawn.y[i] for i in held],
                "text": [label(drawn.sample[i], 60) for i in held],
                "marker": {
                    "color": style.colour,
                    "symbol": style.symbol,
                    "size": size,
                    "opacity": 0.8,
                    "line": {"width": 0.5, "color": "rgba(255,255,255,0.7)"},
                },
                "hovertemplate": "%{text}",
            }
        )
    some = f" One sample in {step} is drawn." if step > 1 else ""
    return Figure(
        title=f"{drawn.method} by {by}",
        alt=f"{drawn.method} of {count(total)} samples, one mark and colour each for "
        f"{len(names)} values of {by}.",
        traces=traces,
        layout={
            "xaxis": axis(drawn.axes[0], zeroline=False),
            "yaxis": axis(drawn.axes[1], zeroline=False),
            "margin": {"t": 10},
        },
        caption=some.strip(),
        keys=tuple(keys),
        height=430,
    )
