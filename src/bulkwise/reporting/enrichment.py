"""Gene sets in a report: along the ranked genes, and among the genes that were called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bulkwise.reporting.base import (
    BLUE,
    GREY,
    VERMILLION,
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
    names_axis,
)
from bulkwise.stats import running_score

if TYPE_CHECKING:
    import pandas as pd

    from bulkwise.stats.enrichment import Enrichment
    from bulkwise.stats.gsea import RankedEnrichment
    from bulkwise.stats.results import ContrastResult

__all__ = ["enrichment", "over_represented"]

_ALPHA = 0.05
_TOP_TERMS = 15
_MOST_ROWS = 100
_MOST_NAMED = 4
_MOST_CURVE = 1500
_LEAST_P = 1e-300
_MOST_STRENGTH = 10


@dataclass(frozen=True)
class _Side:
    """One kind of mark of a dot plot."""

    name: str
    colour: str
    symbol: str


def enrichment(
    result: ContrastResult, enriched: RankedEnrichment, libraries: Sequence[Any]
) -> Section:
    """The section on gene sets along the ranked genes.

    Parameters
    ----------
    result
        The comparison whose statistics rank the genes.
    enriched
        What ``preranked`` found in them.
    libraries
        The gene sets (``bulkwise.io.GeneSets``), for the running scores.
    """
    table = enriched.table.sort_values("p_value", kind="stable")
    blocks: list[Block] = [_sentence(table, "tested along all ranked genes", "enrichment.csv")]
    sides = (
        _Side(f"higher in {result.first}", VERMILLION, "circle"),
        _Side(f"higher in {result.second}", BLUE, "square"),
    )
    for name, own in table.groupby("library", sort=False):
        shown = _shown(own)
        up = shown["nes"].to_numpy(dtype=float) > 0
        figure = _dots(
            f"Along the ranking: {name}",
            shown,
            shown["nes"].to_numpy(dtype=float),
            [(sides[0], up), (sides[1], ~up)],
            "normalised enrichment score",
            [f"{size} genes" for size in shown["size"].tolist()],
        )
        blocks.append(figure)
    blocks += _running_scores(result, table, {str(sets.name): sets for sets in libraries})
    blocks += _grouped(table, "nes", "Score (normalised)", "size")
    return Section("Gene sets along the ranking", blocks)


def over_represented(found: Enrichment, *, rule: str) -> Section:
    """The section on gene sets among the called genes.

    Parameters
    ----------
    found
        What ``over_representation`` found in the lists ``"up"`` and ``"down"``, or in others.
    rule
        By which rule genes came into the lists, in words.
    """
    table = found.table.sort_values("p_value", kind="stable")
    sizes = table.drop_duplicates("list").set_index("list")["list_size"]
    universe = int(table["universe_size"].iloc[0])
    lists = ", ".join(f"{name} ({count(int(size))})" for name, size in sizes.sort_index().items())
    blocks: list[Block] = [
        _sentence(table, "tested in the lists", "over_representation.csv"),
        Text(f"Lists: {lists}; {rule}. Universe: the {count(universe)} genes that were tested."),
    ]
    looks = ((VERMILLION, "circle"), (BLUE, "square"), (GREY, "diamond"))
    names = sorted(sizes.index, key=lambda name: (name != "up", name))
    sides = [_Side(str(name), *looks[min(k, len(looks) - 1)]) for k, name in enumerate(names)]
    for name, own in table.groupby("library", sort=False):
        shown = _shown(own)
        held = shown["list"].to_numpy(dtype=str)
        figure = _dots(
            f"In the lists: {name}",
            shown,
            shown["fold_enrichment"].to_numpy(dtype=float),
            [(side, held == side.name) for side in sides],
            "times as many genes as expected by chance",
            [f"{a} of {b} genes" for a, b in shown[["overlap", "set_size"]].to_numpy().tolist()],
        )
        blocks.append(figure)
    blocks += _grouped(table, "fold_enrichment", "Times expected", "overlap")
    return Section("Gene sets among the called genes", blocks)


def _sentence(table: pd.DataFrame, how: str, file: str) -> Text:
    called = int((table["adjusted_p_value"] <= _ALPHA).sum())
    return Text(
        f"{count(called)} of {count(len(table))} gene sets {how} at a false discovery rate of "
        f"{_ALPHA:.0%} within each library; sets that rest on the same genes are shown as one. "
        f"All are in {file}.",
        strong=True,
    )


def _leaders(table: pd.DataFrame) -> pd.DataFrame:
    chosen: pd.DataFrame = table[
        (table["group"] == table["term"]) & (table["adjusted_p_value"] <= _ALPHA)
    ]
    return chosen


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    """The leaders of groups; the first sets where none is significant."""
    leaders = _leaders(table)
    return (leaders if len(leaders) else table).head(_TOP_TERMS)


def _dots(
    title: str,
    shown: pd.DataFrame,
    x: Any,
    sides: Sequence[tuple[_Side, Any]],
    x_title: str,
    said: Sequence[str],
) -> Figure:
    adjusted = shown["adjusted_p_value"].to_numpy(dtype=float)
    strength = np.minimum(-np.log10(np.maximum(adjusted, _LEAST_P)), _MOST_STRENGTH)
    terms = shown["term"].astype(str).tolist()
    hover = [
        f"{label(term, 80)}: {words}, adjusted P {p:.2g}"
        for term, words, p in zip(terms, said, adjusted.tolist(), strict=True)
    ]
    traces: list[dict[str, Any]] = []
    keys: list[Key] = []
    for side, chosen in sides:
        rows = np.flatnonzero(chosen)
        keys.append(Key(side.name, (len(keys),), side.colour, symbol=side.symbol))
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": np.asarray(x)[rows],
                "y": rows,
                "text": [hover[k] for k in rows.tolist()],
                "marker": {
                    "color": side.colour,
                    "symbol": side.symbol,
                    "size": 7 + 1.3 * strength[rows],
                    "opacity": np.where(adjusted[rows] <= _ALPHA, 0.85, 0.35),
                },
                "hovertemplate": "%{text}<extra></extra>",
            }
        )
    weak = "" if bool((adjusted <= _ALPHA).any()) else " None is significant; the first are shown."
    return Figure(
        title=title,
        alt=f"{x_title.capitalize()} of {len(terms)} gene sets, {terms[0]} first.",
        traces=traces,
        layout={
            "xaxis": axis(x_title),
            "yaxis": names_axis(terms, longest=44, range=[len(terms) - 0.5, -0.5]),
            "margin": {"t": 10},
        },
        caption=f"The larger the mark, the smaller the adjusted P.{weak}",
        keys=tuple(keys),
        height=110 + 24 * len(terms),
        least_width=520,
    )


def _running_scores(
    result: ContrastResult, table: pd.DataFrame, libraries: Mapping[str, Any]
) -> list[Block]:
    """The running score of the first set at either end."""
    leaders = _leaders(table)
    chosen = leaders if len(leaders) else table
    figures = [
        _running(result, str(row.term), libraries[str(row.library)][row.term])
        for part in (chosen[chosen["nes"] > 0], chosen[chosen["nes"] < 0])
        for row in part.head(1).itertuples()
        if str(row.library) in libraries
    ]
    return [Row(tuple(figures))] if figures else []


def _running(result: ContrastResult, term: str, members: Sequence[str]) -> Figure:
    drawn = running_score(result.table["gene"], result.table["statistic"], members)
    n = len(drawn.curve)
    kept = np.unique(np.r_[np.arange(0, n, max(1, n // _MOST_CURVE)), drawn.peak, drawn.hits])
    low = float(min(drawn.curve.min(), 0.0)) - 0.06
    return Figure(
        title=f"Running score of {label(term, 60)}",
        alt=f"Enrichment score {decimal(drawn.score)} at gene {count(drawn.peak + 1)} of "
        f"{count(n)}.",
        traces=[
            {"type": "scatter", "mode": "lines", "x": kept + 1, "y": drawn.curve[kept],
             "line": {"color": BLUE, "width": 2}, "hovertemplate": "%{y:.3f} at gene %{x}"
             "<extra></extra>"},
            {"type": "scatter", "mode": "markers", "x": drawn.hits + 1,
             "y": np.full(len(drawn.hits), low), "hoverinfo": "skip",
             "marker": {"symbol": "line-ns-open", "size": 10, "color": GREY}},
        ],
        layout={
            "xaxis": axis(f"rank of the gene, highest in {label(result.first)} first"),
            "yaxis": axis("running enrichment score"),
            "margin": {"t": 10},
        },
        caption=f"Enrichment score {decimal(drawn.score)}; {count(len(drawn.hits))} genes.",
        keys=(
            Key("running score", (0,), BLUE, dash="solid"),
            Key("genes of the set", (1,), GREY, symbol="cross"),
        ),
    )  # fmt: skip


def _grouped(table: pd.DataFrame, size: str, heading: str, genes: str) -> list[Block]:
    """The significant sets with the redundant ones that each stands for."""
    leaders = _leaders(table)
    if not len(leaders):
        return []
    by = ["library", "list"] if "list" in table else ["library"]
    called = table[table["adjusted_p_value"] <= _ALPHA]
    others = called[called["group"] != called["term"]].groupby([*by, "group"], sort=False)["term"]
    held = {key: terms.tolist() for key, terms in others}
    rows = []
    for row in leaders.head(_MOST_ROWS).to_dict("records"):
        also = held.get((*(row[name] for name in by), row["term"]), [])
        more = f" and {len(also) - _MOST_NAMED} more" if len(also) > _MOST_NAMED else ""
        rows.append(
            (
                str(row["term"]),
                *(str(row[name]) for name in by),
                count(int(row[genes])),
                decimal(row[size], 2),
                f"{row['p_value']:.2g}",
                f"{row['adjusted_p_value']:.2g}",
                ", ".join(also[:_MOST_NAMED]) + more,
            )
        )
    words = tuple(name.capitalize() for name in by)
    columns = ("Gene set", *words, "Genes", heading, "P", "Adjusted P", "Stands also for")
    return [
        Table(
            title=f"The first {len(rows)} of {count(len(leaders))} groups of gene sets",
            columns=columns,
            rows=rows,
            words=(*range(1 + len(by)), len(columns) - 1),
            caption="A set joins the group of a better one with which it shares at least half of "
            "the genes that it rests on (Jaccard index).",
            folded=len(rows) > _TOP_TERMS,
        )
    ]
