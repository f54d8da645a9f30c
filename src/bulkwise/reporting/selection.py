"""The report of a gene selection."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from bulkwise import __version__
from bulkwise.reporting.base import (
    BLUE,
    GREY,
    VERMILLION,
    Block,
    Code,
    Facts,
    Figure,
    Key,
    Notice,
    Page,
    Row,
    Section,
    Table,
    Text,
    axis,
    count,
    decimal,
    label,
    names_axis,
    p_value,
    seconds,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bulkwise.explain import SelectedGenes

__all__ = ["selection"]

_MOST_DRAWN = 40  # genes in a figure
_MOST_ROWS = 100  # genes in a table
_MOST_NAMES = 8  # genes in a cell
_LEAST_BOUND = 1e-3
_BOUNDS = (
    ("any", "no assumption (Meinshausen, Bühlmann)", GREY, "dot"),
    ("unimodal", "unimodal (Shah, Samworth)", "#009E73", "dash"),
    ("r_concave", "r-concave (Shah, Samworth)", VERMILLION, "solid"),
)


def selection(
    result: SelectedGenes, *, answer: Sequence[Block] = (), sections: Sequence[Section] = ()
) -> Page:
    """Compose the page of a gene selection; nothing is computed anew.

    Parameters
    ----------
    result
        What ``select_genes`` found.
    answer
        More blocks of the answer at the top.
    sections
        More sections, put after the genes (what a panel is worth).
    """
    asked = result.asked
    command = asked["command"]
    return Page(
        title=f"Genes for {asked['target']} in {asked['cohort']}",
        question=f"Which genes tell {_listed(asked['classes'])} apart, and would they be chosen "
        "again?",
        warnings=[
            Notice(one.level, one.message, one.items)
            for one in result.findings
            if one.level != "note"
        ],
        answer=[_facts(result), *answer],
        sections=(
            Section("Which genes return", _stability(result)),
            Section("The genes", _genes(result)),
            Section("Genes that could stand for one another", _groups(result)),
            *sections,
            Section(
                "Good to know",
                [
                    Notice(one.level, one.message, one.items)
                    for one in result.findings
                    if one.level == "note"
                ],
            ),
            Section("How to reproduce", [_settings(asked), *_command(command)]),
        ),
        version=__version__,
    )


def _listed(classes: Mapping[str, int]) -> str:
    shown = [f"{name} ({count(n)})" for name, n in list(classes.items())[:6]]
    more = len(classes) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _facts(result: SelectedGenes) -> Facts:
    asked = result.asked
    return Facts(
        (
            ("Stable genes", count(len(result.stable))),
            ("Expected false among them, at most", decimal(result.expected_false, 2)),
            ("Genes considered", f"{count(asked['expressed'])} of {count(asked['genes'])}"),
        ),
        large=True,
    )


def _stability(result: SelectedGenes) -> list[Block]:
    asked = result.asked
    text = (
        f"The patients were split into two halves {asked['halves'] // 2} times. In each half, "
        f"{asked['picked']} genes were picked by {asked['method']}. A gene that is picked in "
        f"{result.threshold:.0%} of the {asked['halves']} halves or more is called stable."
    )
    return [Text(text), Row((_frequencies(result), _bounds(result)))]


def _frequencies(result: SelectedGenes) -> Figure:
    table = result.table.head(_MOST_DRAWN)
    traces: list[dict[str, Any]] = []
    keys = []
    for stable, name, colour, symbol in (
        (True, "stable", BLUE, "circle"),
        (False, "not stable", GREY, "diamond"),
    ):
        held = [i for i, value in enumerate(table["stable"]) if bool(value) is stable]
        if not held:
            continue
        rows = table.iloc[held]
        keys.append(Key(name, (len(traces),), colour, symbol=symbol))
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": name,
                "x": rows["frequency"].tolist(),
                "y": held,
                "text": [label(f"{g}: {f:.0%} of halves", 60) for g, f in _pairs(rows)],
                "marker": {"color": colour, "symbol": symbol, "size": 9},
                "hovertemplate": "%{text}",
            }
        )
    shown = len(table)
    return Figure(
        title="How often each gene returns",
        alt=f"The {shown} genes of highest frequency: "
        + "; ".join(f"{gene} {frequency:.0%}" for gene, frequency in _pairs(table.head(10))),
        traces=traces,
        layout={
            "xaxis": axis("Share of halves that picked the gene", range=[-0.02, 1.04]),
            "yaxis": names_axis([str(gene) for gene in table["gene"]], range=[shown - 0.5, -0.5]),
            "shapes": [_upright(result.threshold)],
            "margin": {"t": 10},
        },
        caption=f"The first {shown} genes; the dashed line is the threshold.",
        keys=tuple(keys),
        height=110 + 18 * shown,
    )


def _pairs(table: Any) -> list[tuple[str, float]]:
    return list(zip(table["gene"].astype(str), table["frequency"].astype(float), strict=True))


def _upright(x: float) -> dict[str, Any]:
    ends = {"x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper"}
    line = {"color": GREY, "width": 1.5, "dash": "dash"}
    return {"type": "line", "layer": "below", "line": line, **ends}


def _bounds(result: SelectedGenes) -> Figure:
    curve = result.curve
    most = float(result.asked["expressed"])
    series = [
        (curve["genes"], "genes that reach the threshold", BLUE, "solid"),
        *((curve[key], f"expected false, {words}", c, dash) for key, words, c, dash in _BOUNDS),
    ]
    traces = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": label(name, 60),
            "x": curve["threshold"].tolist(),
            "y": [v if _LEAST_BOUND <= v < most else None for v in map(float, values)],
            "line": {"color": colour, "dash": dash, "width": 2.5},
            "hovertemplate": "%{y:.3g} at %{x:.0%}",
        }
        for values, name, colour, dash in series
    ]
    return Figure(
        title="Genes found and genes expected to be false",
        alt=f"At the threshold of {result.threshold:.0%}, {len(result.stable)} genes are found and "
        f"at most {decimal(result.expected_false, 2)} of them expected to be false.",
        traces=traces,
        layout={
            "xaxis": axis("Threshold: share of halves", tickformat=".0%"),
            "yaxis": axis("Genes", type="log"),
            "shapes": [_upright(result.threshold)],
            "margin": {"t": 10},
        },
        caption="False are genes that are chosen no more often than blindly. The fewer "
        "assumptions, the larger the bound; genes that go with a true one aren't counted by any.",
        keys=tuple(
            Key(name, (i,), colour, dash=dash) for i, (_, name, colour, dash) in enumerate(series)
        ),
        height=420,
    )


def _genes(result: SelectedGenes) -> list[Block]:
    table = result.table
    shown = table[table["panel"] | table["stable"]].head(_MOST_ROWS)
    two = len(result.asked["classes"]) == 2
    rows = [
        (
            str(row["gene"]),
            str(row["rank"]),
            f"{row['frequency']:.0%}",
            "yes" if row["stable"] else "no",
            f"{row['direction']} in {row['class']}",
            decimal(row["difference"], 2),
            decimal(math.sqrt(row["f"]) if two else row["f"], 1),
            f"{row['score']:.2%}",
            p_value(row["p_value"]),
            p_value(row["p_family"]),
            str(row["group"]) if row["group"] else "–",
        )
        for row in shown.to_dict("records")
    ]
    asked = result.asked
    return [
        Table(
            title="The panel and the stable genes",
            columns=(
                "Gene",
                "Rank",
                "Frequency",
                "Stable",
                "Direction",
                "Difference",
                "|t|" if two else "F",
                "Score",
                "P",
                "P, all genes",
                "Group",
            ),
            rows=rows,
            words=(0, 3, 4),
            caption="Difference: of the class's mean from that of the others, in the units of the "
            "cohort's logarithm. Score: the gene's share in what moves the predictions of the "
            f"network {asked['network']} (integrated gradients, {asked['repeats']} fits), with P "
            f"from {asked['permutations']} fits on permuted labels: against the scores of all "
            "genes there, and against the largest of them. All genes stand in the csv file.",
        )
    ]


def _groups(result: SelectedGenes) -> list[Block]:
    alike = [
        (number, one)
        for number, one in enumerate(result.groups, 1)
        if len(one.chosen) > 1 or one.others
    ]
    if not alike:
        text = (
            "No gene of the panel and no stable gene has a correlation of "
            f"{result.asked['close']:g} or more with another, within the classes."
        )
        return [Text(text)]
    rows = [
        (
            str(number),
            _some(one.chosen),
            _some(
                [
                    f"{name} ({decimal(r, 2)})"
                    for name, r in zip(one.others, one.correlations, strict=True)
                ]
            ),
        )
        for number, one in alike
    ]
    return [
        Table(
            title="Groups of correlated genes",
            columns=("Group", "Chosen", "Others, with their correlation"),
            rows=rows,
            words=(0, 1, 2),
            caption="Any gene of a group might have been chosen in the place of another. "
            f"Correlation within the classes, {result.asked['close']:g} or more on average; the "
            "other groups hold one gene each.",
        )
    ]


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    text = ", ".join(names[:_MOST_NAMES])
    return f"{text} and {more} more" if more > 0 else text


def _settings(asked: Mapping[str, Any]) -> Facts:
    return Facts(
        (
            ("Samples", f"{count(asked['samples'])} of {count(asked['patients'])} patients"),
            ("Patients named by", str(asked["groups"] or "no column: each sample for itself")),
            ("Unit", str(asked["unit"])),
            ("Selection", str(asked["method"])),
            ("Seed", str(asked["seed"])),
            ("Time", seconds(float(asked["seconds"]))),
        )
    )


def _command(command: str | None) -> list[Block]:
    return [Code("Command", command)] if command else []
