"""What was done to catch the evaluation out, and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bulkwise.evaluation.base import (
    Association,
    LeakPair,
    PermutationControl,
    SourceProbe,
)
from bulkwise.evaluation.results import Evaluation
from bulkwise.reporting.base import (
    BLUE,
    GREY,
    VERMILLION,
    Block,
    Figure,
    Key,
    Section,
    Table,
    Text,
    axis,
    count,
    decimal,
    label,
    names_axis,
    p_equals,
    p_value,
    span,
)

__all__ = ["controls"]

_MOST_LEAKS = 100
_BINS = 60


def controls(result: Evaluation) -> Section:
    """The section on controls."""
    made = result.controls
    blocks: list[Block] = []
    if made.permutation is not None and made.permutation.values:
        blocks.append(_permutation(made.permutation))
    else:
        blocks.append(Text("The labels were not permuted, so this control is missing."))
    if made.source_probes:
        blocks += [_probes(made.source_probes), _probe_table(made.source_probes)]
    elif result.question.source is None:
        blocks.append(
            Text("No column names the source or batch, so it couldn't be checked for its traces.")
        )
    if made.associations:
        blocks.append(_associations(made.associations, result.question.target))
    blocks.append(_leaks(made.leaks) if made.leaks else Text(_NO_LEAKS))
    return Section("Controls", blocks)


_NO_LEAKS = (
    "Leak audit: no patient and no pair of near-identical samples stands on both sides of a split."
)


def _line(x: float, colour: str, dash: str) -> dict[str, object]:
    return {
        "type": "line",
        "x0": x,
        "x1": x,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "line": {"color": colour, "width": 2, "dash": dash},
    }


def _permutation(control: PermutationControl) -> Figure:
    within = f" within {control.within}" if control.within else ""
    chance = f"{control.within} alone can give" if control.within else "chance gives"
    values = sorted(control.values)
    text = (
        f"{control.model} scores {decimal(control.observed)} on the real labels; on labels "
        f"permuted by patient{within} ({count(len(values))} times) {decimal(values[0])} to "
        f"{decimal(values[-1])}; {chance} {decimal(control.chance)}; "
        f"{p_equals(control.p_value)}."
    )
    keys = (
        Key("permuted labels", (0,), GREY, pattern="plain"),
        Key("real labels", (1,), BLUE, dash="solid", symbol="diamond"),
        Key(chance.removesuffix(" gives"), (2,), VERMILLION, dash="dash"),
    )
    low, high = span([*values, control.observed, control.chance]) or [0.0, 1.0]
    width = (high - low) / _BINS
    bins = Counter(min(int((value - low) / width), _BINS - 1) for value in values)
    vertical = {"type": "scatter", "yaxis": "y2", "y": [0, 1]}
    return Figure(
        title="Permuted labels against the real ones",
        alt=text,
        traces=[
            {
                "type": "bar",
                "x": [low + (place + 0.5) * width for place in bins],
                "y": list(bins.values()),
                "width": width * 0.9,
                "marker": {"color": GREY},
                "hovertemplate": "%{y} permutations near %{x:.3f}<extra></extra>",
            },
            {
                **vertical,
                "mode": "lines+markers",
                "x": [control.observed] * 2,
                "line": {"color": BLUE, "width": 3},
                "marker": {"symbol": "diamond", "size": [0, 11]},
                "hovertemplate": "real labels %{x:.3f}<extra></extra>",
            },
            {
                **vertical,
                "mode": "lines",
                "x": [control.chance] * 2,
                "line": {"color": VERMILLION, "width": 2, "dash": "dash"},
                "hovertemplate": f"{label(chance)} %{{x:.3f}}<extra></extra>",
            },
        ],
        layout={
            "xaxis": axis("Balanced accuracy", range=[low, high]),
            "yaxis": axis("Permutations", rangemode="tozero", dtick=-(-max(bins.values()) // 5)),
            "yaxis2": {
                "overlaying": "y",
                "range": [0, 1.06],
                "visible": False,
                "fixedrange": True,
            },
            "margin": {"t": 10},
        },
        caption=text,
        keys=keys,
        height=280,
    )


def _probes(probes: Sequence[SourceProbe]) -> Figure:
    rows = range(len(probes))
    kinds = (
        ("logistic regression", "linear_auc", BLUE, "circle"),
        ("random forest with variance features", "forest_auc", VERMILLION, "square"),
    )
    traces: list[dict[str, object]] = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": name,
            "x": [getattr(probe, key) for probe in probes],
            "y": list(rows),
            "marker": {"color": colour, "symbol": symbol, "size": 11},
            "hovertemplate": "AUC %{x:.3f}",
        }
        for name, key, colour, symbol in kinds
    ]
    return Figure(
        title="Can the source be told within one label?",
        alt="; ".join(
            f"{probe.label}: linear {decimal(probe.linear_auc)}, forest {decimal(probe.forest_auc)}"
            for probe in probes
        ),
        traces=traces,
        layout={
            "xaxis": axis("AUC of telling the source (0.5: can't be told)", range=[-0.03, 1.03]),
            "yaxis": names_axis(
                [("▲ " if probe.warns else "") + probe.label for probe in probes],
                range=[len(probes) - 0.5, -0.5],
                showgrid=True,
            ),
            "shapes": [_line(0.5, GREY, "dash")],
            "margin": {"t": 10},
        },
        caption="▲ marks a warning. Far above 0.5: source and label can be confused. Far below: "
        "the matrix was corrected for the source over all samples, which no new sample will be.",
        keys=tuple(
            Key(name, (index,), colour, symbol=symbol)
            for index, (name, _, colour, symbol) in enumerate(kinds)
        ),
        height=100 + 30 * len(probes),
    )


def _probe_table(probes: Sequence[SourceProbe]) -> Table:
    return Table(
        title="Telling the source within each label",
        columns=("Label", "Samples by source", "Linear AUC", "Forest AUC", "Warns"),
        words=(0, 1, 4),
        rows=[
            (
                probe.label,
                ", ".join(f"{name} {count(n)}" for name, n in probe.counts.items()),
                decimal(probe.linear_auc),
                decimal(probe.forest_auc),
                "▲ yes" if probe.warns else "no",
            )
            for probe in probes
        ],
        folded=True,
    )


def _associations(found: Sequence[Association], target: str) -> Table:
    return Table(
        title=f"Columns of the sample sheet that go with {target}",
        columns=("Column", "Measure", "Strength (0 to 1)", "P", "Adjusted P", "Names the label"),
        words=(0, 1, 5),
        rows=[
            (
                one.column,
                one.measure,
                decimal(one.strength, 2),
                p_value(one.p_value),
                p_value(one.adjusted_p_value),
                "▲ yes" if one.names_label else "no",
            )
            for one in found
        ],
        caption="A model may learn such a column in place of the biology.",
    )


def _leaks(pairs: Sequence[LeakPair]) -> Table:
    more = f" The first {_MOST_LEAKS} of {count(len(pairs))}." if len(pairs) > _MOST_LEAKS else ""
    return Table(
        title="Leak audit: samples that are, or look like, the same material",
        columns=("Sample", "Other sample", "Kind", "Correlation", "On both sides of a split"),
        words=(0, 1, 2, 4),
        rows=[
            (
                pair.first,
                pair.second,
                pair.kind,
                decimal(pair.correlation, 4),
                "▲ yes" if pair.both_sides else "no",
            )
            for pair in pairs[:_MOST_LEAKS]
        ],
        caption=f"Correlation of log values centred by gene.{more}",
    )
