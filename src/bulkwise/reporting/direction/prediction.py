"""The report of predicted directions: how many, how sure, and where a plain test disagrees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bulkwise import __version__
from bulkwise.reporting.base import (
    BLUE,
    GREY,
    VERMILLION,
    Block,
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
    label,
    names_axis,
)
from bulkwise.reporting.enrichment import over_represented

if TYPE_CHECKING:
    from bulkwise.evaluation.direction import DirectionReading

__all__ = ["prediction"]

_SIDES = (("down", BLUE, "square"), ("neutral", GREY, "circle"), ("up", VERMILLION, "diamond"))
_MOST_POINTS = 4000
_ROWS = 30
_LOUD = ("error", "warning")


def prediction(result: DirectionReading) -> Page:
    """The page of one cohort's predicted directions.

    Parameters
    ----------
    result
        What :func:`bulkwise.evaluation.direction.read_directions` found.
    """
    sections = [_agreement(result), _samples(result), _list(result)]
    if result.enrichment is not None:
        rule = "genes are in a list when that direction is the most probable one"
        sections.insert(1, over_represented(result.enrichment, rule=rule))
    sections.append(_method(result))
    first, second = result.pair
    return Page(
        title=f"Up or down: {first} against {second}",
        question=(
            f"Which of {count(len(result.table))} genes are higher or lower in {first} than in "
            f"{second}, judged by {count(result.sizes[0])} and {count(result.sizes[1])} samples?"
        ),
        warnings=[
            Notice(one.level, one.message, one.items[:20])
            for one in result.findings
            if one.level in _LOUD
        ],
        answer=_answer(result),
        sections=sections,
        version=__version__,
    )


def _answer(result: DirectionReading) -> list[Block]:
    called = result.table["predicted"].value_counts()
    parts = [f"{count(int(called.get(side, 0)))} {side}" for side, *_ in _SIDES]
    first = result.pair[0]
    return [
        Text(
            f"{parts[2]}, {parts[0]} and {parts[1]} genes are predicted for {_place(result)}; up "
            f"means higher in {first}.",
            strong=True,
        ),
        Facts(
            (
                ("Predicted up", count(int(called.get("up", 0)))),
                ("Predicted down", count(int(called.get("down", 0)))),
                ("Significant on these samples alone (FDR 5 %)", count(_tested(result))),
                ("Prediction and test differ", count(len(result.disagreements))),
            ),
            large=True,
        ),
    ]


def _tested(result: DirectionReading) -> int:
    return int((result.table["tested"] != "neutral").sum())


def _agreement(result: DirectionReading) -> Section:
    table = result.table
    chosen = np.linspace(0, len(table) - 1, min(len(table), _MOST_POINTS)).astype(int)
    shown = table.iloc[np.unique(chosen)]
    traces: list[dict[str, Any]] = []
    keys = []
    for side, colour, symbol in _SIDES:
        part = shown[shown["predicted"] == side]
        keys.append(Key(f"predicted {side}", (len(traces),), colour, symbol=symbol))
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": side,
                "x": part["statistic"].round(3).tolist(),
                "y": (part["up"] - part["down"]).round(4).tolist(),
                "text": [label(name) for name in part["gene"]],
                "hovertemplate": "%{text}<br>t %{x}<br>up minus down %{y}<extra></extra>",
                "marker": {"color": colour, "symbol": symbol, "size": 5, "opacity": 0.6},
            }
        )
    figure = Figure(
        title="What is predicted, against the plain test",
        alt="Moderated t of each gene across, probability of up minus that of down upwards.",
        traces=traces,
        layout={
            "xaxis": axis("moderated t on these samples"),
            "yaxis": axis("P(up) − P(down)", range=[-1.05, 1.05]),
        },
        caption="Genes off the curve are those where robust statistics or other cohorts "
        "change the verdict."
        + (f" {count(len(shown))} of the genes are drawn." if len(shown) < len(table) else ""),
        keys=tuple(keys),
    )
    sides = [side for side, *_ in _SIDES]
    rows = [
        (
            f"tested {tested}",
            *(
                count(int(((table["tested"] == tested) & (table["predicted"] == said)).sum()))
                for said in sides
            ),
        )
        for tested in sides
    ]
    crossed = Table(
        title="Genes by plain test (rows) and prediction (columns)",
        columns=("", *(f"predicted {side}" for side in sides)),
        rows=rows,
        caption="Tested: moderated t on these samples, false discovery rate 5 %.",
    )
    return Section("Prediction and plain test", [figure, crossed])


def _samples(result: DirectionReading) -> Section:
    genes = [str(name) for name in result.plotted.columns]
    if not genes:
        return Section("Where they differ", [Text("Prediction and plain test agree in all genes.")])
    values = result.plotted.to_numpy()
    centred = values - values.mean(axis=0)
    first = np.asarray(result.first, dtype=bool)
    traces: list[dict[str, Any]] = []
    keys = []
    looks = (
        (result.pair[0], first, VERMILLION, "diamond", -0.14),
        (result.pair[1], ~first, BLUE, "circle", 0.14),
    )
    for name, side, colour, symbol, shift in looks:
        keys.append(Key(str(name), (len(traces),), colour, symbol=symbol))
        points = centred[side][: _MOST_POINTS // max(len(genes), 1)]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": label(name),
                "x": points.T.ravel().round(3).tolist(),
                "y": np.repeat(np.arange(len(genes)) + shift, len(points)).tolist(),
                "marker": {"color": colour, "symbol": symbol, "size": 8, "opacity": 0.75},
                "hovertemplate": "%{x} log2<extra></extra>",
            }
        )
    part = result.disagreements.iloc[: len(genes)]
    figure = Figure(
        title="The samples of the genes on which they differ most",
        alt="Log2 level of each sample around the gene's mean, one gene a line.",
        traces=traces,
        layout={
            "xaxis": axis("log2 level, gene's mean at 0"),
            "yaxis": names_axis(genes, range=[len(genes) - 0.5, -0.5]),
        },
        caption="One mark a sample. The surest predictions among the disagreements come first.",
        keys=tuple(keys),
        height=110 + 34 * len(genes),
    )
    return Section("Where they differ", [figure, _rows("What each says", part)])


def _rows(title: str, part: Any) -> Table:
    return Table(
        title=title,
        columns=("Gene", "Predicted", "P down", "P neutral", "P up", "Test", "t", "Other cohorts"),
        rows=[
            (
                str(row.gene),
                str(row.predicted),
                decimal(row.down),
                decimal(row.neutral),
                decimal(row.up),
                str(row.tested),
                decimal(row.statistic, 2),
                decimal(row.prior, 2),
            )
            for row in part.itertuples()
        ],
        words=(0, 1, 5),
        caption="Other cohorts: the effect expected from them, in standard deviations; 0 where "
        "they say nothing.",
    )


def _list(result: DirectionReading) -> Section:
    sure = result.table[["up", "down"]].max(axis=1).sort_values(ascending=False, kind="stable")
    part = result.table.loc[sure.index[:_ROWS]]
    return Section(
        "The surest genes",
        [_rows(f"The {len(part)} surest of {count(len(result.table))} genes", part)],
    )


def _place(result: DirectionReading) -> str:
    """The cohort that neutral is about."""
    if result.method == "DEGnext":
        return "a cohort like those of the training"
    return f"a cohort of {result.reference:g} samples a side"


def _method(result: DirectionReading) -> Section:
    if result.method == "DEGnext":
        how = (
            "DEGnext's network, trained on rows of samples of "
            f"{', '.join(result.trained_on)}: it looks at each gene's samples in the order in "
            "which they stand, the second condition's first."
        )
    elif result.method == "model":
        how = (
            "A model trained on few samples drawn from "
            f"{', '.join(result.trained_on)}; it looks at each gene's moderated, robust and rank "
            "statistics, the quantiles of its samples, and what those cohorts say about the gene."
        )
    else:
        how = (
            "No model was given: each gene's change in moderated standard deviations is drawn "
            "towards zero by a normal prior whose variance comes from all genes, and what a cohort "
            "of the stated size would call the gene follows from the normal law."
        )
    closing = (
        f"Neutral means: not significant (FDR 1 %) in {_place(result)}. It does not mean that the "
        "gene doesn't change at all."
    )
    notes = [Notice("note", one.message) for one in result.findings if one.level not in _LOUD]
    return Section("How it was done", [Text(how), Text(closing), *notes])
