"""Figures of merit of directions: six of signs, one of ranking, one of probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["METRICS", "calibration_bins", "calibration_error", "directed_precision", "sign_scores"]

Array = NDArray[Any]

METRICS: dict[str, str] = {
    "accuracy": "Accuracy",
    "recall": "Recall",
    "precision": "Precision",
    "f_measure": "F-measure",
    "mcc": "MCC",
    "auroc": "AUROC",
}
"""The paper's six metrics of up against down; recall, precision and F are means over both classes
weighted by their sizes, so that recall equals accuracy."""

_BINS = 10


def sign_scores(score: Array, truth: Array) -> dict[str, float]:
    """The six metrics of a score's sign against up (1) and down (-1).

    A score of exactly zero says nothing and counts as wrong.

    Parameters
    ----------
    score
        One number a gene, above zero for up.
    truth
        -1 or 1.
    """
    called = np.where(score == 0, -truth, np.sign(score))
    counts = [(truth == side).sum() for side in (-1, 1)]
    shares = np.array(counts) / len(truth)
    recalls, precisions, fs = [], [], []
    for side in (-1, 1):
        hit = int(((called == side) & (truth == side)).sum())
        recall = hit / max(int((truth == side).sum()), 1)
        precision = hit / max(int((called == side).sum()), 1)
        recalls.append(recall)
        precisions.append(precision)
        fs.append(2 * recall * precision / (recall + precision) if hit else 0.0)
    return {
        "accuracy": float((called == truth).mean()),
        "recall": float(shares @ recalls),
        "precision": float(shares @ precisions),
        "f_measure": float(shares @ fs),
        "mcc": _mcc(called, truth),
        "auroc": _auroc(score, truth),
    }


def _mcc(called: Array, truth: Array) -> float:
    a, b = called == 1, truth == 1
    both, neither = float((a & b).sum()), float((~a & ~b).sum())
    wrong_up, wrong_down = float((a & ~b).sum()), float((~a & b).sum())
    bottom = (both + wrong_up) * (both + wrong_down) * (neither + wrong_up) * (neither + wrong_down)
    return (both * neither - wrong_up * wrong_down) / np.sqrt(bottom) if bottom else 0.0


def _auroc(score: Array, truth: Array) -> float:
    from scipy.stats import rankdata

    up = truth == 1
    n_up, n_down = int(up.sum()), int((~up).sum())
    if not n_up or not n_down:
        return float("nan")
    wins = rankdata(score)[up].sum() - n_up * (n_up + 1) / 2
    return float(wins / (n_up * n_down))


def directed_precision(up: Array, down: Array, truth: Array) -> float:
    """Area under the precision-recall curve of "significant, and which way" (average precision).

    Each gene stands twice, once as a claim that it goes up, once that it goes down.

    Parameters
    ----------
    up, down
        How sure each claim is.
    truth
        -1, 0 or 1, from the whole cohort.
    """
    from sklearn.metrics import average_precision_score

    right = np.concatenate([truth == 1, truth == -1])
    if not right.any():
        return float("nan")
    return float(average_precision_score(right, np.concatenate([up, down])))


def calibration_bins(probability: Array, happened: Array) -> Array:
    """Per tenth of the probability: how many, their mean probability, the share that happened."""
    place = np.minimum((probability * _BINS).astype(int), _BINS - 1)
    count = np.bincount(place, minlength=_BINS).astype(np.float64)
    said = np.bincount(place, probability, _BINS) / np.maximum(count, 1)
    seen = np.bincount(place, happened.astype(np.float64), _BINS) / np.maximum(count, 1)
    return np.column_stack([count, said, seen])


def calibration_error(bins: Array) -> float:
    """Mean distance of said and seen over the tenths, weighted by their counts."""
    count, said, seen = bins.T
    return float((count * np.abs(said - seen)).sum() / max(count.sum(), 1))
