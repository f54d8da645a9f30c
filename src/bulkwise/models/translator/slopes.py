"""How much of a gene's own deviation is found again in the other condition."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

__all__ = ["clipped", "shrunken_slopes"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_ROUNDS = 30
_START = 0.01
_LEAST = 1e-6
_REACH = 3.0  # standard deviations beyond which a deviation counts no further
_FLOOR = 0.1


def clipped(deviations: Array, spread: Array) -> Array:
    """Deviations kept within three standard deviations of their gene."""
    reach = _REACH * (spread + _FLOOR)
    return np.clip(deviations, -reach, reach)


def shrunken_slopes(x: Array, y: Array, lost: int) -> Array:
    """Slope of each gene's target deviation on its own source deviation, by empirical Bayes.

    Each least-squares slope is drawn to the mean of all genes as far as its standard error says;
    the spread of the true slopes is estimated over the genes by expectation and maximisation.

    Parameters
    ----------
    x, y
        Pairs x genes: deviations from the tissue's means.
    lost
        Degrees of freedom that the means took.

    Returns
    -------
    ndarray
        A slope a gene; 0 where the source doesn't vary.
    """
    length = np.square(x).sum(axis=0)
    varies = length > _LEAST
    safe = np.where(varies, length, 1.0)
    raw = (x * y).sum(axis=0) / safe
    free = max(len(x) - lost - 1, 1)
    noise = np.maximum(np.square(y - raw * x).sum(axis=0) / free / safe, _LEAST)
    b, v = raw[varies], noise[varies]
    if not len(b):
        return np.zeros(x.shape[1])
    spread = _START
    centre = 0.0
    for _ in range(_ROUNDS):
        centre = float(np.average(b, weights=1 / (spread + v)))
        w = spread / (spread + v)
        spread = max(float(np.mean((w * (b - centre)) ** 2 + spread * (1 - w))), _LEAST)
    slopes = np.zeros(x.shape[1])
    slopes[varies] = centre + spread / (spread + v) * (b - centre)
    return slopes
