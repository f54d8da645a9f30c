"""How far the truth lies from a prediction, gene by gene: the intervals."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from scipy.stats import norm

__all__ = ["fit_spread", "p_values"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_PRIOR = 10.0  # samples that the variance over all tissues counts for
_LEAST = 0.05  # log2 units
_MOST_QUANTILES = 2_000_000
_TAIL_POINTS = 200
_NORMAL = 1.645


def fit_spread(
    residuals: Array, tissue: Array, n_tissues: int, level: float
) -> tuple[Array, Array, Array]:
    """Standard deviation of each gene in each tissue, and the distribution of what it divides.

    Each residual is made what it would be for a sample that its tissue's mean doesn't know, and
    is divided by a standard deviation that it had no part in; so the quantiles hold for new
    samples, whatever the shape of the distribution.

    Parameters
    ----------
    residuals
        Observed minus fitted, samples x genes, with mean zero in each tissue.
    tissue
        The tissue of each sample, as a number.
    n_tissues
        How many tissues there are.
    level
        Share of values that the intervals are to hold.

    Returns
    -------
    spread : ndarray
        (Tissues + 1) x genes; the last row is for tissues without samples.
    quantiles : ndarray
        Lower and upper quantile of residual / spread.
    tails : ndarray
        2 x points: sizes of residual / spread, ascending, and the natural logarithm of the share
        of residuals that are at least as large.
    """
    squares = np.square(residuals)
    counts = np.bincount(tissue, minlength=n_tissues)
    total, free = squares.sum(axis=0), max(int((counts - 1).clip(0).sum()), 1)
    pooled = total / free
    spread = np.empty((n_tissues + 1, residuals.shape[1]))
    spread[-1] = pooled
    ratios = []
    for t in range(n_tissues):
        n = int(counts[t])
        own = squares[tissue == t]
        spread[t] = (own.sum(axis=0) + _PRIOR * pooled) / (max(n - 1, 0) + _PRIOR)
        if n < 2:
            continue
        grown = n / (n - 1)  # a sample left out lies so much farther from the mean of the others
        left = (own.sum(axis=0) - own * grown).clip(0) + _PRIOR * pooled
        scale = np.maximum(np.sqrt(left / (n - 2 + _PRIOR)), _LEAST)
        ratios.append((residuals[tissue == t] * grown / scale).ravel())
    spread = np.maximum(np.sqrt(spread), _LEAST)
    if not ratios:
        sizes = np.linspace(0.0, 10.0, _TAIL_POINTS)
        tails = np.stack([sizes, np.log(2.0) + norm.logsf(sizes)])
        return spread, np.array([-_NORMAL, _NORMAL]), tails
    values = np.concatenate(ratios)
    step = max(1, len(values) // _MOST_QUANTILES)
    tail = (1.0 - level) / 2
    drawn = values[::step]
    return spread, np.quantile(drawn, [tail, 1.0 - tail]), _tails(np.abs(drawn))


def _tails(sizes: Array) -> Array:
    shares = np.geomspace(1.0, 1.0 / len(sizes), _TAIL_POINTS)
    at = np.quantile(sizes, 1.0 - shares)
    kept = np.r_[True, np.diff(at) > 0]
    return np.stack([at[kept], np.log(shares[kept])])


def p_values(ratios: Array, tails: Array) -> Array:
    """Two-sided P of residual / spread, by the sizes that residuals had in training.

    Beyond the largest of them the logarithm of P goes on in a straight line, as the last tenth of
    the points does: such a P is an extrapolation.
    """
    size, logs = np.abs(ratios), tails[1]
    p = np.interp(size, tails[0], logs)
    last = max(2, tails.shape[1] // 10)
    if tails.shape[1] >= 2:
        rise = tails[0, -1] - tails[0, -last]
        slope = min((logs[-1] - logs[-last]) / max(float(rise), 1e-9), -1e-6)
        beyond = size > tails[0, -1]
        p[beyond] = logs[-1] + slope * (size[beyond] - tails[0, -1])
    return np.asarray(np.exp(p))
