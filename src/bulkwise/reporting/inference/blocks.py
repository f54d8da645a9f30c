"""Sections on inference: the table of errors, genes against a rival, what comes after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bulkwise.evaluation.inference.results import InferenceEvaluation, Scenario
from bulkwise.reporting.base import (
    BLUE,
    GREY,
    VERMILLION,
    Block,
    Figure,
    Key,
    Notice,
    Section,
    Table,
    Text,
    axis,
    count,
    decimal,
    interval,
    label,
    names_axis,
    p_value,
    seconds,
)

__all__ = ["inference_blocks", "sentence"]

_DOTS = 3000  # genes drawn


def sentence(result: InferenceEvaluation) -> str:
    """What the first scenario says, in a sentence."""
    first = result.scenarios[0]
    best = min(first.rivals, key=lambda row: first.models[row.rival].mae.value)
    own = first.models[result.ours].mae
    word = "not clearly lower"
    if best.difference.high < 0:
        word = "lower"
    elif best.difference.low > 0:
        word = "higher"
    return (
        f"{result.ours} infers genes with a mean absolute error of {own} standard deviations; this "
        f"is {word} than that of the best rival, {best.rival} "
        f"({first.models[best.rival].mae.value:.3f}), and lower in {best.improved:.0%} of the "
        "genes."
    )


def inference_blocks(result: InferenceEvaluation, rival: str) -> list[Section]:
    """The sections.

    Parameters
    ----------
    result
        The judgement.
    rival
        The model whose errors are drawn against those of the model under test.
    """
    return [
        Section("Errors", [_figure(result.scenarios, result.ours), _errors(result)]),
        Section("Against each rival", [_rivals(one, result.ours) for one in result.scenarios]),
        Section("Gene by gene", [_scatter(result, rival), _flags(result)]),
        Section("What comes after", _downstream(result)),
    ]


def _figure(scenarios: Sequence[Scenario], ours: str) -> Figure:
    names, off = _drawn(scenarios[0])
    marks = ((BLUE, "circle"), (VERMILLION, "square"), (GREY, "diamond"))
    traces: list[dict[str, Any]] = []
    keys = []
    for number, one in enumerate(scenarios[: len(marks)]):
        colour, symbol = marks[number]
        values = [one.models[name].mae for name in names]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [value.value for value in values],
                "y": list(range(len(names))),
                "error_x": {
                    "type": "data",
                    "symmetric": False,
                    "array": [value.high - value.value for value in values],
                    "arrayminus": [value.value - value.low for value in values],
                },
                "marker": {"color": colour, "symbol": symbol, "size": 9},
                "name": label(one.name),
            }
        )
        keys.append(Key(one.name, (number,), colour, symbol=symbol))
    first = scenarios[0]
    return Figure(
        title="Mean absolute error of each model",
        alt="; ".join(f"{name} {first.models[name].mae}" for name in names),
        traces=traces,
        layout={
            "xaxis": axis(
                "mean absolute error (standard deviations of the gene)", rangemode="tozero"
            ),
            "yaxis": names_axis(names, autorange="reversed"),
        },
        caption=f"Lower is better; {ours} is the model under test. Bars: 95 % intervals over "
        f"patients.{off}",
        keys=tuple(keys),
        height=120 + 32 * len(names),
    )


def _drawn(first: Scenario) -> tuple[list[str], str]:
    """Models that are no worse than saying the mean, and a sentence about the others."""
    most = first.models["mean"].mae.value if "mean" in first.models else np.inf
    names = [name for name, one in first.models.items() if one.mae.value <= most]
    off = [name for name in first.models if name not in names]
    return names, f" Not drawn, as worse than the mean: {', '.join(off)}." if off else ""


def _errors(result: InferenceEvaluation) -> Table:
    columns = ["model"]
    for one in result.scenarios:
        columns.append(f"{one.name}: error")
    columns += ["correlation", "inside 90 % interval", "processor time"]
    rows = []
    for name in result.scenarios[0].models:
        first = result.scenarios[0].models[name]
        errors = [one.models[name].mae for one in result.scenarios]
        rows.append(
            (
                name,
                *(interval(value.value, value.low, value.high) for value in errors),
                decimal(first.correlation),
                f"{first.coverage:.1%}" if np.isfinite(first.coverage) else "–",
                seconds(first.seconds),
            )
        )
    sizes = "; ".join(
        f"{one.name}: {count(one.n_train)} samples to train on, {count(one.n_test)} of "
        f"{count(one.n_patients)} patients to test"
        for one in result.scenarios
    )
    return Table(
        title="Mean absolute error, in standard deviations of each gene in the training part",
        columns=tuple(columns),
        rows=rows,
        caption=f"{sizes}. Correlation (median over genes), interval and time: first scenario.",
        marked=frozenset({list(result.scenarios[0].models).index(result.ours)}),
    )


def _rivals(one: Scenario, ours: str) -> Table:
    return Table(
        title=f"{ours} against each rival: {one.name}",
        columns=("rival", "difference in error", "P (patients)", "genes improved"),
        rows=[
            (
                row.rival,
                interval(row.difference.value, row.difference.low, row.difference.high),
                p_value(row.p),
                f"{row.improved:.1%}",
            )
            for row in one.rivals
        ],
        caption="Below 0: the model under test has the lower error. P: signed-rank test of the "
        "patients' mean errors, Holm over the rivals. Genes: those above zero in a tenth of the "
        "samples or more.",
    )


def _scatter(result: InferenceEvaluation, rival: str) -> Figure:
    x = result.genes[f"error({rival})"].to_numpy()
    y = result.genes[f"error({result.ours})"].to_numpy()
    good = result.genes["inferable"].to_numpy(dtype=bool)
    shown = np.arange(len(x))[:: max(1, len(x) // _DOTS)]
    traces: list[dict[str, Any]] = []
    keys = []
    for word, mask, colour, symbol in (
        ("inferable", good, BLUE, "circle"),
        ("flagged as not inferable", ~good, VERMILLION, "x"),
    ):
        part = shown[mask[shown]] if word == "inferable" else np.flatnonzero(mask)
        if not len(part):
            continue
        keys.append(Key(word, (len(traces),), colour, symbol=symbol))
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": x[part].round(4).tolist(),
                "y": y[part].round(4).tolist(),
                "marker": {"color": colour, "symbol": symbol, "size": 5, "opacity": 0.6},
                "name": word,
            }
        )
    end = float(max(x.max(), y.max()))
    traces.append(
        {
            "type": "scatter",
            "mode": "lines",
            "x": [0, end],
            "y": [0, end],
            "line": {"color": GREY, "dash": "dash"},
            "hoverinfo": "skip",
        }
    )
    return Figure(
        title=f"Error of each gene: {result.ours} and {rival}",
        alt=f"Most genes lie {'below' if (y < x).mean() > 0.5 else 'above'} the diagonal: the "
        f"error of {result.ours} is lower in {(y < x).mean():.0%} of the genes.",
        traces=traces,
        layout={
            "xaxis": axis(f"error of {label(rival)} (standard deviations)"),
            "yaxis": axis(f"error of {label(result.ours)} (standard deviations)"),
        },
        caption=f"A point is a gene ({count(len(shown))} of {count(len(x))} drawn, and all flagged "
        "ones); below the dashed line the model under test is better.",
        keys=tuple(keys),
        height=480,
        most_width=640,
    )


def _flags(result: InferenceEvaluation) -> Text:
    flagged, others = result.flagged_error()
    number = int((~result.genes["inferable"].to_numpy(dtype=bool)).sum())
    if not number:
        return Text("No gene is flagged as one that can't be inferred.")
    return Text(
        f"{count(number)} of {count(len(result.genes))} genes are flagged, from training samples "
        f"alone, as genes that can't be inferred. Their error on test samples is {flagged:.3f}, "
        f"that of the others {others:.3f}."
    )


def _downstream(result: InferenceEvaluation) -> list[Block]:
    after, blocks = result.downstream, []
    if after.label:
        blocks.append(
            Text(
                f"Logistic regression for {after.label}, trained on measured genes: balanced "
                f"accuracy {after.measured:.3f} on measured and {after.inferred:.3f} on inferred "
                "genes of test samples."
            )
        )
    if after.contrast:
        signs = "no gene is significant when measured"
        if np.isfinite(after.same_sign):
            signs = (
                f"of the genes significant when measured {after.same_sign:.1%} change in the same "
                "direction when inferred"
            )
        blocks.append(
            Text(
                f"Differential expression, {after.contrast}: the log2 fold changes of inferred and "
                f"measured genes correlate with {after.fold_changes:.3f}; {signs}; of the "
                f"{min(100, len(result.genes))} genes of the smallest P {after.top:.0%} are the "
                "same."
            )
        )
    note = "Inferred genes vary less than measured ones, so their P-values are too small."
    return [*blocks, Notice("warning", note)] if blocks else []
