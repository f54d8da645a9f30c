"""Points of ROC, precision-recall and calibration curves, so that a report only draws."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bulkwise.evaluation.base import N_BINS, Calibration, Curve, Judged

__all__ = ["calibration", "curves"]

Floats = NDArray[np.float64]

_GRID = np.linspace(0.0, 1.0, 101)
_X = tuple(np.round(_GRID, 2).tolist())


def calibration(rows: Judged) -> Calibration:
    """Confidence against how often it is right, in ten bins of equal width."""
    confidence, hit = rows.confidence()
    bins = rows.bins()
    count = np.bincount(bins, minlength=N_BINS)
    filled = count > 0
    means = [
        np.bincount(bins, weights=values, minlength=N_BINS)[filled] / count[filled]
        for values in (confidence, hit)
    ]
    return Calibration(
        tuple(means[0].tolist()), tuple(means[1].tolist()), tuple(count[filled].tolist())
    )


def curves(
    rows: Judged, labels: tuple[str, ...], by_class: dict[str, Floats]
) -> tuple[tuple[Curve, ...], tuple[Curve, ...]]:
    """ROC and PR curves of each class and their mean, by fold, averaged at fixed x.

    Parameters
    ----------
    rows
        Predictions.
    labels
        Class names in the order of the codes.
    by_class
        From :func:`judge`; gives the areas.

    Returns
    -------
    tuple
        ROC curves and PR curves; ``"macro"`` first, then the classes that could be drawn.
    """
    roc: list[Curve] = []
    pr: list[Curve] = []
    parts = [part for repeat in rows.parts(rows.repeat) for part in repeat.parts(repeat.fold)]
    for code, label in enumerate(labels):
        drawn = [
            _fold_curves(part.probabilities[:, code], part.observed == code)
            for part in parts
            if 0 < np.count_nonzero(part.observed == code) < len(part.observed)
        ]
        if drawn:
            for index, (found, key) in enumerate(((roc, "auroc"), (pr, "auprc"))):
                height = np.mean([pair[index] for pair in drawn], axis=0)
                area = float(by_class[key][0, code])
                found.append(Curve(label, area, _X, _points(height)))
    return tuple(_with_mean(roc)), tuple(_with_mean(pr))


def _points(height: Floats) -> tuple[float, ...]:
    """Rounded to what can be drawn."""
    return tuple(np.round(height, 5).tolist())


def _with_mean(found: list[Curve]) -> list[Curve]:
    if not found:
        return found
    height = np.mean([curve.y for curve in found], axis=0)
    area = float(np.mean([curve.area for curve in found]))
    return [Curve("macro", area, _X, _points(height)), *found]


def _fold_curves(score: Floats, positive: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """True positive rate at fixed false positive rates, and precision at fixed recalls."""
    order = np.argsort(-score, kind="stable")
    last = np.append(np.flatnonzero(np.diff(score[order])), len(order) - 1)
    true: Floats = np.cumsum(positive[order])[last]
    false = last + 1 - true
    recall = np.append(0.0, true / true[-1])
    tpr = np.interp(_GRID, np.append(0.0, false / false[-1]), recall)
    precision = true / (true + false)
    best_beyond = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(true / true[-1], _GRID - 1e-12)
    return tpr, best_beyond[np.minimum(at, len(best_beyond) - 1)]
