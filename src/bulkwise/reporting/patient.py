"""One page about one patient: which genes moved, and what they have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

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
    Section,
    Table,
    Text,
    axis,
    count,
    decimal,
    label,
    p_value,
)

if TYPE_CHECKING:
    from bulkwise.explain.patient import PatientGenes
    from bulkwise.stats.enrichment import Enrichment

__all__ = ["patient"]

_TOP = 20
_ALPHA = 0.05


def patient(result: PatientGenes, enriched: Enrichment | None, command: str | None = None) -> Page:
    """Compose the page.

    Parameters
    ----------
    result
        From :func:`bulkwise.explain.patient_genes`.
    enriched
        Gene sets in the genes that moved, or ``None``.
    command
        How it was made.
    """
    moved = result.moved(alpha=_ALPHA)
    where = f" ({result.tissue})" if result.tissue else ""
    warnings = [Notice(item.level, item.message) for item in result.findings]
    answer: list[Block] = [
        Facts(
            (
                ("Up", count(len(moved["up"]))),
                ("Down", count(len(moved["down"]))),
                ("Genes", count(len(result.table))),
            ),
            large=True,
        ),
        Text(
            f"Genes outside what this patient's {result.against} sample is expected to hold, at a "
            f"false discovery rate of {_ALPHA:.0%} and at least a twofold change. The "
            f"{result.against} sample is predicted, not measured: most of it is the mean of the "
            "tissue, and a P says how unusual the value would be there, not what caused it."
        ),
    ]
    sections = [Section("Genes", [_volcano(result), _table(result)])]
    if enriched is not None:
        sections.append(Section("Gene sets", [_sets(enriched)]))
    if command:
        sections.append(Section("How to reproduce", [Code("Command", command)]))
    return Page(
        title=f"{result.sample}: {result.condition} against its own predicted {result.against}",
        question=f"Which genes moved in this {result.condition} sample{where}, compared with the "
        f"{result.against} sample that is expected of the same person?",
        warnings=warnings,
        answer=answer,
        sections=sections,
        version=__version__,
    )


def _volcano(result: PatientGenes) -> Figure:
    table = result.table
    x = table["change"].to_numpy(float)
    y = -np.log10(np.maximum(table["p_value"].to_numpy(float), 1e-30))
    hit = table["adjusted_p_value"].to_numpy(float) <= _ALPHA
    parts = (
        ("not outside", GREY, "circle", ~(hit & (np.abs(x) >= 1))),
        ("up", VERMILLION, "triangle-up", hit & (x >= 1)),
        ("down", BLUE, "triangle-down", hit & (x <= -1)),
    )
    names = table["gene"].to_numpy()
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "markers",
            "x": x[mask],
            "y": y[mask],
            "text": [label(name, 40) for name in names[mask]],
            "marker": {"color": colour, "symbol": symbol, "size": 6, "opacity": 0.7},
            "hovertemplate": "%{text}<br>%{x:.2f}, %{y:.2f}",
        }
        for _, colour, symbol, mask in parts
    ]
    return Figure(
        title="Change and surprise of every gene",
        alt=f"{int(parts[1][3].sum())} genes up and {int(parts[2][3].sum())} down.",
        traces=traces,
        layout={
            "xaxis": axis(
                f"log2 change, {label(result.condition)} − predicted {label(result.against)}"
            ),
            "yaxis": axis("−log10 P"),
            "margin": {"t": 8},
        },
        keys=tuple(
            Key(f"{name} ({count(int(mask.sum()))})", (i,), colour, symbol=symbol)
            for i, (name, colour, symbol, mask) in enumerate(parts)
        ),
    )


def _table(result: PatientGenes) -> Table:
    rows = [
        (
            str(row["gene"]),
            decimal(row["observed"], 2),
            f"{decimal(row['predicted'], 2)} [{decimal(row['low'], 2)}, {decimal(row['high'], 2)}]",
            decimal(row["change"], 2),
            p_value(row["p_value"]),
            p_value(row["adjusted_p_value"]),
        )
        for _, row in result.table.head(_TOP).iterrows()
    ]
    return Table(
        title=f"The {len(rows)} genes with the smallest P",
        columns=("gene", "observed", "predicted", "change", "P", "adjusted P"),
        rows=rows,
        caption="log2; the predicted value with its interval; P adjusted by Benjamini and "
        "Hochberg. All genes stand in patient.csv.",
    )


def _sets(enriched: Enrichment) -> Table:
    found = enriched.significant(leaders=True).head(_TOP)
    if found.empty:
        found = enriched.table.head(_TOP // 2)
    columns = [c for c in ("list", "library", "term", "overlap", "adjusted_p_value") if c in found]
    rows = [
        tuple(p_value(float(row[c])) if c == "adjusted_p_value" else str(row[c]) for c in columns)
        for _, row in found.iterrows()
    ]
    return Table(
        title="Gene sets among the genes that moved",
        columns=tuple(c.replace("_p_value", " P") for c in columns),
        rows=rows,
        words=(0, 1, 2),
        caption="Over-representation among all genes that were compared, one set of each group of "
        "overlapping sets. All sets stand in enrichment.csv.",
    )
