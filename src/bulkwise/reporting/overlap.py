"""The report of what several comparisons share: Venn or UpSet, shared genes, alike rankings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from bulkwise import __version__
from bulkwise.reporting.base import (
    BLUE,
    COLOURS,
    GREY,
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
    interval,
    label,
    look,
    names_axis,
)

if TYPE_CHECKING:
    import pandas as pd

    from bulkwise.evaluation.overlaps import Agreement

__all__ = ["overlap"]

_MOST_BARS = 25
_NAMED_GENES = 12
_CENTRES = {
    2: ((-0.55, 0.0), (0.55, 0.0)),
    3: ((-0.55, 0.4), (0.55, 0.4), (0.0, -0.5)),
}
_TITLES = {2: ((-1.1, 1.2), (1.1, 1.2)), 3: ((-1.1, 1.65), (1.1, 1.65), (0.0, -1.7))}
_RADIUS = 1.0


def overlap(result: Agreement, *, run: Mapping[str, Any] | None = None) -> Page:
    """Compose the page of an overlap.

    Parameters
    ----------
    result
        What ``agreement`` found.
    run
        How the result was made; its ``command`` is shown.
    """
    command = (run or {}).get("command")
    lists = []
    for way in result.lists:
        figure = _venn(result, way) if _is_venn(result) else _upset(result, way)
        lists.append(figure)
    figures: list[Block] = [Row(tuple(lists))] if _is_venn(result) else list(lists)
    return Page(
        title=f"Overlap of {', '.join(result.names)}",
        question=f"Which genes do these {len(result.names)} comparisons share, and do they rank "
        "them alike?",
        warnings=[Notice(f.level, f.message) for f in result.findings if f.level != "note"],
        answer=[
            Facts(tuple(_facts(result)), large=True),
            Text(f"Genes are called at {result.rule}." if len(result.ranks) else ""),
        ],
        sections=(
            Section("Shared genes", [*figures, _pairs(result)]),
            Section("Rankings", _rankings(result)),
            Section("What to know", [Notice("note", f.message) for f in result.findings]),
            Section("How to reproduce", [Code("Command", str(command))] if command else []),
        ),
        version=__version__,
    )


def _is_venn(result: Agreement) -> bool:
    return len(result.names) in _CENTRES


def _facts(result: Agreement) -> list[tuple[str, str]]:
    facts = []
    for way, table in result.regions.items():
        inside = table[list(result.names)].all(axis=1)
        facts.append((f"{way.capitalize()} in all", count(int(table.loc[inside, "size"].sum()))))
    return facts


def _genes(row: Mapping[Any, Any]) -> str:
    genes = [gene for gene in str(row["genes"]).split(";") if gene]
    more = f" and {count(len(genes) - _NAMED_GENES)} more" if len(genes) > _NAMED_GENES else ""
    return label(", ".join(genes[:_NAMED_GENES]), 160) + more


def _venn(result: Agreement, way: str) -> Figure:
    """Circles of one size; the numbers say how many genes each region holds."""
    centres = np.array(_CENTRES[len(result.names)])
    table = result.regions[way]
    rows = table.to_dict("records")
    inside = table[list(result.names)].to_numpy(dtype=bool)
    places = np.array([_middle(centres, own) for own in inside])
    return Figure(
        title=f"{way.capitalize()}",
        alt="; ".join(
            f"{' and '.join(n for n in result.names if row[n])} only: {count(int(row['size']))}"
            for row in rows
        ),
        traces=[
            {
                "type": "scatter",
                "mode": "text",
                "x": places[:, 0],
                "y": places[:, 1],
                "text": [count(int(row["size"])) for row in rows],
                "textfont": {"size": 15},
                "hovertext": [
                    f"{label(' and '.join(n for n in result.names if row[n]), 60)}"
                    f"{'' if row['size'] == 0 else '<br>' + _genes(row)}"
                    for row in rows
                ],
                "hovertemplate": "%{hovertext}<extra></extra>",
            }
        ],
        layout=_circles(result, way, centres),
        caption="Numbers of genes in exactly these lists; the circles' sizes say nothing.",
        height=400,
        most_width=560,
    )


def _circles(result: Agreement, way: str, centres: Any) -> dict[str, Any]:
    """The circles and the names beside them."""
    sizes = {name: len(genes) for name, genes in result.lists[way].items()}
    titles = _TITLES[len(result.names)]
    return {
        "xaxis": {"visible": False, "range": [-2.1, 2.1], "fixedrange": True},
        "yaxis": {"visible": False, "range": [-1.9, 1.9], "scaleanchor": "x",
                  "fixedrange": True},
        "shapes": [
            {"type": "circle", "x0": x - _RADIUS, "x1": x + _RADIUS, "y0": y - _RADIUS,
             "y1": y + _RADIUS, "line": {"color": colour, "width": 2},
             "fillcolor": colour, "opacity": 0.18, "layer": "below"}
            for (x, y), colour in zip(centres.tolist(), COLOURS, strict=False)
        ],
        "annotations": [
            {"x": x, "y": y, "showarrow": False,
             "text": f"<b>{label(name)}</b><br>{count(sizes[name])}"}
            for (x, y), name in zip(titles, result.names, strict=True)
        ],
        "margin": {"t": 10},
    }  # fmt: skip


def _middle(centres: Any, inside: Any) -> Any:
    """The middle of a region: near its circles' centres and away from the others'."""
    own, others = centres[inside].mean(axis=0), centres[~inside]
    if inside.all():
        return centres.mean(axis=0)
    away = own - others.mean(axis=0)
    return own + (0.45 if inside.sum() == 1 else 0.32) * away / max(np.linalg.norm(away), 1e-9)


def _upset(result: Agreement, way: str) -> Figure:
    """The largest intersections as bars over a grid of which lists are in each."""
    table = result.regions[way].head(_MOST_BARS)
    names, n = list(result.names), len(table)
    inside = table[names].to_numpy(dtype=bool)
    at, row = np.nonzero(inside)
    off_at, off_row = np.nonzero(~inside)
    cut = len(result.regions[way]) - n
    return Figure(
        title=f"{way.capitalize()}",
        alt="; ".join(
            f"{' and '.join(np.array(names)[own])}: {count(int(size))}"
            for own, size in zip(inside[:8], table["size"][:8], strict=True)
        ),
        traces=[
            {
                "type": "bar",
                "x": list(range(n)),
                "y": table["size"].to_numpy(),
                "text": [count(int(size)) for size in table["size"]],
                "textposition": "outside",
                "cliponaxis": False,
                "marker": {"color": BLUE},
                "hovertext": [_genes(record) for record in table.to_dict("records")],
                "hovertemplate": "%{y} genes<br>%{hovertext}<extra></extra>",
            },
            {
                "type": "scatter",
                "mode": "markers",
                "x": off_at,
                "y": off_row,
                "yaxis": "y2",
                "marker": {"color": GREY, "size": 9, "opacity": 0.25},
                "hoverinfo": "skip",
            },
            {
                "type": "scatter",
                "mode": "markers",
                "x": at,
                "y": row,
                "yaxis": "y2",
                "marker": {"color": BLUE, "size": 11},
                "hoverinfo": "skip",
            },
        ],
        layout=_grid(result, way, n),
        caption="Genes in exactly the lists with a full dot, the largest intersection first."
        + (f" {count(cut)} smaller ones aren't drawn; all are in regions.csv." if cut else ""),
        height=320 + 28 * len(names),
        least_width=520,
    )


def _grid(result: Agreement, way: str, n: int) -> dict[str, Any]:
    """Bars above, a row a list below."""
    names = list(result.names)
    sizes = [len(result.lists[way][name]) for name in names]
    return {
        "xaxis": {"visible": False, "range": [-0.6, n - 0.4], "anchor": "y2"},
        "yaxis": axis("genes", domain=[0.42, 1]),
        "yaxis2": names_axis(
            [f"{name} ({count(size)})" for name, size in zip(names, sizes, strict=True)],
            longest=40,
            domain=[0, 0.38],
            range=[len(names) - 0.5, -0.5],
        ),
        "margin": {"t": 24},
    }


def _pairs(result: Agreement) -> Table:
    rows = []
    for row in result.pairs.to_dict("records"):
        rows.append(
            (
                f"{row['first']} and {row['second']}",
                str(row["direction"]),
                count(int(row["first_size"])),
                count(int(row["second_size"])),
                count(int(row["shared"])),
                decimal(row["expected"], 1),
                _tiny(row["p_value"]),
                decimal(row["jaccard"]),
                decimal(row["true_positive_rate"]),
            )
        )
    universe = result.pairs["universe_size"].max()
    chance = (
        f"Expected by chance among the {count(int(universe))} genes that all could have called; P "
        "of at least so many (hypergeometric). "
        if np.isfinite(universe)
        else "Without a universe there is no saying what chance would share. "
    )
    return Table(
        title="Pair by pair",
        columns=(
            "Pair", "Direction", "First", "Second", "Shared", "Expected", "P", "Jaccard",
            "True positive rate",
        ),
        rows=rows,
        words=(0, 1),
        caption=chance
        + "The true positive rate is DeeP4med's: shared genes over the mean length of the two "
        "lists; it says how consistent two lists are, not how right.",
    )  # fmt: skip


def _tiny(p: float) -> str:
    if not np.isfinite(p):
        return "–"
    return f"{p:.2g}" if p > 0 else "<\N{NO-BREAK SPACE}1e-300"


def _rankings(result: Agreement) -> list[Block]:
    if not len(result.ranks):
        return []
    rows = [
        (
            f"{row['first']} and {row['second']}",
            count(int(row["genes"])),
            interval(row["spearman"], row["low"], row["high"]),
            f"{row['same_sign']:.0%}",
        )
        for row in result.ranks.to_dict("records")
    ]
    table = Table(
        title="Rank correlation of the statistics",
        columns=("Pair", "Genes", "Spearman's correlation [95 %]", "Same sign"),
        rows=rows,
        caption="The interval takes genes for independent; since genes move together, it is too "
        "narrow for another set of patients.",
    )
    return [table, _top(result.top)]


def _top(top: pd.DataFrame) -> Figure:
    traces: list[dict[str, Any]] = []
    keys: list[Key] = []
    for index, ((a, b), own) in enumerate(top.groupby(["first", "second"], sort=False)):
        style = look(index)
        share = own["share"].to_numpy(dtype=float)
        keys.append(Key(f"{a} and {b}", (len(traces),), style.colour, style.symbol, style.dash))
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "x": own["depth"].to_numpy(),
                "y": share,
                "error_y": {
                    "type": "data",
                    "symmetric": False,
                    "array": own["high"].to_numpy(dtype=float) - share,
                    "arrayminus": share - own["low"].to_numpy(dtype=float),
                    "thickness": 1,
                    "width": 3,
                },
                "line": {"color": style.colour, "dash": style.dash},
                "marker": {"color": style.colour, "symbol": style.symbol, "size": 7},
                "hovertemplate": f"{label(f'{a} and {b}', 60)}: %{{y:.1%}} of the first %{{x}}"
                "<extra></extra>",
            }
        )
    chance = top.drop_duplicates("depth").sort_values("depth")
    keys.append(Key("by chance", (len(traces),), GREY, dash="dash"))
    traces.append(
        {
            "type": "scatter",
            "mode": "lines",
            "x": chance["depth"].to_numpy(),
            "y": chance["expected"].to_numpy(dtype=float),
            "line": {"color": GREY, "dash": "dash"},
            "hoverinfo": "skip",
        }
    )
    return Figure(
        title="Concordance at the top",
        alt="Share of the first genes of one ranking that are among the first of the other, with "
        "the same sign, by how many first genes are taken.",
        traces=traces,
        layout={
            "xaxis": {**axis("first genes by size of the statistic"), "type": "log", "dtick": 1},
            "yaxis": axis("shared, with the same sign", range=[0, 1.02], tickformat=".0%"),
            "margin": {"t": 10},
        },
        caption="Bars: 95 % intervals (Wilson).",
        keys=tuple(keys),
    )
