"""The report of a comparison of two conditions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
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
    from bulkwise.checks.base import Finding
    from bulkwise.stats.results import ContrastResult

__all__ = ["differential"]

_ALPHA = 0.05
_MOST_GREY = 4000
_TOP_ROWS = 50
_MOST_CURVE = 1500
_MOST_SAMPLE_NAMES = 60
_LONGEST_NAME = 40
_LEAST_P = 1e-300
_FOLD = "log2 fold change"


def differential(
    result: ContrastResult,
    *,
    sections: Sequence[Section] = (),
    findings: Sequence[Finding] = (),
    run: Mapping[str, Any] | None = None,
) -> Page:
    """Compose the page of a comparison.

    Parameters
    ----------
    result
        What ``differential_expression`` found.
    sections
        More sections, put after the genes (enriched gene sets, for example).
    findings
        What to know beside the result's own findings.
    run
        How the result was made; its ``command`` is shown.
    """
    found = result.discoveries(alpha=_ALPHA)
    up = int((found["log2_fold_change"] > 0).sum())
    said = [*result.findings, *findings]
    graves = [Notice(f.level, f.message, f.items[:20]) for f in said if f.level != "note"]
    command = (run or {}).get("command")
    return Page(
        title=f"{result.title} ({result.column})",
        question=f"Which genes differ between {result.first} ({count(result.n_first)} samples) and "
        f"{result.second} ({count(result.n_second)} samples)?",
        warnings=graves,
        answer=[
            Facts(
                (
                    ("Up", count(up)),
                    ("Down", count(len(found) - up)),
                    ("Genes tested", count(int(result.table["p_value"].notna().sum()))),
                    ("Method", result.method),
                ),
                large=True,
            ),
            Text(f"Up and down at a false discovery rate of {_ALPHA:.0%} (Benjamini-Hochberg)."),
        ],
        sections=(
            Section(
                "The design in words",
                [Notice("note", f.message) for f in said if f.level == "note"],
            ),
            Section("Genes", [Row((_volcano(result), _ma(result))), _heat(result), _table(result)]),
            Section("Can the P-values be believed?", _diagnostics(result)),
            *sections,
            Section("How to reproduce", [Code("Command", str(command))] if command else []),
        ),
        version=__version__,
    )


def _parts(result: ContrastResult) -> tuple[list[tuple[str, str, str, Any]], str]:
    """Positions of genes up, down and neither (thinned), with their looks; and what was thinned."""
    table = result.table
    p = table["p_value"].to_numpy(dtype=float)
    hit = table["adjusted_p_value"].to_numpy(dtype=float) <= _ALPHA
    change = table["log2_fold_change"].to_numpy(dtype=float)
    grey = np.flatnonzero(~hit & np.isfinite(p) & np.isfinite(change))
    step = max(1, -(-len(grey) // _MOST_GREY))
    said = f"One gene in {step} of those that don't differ is drawn." if step > 1 else ""
    return [
        (f"no difference found, {count(len(grey))} in all", GREY, "circle", grey[::step]),
        (
            f"higher in {result.first}",
            VERMILLION,
            "triangle-up",
            np.flatnonzero(hit & (change > 0)),
        ),
        (f"higher in {result.second}", BLUE, "triangle-down", np.flatnonzero(hit & (change < 0))),
    ], said


def _cloud(
    result: ContrastResult, title: str, alt: str, x: Any, y: Any, axes: tuple[str, str]
) -> Figure:
    genes = result.table["gene"].tolist()
    parts, said = _parts(result)
    traces = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": label(name),
            "x": x[held],
            "y": y[held],
            "text": [label(genes[k], 60) for k in held.tolist()],
            "marker": {"color": colour, "symbol": symbol, "size": 5, "opacity": 0.7},
            "hovertemplate": "%{text}<br>%{x}, %{y}",
        }
        for name, colour, symbol, held in parts
    ]
    return Figure(
        title=title,
        alt=alt,
        traces=traces,
        layout={"xaxis": axis(axes[0]), "yaxis": axis(axes[1]), "margin": {"t": 10}},
        caption=said,
        keys=tuple(
            Key(f"{name} ({count(len(held))} drawn)", (k,), colour, symbol=symbol)
            for k, (name, colour, symbol, held) in enumerate(parts)
        ),
    )


def _minus_log(values: Any) -> Any:
    return -np.log10(np.maximum(np.asarray(values, dtype=float), _LEAST_P))


def _volcano(result: ContrastResult) -> Figure:
    table = result.table
    return _cloud(
        result,
        "Volcano",
        "Size of the change against its significance, a mark a gene.",
        table["log2_fold_change"].to_numpy(dtype=float),
        _minus_log(table["p_value"]),
        (f"{_FOLD}, {label(result.title)}", "−log10 P"),
    )


def _ma(result: ContrastResult) -> Figure:
    table = result.table
    return _cloud(
        result,
        "MA",
        "Mean level against the size of the change, a mark a gene.",
        table["mean"].to_numpy(dtype=float),
        table["log2_fold_change"].to_numpy(dtype=float),
        ("mean, log2", _FOLD),
    )


def _heat(result: ContrastResult) -> Figure:
    values = result.top_values
    first = np.array(result.conditions, dtype=str) == result.first
    order = np.argsort(~first, kind="stable")
    z = values.to_numpy(dtype=float)[order]
    spread = np.nanstd(z, axis=0)
    z = (z - np.nanmean(z, axis=0)) / np.where(spread > 0, spread, 1.0)
    samples = [str(values.index[k]) for k in order.tolist()]
    n, n_first = len(samples), int(first.sum())
    ticks = {"showticklabels": False} if n > _MOST_SAMPLE_NAMES else {"tickangle": -90}
    return Figure(
        title="The most significant genes",
        alt=f"Heat map of {values.shape[1]} genes in {count(n)} samples, {result.first} first.",
        traces=[
            {
                "type": "heatmap",
                "z": np.clip(z.T, -3, 3),
                "zmin": -3,
                "zmax": 3,
                "x": list(range(n)),
                "y": list(range(values.shape[1])),
                "autocolorscale": False,
                "colorscale": [[0, BLUE], [0.5, "#f7f7f7"], [1, VERMILLION]],
                "colorbar": {"title": {"text": "z"}},
                # the names of the ticks, whole, also where the ticks aren't drawn
                "hovertemplate": "%{y} in %{x}: z = %{z:.2f}<extra></extra>",
            }
        ],
        layout={
            "xaxis": names_axis(samples, "", _LONGEST_NAME, **ticks),
            "yaxis": names_axis(
                [str(g) for g in values.columns], "", _LONGEST_NAME, autorange="reversed"
            ),
            "margin": {"t": 34},
            **_conditions((result.first, n_first), (result.second, n - n_first)),
        },
        caption=f"Log2 values standardised by gene (z), cut at ±3; {result.first} on the left. "
        "These genes were chosen for their difference, so that the groups must look apart.",
        height=200 + 14 * values.shape[1],
        least_width=520,
    )


def _conditions(*groups: tuple[str, int]) -> dict[str, Any]:
    """A strip above the heat map that names the conditions."""
    shapes, words, start = [], [], -0.5
    for (name, size), colour in zip(groups, (VERMILLION, BLUE), strict=True):
        end = start + size
        here = {"xref": "x", "yref": "paper"}
        shapes.append(
            {"type": "rect", **here, "x0": start, "x1": end, "y0": 1.005, "y1": 1.02,
             "fillcolor": colour, "line": {"width": 0}}
        )  # fmt: skip
        words.append(
            {**here, "x": (start + end) / 2, "y": 1.02, "yanchor": "bottom", "showarrow": False,
             "text": f"{label(name)} ({count(size)})"}
        )  # fmt: skip
        start = end
    return {"shapes": shapes, "annotations": words}


def _table(result: ContrastResult) -> Table:
    top = result.table.sort_values("p_value", kind="stable").head(_TOP_ROWS)
    return Table(
        title=f"The first {len(top)} genes",
        columns=("Gene", _FOLD, "Mean, log2", "Statistic", "P", "Adjusted P", "B"),
        rows=[
            (
                gene,
                *(decimal(value, 2) for value in (change, mean, statistic)),
                _small(p),
                _small(adjusted),
                decimal(b, 2),
            )
            for gene, change, mean, statistic, p, adjusted, b in top.to_numpy().tolist()
        ],
        caption="All genes are in de.csv.",
    )


def _small(value: float) -> str:
    return f"{value:.2g}" if math.isfinite(value) else "–"


def _diagnostics(result: ContrastResult) -> list[Block]:
    p = result.table["p_value"].dropna().to_numpy(dtype=float)
    heights, edges = np.histogram(p, bins=20, range=(0, 1))
    figures = [
        Figure(
            title="P-values",
            alt="Histogram of the P-values of all tested genes.",
            traces=[
                {
                    "type": "bar",
                    "x": (edges[:-1] + edges[1:]) / 2,
                    "y": heights,
                    "marker": {"color": BLUE},
                    "hovertemplate": "%{y} genes<extra></extra>",
                }
            ],
            layout={
                "xaxis": axis("P"),
                "yaxis": axis("genes"),
                "margin": {"t": 10},
                "bargap": 0.05,
            },
            caption="Flat with a peak at 0 is as it should be; a slope up towards 1, or a hump, "
            "says that the model doesn't fit.",
        )
    ]
    if result.mean_variance is not None:
        figures.append(_trend(result))
    return [Row(tuple(figures))]


def _trend(result: ContrastResult) -> Figure:
    drawn = result.mean_variance
    if drawn is None:
        raise ValueError("There is no mean-variance trend to draw.")
    step = max(1, -(-len(drawn.points) // _MOST_GREY))
    thin = max(1, len(drawn.curve) // _MOST_CURVE)
    points, curve = drawn.points[::step], drawn.curve[::thin]
    return Figure(
        title="Mean and variance",
        alt="Spread of each gene against its mean, with the fitted trend.",
        traces=[
            {
                "type": "scatter",
                "mode": "markers",
                "x": points[:, 0],
                "y": points[:, 1],
                "marker": {"color": GREY, "size": 4, "opacity": 0.5},
                "hoverinfo": "skip",
            },
            {
                "type": "scatter",
                "mode": "lines",
                "x": curve[:, 0],
                "y": curve[:, 1],
                "line": {"color": VERMILLION, "width": 3},
                "hoverinfo": "skip",
            },
        ],
        layout={
            "xaxis": axis(drawn.mean_label),
            "yaxis": axis("√ residual standard deviation, log2"),
            "margin": {"t": 10},
        },
        caption=f"One gene in {step} is drawn." if step > 1 else "",
        keys=(
            Key("gene", (0,), GREY, symbol="circle"),
            Key("trend", (1,), VERMILLION, dash="solid"),
        ),
    )
