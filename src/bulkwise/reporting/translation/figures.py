"""Figures and tables of a judgement of translators."""

from __future__ import annotations

from typing import Any

import numpy as np

from bulkwise.evaluation.base import Estimate
from bulkwise.evaluation.translation import TranslationResult
from bulkwise.reporting.base import (
    BLUE,
    GREY,
    VERMILLION,
    Block,
    Figure,
    Key,
    Notice,
    Row,
    Section,
    Table,
    Text,
    axis,
    count,
    decimal,
    interval,
    interval_points,
    label,
    names_axis,
    p_value,
    span,
)

__all__ = ["coverage", "genes", "patients", "purity", "scores", "tissues"]

_TOP = 25
_LOG = "squared log2 units"


def scores(result: TranslationResult) -> Section:
    """All models and rules beside one another."""
    keys = list(result.metrics)
    heads = [
        f"{info.title} {'↑' if info.higher_is_better else '↓'}" for info in result.metrics.values()
    ]
    rows = [
        (name, *(_cell(model.metrics[key]) for key in keys))
        for name, model in result.models.items()
    ]
    ours = frozenset(i for i, m in enumerate(result.models.values()) if m.role == "model")
    meanings = "; ".join(f"{info.title}: {info.meaning}" for info in result.metrics.values())
    blocks: list[Block] = []
    if result.question.paired:
        shown = ("error", "personal_correlation")
        blocks.append(Row(tuple(_dots(result, key) for key in shown)))
    blocks.append(
        Table(
            title="Held-out figures",
            columns=("model", *heads),
            rows=rows,
            marked=ours,
            caption=f"{meanings}. 95 % intervals by bootstrap over patients, conditional on the "
            "fitted models.",
        )
    )
    if result.comparisons:
        blocks.append(_comparisons(result))
    blocks.append(
        Text(
            "The classifier's F1 is the judge that papers use. It passes the tissue's mean, which "
            "is the same profile for everybody; so it says nothing about a person."
        )
    )
    return Section("Against the simple rules", blocks)


def _cell(value: Estimate) -> str:
    return interval(value.value, value.low, value.high)


def _dots(result: TranslationResult, key: str) -> Figure:
    info = result.metrics[key]
    names = [name for name, m in result.models.items() if np.isfinite(m.metrics[key].value)]
    traces: list[dict[str, Any]] = []
    keys: list[Key] = []
    for role, word, colour, symbol in (
        ("model", "under test", BLUE, "diamond"),
        ("rule", "rules", VERMILLION, "circle"),
    ):
        rows = [i for i, name in enumerate(names) if result.models[name].role == role]
        keys.append(Key(word, (len(traces),), colour, symbol=symbol))
        found = [result.models[names[i]].metrics[key] for i in rows]
        traces.append(interval_points(word, found, rows, colour, symbol))
    ends = [e for n in names for e in (result.models[n].metrics[key].low,
                                       result.models[n].metrics[key].high)]  # fmt: skip
    unit = f", {_LOG}" if key == "error" else ""
    return Figure(
        title=info.title,
        alt="; ".join(f"{name} {_cell(result.models[name].metrics[key])}" for name in names),
        traces=traces,
        layout={
            "xaxis": axis(info.title + unit, range=span(ends)),
            "yaxis": names_axis(names, range=[len(names) - 0.5, -0.5]),
            "margin": {"t": 8},
        },
        keys=tuple(keys),
        height=90 + 30 * len(names),
    )


def _comparisons(result: TranslationResult) -> Table:
    return Table(
        title="Error of the model minus that of its rivals",
        columns=("rival", "difference", "P (t)", "P, Holm", "P (ranks)", "the model is"),
        rows=[
            (
                row.rival,
                _cell(row.difference),
                p_value(row.p_value),
                p_value(row.adjusted_p_value),
                p_value(row.rank_p_value),
                row.verdict,
            )
            for row in result.comparisons
        ],
        words=(0, 5),
        caption="Over the same held-out patients; below 0 is better. P (t) of the paired t-test, "
        "adjusted by Holm over the rivals; P (ranks) of Wilcoxon's signed-rank test.",
    )


def patients(result: TranslationResult) -> Section:
    """Patient by patient: the model against the best rule, and the personal part."""
    if not result.question.paired:
        return Section("Patients", [])
    ours, best = next(iter(result.models)), str(result.best_rule)
    table = result.patients
    mine, rule = (table[table["model"] == name] for name in (ours, best))
    x, y = rule["error"].to_numpy(float), mine["error"].to_numpy(float)
    ends = span([*x, *y]) or [0.0, 1.0]
    text = [
        label(f"{one} ({where})", 60)
        for one, where in zip(mine["patient"], mine["tissue"], strict=True)
    ]
    cloud = Figure(
        title="Error of each patient",
        alt=f"{int((y < x).sum())} of {len(x)} patients lie below the diagonal, where {ours} is "
        f"better than {best}.",
        traces=[
            _cloud(x, y, text),
            {
                "type": "scatter",
                "mode": "lines",
                "x": ends,
                "y": ends,
                "line": {"color": GREY, "dash": "dot"},
                "hoverinfo": "skip",
            },
        ],
        layout={
            "xaxis": axis(f"{label(best)}, {_LOG}", range=ends),
            "yaxis": axis(f"{label(ours)}, {_LOG}", range=ends),
            "margin": {"t": 8},
        },
        caption=f"{count(int((y < x).sum()))} of {count(len(x))} patients lie below the line: the "
        "model is better for them.",
    )
    values = mine["personal_correlation"].to_numpy(float)
    histogram = Figure(
        title="Personal correlation of each patient",
        alt=f"Median {np.median(values):.2f}, from {values.min():.2f} to {values.max():.2f}.",
        traces=[{"type": "histogram", "x": values, "nbinsx": 40, "marker": {"color": BLUE}}],
        layout={
            "xaxis": axis("correlation of predicted and true deviation from the mean"),
            "yaxis": axis("patients"),
            "margin": {"t": 8},
        },
        caption=f"Above 0 for {np.mean(values > 0):.0%} of the patients.",
    )
    blocks: list[Block] = [Row((cloud, histogram))]
    for one in result.sensitivity:
        blocks.append(
            Text(
                f"Without {one.without}: {one.n} patients, error {_cell(one.error)} (best rule "
                f"{_cell(one.rival_error)}), personal correlation "
                f"{_cell(one.personal_correlation)}."
            )
        )
    return Section("Patient by patient", blocks)


def _cloud(x: Any, y: Any, text: list[str]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": x,
        "y": y,
        "text": text,
        "marker": {"color": BLUE, "size": 6, "opacity": 0.6},
        "hovertemplate": "%{text}<br>%{x:.2f}, %{y:.2f}",
    }


def tissues(result: TranslationResult) -> Section:
    """Each tissue by itself."""
    names = list(result.question.tissues)
    if len(names) < 2:
        return Section("Tissues", [])
    ours, best = next(iter(result.models)), result.best_rule
    keys = ("error", "personal_correlation") if result.question.paired else ("mean_error", "energy")
    shown = [name for name in dict.fromkeys([ours, best, "target mean"]) if name]
    heads = [f"{result.metrics[key].title}, {name}" for key in keys for name in shown]
    rows = [
        (
            tissue,
            count(result.question.tissues[tissue]),
            *(
                _cell(result.models[name].per_tissue[tissue][key])
                if tissue in result.models[name].per_tissue
                else "–"
                for key in keys
                for name in shown
            ),
        )
        for tissue in names
    ]
    return Section(
        "Tissue by tissue",
        [Table(title="By tissue", columns=("tissue", "held out", *heads), rows=rows)],
    )


def coverage(result: TranslationResult) -> Section:
    """Whether the intervals hold what they say."""
    if not result.coverage:
        return Section("Intervals", [])
    found = result.coverage
    level = found[0].nominal
    names = [f"{one.tissue} ({one.n})" for one in found]
    held = [one.held for one in found]
    figure = Figure(
        title="Share of held-out values inside their interval",
        alt=f"{found[0].held:.1%} over all, nominal {level:.0%}.",
        traces=[
            {
                "type": "scatter",
                "mode": "markers",
                "x": held,
                "y": list(range(len(names))),
                "marker": {"color": BLUE, "symbol": "diamond", "size": 9},
                "hovertemplate": "%{x:.1%}",
            }
        ],
        layout={
            "xaxis": axis("share of values", tickformat=".0%", range=span([*held, level])),
            "yaxis": names_axis(names, range=[len(names) - 0.5, -0.5]),
            "shapes": [
                {
                    "type": "line",
                    "x0": level,
                    "x1": level,
                    "y0": 0,
                    "y1": 1,
                    "yref": "paper",
                    "layer": "below",
                    "line": {"color": GREY, "dash": "dot"},
                }
            ],
            "margin": {"t": 8},
        },
        caption=f"Nominal {level:.0%} (dotted). Every gene of every patient has an interval; the "
        "spread is learned per gene and tissue.",
        height=90 + 26 * len(names),
    )
    return Section("Can the intervals be believed?", [figure])


def genes(result: TranslationResult) -> Section:
    """Which genes keep something personal."""
    if result.genes.empty:
        return Section("Genes", [])
    table = result.genes
    share = table["explained"].to_numpy(float)
    kept = table[table["variance_around_mean"] > np.median(table["variance_around_mean"])]
    top = kept.sort_values("explained", ascending=False).head(_TOP)
    histogram = Figure(
        title="Share of each gene's variance that is foretold",
        alt=f"Median {np.median(share):.3f}; {np.mean(share > 0.1):.1%} of the genes over 0.1.",
        traces=[{"type": "histogram", "x": share, "nbinsx": 80, "marker": {"color": BLUE}}],
        layout={
            "xaxis": axis("1 − error / error of the tissue's mean"),
            "yaxis": axis("genes"),
            "margin": {"t": 8},
        },
        caption="0 is what the mean of the tissue gives.",
    )
    listed = Table(
        title=f"The {len(top)} genes foretold best",
        columns=("gene", "share foretold", "error", "error of the mean"),
        rows=[
            (
                str(row["gene"]),
                decimal(row["explained"], 2),
                decimal(row["error"], 2),
                decimal(row["variance_around_mean"], 2),
            )
            for _, row in top.iterrows()
        ],
        caption=f"Of the more variable half of the genes. Errors in {_LOG}. Inherited differences "
        "(a deleted gene, HLA, sex) are the same in both tissues of a person.",
        folded=True,
    )
    return Section("Gene by gene", [histogram, listed])


def purity(result: TranslationResult) -> Section:
    """How much of the personal part goes with admixed cells."""
    if result.purity is None:
        return Section("Purity", [])
    found = result.purity
    return Section(
        "How much of it is purity?",
        [
            Notice(
                "note",
                f"A score of {len(found.genes)} genes of admixed cells explains "
                f"{_cell(found.explained)} of the variance of the true deviations. Personal "
                f"correlation is {_cell(found.before)}, and {_cell(found.after)} when truth and "
                "prediction each lose what goes with their own score.",
                found.genes,
            )
        ],
    )
