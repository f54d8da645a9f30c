"""Tests of a difference between two models that were judged on the same folds.

Fold scores aren't independent: the training sets overlap, so a plain paired t-test finds
differences that aren't there. Nadeau and Bengio (2003, Machine Learning 52:239-281) widen the
variance by the share ``n_test / n_train``. The bootstrap over patients asks another question:
with these fitted models, how much hangs on who was tested?

'As good as' is non-inferiority: the whole 95 % interval of the difference lies above minus a
stated margin. That a test finds no difference is no such claim.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from bulkwise.baselines import BASELINES
from bulkwise.evaluation.base import METRICS, Comparison, Estimate, FoldScores, ModelResult

__all__ = [
    "ASSUMES",
    "BOOTSTRAP",
    "RESAMPLED_T",
    "bootstrap_difference",
    "compare_all",
    "compared",
    "holm",
    "resampled_t",
    "verdict_sentence",
    "verdicts",
    "with_holm",
]

RESAMPLED_T = "corrected resampled t-test"
BOOTSTRAP = "paired bootstrap over patients"
ASSUMES = {
    RESAMPLED_T: (
        "differences of the folds are about normal, and overlap of the training sets is made up "
        "for by the factor n_test/n_train (Nadeau and Bengio 2003); covers the choice of the "
        "training set"
    ),
    BOOTSTRAP: (
        "patients are independent draws from the patients of interest; conditional on the fitted "
        "models, so it doesn't cover the choice of the training set"
    ),
}
"""What each test takes for granted."""

_LEVEL = 0.05
_SAME = 1e-6  # scores may come from a file, rounded


def resampled_t(
    differences: NDArray[np.float64], n_train: NDArray[np.float64], n_test: NDArray[np.float64]
) -> tuple[Estimate, float]:
    """Corrected resampled t-test over folds (and repeats).

    Parameters
    ----------
    differences
        Score of the model minus score of the rival in each fold, J; folds where it can't be
        computed (NaN) are left out.
    n_train, n_test
        Samples in the parts of each fold, J.

    Returns
    -------
    tuple
        The mean difference with its 95 % interval, and the two-sided P. With
        ``t = mean / sqrt((1 / J + n_test / n_train) var)`` on J - 1 degrees of freedom. Differences
        that are all the same say nothing of how they vary: P is 1 if they are 0, else NaN.
    """
    there = np.isfinite(differences)
    values = np.asarray(differences, np.float64)[there]
    n = len(values)
    if n < 2:
        mean = float(values.mean()) if n else float("nan")
        return Estimate(mean, float("nan"), float("nan")), float("nan")
    mean = float(values.mean())
    if np.ptp(values) < _SAME:
        return Estimate(mean, mean, mean), 1.0 if abs(mean) < _SAME else float("nan")
    share = float(np.mean(n_test[there] / n_train[there]))
    error = float(np.sqrt((1.0 / n + share) * values.var(ddof=1)))
    reach = float(stats.t.ppf(1 - _LEVEL / 2, n - 1)) * error
    p_value = float(2 * stats.t.sf(abs(mean) / error, n - 1))
    return Estimate(mean, mean - reach, mean + reach), p_value


def bootstrap_difference(
    model: NDArray[np.float64], rival: NDArray[np.float64]
) -> tuple[Estimate, float]:
    """Difference under the same draws of patients.

    Parameters
    ----------
    model, rival
        One value a weighting of the patients: the figure itself first, then the draws.

    Returns
    -------
    tuple
        The difference with its 95 % percentile interval, and a two-sided P: twice the share of
        draws on the other side of 0, one added above and below.
    """
    difference = model - rival
    drawn = difference[1:][np.isfinite(difference[1:])]
    value = float(difference[0])
    if not len(drawn) or not np.isfinite(value):
        return Estimate(value, float("nan"), float("nan")), float("nan")
    low, high = (float(edge) for edge in np.quantile(drawn, [_LEVEL / 2, 1 - _LEVEL / 2]))
    beyond = min(np.count_nonzero(drawn <= 0), np.count_nonzero(drawn >= 0))
    return Estimate(value, low, high), min(1.0, 2 * (beyond + 1) / (len(drawn) + 1))


def holm(p_values: Sequence[float]) -> list[float]:
    """P values adjusted by Holm's step-down method; NaN stays NaN and doesn't count."""
    p = np.asarray(p_values, np.float64)
    adjusted = np.full(len(p), np.nan)
    order = [int(index) for index in np.argsort(p) if np.isfinite(p[index])]
    largest = 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - rank) * float(p[index])))
        adjusted[index] = largest
    return [float(value) for value in adjusted]


def compared(
    names: tuple[str, str],
    metric: str,
    found: tuple[Estimate, float],
    *,
    method: str,
    margin: float,
    open_share: float,
    decides: bool,
) -> Comparison:
    """A comparison before adjustment for the number of rivals.

    Parameters
    ----------
    names
        The model and its rival.
    found
        Difference ``model - rival`` and P.
    open_share
        Where the two never differ the interval has no width, which isn't certainty: it is then
        widened to this share of patients on whom they could still differ.
    """
    difference, p_value = found
    if difference.low == difference.high:
        difference = Estimate(
            difference.value, difference.value - open_share, difference.value + open_share
        )
        p_value = 1.0 if abs(difference.value) <= open_share else p_value
    return _judged(
        Comparison(
            model=names[0],
            rival=names[1],
            metric=metric,
            difference=difference,
            p_value=p_value,
            adjusted_p_value=p_value,
            method=method,
            assumes=ASSUMES[method],
            margin=margin,
            verdict="undecided",
            rival_suffices=False,
            decides=decides,
        )
    )


def with_holm(rows: Sequence[Comparison]) -> list[Comparison]:
    """Adjust each model's P over its rivals, by metric and method, and judge again."""
    families: dict[tuple[str, str, str], list[int]] = {}
    for index, row in enumerate(rows):
        families.setdefault((row.model, row.metric, row.method), []).append(index)
    adjusted = list(rows)
    for members in families.values():
        for index, p in zip(members, holm([rows[i].p_value for i in members]), strict=True):
            adjusted[index] = _judged(replace(rows[index], adjusted_p_value=p))
    return adjusted


def _judged(row: Comparison) -> Comparison:
    """What the interval and the adjusted P allow to say, with higher made better."""
    difference = row.difference
    low, high = difference.low, difference.high
    if not METRICS[row.metric].higher_is_better:
        low, high = -high, -low
    differs = row.adjusted_p_value < _LEVEL
    verdict: Literal["better", "as good as", "worse", "undecided"] = "undecided"
    if low > 0 and differs:
        verdict = "better"
    elif low > -row.margin:
        verdict = "as good as"
    elif high < 0 and differs:
        verdict = "worse"
    return replace(row, verdict=verdict, rival_suffices=bool(high < row.margin))


def compare_all(
    results: Mapping[str, ModelResult],
    draws: Mapping[str, Mapping[str, NDArray[np.float64]]],
    *,
    random_folds: bool,
    metric: str,
    margin: float,
    open_share: float,
) -> tuple[Comparison, ...]:
    """Every user's model against every baseline, and the first one against the other models.

    Parameters
    ----------
    results
        Name -> result, the models before the baselines.
    draws
        Name -> metric -> one value a weighting of the patients, the same draws for all.
    random_folds
        Whether the folds were drawn at random; only then does the t-test over folds make sense.
    metric, margin
        What the verdict rests on, and the difference that is no loss.
    open_share
        See :func:`compared`.
    """
    models = [name for name, result in results.items() if result.role == "model"]
    rivals = [name for name in results if name not in models]
    pairs = [(models[0], other) for other in models[1:]]
    pairs += [(model, rival) for model in models for rival in rivals]
    repeated = len({fold.repeat for fold in results[models[0]].folds}) > 1
    decisive = RESAMPLED_T if random_folds and repeated else BOOTSTRAP
    rows = []
    for model, rival in pairs:
        for key in METRICS:
            found = {BOOTSTRAP: bootstrap_difference(draws[model][key], draws[rival][key])}
            if random_folds:
                found[RESAMPLED_T] = _over_folds(results[model].folds, results[rival].folds, key)
            rows += [
                compared(
                    (model, rival),
                    key,
                    difference,
                    method=method,
                    margin=margin,
                    open_share=open_share,
                    decides=key == metric and method == decisive,
                )
                for method, difference in found.items()
                if np.isfinite(difference[0].value)
            ]
    return tuple(with_holm(rows))


def _over_folds(
    model: Sequence[FoldScores], rival: Sequence[FoldScores], key: str
) -> tuple[Estimate, float]:
    scores = [
        (one.metrics[key], other.metrics[key]) for one, other in zip(model, rival, strict=True)
    ]
    return resampled_t(
        np.array([one - other for one, other in scores]),
        np.array([fold.n_train for fold in model], np.float64),
        np.array([fold.n_test for fold in model], np.float64),
    )


def verdicts(
    comparisons: Sequence[Comparison], results: Mapping[str, ModelResult]
) -> tuple[str, ...]:
    """A sentence for each comparison that decides, each model's strongest rival first."""

    def strength(row: Comparison) -> tuple[int, float]:
        value = results[row.rival].metrics[row.metric].value
        higher = METRICS[row.metric].higher_is_better
        return list(results).index(row.model), -value if higher else value

    return tuple(
        verdict_sentence(
            row, results[row.model].metrics[row.metric], results[row.rival].metrics[row.metric]
        )
        for row in sorted((row for row in comparisons if row.decides), key=strength)
    )


def verdict_sentence(row: Comparison, model: Estimate, rival: Estimate) -> str:
    """One sentence for a person: the two figures, their difference and what follows."""
    title = METRICS[row.metric].title.lower()
    figures = (
        f"{row.model} {model} vs {row.rival} {rival.value:.3f} in {title}, difference "
        f"{row.difference.value:+.3f} [{row.difference.low:+.3f}, {row.difference.high:+.3f}]"
    )
    suffices = f"; {row.rival} does as well" if row.rival_suffices else ""
    simpler = f"{suffices} and is simpler" if suffices and row.model not in BASELINES else suffices
    says = {
        "better": f"{row.model} is better"
        + (f", by less than the margin of {row.margin:g}" if row.rival_suffices else ""),
        "as good as": f"as good as {row.rival} (margin {row.margin:g}){simpler}",
        "worse": f"{row.rival} is better",
        "undecided": (
            f"{row.model} may lose more than the margin of {row.margin:g}{simpler}"
            if row.rival_suffices
            else f"undecided: too few patients to tell within the margin of {row.margin:g}"
        ),
    }[row.verdict]
    return f"{figures}: {says}."
