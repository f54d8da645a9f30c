"""Figures of single patients, and of groups where nobody is a pair."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from bulkwise.evaluation.base import Estimate
from bulkwise.evaluation.metrics import estimate

__all__ = [
    "PER_PATIENT",
    "correlations",
    "energy_distance",
    "mean_estimate",
    "median_estimate",
    "of_patients",
]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

PER_PATIENT = (
    "error",
    "profile_correlation",
    "change_correlation",
    "personal_correlation",
    "direction",
    "coverage",
)
"""What is computed for each held-out patient."""

_CHANGED = 1.0  # log2 units: a gene changed at least twofold


def of_patients(
    predicted: Array,
    truth: Array,
    source: Array,
    centre: Array,
    interval: tuple[Array, Array] | None = None,
) -> dict[str, Array]:
    """The figures of every patient; see :data:`bulkwise.evaluation.translation.PAIRED_METRICS`.

    Parameters
    ----------
    predicted, truth, source
        Predicted target, true target and source profiles, patients x genes, log2.
    centre
        The mean target profile of each patient's tissue in the training part.
    interval
        Lower and upper ends; without them coverage is NaN.
    """
    change, real = predicted - source, truth - source
    moved = np.abs(real) >= _CHANGED
    right = (np.sign(change) == np.sign(real)) & moved
    held = np.full(len(truth), np.nan)
    if interval is not None:
        held = ((truth >= interval[0]) & (truth <= interval[1])).mean(axis=1)
    return {
        "error": np.square(predicted - truth).mean(axis=1),
        "profile_correlation": correlations(predicted, truth),
        "change_correlation": correlations(change, real),
        "personal_correlation": correlations(predicted - centre, truth - centre),
        "direction": right.sum(axis=1) / np.maximum(moved.sum(axis=1), 1),
        "coverage": held,
    }


def correlations(left: Array, right: Array) -> Array:
    """Pearson correlation of each row with the same row; 0 where one of them doesn't vary."""
    a = left - left.mean(axis=1, keepdims=True)
    b = right - right.mean(axis=1, keepdims=True)
    size = np.sqrt(np.square(a).sum(axis=1) * np.square(b).sum(axis=1))
    varies = size > 1e-9 * left.shape[1]
    return np.where(varies, (a * b).sum(axis=1) / np.where(varies, size, 1.0), 0.0)


def mean_estimate(values: Array, weights: Array) -> Estimate:
    """A mean over patients with its interval.

    Parameters
    ----------
    values
        One a patient.
    weights
        Draws x patients, the first row ones.
    """
    total = weights.sum(axis=1)
    means = weights @ values / np.maximum(total, 1e-12)
    return estimate(np.where(total > 0, means, np.nan))


def median_estimate(values: Array, weights: Array) -> Estimate:
    """A median over patients with its interval, as :func:`mean_estimate`."""
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weights[:, order], axis=1)
    middle = (below >= below[:, -1:] / 2).argmax(axis=1)
    drawn = values[order][middle]
    drawn[0] = float(np.median(values))
    return estimate(drawn)


def energy_distance(left: Array, right: Array) -> float:
    """Energy distance of two groups of profiles (Szekely and Rizzo 2013), without bias.

    Twice the mean distance between the groups, minus the mean distances within each.
    """
    within = sum(_mean_distance(group, group, own=True) for group in (left, right))
    return 2 * _mean_distance(left, right) - within


def _mean_distance(left: Array, right: Array, *, own: bool = False) -> float:
    squared = (
        np.square(left).sum(axis=1)[:, None] + np.square(right).sum(axis=1) - 2 * left @ right.T
    )
    total = float(np.sqrt(np.maximum(squared, 0.0)).sum())
    n = len(left) * (len(left) - 1) if own else len(left) * len(right)
    return total / max(n, 1)
