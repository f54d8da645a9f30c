"""Figures of merit, each with an interval from a bootstrap over patients.

Every metric is written for a whole stack of weightings of the patients at once: the first
weighting counts every patient once and gives the value, the others are bootstrap draws of
patients (with replacement) and give the interval. The models aren't fitted again, so the interval
is conditional on the fitted models: it says how far the figure depends on which patients were
tested, not on which were trained on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bulkwise.evaluation.base import METRICS, N_BINS, Estimate, FoldScores, Judged

if TYPE_CHECKING:
    from bulkwise.split import Fold

__all__ = [
    "CLASS_METRICS",
    "DRAWS",
    "bootstrap_weights",
    "combined",
    "estimate",
    "estimates",
    "fold_scores",
    "judge",
    "mean_confusion",
    "mean_there",
    "unseen_share",
]

DRAWS = 1000
"""How many times the patients are drawn."""

TAIL = 0.025
CLASS_METRICS = ("precision", "recall", "f1", "auroc", "auprc")
"""What is computed for each class."""


Floats = NDArray[np.float64]


def bootstrap_weights(n_groups: int, rng: np.random.Generator, draws: int = DRAWS) -> Floats:
    """How often each patient counts: a row of ones, then ``draws`` draws with replacement.

    Returns
    -------
    numpy.ndarray
        (1 + draws) x n_groups.
    """
    drawn = rng.multinomial(n_groups, np.full(n_groups, 1.0 / n_groups), size=draws)
    return np.vstack([np.ones(n_groups), drawn])


def judge(rows: Judged, weights: Floats) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Compute every metric under every weighting of the patients, averaged over repeats.

    Parameters
    ----------
    rows
        Predictions.
    weights
        Weightings x patients, see :func:`bootstrap_weights`.

    Returns
    -------
    overall : dict
        Key of ``METRICS`` -> one value a weighting. Brier score of two classes is halved, as in
        scikit-learn. A class nobody of whom was drawn is left out of the averages over classes.
    by_class : dict
        ``precision``, ``recall``, ``f1``, ``auroc``, ``auprc`` -> weightings x K; NaN for a
        class that isn't there.
    """
    found = [_one_repeat(part, weights) for part in rows.parts(rows.repeat)]
    return (
        {key: mean_there(np.stack([overall[key] for overall, _ in found])) for key in METRICS},
        {
            key: mean_there(np.stack([by_class[key] for _, by_class in found]))
            for key in CLASS_METRICS
        },
    )


def _one_repeat(rows: Judged, weights: Floats) -> tuple[dict[str, Floats], dict[str, Floats]]:
    counts = _confusions(rows, weights)
    overall, by_class = _from_counts(counts)
    by_class |= _areas(rows, weights)
    overall |= {key: mean_there(by_class[key].T) for key in ("auroc", "auprc")}
    total = counts.sum(axis=(1, 2))
    overall |= _of_probabilities(rows, weights, total)
    return overall, by_class


def _confusions(rows: Judged, weights: Floats) -> Floats:
    """Observed x predicted counts under each weighting: weightings x K x K."""
    k = rows.n_classes
    by_group = np.zeros((weights.shape[1], k * k))
    np.add.at(by_group, (rows.group, rows.observed * k + rows.predicted), 1.0)
    return (weights @ by_group).reshape(-1, k, k)


def _from_counts(counts: Floats) -> tuple[dict[str, Floats], dict[str, Floats]]:
    right = np.diagonal(counts, axis1=1, axis2=2)
    observed, predicted = counts.sum(axis=2), counts.sum(axis=1)
    total = observed.sum(axis=1)
    there = observed > 0
    recall = _ratio(right, observed)
    f1 = _ratio(2 * right, np.where(there, observed + predicted, 0.0))
    precision = np.where(there, right / np.maximum(predicted, 1e-300), np.nan)
    n_right = right.sum(axis=1)
    covariance = n_right * total - (observed * predicted).sum(axis=1)
    spread = (total**2 - (predicted**2).sum(axis=1)) * (total**2 - (observed**2).sum(axis=1))
    overall = {
        "accuracy": _ratio(n_right, total),
        "balanced_accuracy": mean_there(recall.T),
        "macro_f1": mean_there(f1.T),
        "mcc": covariance / np.sqrt(np.where(spread > 0, spread, np.inf)),
    }
    return overall, {"precision": precision, "recall": recall, "f1": f1}


def _of_probabilities(rows: Judged, weights: Floats, total: Floats) -> dict[str, Floats]:
    if not rows.calibrated:
        nothing = np.full(len(weights), np.nan)
        return {"brier": nothing, "calibration_error": nothing}
    k = rows.n_classes
    error = np.square(rows.probabilities - np.eye(k)[rows.observed]).sum(axis=1)
    if k == 2:
        error /= 2
    n_groups = weights.shape[1]
    brier = weights @ np.bincount(rows.group, weights=error, minlength=n_groups)
    confidence, hit = rows.confidence()
    gaps = np.zeros((n_groups, N_BINS))
    np.add.at(gaps, (rows.group, rows.bins()), confidence - hit)
    return {
        "brier": _ratio(brier, total),
        "calibration_error": _ratio(np.abs(weights @ gaps).sum(axis=1), total),
    }


def _areas(rows: Judged, weights: Floats) -> dict[str, Floats]:
    """AUROC and average precision of each class by fold, then averaged: weightings x K."""
    folds = list(rows.parts(rows.fold))
    roc = np.full((len(folds), len(weights), rows.n_classes), np.nan)
    pr = np.full_like(roc, np.nan)
    for index, part in enumerate(folds):
        weight = weights[:, part.group].astype(np.float32)
        for label in range(rows.n_classes):
            positive = part.observed == label
            if positive.any() and not positive.all():
                score = part.probabilities[:, label]
                roc[index, :, label], pr[index, :, label] = _area(score, positive, weight)
    return {"auroc": mean_there(roc), "auprc": mean_there(pr)}


def _area(
    score: Floats, positive: NDArray[np.bool_], weight: NDArray[np.float32]
) -> tuple[Floats, Floats]:
    """Weighted AUROC and average precision; ties count half, as in scikit-learn.

    All comparisons of a positive with a negative are two matrices of zeros and ones, so every
    weighting costs one row of a matrix product.
    """
    own, other = score[positive], score[~positive]
    w_own, w_other = weight[:, positive], weight[:, ~positive]
    n_own, n_other = w_own.sum(axis=1), w_other.sum(axis=1)
    wins = (own[:, None] > other).astype(np.float32)
    wins += np.float32(0.5) * (own[:, None] == other)
    auroc = _ratio(((w_own @ wins) * w_other).sum(axis=1), n_own * n_other)
    n_true = w_own @ (own[:, None] >= own).astype(np.float32)
    n_false = w_other @ (other[:, None] >= own).astype(np.float32)
    precision = n_true / np.maximum(n_true + n_false, 1e-30)
    area = _ratio((w_own * precision).sum(axis=1), n_own)
    area[n_other == 0] = np.nan
    return auroc, area


def _ratio(top: NDArray[Any], bottom: NDArray[Any]) -> Floats:
    """``top / bottom`` in float64, NaN where there is nothing to divide by."""
    top, bottom = np.asarray(top, np.float64), np.asarray(bottom, np.float64)
    ratio: Floats = np.full(top.shape, np.nan)
    np.divide(top, bottom, out=ratio, where=bottom > 0)
    return ratio


def mean_there(values: Floats) -> Floats:
    """Mean over the first axis of what is there; NaN where nothing is."""
    there = np.isfinite(values)
    return _ratio(np.where(there, values, 0.0).sum(axis=0), there.sum(axis=0))


def mean_confusion(rows: Judged) -> tuple[tuple[float, ...], ...]:
    """Observed x predicted counts of samples, averaged over the repeats."""
    counts = np.zeros((rows.n_classes, rows.n_classes))
    np.add.at(counts, (rows.observed, rows.predicted), 1.0)
    counts /= len(np.unique(rows.repeat))
    return tuple(tuple(row) for row in counts.tolist())


def fold_scores(
    rows: Judged, parts: Sequence[Fold], seconds: Sequence[float]
) -> tuple[FoldScores, ...]:
    """Point values of every metric in each fold."""
    found = []
    for code, part in enumerate(parts):
        own = rows.where(rows.fold == code)
        overall, _ = judge(own, np.ones((1, int(rows.group.max()) + 1)))
        found.append(
            FoldScores(
                name=part.name,
                repeat=part.repeat,
                n_train=len(part.train),
                n_test=len(part.test),
                seconds=seconds[code],
                metrics={key: float(overall[key][0]) for key in METRICS},
            )
        )
    return tuple(found)


def unseen_share(n: int | NDArray[Any]) -> Any:
    """Largest share of errors that ``n`` patients without one leave open (one tail of 2.5 %).

    The exact binomial bound (Clopper-Pearson) at no error in ``n``: ``1 - 0.025 ** (1 / n)``.
    """
    return 1.0 - TAIL ** (1.0 / np.maximum(n, 1))


def combined(shares: NDArray[Any]) -> float:
    """The bound of an average over classes from theirs: root of the sum of squares, over K."""
    return float(np.sqrt(np.square(shares).sum()) / max(len(shares), 1))


def estimate(values: Floats, open_share: float | None = None) -> Estimate:
    """A value and its 95 % percentile interval from one value a weighting.

    The draws of some metrics lean to one side (a small class is missing from some, a gap between
    confidence and truth is never negative); the interval is widened to hold the value.

    Parameters
    ----------
    values
        The first is the value, the others are the draws.
    open_share
        Where the value is at its limit of 1 (or 0) the draws can't vary, which isn't certainty;
        the interval then reaches this far from the limit.
    """
    value, drawn = float(values[0]), values[1:][np.isfinite(values[1:])]
    if not np.isfinite(value) or not len(drawn):
        return Estimate(value, float("nan"), float("nan"))
    low, high = (float(edge) for edge in np.quantile(drawn, [TAIL, 1 - TAIL]))
    low, high = min(low, value), max(high, value)
    if open_share is not None and value >= 1.0 - 1e-12:
        low = min(low, 1.0 - open_share)
    if open_share is not None and value <= 1e-12:
        high = max(high, open_share)
    return Estimate(value, low, high)


def estimates(
    overall: dict[str, Floats], by_class: dict[str, Floats], n_patients: NDArray[Any], total: int
) -> tuple[dict[str, Estimate], list[dict[str, Estimate]]]:
    """The metrics with their intervals.

    Parameters
    ----------
    overall, by_class
        From :func:`judge`.
    n_patients
        Patients of each class, K.
    total
        Patients in all.

    Returns
    -------
    tuple
        Metric -> estimate, and the same for each class.
    """
    open_by_class = unseen_share(n_patients)
    open_macro = combined(open_by_class)
    metrics = {}
    for key in METRICS:
        share = unseen_share(total) if key == "accuracy" else open_macro
        at_limit = METRICS[key].higher_is_better and overall[key][0] > 0.5
        metrics[key] = estimate(overall[key], share if at_limit else None)
    classes = [
        {key: estimate(by_class[key][:, code], float(share)) for key in CLASS_METRICS}
        for code, share in enumerate(open_by_class)
    ]
    return metrics, classes
