"""From what the folds gave to figures with intervals and comparisons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
from scipy import stats

from bulkwise.checks.base import Finding
from bulkwise.evaluation.base import Estimate
from bulkwise.evaluation.candidates import described
from bulkwise.evaluation.corrected import holm
from bulkwise.evaluation.metrics import estimate
from bulkwise.evaluation.translation.critic import macro_f1
from bulkwise.evaluation.translation.folds import Gathered, Part
from bulkwise.evaluation.translation.measures import PER_PATIENT, mean_estimate, median_estimate
from bulkwise.evaluation.translation.results import (
    Sensitivity,
    TranslationComparison,
    Translator,
)

__all__ = ["comparisons_of", "models_of", "sensitivity_of"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_LEVEL = 0.05
_NOTHING = Estimate(float("nan"), float("nan"), float("nan"))
_PER_TISSUE = ("error", "personal_correlation")
_GROUP = ("mean_error", "energy", "spread")


def models_of(
    models: Mapping[str, Any], part: Part, gathered: Gathered, weights: Array
) -> dict[str, Translator]:
    """The figures of every model and rule; ``weights`` are draws x held-out samples."""
    where = part.samples.tissue[np.concatenate(gathered.rows)]
    return {
        name: Translator(
            name=name,
            role="model" if name in models else "rule",
            description=described(models[name]) if name in models else name,
            seconds=gathered.seconds.get(name, 0.0),
            metrics={
                **(_paired(gathered, name, weights) if part.paired else _grouped(gathered, name)),
                **_seen(gathered, name, where, weights),
            },
            per_tissue=_by_tissue(gathered, name, where, weights, part.paired),
        )
        for name in gathered.looks
        if name != "source"
    }


def _paired(gathered: Gathered, name: str, weights: Array) -> dict[str, Estimate]:
    found = {key: np.concatenate(gathered.figures[name][key]) for key in PER_PATIENT}
    made = {key: mean_estimate(values, weights) for key, values in found.items()}
    return {
        "error": made.pop("error"),
        "median_error": median_estimate(found["error"], weights),
        **made,
    }


def _grouped(gathered: Gathered, name: str) -> dict[str, Estimate]:
    rows = gathered.groups.get(name, [])
    counts = [n for _, n, _ in rows]
    return {
        key: Estimate(
            float(np.average([found[key] for _, _, found in rows], weights=counts)),
            float("nan"),
            float("nan"),
        )
        if rows
        else _NOTHING
        for key in _GROUP
    }


def _seen(gathered: Gathered, name: str, where: Array, weights: Array) -> dict[str, Estimate]:
    """What the independent classifier makes of the predictions."""
    made = {"condition_f1": _NOTHING, "tissue_f1": _NOTHING}
    conditions = [
        np.concatenate([seen for seen, _ in gathered.looks[key]]) for key in ("source", name)
    ]
    truth = np.repeat(["source", "target"], [len(part) for part in conditions])
    made["condition_f1"] = estimate(
        macro_f1(truth, np.concatenate(conditions), np.hstack([weights, weights]))
    )
    tissues = [seen for _, seen in gathered.looks[name]]
    if all(seen is not None for seen in tissues):
        looks = np.concatenate([seen for seen in tissues if seen is not None])
        made["tissue_f1"] = estimate(macro_f1(where, looks, weights))
    return made


def _by_tissue(
    gathered: Gathered, name: str, where: Array, weights: Array, paired: bool
) -> dict[str, dict[str, Estimate]]:
    if not paired:
        rows = gathered.groups.get(name, [])
        return {
            tissue: {
                key: Estimate(
                    float(np.mean([f[key] for t, _, f in rows if t == tissue])),
                    float("nan"),
                    float("nan"),
                )
                for key in ("mean_error", "energy")
            }
            for tissue in sorted({t for t, _, _ in rows})
        }
    found = {key: np.concatenate(gathered.figures[name][key]) for key in _PER_TISSUE}
    return {
        str(tissue): {
            key: mean_estimate(values[where == tissue], weights[:, where == tissue])
            for key, values in found.items()
        }
        for tissue in np.unique(where)
    }


def comparisons_of(
    made: Mapping[str, Translator], gathered: Gathered, weights: Array
) -> tuple[TranslationComparison, ...]:
    """The first model against all others, over the same patients."""
    ours, *others = made
    errors = {name: np.concatenate(gathered.figures[name]["error"]) for name in made}
    tests = {name: _paired_tests(errors[ours] - errors[name]) for name in others}
    adjusted = holm([tests[name][0] for name in others])
    rows = []
    for name, p in zip(others, adjusted, strict=True):
        difference = mean_estimate(errors[ours] - errors[name], weights)
        verdict: Literal["better", "worse", "undecided"] = "undecided"
        if p < _LEVEL:
            verdict = "better" if difference.value < 0 else "worse"
        rows.append(TranslationComparison(ours, name, difference, tests[name][0], p,
                                          tests[name][1], verdict))  # fmt: skip
    return tuple(rows)


def _paired_tests(differences: Array) -> tuple[float, float]:
    """P of the paired t-test and of Wilcoxon's signed-rank test."""
    if len(differences) < 3 or not np.any(differences):
        return 1.0, 1.0
    return (
        float(stats.ttest_1samp(differences, 0.0).pvalue),
        float(stats.wilcoxon(differences).pvalue),
    )


def sensitivity_of(
    made: Mapping[str, Translator],
    part: Part,
    gathered: Gathered,
    rows: Array,
    weights: Array,
    findings: Sequence[Finding],
) -> tuple[Sensitivity, ...]:
    """The figures without the pairs that look swapped or mislabelled."""
    suspects = [item for one in findings if one.code == "pair-suspect" for item in one.items]
    if not suspects:
        return ()
    rules = {name: m.metrics["error"].value for name, m in made.items() if m.role == "rule"}
    best, ours = min(rules, key=lambda name: rules[name]), next(iter(made))
    kept = ~np.isin(part.samples.patient[rows], suspects)

    def of(name: str, key: str) -> Estimate:
        values = np.concatenate(gathered.figures[name][key])[kept]
        return mean_estimate(values, weights[:, kept])

    return (
        Sensitivity(
            f"pairs that look swapped or mislabelled ({', '.join(suspects)})",
            int(kept.sum()),
            of(ours, "error"),
            of(best, "error"),
            of(ours, "personal_correlation"),
        ),
    )
