"""Predictions of several regressions brought together, gene by gene. Arrays: targets x samples."""

from __future__ import annotations

import numpy as np

from bulkwise.models.inference.base import Array

__all__ = ["best_weights", "corrections", "make_knots", "stacking_weights"]

_STEPS = 300  # of the weights' descent


def stacking_weights(missed: Array) -> Array:
    """Weights of the regressions that make the squared error least, for each target.

    Not below 0, their sum 1; by exponentiated gradient from equal weights, on the products of the
    errors.

    Parameters
    ----------
    missed
        What each regression's left-out predictions miss by, regressions x targets x samples.

    Returns
    -------
    ndarray of float64
        Targets x regressions.
    """
    count, targets, _ = missed.shape
    products = np.empty((targets, count, count))
    for one in range(count):
        for other in range(one + 1):
            both = np.einsum("tn,tn->t", missed[one], missed[other])
            products[:, one, other] = products[:, other, one] = both
    size = np.trace(products, axis1=1, axis2=2) / count
    products /= np.where(size > 0, size, 1.0)[:, None, None]
    weights = np.full((targets, count), 1 / count)
    for _ in range(_STEPS):
        slope = (products @ weights[:, :, None])[:, :, 0]
        weights *= np.exp(-2.0 * (slope - slope.min(axis=1, keepdims=True)))
        weights /= weights.sum(axis=1, keepdims=True)
    return weights


def best_weights(missed: Array) -> Array:
    """All weight on the regression of least squared error; see :func:`stacking_weights`."""
    chosen: Array = np.eye(len(missed))[np.square(missed).mean(axis=2).argmin(axis=0)]
    return chosen


def make_knots(predicted: Array, missed: Array, bins: int) -> Array:
    """Mean prediction, and median of what was missed, in bins of equal size by prediction.

    Parameters
    ----------
    predicted, missed
        Targets x samples.
    bins
        How many.

    Returns
    -------
    ndarray
        2 x bins x targets: places and heights, these smoothed over neighbours.
    """
    order = predicted.argsort(axis=1, kind="stable")
    ordered = np.take_along_axis(predicted, order, axis=1)
    missed = np.take_along_axis(missed, order, axis=1)
    places = np.stack([part.mean(axis=1) for part in np.array_split(ordered, bins, axis=1)])
    heights = np.stack([np.median(part, axis=1) for part in np.array_split(missed, bins, axis=1)])
    around = np.concatenate([heights[:1], heights, heights[-1:]])
    return np.stack([places, (around[:-2] + 2 * around[1:-1] + around[2:]) / 4])


def corrections(knots: Array, predicted: Array) -> Array:
    """What to add to predictions, targets x samples; constant beyond the outermost bins."""
    moves = np.empty_like(predicted)
    for target, (places, heights) in enumerate(zip(knots[0].T, knots[1].T, strict=True)):
        moves[target] = np.interp(predicted[target], places, heights)
    return moves
