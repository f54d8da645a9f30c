"""The report of single samples against a reference."""

from __future__ import annotations

import math
from collections.abc import Mapping
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

if TYPE_CHECKING:
    import pandas as pd

    from bulkwise.evaluation.outlying import Outliers
    from bulkwise.stats.single_sample import PatientProfile

__all__ = ["outlying"]

_MOST_SAMPLES = 12
_TOP_GENES = 25
_TABLE_ROWS = 50
_MOST_GREY = 3000
_LEAST_P = 1e-300


def outlying(result: Outliers, *, run: Mapping[str, Any] | None = None) -> Page:
    """Compose the page of samples against a reference.

    Parameters
    ----------
    result
        What ``outliers`` found.
    run
        How the result was made; its ``command`` is shown.
    """
    names = list(result.profiles)
    command = (run or {}).get("command")
    shown = names[:_MOST_SAMPLES]
    whom = names[0] if len(names) == 1 else f"{count(len(names))} samples"
    return Page(
        title=f"{whom} against {count(result.n_reference)} reference samples",
        question="Which genes of a single sample leave the range of the reference?",
        warnings=_warnings(result),
        answer=_answer(result),
        sections=(
            Section("Samples", [_summary(result)] if len(names) > 1 else []),
            *(Section(label(name, 60), _sample(result, result.profiles[name])) for name in shown),
            Section("What to know", _notes(result, len(names) - len(shown))),
            Section("How to reproduce", [Code("Command", str(command))] if command else []),
        ),
        version=__version__,
    )


def _warnings(result: Outliers) -> list[Notice]:
    """What is odd about the cohorts, and about each sample."""
    said = [(finding, "") for finding in result.findings]
    several = len(result.profiles) > 1
    for name, profile in result.profiles.items():
        said += [(finding, f"{name}: " if several else "") for finding in profile.findings]
    return [
        Notice(finding.level, whose + finding.message)
        for finding, whose in said
        if finding.level != "note"
    ]


def _answer(result: Outliers) -> list[Block]:
    high, low = (int(result.summary[way].sum()) for way in ("high", "low"))
    each = "" if len(result.profiles) == 1 else ", all samples"
    return [
        Facts(
            (
                (f"Higher{each}", count(high)),
                (f"Lower{each}", count(low)),
                ("Genes tested", count(int(result.summary["genes"].max()))),
                ("Reference samples", count(result.n_reference)),
            ),
            large=True,
        ),
        Text(
            f"Genes at a false discovery rate of {result.alpha:.0%} within the sample. P is how "
            "often a gene of a reference sample, left out in turn, lies as far from the others."
        ),
    ]


def _notes(result: Outliers, more: int) -> list[Block]:
    notes = [f"Values are compared as {result.scale}; the reference's variances are pulled towards "
             "those of genes of like expression."]  # fmt: skip
    notes += [finding.message for finding in result.findings if finding.level == "note"]
    if more:
        notes.append(f"{count(more)} more samples aren't drawn; their genes are in outliers.csv.")
    return [Notice("note", note) for note in notes]


def _summary(result: Outliers) -> Table:
    return Table(
        title="Genes that leave the range, by sample",
        columns=("Sample", "Higher", "Lower", "Spread", "Share of references as wide"),
        rows=[
            (
                str(row["sample"]),
                count(int(row["high"])),
                count(int(row["low"])),
                decimal(row["spread"], 2),
                decimal(row["spread_rank"], 2),
            )
            for row in result.summary.to_dict("records")
        ],
        caption="Spread: the width of the sample's scores over that of an ordinary reference "
        "sample; far above 1, the whole sample differs, by disease or by batch.",
    )


def _sample(result: Outliers, profile: PatientProfile) -> list[Block]:
    table = profile.table.sort_values("p_value", kind="stable")
    called = table[table["adjusted_p_value"] <= result.alpha]
    words = (
        f"{count(len(called))} genes leave the range; the sample's scores are "
        f"{decimal(profile.spread, 2)} times as wide as an ordinary reference sample's."
    )
    blocks: list[Block] = [Text(words, strong=True)]
    blocks.append(Row((_cloud(result, table), _ranges(result, table.head(_TOP_GENES)))))
    blocks.append(_genes(table.head(_TABLE_ROWS)))
    return blocks


def _cloud(result: Outliers, table: pd.DataFrame) -> Figure:
    difference = table["difference"].to_numpy(dtype=float)
    strength = -np.log10(np.maximum(table["p_value"].to_numpy(dtype=float), _LEAST_P))
    hit = table["adjusted_p_value"].to_numpy(dtype=float) <= result.alpha
    genes = table["gene"].tolist()
    calm = np.flatnonzero(~hit & np.isfinite(strength))
    step = max(1, -(-len(calm) // _MOST_GREY))
    parts = (
        ("within the range", GREY, "circle", calm[::step]),
        ("higher", VERMILLION, "triangle-up", np.flatnonzero(hit & (difference > 0))),
        ("lower", BLUE, "triangle-down", np.flatnonzero(hit & (difference < 0))),
    )
    return Figure(
        title="All genes",
        alt="Difference from the reference's mean against its significance, a mark a gene.",
        traces=[
            {
                "type": "scatter",
                "mode": "markers",
                "x": difference[held],
                "y": strength[held],
                "text": [label(genes[k], 60) for k in held.tolist()],
                "marker": {"color": colour, "symbol": symbol, "size": 5, "opacity": 0.7},
                "hovertemplate": "%{text}<br>%{x}, %{y}<extra></extra>",
            }
            for _, colour, symbol, held in parts
        ],
        layout={
            "xaxis": axis("difference from the reference's mean, log2"),
            "yaxis": axis("−log10 P (calibrated)"),
            "margin": {"t": 10},
        },
        caption=f"One gene in {step} of those within the range is drawn." if step > 1 else "",
        keys=tuple(
            Key(f"{name} ({count(len(held))} drawn)", (k,), colour, symbol=symbol)
            for k, (name, colour, symbol, held) in enumerate(parts)
        ),
    )


def _ranges(result: Outliers, top: pd.DataFrame) -> Figure:
    """The sample's value beside the reference's range, gene by gene."""
    low, high, mean, value = (
        top[name].to_numpy(dtype=float)
        for name in ("reference_low", "reference_high", "reference_mean", "value")
    )
    rows = np.arange(len(top))
    colours = [VERMILLION if up else BLUE for up in (value > mean).tolist()]
    return Figure(
        title="The most significant genes",
        alt=f"The sample's value and the reference's range of {len(top)} genes.",
        traces=[
            {
                "type": "scatter",
                "mode": "lines",
                "x": np.column_stack([low, high, np.full(len(top), np.nan)]).ravel(),
                "y": np.repeat(rows, 3),
                "connectgaps": False,
                "line": {"color": GREY, "width": 5},
                "hoverinfo": "skip",
            },
            {
                "type": "scatter",
                "mode": "markers",
                "x": value,
                "y": rows,
                "marker": {"color": colours, "symbol": "diamond", "size": 9},
                "hovertemplate": "%{y}: %{x}<extra></extra>",
            },
        ],
        layout={
            "xaxis": axis(f"expression, {result.scale}"),
            "yaxis": names_axis([str(gene) for gene in top["gene"]], range=[len(top) - 0.5, -0.5]),
            "margin": {"t": 10},
        },
        keys=(
            Key("range of the reference", (0,), GREY, dash="solid"),
            Key("the sample", (1,), VERMILLION, symbol="diamond"),
        ),
        height=120 + 18 * len(top),
    )


def _genes(table: pd.DataFrame) -> Table:
    rows = [
        (
            str(row["gene"]),
            decimal(row["value"], 2),
            decimal(row["reference_mean"], 2),
            f"{decimal(row['reference_low'], 2)} to {decimal(row['reference_high'], 2)}",
            decimal(row["difference"], 2),
            _small(row["p_value"]),
            _small(row["adjusted_p_value"]),
        )
        for row in table.to_dict("records")
    ]
    return Table(
        title=f"The first {len(rows)} genes",
        columns=("Gene", "Value", "Mean", "Range", "Difference, log2", "P", "Adjusted P"),
        rows=rows,
        folded=True,
    )


def _small(value: float) -> str:
    return f"{value:.2g}" if math.isfinite(value) else "–"
