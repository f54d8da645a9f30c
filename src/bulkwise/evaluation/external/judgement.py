"""What predictions for another cohort are worth: intervals, comparisons, strata, calibration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bulkwise.checks.base import Finding
from bulkwise.checks.labels import is_missing, require_column
from bulkwise.errors import SampleError
from bulkwise.evaluation.base import METRICS, Comparison, Estimate, Judged, ModelResult
from bulkwise.evaluation.corrected import (
    BOOTSTRAP,
    bootstrap_difference,
    compared,
    verdict_sentence,
    with_holm,
)
from bulkwise.evaluation.curves import calibration, curves
from bulkwise.evaluation.external.calibrating import calibrated
from bulkwise.evaluation.external.clinical import UNKNOWN_WORDS
from bulkwise.evaluation.external.fits import CLINICAL, Abroad
from bulkwise.evaluation.external.results import (
    FOLLOW_UP_METRICS,
    Calibrated,
    Stratum,
)
from bulkwise.evaluation.metrics import (
    bootstrap_weights,
    combined,
    estimate,
    estimates,
    fold_scores,
    judge,
    mean_confusion,
    unseen_share,
)
from bulkwise.randomness import Seeds
from bulkwise.stats import Endpoint, auc_at, c_index, uno_c_index

__all__ = ["LEAST_FOR_A_CLAIM", "Judgement", "judge_abroad", "too_few"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Draws = dict[str, dict[str, Floats]]

LEAST_FOR_A_CLAIM = 10
"""With fewer patients of a class, figures are shown and said to support no claim."""

_COMPARED = ("balanced_accuracy", "brier")
_MOST_LEVELS = 10
_NOTHING = Estimate(float("nan"), float("nan"), float("nan"))


@dataclass(frozen=True, eq=False)
class Judgement:
    """The figures of all models in the test cohort."""

    results: dict[str, ModelResult]
    comparisons: tuple[Comparison, ...]
    verdict: tuple[str, ...]
    calibration: tuple[Calibrated, ...]
    strata: tuple[Stratum, ...]
    findings: tuple[Finding, ...]


class _Bench:
    """The test samples whose class is known, and the draws of patients."""

    def __init__(self, abroad: Abroad, known: Bools, seeds: Seeds) -> None:
        inputs, test = abroad.inputs, abroad.fold.test
        self.abroad, self.known, self.seeds = abroad, known, seeds
        self.classes = inputs.classes
        self.sheet: pd.DataFrame = inputs.sheet.iloc[test]
        self.groups = inputs.groups[test]
        self.codes = inputs.codes[test]
        names, self.of_sample = np.unique(self.groups, return_inverse=True)
        self.weights = bootstrap_weights(len(names), seeds.numpy("bootstrap"))
        self.patients = self.count(known)

    def count(self, rows: Bools) -> NDArray[np.intp]:
        """Patients of each class among some of the test samples."""
        return np.array(
            [len(set(self.groups[rows & (self.codes == k)])) for k in range(len(self.classes))]
        )

    def counted(self, rows: Bools) -> dict[str, int]:
        """The same, by name."""
        return dict(zip(self.classes, self.count(rows).tolist(), strict=True))


def judge_abroad(
    abroad: Abroad,
    known: Bools,
    endpoint: Endpoint | None,
    *,
    strata: Sequence[str],
    metric: str,
    margin: float,
    seeds: Seeds,
) -> Judgement:
    """Judge every model under the same draws of test patients.

    Parameters
    ----------
    abroad
        The predictions.
    known
        Which test samples have a class.
    endpoint
        Follow-up of all test samples, censored ones included; None without.
    strata
        Columns of the test cohort's sample sheet.
    metric, margin
        What the verdict rests on.
    seeds
        Of bootstrap and folds of the recalibration.

    Raises
    ------
    SampleError
        If a column of ``strata`` isn't there, or has too many values.
    """
    bench = _Bench(abroad, known, seeds)
    results: dict[str, ModelResult] = {}
    draws: Draws = {}
    for name in abroad.entries:
        results[name], draws[name] = _result(bench, name, endpoint)
    comparisons = _comparisons(bench, draws, metric, margin)
    layers = [stratum for column in strata for stratum in _strata(bench, column)]
    return Judgement(
        results=results,
        comparisons=comparisons,
        verdict=_verdicts(abroad, comparisons, results, metric),
        calibration=tuple(
            calibrated(
                name,
                abroad.judged(name, known),
                results[name],
                groups=bench.groups[known],
                weights=bench.weights,
                random_state=seeds.sklearn("recalibration"),
            )
            for name, entry in abroad.entries.items()
            if entry.fitted.calibrated and np.ptp(entry.fitted.probabilities, axis=0).max() > 0
        ),
        strata=tuple(layers),
        findings=(
            *(
                too_few(f"Of the test samples, {one.column} {one.level!r}", one.counts)
                for one in layers
                if not one.supports
            ),
            *_turned_round(abroad, results),
        ),
    )


def too_few(where: str, counts: Mapping[str, int]) -> Finding:
    """Say plainly that there are too few patients for a claim."""
    least = min(counts, key=lambda label: counts[label])
    return Finding(
        "too-few-for-a-claim",
        "warning",
        f"{where} has {counts[least]} patients of class {least!r}, fewer than "
        f"{LEAST_FOR_A_CLAIM}: its figures are shown, but they can't support a claim.",
        (least,),
    )


def _turned_round(abroad: Abroad, results: Mapping[str, ModelResult]) -> list[Finding]:
    """Clinical columns whose effect goes the other way in the test cohort."""
    findings = []
    for name, entry in abroad.entries.items():
        area = results[name].metrics["auroc"]
        if entry.kind == "clinical" and name != CLINICAL and area.high < 0.5:
            findings.append(
                Finding(
                    "clinical-turned-round",
                    "warning",
                    f"What {name!r} says in the training cohort is turned round in the test cohort "
                    f"(AUROC {area}; read the other way it would be {1 - area.value:.3f}): is it "
                    "coded in the same way in both?",
                    (name,),
                )
            )
    return findings


def _result(
    bench: _Bench, name: str, endpoint: Endpoint | None
) -> tuple[ModelResult, dict[str, Floats]]:
    entry = bench.abroad.entries[name]
    rows = bench.abroad.judged(name, bench.known)
    overall, by_class = judge(rows, bench.weights)
    total = len(np.unique(rows.group))
    metrics, classes = estimates(overall, by_class, bench.patients, total)
    roc, pr = curves(rows, bench.classes, by_class)
    if endpoint is not None:
        metrics = metrics | _over_time(bench, entry.fitted.probabilities, endpoint)
    candidate, one = entry.candidate, entry.fitted
    result = ModelResult(
        name=name,
        role="model" if entry.kind in ("model", "joint") else "baseline",
        description=_described(candidate.description, entry.kind),
        seconds=float(sum(one.seconds)),
        metrics=metrics,
        per_class=dict(zip(bench.classes, classes, strict=True)),
        confusion=mean_confusion(rows),
        folds=fold_scores(rows, [bench.abroad.fold], one.seconds),
        roc=roc,
        pr=pr,
        calibration=calibration(rows),
        histories=tuple(one.histories),
        predicted=np.array(bench.classes)[rows.predicted],
        probabilities=rows.probabilities,
        tries=one.tries,
    )
    return result, overall


def _described(text: str, kind: str) -> str:
    more = {
        "clinical": " of clinical columns, gaps filled with the training median",
        "joint": " of the model's log-odds (out of fold in training) and all clinical columns",
    }
    return text + more.get(kind, "")


def _over_time(bench: _Bench, probabilities: Floats, endpoint: Endpoint) -> dict[str, Estimate]:
    """Measures that take censored patients in, of the predicted risk."""
    time, event, horizon = endpoint.time, endpoint.event, endpoint.horizon
    risk = probabilities[:, bench.classes.index("yes")]
    weights = bench.weights[:, bench.of_sample]
    found = (
        auc_at(time, event, risk, horizon, weights),
        c_index(time, event, risk, weights),
        uno_c_index(time, event, risk, horizon, weights),
    )
    return {key: estimate(one) for key, one in zip(FOLLOW_UP_METRICS, found, strict=True)}


def _pairs(abroad: Abroad) -> list[tuple[str, str]]:
    """Each model and its rivals: simpler ones, and for a joint model its parts."""
    kinds: dict[str, list[str]] = {"model": [], "joint": [], "baseline": [], "clinical": []}
    for name, entry in abroad.entries.items():
        kinds[entry.kind].append(name)
    first, *others = kinds["model"]
    pairs = [(first, other) for other in others]
    pairs += [(m, rival) for m in kinds["model"] for rival in kinds["baseline"] + kinds["clinical"]]
    for name in kinds["joint"]:
        pairs += [(name, rival) for rival in kinds["clinical"][-1:]]
        pairs.append((name, name.removesuffix(f" + {CLINICAL}")))
    return pairs


def _comparisons(bench: _Bench, draws: Draws, metric: str, margin: float) -> tuple[Comparison, ...]:
    open_by_class = combined(unseen_share(bench.patients))
    open_overall = float(unseen_share(int(bench.patients.sum())))
    rows = []
    for model, rival in _pairs(bench.abroad):
        for key in dict.fromkeys((metric, *_COMPARED)):
            difference = bootstrap_difference(draws[model][key], draws[rival][key])
            if np.isfinite(difference[0].value):
                rows.append(
                    compared(
                        (model, rival),
                        key,
                        difference,
                        method=BOOTSTRAP,
                        margin=margin,
                        open_share=open_overall if key == "accuracy" else open_by_class,
                        decides=key == metric,
                    )
                )
    return tuple(with_holm(rows))


def _verdicts(
    abroad: Abroad,
    comparisons: Sequence[Comparison],
    results: Mapping[str, ModelResult],
    metric: str,
) -> tuple[str, ...]:
    """Against the best rival on the genes and the best without them, and what both add."""
    sign = 1 if METRICS[metric].higher_is_better else -1
    sentences = []
    for model in dict.fromkeys(row.model for row in comparisons):
        rows = [row for row in comparisons if row.model == model and row.decides]
        by_kind: dict[str, list[Comparison]] = {}
        for row in rows:
            by_kind.setdefault(abroad.entries[row.rival].kind, []).append(row)
        for found in by_kind.values():
            best = max(found, key=lambda row: sign * results[row.rival].metrics[metric].value)
            sentences.append(
                verdict_sentence(
                    best, results[model].metrics[metric], results[best.rival].metrics[metric]
                )
            )
    return tuple(sentences)


def _strata(bench: _Bench, column: str) -> list[Stratum]:
    values = require_column(bench.sheet, column, what="strata").tolist()
    words = np.array([_level(value) for value in values], dtype=str)
    levels = sorted(set(words.tolist()) - {""})
    if len(levels) > _MOST_LEVELS:
        raise SampleError(
            f"The column {column!r} has {len(levels)} values, too many for strata; expected at "
            f"most {_MOST_LEVELS}: cut it into classes first."
        )
    found = []
    for level in levels:
        inside = bench.known & (words == level)
        counts = bench.counted(inside)
        areas = {
            name: _area(bench, bench.abroad.judged(name, inside))
            if min(counts.values()) > 0
            else _NOTHING
            for name in bench.abroad.entries
        }
        supports = min(counts.values()) >= LEAST_FOR_A_CLAIM
        found.append(Stratum(column, level, counts, supports, areas))
    return found


def _level(value: object) -> str:
    if is_missing(value) or str(value).strip().lower() in UNKNOWN_WORDS:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _area(bench: _Bench, rows: Judged) -> Estimate:
    return estimate(judge(rows, bench.weights)[0]["auroc"])
