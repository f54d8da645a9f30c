"""The tail of the hypergeometric distribution, for many sets at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

from bulkwise.stats.base.matrices import Floats

__all__ = ["hypergeometric_tail"]


def hypergeometric_tail(
    overlap: ArrayLike, set_size: ArrayLike, list_size: int, universe_size: int
) -> Floats:
    """P of at least this overlap between a set and a random list (Fisher's test, one-sided).

    Parameters
    ----------
    overlap, set_size
        Of each set.
    list_size, universe_size
        Genes drawn, and genes there are.

    Returns
    -------
    numpy.ndarray
        ``sum over i >= overlap of C(K, i) C(N - K, n - i) / C(N, n)``.
    """
    x, K = (np.asarray(v, dtype=np.float64) for v in np.broadcast_arrays(overlap, set_size))
    n, N = float(list_size), float(universe_size)
    most, least = np.minimum(K, n), np.maximum(0.0, n + K - N)
    # the nearer tail is summed, so that no digits go in 1 - P
    upper = x > n * K / N
    at = np.where(upper, x, x - 1)
    possible = (at >= least) & (at <= most)
    start = np.clip(at, least, most)
    with np.errstate(divide="ignore"):
        log_start = (
            _log_choose(K, start)
            + _log_choose(N - K, n - start)
            - _log_choose(np.asarray(N), np.asarray(n))
        )
    total, term, i = np.ones_like(start), np.ones_like(start), start.copy()
    while True:
        with np.errstate(divide="ignore", invalid="ignore"):
            up = (K - i) * (n - i) / ((i + 1) * (N - K - n + i + 1))
            down = i * (N - K - n + i) / ((K - i + 1) * (n - i + 1))
        term = term * np.where(upper, up, down)
        term[~np.isfinite(term)] = 0.0
        total += term
        i = i + np.where(upper, 1, -1)
        if not (term > 1e-17 * total).any():
            break
    tail = np.where(possible, np.exp(log_start) * total, 0.0)
    result = np.where(upper, tail, 1 - tail)
    return np.asarray(np.clip(np.where(x <= least, 1.0, result), 0.0, 1.0))


def _log_choose(n: NDArray[Any], k: NDArray[Any]) -> Floats:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))
