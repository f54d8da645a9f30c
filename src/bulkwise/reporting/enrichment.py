"""Enriched gene sets in a report: the dot plot and the running score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bulkwise.reporting.base import (
    BLUE,
    GREY,
    VERMILLION,
    Block,
    Figure,
    Key,
    Section,
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

    from bulkwise.stats.gsea import RankedEnrichment
    from bulkwise.stats.results import ContrastResult

__all__ = ["enrichment"]

_ALPHA = 0.05
_TOP_TERMS = 20
_MOST_CURVE = 1500
_LEAST_P = 1e-300


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
        The gene sets (``bulkwise.io.GeneSets``), for the running score of the first.
    """
    top = enriched.table.sort_values("p_value", kind="stable")
    leaders = top[(top["group"] == top["term"]) & (top["adjusted_p_value"] <= _ALPHA)]
    shown = (leaders if len(leaders) else top).head(_TOP_TERMS)
    held = {str(sets.name): sets for sets in libraries}
    first = shown.iloc[0]
    text = (
        f"{count(int((top['adjusted_p_value'] <= _ALPHA).sum()))} of {count(len(top))} gene sets "
        f"at a false discovery rate of {_ALPHA:.0%}; those that rest on the same genes are shown "
        "as one. All are in enrichment.csv."
    )
    blocks: list[Block] = [Text(text, strong=True), _dots(shown)]
    if first["library"] in held:
        blocks.append(_running(result, str(first["term"]), held[first["library"]][first["term"]]))
    return Section("Gene sets", blocks)


def _dots(shown: pd.DataFrame) -> Figure:
    terms = shown["term"].astype(str).tolist()
    nes = shown["nes"].to_numpy(dtype=float)
    strength = np.minimum(
        -np.log10(np.maximum(shown["adjusted_p_value"].to_numpy(dtype=float), _LEAST_P)), 10
    )
    up = nes > 0
    size = shown["size"].to_numpy(dtype=float)
    traces = []
    for chosen, colour, symbol in ((up, VERMILLION, "circle"), (~up, BLUE, "square")):
        rows = np.flatnonzero(chosen)
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": nes[rows],
                "y": rows,
                "text": [
                    f"{label(terms[k], 80)}: {int(size[k])} genes, adjusted P "
                    f"{shown['adjusted_p_value'].iloc[k]:.2g}"
                    for k in rows.tolist()
                ],
                "marker": {"color": colour, "symbol": symbol, "size": 7 + 1.3 * strength[rows]},
                "hovertemplate": "%{text}<extra></extra>",
            }
        )
    return Figure(
        title="Enriched gene sets",
        alt="Normalised enrichment score of the most significant gene sets.",
        traces=traces,
        layout={
            "xaxis": axis("normalised enrichment score"),
            "yaxis": names_axis(terms, longest=44, range=[len(terms) - 0.5, -0.5]),
            "margin": {"t": 10},
        },
        caption="The larger the mark, the smaller the adjusted P.",
        keys=(
            Key("higher", (0,), VERMILLION, symbol="circle"),
            Key("lower", (1,), BLUE, symbol="square"),
        ),
        height=110 + 24 * len(terms),
        least_width=520,
    )


def _running(result: ContrastResult, term: str, members: Sequence[str]) -> Figure:
    drawn = running_score(result.table["gene"], result.table["statistic"], members)
    n = len(drawn.curve)
    kept = np.unique(np.r_[np.arange(0, n, max(1, n // _MOST_CURVE)), drawn.peak, drawn.hits])
    low = float(min(drawn.curve.min(), 0.0)) - 0.06
    return Figure(
        title=f"Running score of {label(term, 80)}",
        alt=f"Enrichment score {decimal(drawn.score)} at gene {count(drawn.peak + 1)} of "
        f"{count(n)}.",
        traces=[
            {"type": "scatter", "mode": "lines", "x": kept + 1, "y": drawn.curve[kept],
             "line": {"color": BLUE, "width": 2}, "hovertemplate": "%{y}<extra></extra>"},
            {"type": "scatter", "mode": "markers", "x": drawn.hits + 1,
             "y": np.full(len(drawn.hits), low), "hoverinfo": "skip",
             "marker": {"symbol": "line-ns-open", "size": 10, "color": GREY}},
        ],
        layout={
            "xaxis": axis(f"rank of the gene, highest in {label(result.first)} first"),
            "yaxis": axis("running enrichment score"),
            "margin": {"t": 10},
        },
        keys=(
            Key("running score", (0,), BLUE, dash="solid"),
            Key("genes of the set", (1,), GREY, symbol="cross"),
        ),
    )  # fmt: skip
