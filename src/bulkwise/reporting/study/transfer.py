"""The report of a transfer study."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bulkwise import __version__
from bulkwise.evaluation.base import Estimate
from bulkwise.reporting.base import (
    BLUE,
    VERMILLION,
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
    names_axis,
    p_value,
    seconds,
    span,
)
from bulkwise.reporting.html import write
from bulkwise.storage import PathLike
from bulkwise.study.transfer_matrix import OTHERS, Mean, Point, Transfer

__all__ = ["compose", "report_transfer"]

_SCORE = "Balanced accuracy"
_LEVEL = 0.05
_PRETRAINING = {
    "classes": "pre-trained on classes",
    "denoising": "denoising autoencoder",
    "layerwise": "denoising, layer by layer",
}


def compose(result: Transfer) -> Page:
    """The pieces of a transfer study's report, before anything is drawn."""
    asked = result.asked
    target = asked["target"] if isinstance(asked["target"], str) else " / ".join(asked["target"])
    sizes = ", ".join(count(size) for size in asked["sizes"])
    return Page(
        title=f"Predicting {target} in {asked['cohort']}: does another domain's network help?",
        question=f"Networks are trained on a source and fine-tuned on {sizes} samples of a target, "
        f"for {len(asked['sources'])} sources and {len(asked['targets'])} targets, on "
        f"{count(asked['n_genes'])} genes. Are they better than the same network from scratch?",
        warnings=[Notice(one["level"], one["message"]) for one in result.findings],
        answer=_answer(result),
        sections=(
            Section("Every source to every target", _matrices(result)),
            Section("Accuracy against samples", _curves(result)),
            Section("Frozen layers", _frozen(result)),
            Section("General answers", _claims(result)),
            Section("Every target", _scores(result)),
            _how(result),
        ),
        version=__version__,
    )


def report_transfer(result: Transfer | PathLike, path: PathLike) -> Path:
    """Write the report of a transfer study as one HTML file that works offline.

    Parameters
    ----------
    result
        A :class:`~bulkwise.study.Transfer`, or the folder of one.
    path
        The HTML file to write, whole or not at all.

    Raises
    ------
    InputError
        If the folder holds no finished transfer study or the file can't be written.
    """
    found = result if isinstance(result, Transfer) else Transfer.load(result)
    return write(compose(found), path)


def _answer(result: Transfer) -> list[Block]:
    size = result.asked["sizes"][0]
    cards = tuple(
        (f"{_called(mean)}, n = {size}", interval(*vars(mean.score).values()))
        for mean in _ordered(result)
        if mean.size == size
    )
    sentences = list(result.verdict)
    shown = [*sentences[:1], *(one for one in sentences[1:] if "negative transfer" in one)]
    return [
        *(Text(text, strong=not place) for place, text in enumerate(shown)),
        Facts(cards, large=True),
    ]


def _ordered(result: Transfer) -> list[Mean]:
    """The means that are drawn first: from scratch, by transfer, rivals."""
    first = ("scratch", "transfer", "direct")
    drawn = (
        mean
        for mean in result.means
        if mean.method != "transfer" or mean.freeze == result.asked["freeze"][0]
    )
    return sorted(
        drawn, key=lambda mean: first.index(mean.method) if mean.method in first else len(first)
    )


def _called(mean: Mean) -> str:
    if mean.method == "transfer":
        return f"From {mean.source}, {_PRETRAINING[mean.pretraining]}"
    if mean.method == "direct":
        return f"{mean.source[0].upper()}{mean.source[1:]}, not fine-tuned"
    return "From scratch" if mean.method == "scratch" else mean.method


# ------------------------------------------------------------------ the matrix


def _matrices(result: Transfer) -> list[Block]:
    asked = result.asked
    blocks: list[Block] = []
    for size in asked["sizes"]:
        points = result.at(
            size=size,
            method="transfer",
            pretraining=asked["pretraining"][0],
            freeze=asked["freeze"][0],
        )
        if points:
            blocks.append(_matrix(result, size, points))
    return blocks


def _matrix(result: Transfer, size: int, points: Sequence[Point]) -> Figure:
    asked = result.asked
    sources = sorted(asked["sources"], key=lambda name: (name != OTHERS, name in asked["apart"]))
    targets = sorted(
        dict.fromkeys(point.target for point in points), key=lambda name: name in asked["apart"]
    )
    at = {(point.source, point.target): point for point in points}
    cells = [[at.get((source, target)) for target in targets] for source in sources]
    values = [point.difference.value for point in points]
    reach = max(0.05, *(abs(value) for value in values if math.isfinite(value)), 0.05)
    long = max(len(label(name)) for name in (*sources, *targets))
    below = sum(value < 0 for value in values)
    return Figure(
        title=f"What a source adds to the network from scratch, n = {size}",
        alt=f"Differences in balanced accuracy of {len(points)} pairs; {below} are below 0.",
        traces=[
            {
                "type": "heatmap",
                "z": [[_value(point) for point in row] for row in cells],
                "zmin": -reach,
                "zmax": reach,
                "x": list(range(len(targets))),
                "y": list(range(len(sources))),
                "text": [[_cell(point) for point in row] for row in cells],
                "texttemplate": "%{text}",
                "textfont": {"size": 12},
                "hovertext": [
                    [
                        _hover(point, source, target)
                        for point, target in zip(row, targets, strict=True)
                    ]
                    for row, source in zip(cells, sources, strict=True)
                ],
                "hovertemplate": "%{hovertext}<extra></extra>",
                "hoverongaps": False,
                "autocolorscale": False,
                "colorscale": [[0, VERMILLION], [0.5, "#f7f7f7"], [1, BLUE]],
                "xgap": 1,
                "ygap": 1,
                "colorbar": {"title": {"text": "difference"}, "thickness": 12},
            }
        ],
        layout={
            "xaxis": names_axis([_mark(result, name) for name in targets], "Target", tickangle=-60),
            "yaxis": names_axis(
                [_mark(result, name) for name in sources], "Source", autorange="reversed"
            ),
            "margin": {"t": 6},
        },
        caption="Mean difference in balanced accuracy to the same network trained on the same "
        f"samples of the target alone, over {asked['repeats']} repeats. * adjusted P < 0.05 "
        "(corrected resampled t-test, Holm over the matrix)."
        + (" † shown apart: in no general answer and not in all others." if asked["apart"] else ""),
        height=110 + 34 * len(sources) + 5 * long,
        least_width=90 + 52 * len(targets) + 7 * long,
        most_width=180 + 90 * len(targets) + 7 * long,
    )


def _mark(result: Transfer, name: str) -> str:
    return f"{name} †" if name in result.asked["apart"] else name


def _value(point: Point | None) -> float | None:
    known = point is not None and math.isfinite(point.difference.value)
    return point.difference.value if point is not None and known else None


def _cell(point: Point | None) -> str:
    value = _value(point)
    if point is None or value is None:
        return ""
    star = "*" if point.adjusted < _LEVEL else ""
    return f"{'+' if value > 0 else ''}{decimal(value, 2)}{star}"


def _hover(point: Point | None, source: str, target: str) -> str:
    if point is None:
        return ""
    score, gap = (interval(*vars(one).values()) for one in (point.score, point.difference))
    return (
        f"{label(source, 60)} to {label(target, 60)}<br>balanced accuracy {score}<br>"
        f"difference {gap}<br>adjusted P {p_value(point.adjusted)}"
    )


# ------------------------------------------------------------------ means over targets


def _curves(result: Transfer) -> list[Block]:
    sizes = result.asked["sizes"]
    if len(sizes) < 2:
        return []
    ways: dict[str, list[Mean]] = {}
    for mean in _ordered(result):
        ways.setdefault(_called(mean), []).append(mean)
    traces, keys = [], []
    for place, (name, means) in enumerate(ways.items()):
        means = sorted(means, key=lambda mean: mean.size)
        style = look(place)
        keys.append(Key(name, (place,), style.colour, symbol=style.symbol, dash="solid"))
        traces.append(_line(name, [m.size for m in means], means, style.colour, style.symbol))
    figure = Figure(
        title="With and without transfer",
        alt="; ".join(
            f"{name} {', '.join(decimal(m.score.value) for m in means)}"
            for name, means in ways.items()
        ),
        traces=traces,
        layout={
            "xaxis": axis(
                "Samples of the target trained on",
                type="log",
                tickmode="array",
                tickvals=sizes,
                ticktext=[count(size) for size in sizes],
            ),
            "yaxis": axis(_SCORE, range=_span(result.means)),
            "margin": {"t": 8},
        },
        caption="Means over the targets that have every size "
        f"({max(mean.n_targets for mean in result.means)}), with 95 % intervals over targets.",
        keys=tuple(keys),
        height=440,
    )
    return [figure]


def _line(
    name: str, x: Sequence[float], means: Sequence[Mean], colour: str, symbol: str
) -> dict[str, Any]:
    scores = [mean.score for mean in means]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": label(name),
        "x": list(x),
        "y": [score.value for score in scores],
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [_or_none(score.high - score.value) for score in scores],
            "arrayminus": [_or_none(score.value - score.low) for score in scores],
            "thickness": 1,
            "width": 3,
        },
        "line": {"color": colour, "width": 1.8},
        "marker": {"color": colour, "symbol": symbol, "size": 8},
        "hovertemplate": "%{y:.3f}",
    }


def _or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _span(means: Sequence[Mean]) -> list[float] | None:
    ends = [end for mean in means for end in vars(mean.score).values()]
    return span(ends, least=0.1)


def _frozen(result: Transfer) -> list[Block]:
    freeze = sorted(result.asked["freeze"])
    if len(freeze) < 2:
        return []
    traces, keys, said = [], [], []
    moved = [mean for mean in result.means if mean.method == "transfer"]
    ways = dict.fromkeys((mean.size, mean.source, mean.pretraining) for mean in moved)
    for place, way in enumerate(ways):
        own = sorted(
            (m for m in moved if (m.size, m.source, m.pretraining) == way), key=lambda m: m.freeze
        )
        style = look(place)
        name = f"{_called(own[0])}, n = {way[0]}"
        keys.append(Key(name, (place,), style.colour, symbol=style.symbol, dash="solid"))
        traces.append(_line(name, [m.freeze for m in own], own, style.colour, style.symbol))
        said.append(f"{name}: {', '.join(decimal(m.score.value) for m in own)}")
    return [
        Figure(
            title="How many layers to freeze",
            alt="; ".join(said),
            traces=traces,
            layout={
                "xaxis": axis(
                    f"Hidden layers frozen (of {len(result.asked['network']['widths'])})",
                    tickmode="array",
                    tickvals=freeze,
                ),
                "yaxis": axis(_SCORE, range=_span(moved)),
                "margin": {"t": 8},
            },
            caption="Means over the targets, with 95 % intervals over targets.",
            keys=tuple(keys),
            height=400,
        )
    ]


# ------------------------------------------------------------------ tables


def _signed(one: Estimate) -> str:
    sign = "+" if one.value > 0 else ""
    return sign + interval(one.value, one.low, one.high)


def _claims(result: Transfer) -> list[Block]:
    rows = [
        (
            claim.question,
            count(claim.size),
            claim.answer,
            _signed(claim.difference),
            p_value(claim.adjusted),
            str(claim.n_targets),
        )
        for claim in result.claims
    ]
    return [
        Table(
            title="Questions, with their tests",
            columns=("Question", "n", "Answer", "Difference", "Adjusted P", "Targets"),
            rows=rows,
            words=(0, 2),
            caption="Differences in balanced accuracy; above 0 speaks for yes. From 3 targets on "
            "a t-test over targets, else the corrected resampled t-test over repeats; P adjusted "
            "by Holm over this table. Sources overlap between targets, so that targets aren't "
            "quite independent.",
        )
    ]


def _scores(result: Transfer) -> list[Block]:
    asked = result.asked
    blocks: list[Block] = []
    for size in asked["sizes"]:
        ways: dict[str, dict[str, Point]] = {}
        for point in result.at(size=size):
            if point.method == "transfer" and point.freeze != asked["freeze"][0]:
                continue
            ways.setdefault(_way(point), {})[point.target] = point
        targets = [name for name in asked["targets"] if any(name in own for own in ways.values())]
        rows = [
            (name, *(_score(own.get(target)) for target in targets)) for name, own in ways.items()
        ]
        blocks.append(
            Table(
                title=f"{_SCORE}, n = {size}",
                columns=("Classifier", *targets),
                rows=rows,
                folded=True,
                caption="Means over the repeats; intervals stand in transfer.json.",
            )
        )
    return blocks


def _way(point: Point) -> str:
    if point.method == "transfer":
        return f"from {point.source}, {_PRETRAINING[point.pretraining]}"
    if point.method == "direct":
        return f"{point.source}, not fine-tuned"
    return "from scratch" if point.method == "scratch" else point.method


def _score(point: Point | None) -> str:
    return "–" if point is None else decimal(point.score.value)


def _how(result: Transfer) -> Section:
    asked, run = result.asked, result.run
    facts = (
        ("Repeats", str(asked["repeats"])),
        ("Share of the target's patients tested on", f"{asked['share']:.0%}"),
        ("Units of the hidden layers", ", ".join(map(str, asked["network"]["widths"]))),
        ("Fits judged", count(len(result.fits))),
        ("Time of all units, summed", seconds(run["seconds"]["units"])),
        ("Seed", str(run["seed"])),
    )
    blocks: list[Block] = [Facts(facts)]
    if run.get("command"):
        blocks.append(Code("The command", str(run["command"])))
    return Section("How it was done", blocks)
