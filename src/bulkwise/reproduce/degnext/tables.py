"""The tables of the page and of the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from bulkwise.baselines import DIRECTION_RULES
from bulkwise.evaluation.direction.scores import METRICS
from bulkwise.reporting.base import Table, decimal, interval
from bulkwise.reproduce.degnext import paper
from bulkwise.reproduce.degnext.methods import CNN, OURS
from bulkwise.reproduce.degnext.trials import Found, Judged, mean_accuracy, mean_metric

__all__ = ["RULE", "best_rival", "by_cohort", "by_method", "paper_mean", "six", "text_table"]

RULE = "mean, CPM"
_NO_RIVALS = (CNN, OURS, "majority", "other cohorts' mean", *DIRECTION_RULES)


def rivals_of(judged: Sequence[Judged]) -> list[str]:
    """Those of the paper's rivals that are there."""
    return [name for name in judged[0].scores if name not in _NO_RIVALS]


def best_rival(judged: Sequence[Judged]) -> str:
    """The rival with the highest mean accuracy."""
    return max(rivals_of(judged), key=lambda name: mean_accuracy(judged, name).value)


def paper_mean(judged: Sequence[Judged], printed: Mapping[str, tuple[float, ...]]) -> float:
    """The paper's mean accuracy on the cohorts that are judged here; NaN if it has none."""
    values = [printed[one.cohort][0] for one in judged if one.cohort in printed]
    return float(np.mean(values)) if values else float("nan")


def by_cohort(
    judged: Sequence[Judged], printed: Mapping[str, tuple[float, ...]], title: str
) -> Table:
    """Accuracy cohort by cohort, the paper's beside ours."""
    shown = [name for name in (CNN, RULE, OURS) if name in judged[0].scores]
    shown += rivals_of(judged)
    rows = []
    for one in judged:
        theirs = printed.get(one.cohort, (float("nan"),))[0]
        cells = [decimal(one.metrics(name)["accuracy"]) for name in shown]
        rows.append(
            (one.cohort, one.taught, one.tested, str(len(one.truth)), decimal(theirs), *cells)
        )
    means = [decimal(mean_accuracy(judged, name).value) for name in shown]
    rows.append(("mean", "", "", "", decimal(paper_mean(judged, printed)), *means))
    return Table(
        title=title,
        columns=("Cohort", "Learnt from", "Tested on", "Genes", "DEGnext, paper", *shown),
        rows=rows,
        words=(0, 1, 2),
        marked=frozenset({len(rows) - 1}),
        caption="Accuracy of the sign. The paper's figures are means over five folds of its own "
        "genes. T1 stands for the paper's training genes; T2 stands in where it isn't there.",
    )


def by_method(judged: Sequence[Judged], title: str) -> Table:
    """All methods: six metrics, and the difference from the rule."""
    rows = []
    for name in judged[0].scores:
        accuracy = mean_accuracy(judged, name)
        lead = mean_accuracy(judged, name, RULE)
        rest = [decimal(mean_metric(judged, name, key).value) for key in METRICS]
        rows.append(
            (
                name,
                interval(accuracy.value, accuracy.low, accuracy.high),
                "–" if name == RULE else interval(lead.value, lead.low, lead.high),
                *rest[1:],
            )
        )
    return Table(
        title=title,
        columns=("Method", "Accuracy", f"Less “{RULE}”", *list(METRICS.values())[1:]),
        rows=rows,
        marked=frozenset(i for i, row in enumerate(rows) if row[0] == CNN),
        caption="Means over cohorts; 95 % intervals from resampling cohorts, and genes within "
        "them. Recall, precision and F are weighted by class, so that recall equals accuracy.",
    )


def six(judged: Sequence[Judged], printed: Mapping[str, tuple[float, ...]], title: str) -> Table:
    """The network's six metrics by cohort, the paper's in front."""
    rows = []
    for one in judged:
        theirs = printed.get(one.cohort, (float("nan"),) * 5)
        own = one.metrics(CNN)
        cells = [
            f"{decimal(their)} / {decimal(own[key])}"
            for key, their in zip(METRICS, (*theirs, float("nan")), strict=True)
        ]
        rows.append((one.cohort, *cells))
    return Table(
        title=title,
        columns=("Cohort", *METRICS.values()),
        rows=rows,
        caption="The paper's figure / ours. The paper shows ROC areas in a figure only.",
        folded=True,
    )


def text_table(found: Found) -> str:
    """The table for the terminal: mean accuracy of every method in both experiments."""
    lines = []
    for title, judged, printed in (
        ("table 2, learnt in the cohort", found.general, paper.GENERAL),
        ("table 3, learnt in other cohorts", found.transfer, paper.TRANSFER),
    ):
        if not judged:
            continue
        lines.append(f"{title}: accuracy, mean of {len(judged)} cohorts")
        lines.append(f"  {'DEGnext, paper':<24}{paper_mean(judged, printed):.4f}")
        lines += [f"  {name:<24}{mean_accuracy(judged, name)}" for name in judged[0].scores]
    return "\n".join(lines)
