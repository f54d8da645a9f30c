"""How far the truth lies from a prediction, gene by gene: the intervals."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

__all__ = ["fit_spread"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_PRIOR = 10.0  # samples that the variance over all tissues counts for
_LEAST = 0.05  # log2 units
_MOST_QUANTILES = 2_000_000


def fit_spread(
    residuals: Array, tissue: Array, n_tissues: int, level: float
) -> tuple[Array, Array]:
    """Standard deviation of each gene in each tissue, and the quantiles of what it divides.

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
        return spread, np.array([-1.645, 1.645])
    values = np.concatenate(ratios)
    step = max(1, len(values) // _MOST_QUANTILES)
    tail = (1.0 - level) / 2
    return spread, np.quantile(values[::step], [tail, 1.0 - tail])
