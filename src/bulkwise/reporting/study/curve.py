"""The report of a learning curve."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from bulkwise import __version__
from bulkwise.reporting.base import (
    Block,
    Code,
    Facts,
    Figure,
    Key,
    Notice,
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
    p_value,
    seconds,
    span,
    stacked,
)
from bulkwise.reporting.html import write
from bulkwise.storage import PathLike
from bulkwise.study.learning_curve import Curve

__all__ = ["compose", "report_curve"]

_SCORE = "Balanced accuracy"


def compose(result: Curve) -> Page:
    """The pieces of a learning curve's report, before anything is drawn."""
    asked = result.asked
    return Page(
        title=f"Predicting {asked['target']} in {asked['cohort']}: what more samples bring",
        question=f"How well do {len(asked['methods'])} methods predict {asked['target']} from "
        f"{count(asked['n_genes'])} genes ({asked['unit']}) when they are trained on "
        f"{count(asked['sizes'][0])} to {count(asked['sizes'][-1])} samples?",
        warnings=[Notice(one["level"], one["message"]) for one in result.findings],
        answer=_answer(result),
        sections=(_curves(result), _differences(result), _how(result)),
        version=__version__,
    )


def report_curve(result: Curve | PathLike, path: PathLike) -> Path:
    """Write the report of a learning curve as one HTML file that works offline.

    Parameters
    ----------
    result
        A :class:`~bulkwise.study.Curve`, or the folder of one.
    path
        The HTML file to write, whole or not at all.

    Raises
    ------
    InputError
        If the folder holds no finished curve or the file can't be written.
    """
    found = result if isinstance(result, Curve) else Curve.load(result)
    return write(compose(found), path)


def _answer(result: Curve) -> list[Block]:
    last = result.at(result.asked["sizes"][-1])
    cards = tuple(
        (f"{_SCORE}, {name}", interval(one.score.value, one.score.low, one.score.high))
        for name, one in last.items()
    )
    sentences = [Text(text, strong=not place) for place, text in enumerate(result.verdict)]
    return [*sentences, Facts(cards, large=True)]


def _curves(result: Curve) -> Section:
    traces: list[dict[str, Any]] = []
    keys: list[Key] = []
    for place, method in enumerate(result.asked["methods"]):
        points = [point for point in result.points if point.method == method]
        style = look(place)
        keys.append(Key(method, (len(traces),), style.colour, symbol=style.symbol, dash="solid"))
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": label(method),
                "x": [point.size for point in points],
                "y": [point.score.value for point in points],
                "error_y": {
                    "type": "data",
                    "symmetric": False,
                    "array": [point.score.high - point.score.value for point in points],
                    "arrayminus": [point.score.value - point.score.low for point in points],
                    "thickness": 1,
                    "width": 3,
                },
                "line": {"color": style.colour, "width": 3 if method == "network" else 1.6},
                "marker": {"color": style.colour, "symbol": style.symbol, "size": 8},
                "hovertemplate": "%{x} samples, %{y:.3f}",
            }
        )
    sizes = result.asked["sizes"]
    scores = [point.score.value for point in result.points]
    figure = Figure(
        title="Learning curves",
        alt="; ".join(_said(result, method) for method in result.asked["methods"]),
        traces=traces,
        layout={
            "xaxis": axis(
                "Samples trained on",
                type="log",
                tickmode="array",
                tickvals=sizes,
                ticktext=[count(size) for size in sizes],
            ),
            "yaxis": axis(_SCORE, range=span(scores, least=0.1, pad=0.15)),
            "margin": {"t": 8},
        },
        caption=f"Means over {result.asked['repeats']} repeats with 95 % intervals, corrected for "
        "the overlap of the repeats at the largest size. In a repeat all sizes and methods are "
        "judged on the same patients.",
        keys=tuple(keys),
        height=460,
    )
    return Section("Accuracy against samples", [figure, _table(result)])


def _said(result: Curve, method: str) -> str:
    scores = [decimal(p.score.value) for p in result.points if p.method == method]
    return f"{method} {', '.join(scores)}"


def _table(result: Curve) -> Table:
    sizes = result.asked["sizes"]
    rows = []
    for method in result.asked["methods"]:
        found = [result.at(size).get(method) for size in sizes]
        cells = [
            "–" if p is None else stacked(p.score.value, p.score.low, p.score.high) for p in found
        ]
        rows.append((method, *cells))
    return Table(
        title=f"{_SCORE}, with 95 % intervals",
        columns=("Method", *(count(size) for size in sizes)),
        rows=rows,
        folded=True,
    )


def _differences(result: Curve) -> Section:
    sizes = result.asked["sizes"]
    rows = []
    for method in result.asked["methods"]:
        if method == "network" or "network" not in result.asked["methods"]:
            continue
        cells = []
        for size in sizes:
            point = result.at(size).get(method)
            if point is None or not math.isfinite(point.difference.value):
                cells.append("–")
                continue
            sign = "+" if point.difference.value > 0 else ""
            cells.append(f"{sign}{decimal(point.difference.value)}\nP {p_value(point.p_value)}")
        rows.append((method, *cells))
    if not rows:
        return Section("Against the network", [])
    table = Table(
        title="Balanced accuracy minus that of the network, on the same subsamples",
        columns=("Method", *(count(size) for size in sizes)),
        rows=rows,
        caption="P by the corrected resampled t-test, adjusted by Holm over the methods of a size. "
        "Above 0: better than the network.",
    )
    return Section("Against the network", [table])


def _how(result: Curve) -> Section:
    asked, run = result.asked, result.run
    spent = result.fits.groupby("method")["seconds"].sum()
    facts = (
        ("Repeats", str(asked["repeats"])),
        ("Share of the patients tested on", f"{asked['share']:.0%}"),
        ("Settings tried by each rival", f"at most {asked['tries']} beside its front end"),
        ("Seconds in all", seconds(run["seconds"]["fits"])),
        *((f"Seconds, {name}", seconds(float(spent[name]))) for name in asked["methods"]),
        ("Seed", str(run["seed"])),
    )
    blocks: list[Block] = [Facts(facts)]
    if run.get("command"):
        blocks.append(Code("The command", str(run["command"])))
    return Section("How it was done", blocks)
