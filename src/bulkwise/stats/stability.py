"""How many genes that return often may be false: error bounds of stability selection.

A method that picks q of p genes is run on both halves of B random splits of the samples. A gene
is taken if the share of the 2B halves that pick it reaches a threshold t. Without any assumption
on the method, the expected number of taken genes among those with a chance below q/p of being
picked by a half (what a blind choice would have) is bounded

* ``"any"``, by Meinshausen and Buehlmann, if the false genes are exchangeable and the method is
  no worse than blind, for t > 1/2::

      q^2 / ((2t - 1) p)

* ``"unimodal"``, by Shah and Samworth, if the number of splits of which both halves pick a gene
  has a unimodal distribution, for t > 1/2;

* ``"r-concave"``, by the same, if the distributions of that number and of the share of all halves
  are r-concave with r = -1/2 and -1/4 (their tails fall at least as a power does), for any t.

The bounds get smaller and the assumptions stronger from top to bottom; the last holds in all
simulations of the second paper. With p replaced by the number of exchangeable false genes, or less,
all three stay valid. Genes that are correlated with a true one have a larger chance than
q/p of being picked, and no bound counts them.

Meinshausen N, Buehlmann P. Stability selection. J R Stat Soc B 72, 417 (2010).
Shah RD, Samworth RJ. Variable selection with error control: another look at stability
selection. J R Stat Soc B 75, 55 (2013).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bulkwise.errors import InputError

__all__ = ["ASSUMPTIONS", "false_bounds", "r_concave_tails"]

Floats = NDArray[np.float64]

ASSUMPTIONS: tuple[str, ...] = ("any", "unimodal", "r-concave")
"""What a bound takes for granted, the weakest assumption (and largest bound) first."""

_GRID = 129  # points between two extreme distributions
_SPAN = (1e-9, 1e9)  # of the offset of the extreme distributions
_HALVINGS = 80


def false_bounds(
    n_genes: int, n_picked: int, n_pairs: int, *, assumption: str = "r-concave"
) -> Floats:
    """Bound on the expected number of false genes for each threshold.

    Parameters
    ----------
    n_genes
        p, how many genes there are.
    n_picked
        q, how many genes each half picks at most.
    n_pairs
        B, how many times the samples were split into halves.
    assumption
        One of :data:`ASSUMPTIONS`.

    Returns
    -------
    numpy.ndarray
        2B + 1 numbers: the bound where genes are taken that at least 0, 1, ..., 2B of the halves
        pick; never more than ``n_genes``.

    Raises
    ------
    InputError
        If a number is out of its range or the assumption isn't known.
    """
    if assumption not in ASSUMPTIONS:
        raise InputError(
            f"The assumption {assumption!r} isn't known: expected one of {', '.join(ASSUMPTIONS)}."
        )
    if not 1 <= n_picked <= n_genes or n_pairs < 1:
        raise InputError(
            "A bound of stability selection needs 1 to n_genes picked genes and at least one pair "
            f"of halves; got {n_picked} of {n_genes} genes and {n_pairs} pairs."
        )
    thresholds = np.arange(2 * n_pairs + 1) / (2 * n_pairs)
    share = n_picked / n_genes
    if assumption == "any":
        bound = _any(thresholds, share)
    elif assumption == "unimodal":
        bound = _unimodal(thresholds, share, n_pairs)
    else:
        bound = _r_concave(n_picked, n_genes, n_pairs)
    # a higher threshold takes no gene that a lower one doesn't
    return np.minimum.accumulate(np.minimum(bound, 1.0)) * n_genes


def _any(thresholds: Floats, share: float) -> Floats:
    above = thresholds > 0.5
    bound = np.full(len(thresholds), np.inf)
    bound[above] = share**2 / (2 * thresholds[above] - 1)
    return bound


def _unimodal(thresholds: Floats, share: float, n_pairs: int) -> Floats:
    """Theorem 2 of Shah and Samworth, with theta q for the expected number of picks."""
    step = 1 / (2 * n_pairs)
    least = min(0.5 + share**2, 0.5 + step + 0.75 * share**2)
    least = max(least, 0.5 + 1.5 * step)  # the theorem starts at 1/2 + 1/B
    low = (thresholds > least) & (thresholds <= 0.75)
    high = (thresholds > 0.75) & (thresholds > least)
    factor = np.full(len(thresholds), np.inf)
    if share > 1 / np.sqrt(3):
        return factor
    factor[low] = 1 / (2 * (2 * thresholds[low] - 1 - step))
    factor[high] = 4 * (1 - thresholds[high] + step) / (1 + 1 / n_pairs)
    bound: Floats = factor * share**2
    return bound


def _r_concave(n_picked: int, n_genes: int, n_pairs: int) -> Floats:
    """The smaller of what both halves of a pair, and all halves, allow."""
    share = n_picked / n_genes
    both = r_concave_tails(share**2, n_pairs, -0.5)
    single = r_concave_tails(share, 2 * n_pairs, -0.25)
    # a gene in k of 2B halves is in both halves of at least k - B pairs
    pairs = np.maximum(np.arange(2 * n_pairs + 1) - n_pairs, 0)
    return np.minimum(both[pairs], single)


@lru_cache(maxsize=64)
def _cached(mean: float, n: int, r: float) -> tuple[float, ...]:
    return tuple(_tails(mean, n, r).tolist())


def r_concave_tails(mean: float, n: int, r: float) -> Floats:
    """The largest tail probabilities of an r-concave distribution on 0, 1/n, ..., 1.

    A distribution f is r-concave, for r < 0, if ``f^r`` is convex where f isn't 0. The extreme ones
    are powers of a line, ``f(i) = (a + i)^(1/r)`` for i up to some k, with a probability at
    k + 1 between 0 and what the line gives; a follows from the mean.

    Parameters
    ----------
    mean
        Upper limit of the mean, in (0, 1].
    n
        How many steps there are.
    r
        Negative; the closer to 0, the lighter the tails.

    Returns
    -------
    numpy.ndarray
        n + 1 numbers: the largest probability of at least 0, 1/n, ..., 1; found on a grid of the
        extreme distributions.
    """
    return np.array(_cached(float(mean), int(n), float(r)))


def _tails(mean: float, n: int, r: float) -> Floats:
    steps, total = np.arange(n + 1.0), mean * n
    best = np.zeros(n + 1)
    first = int(2 * total) + 1  # the shortest support whose uniform distribution has the mean
    best[: min(first, n + 1)] = 1.0
    if first > n:
        return best
    ends = np.arange(first, n + 1)
    offsets = _offsets(total, ends, steps, 1 / r)
    for place, end in enumerate(range(first - 1, n)):
        high = np.log(_SPAN[1]) if place == 0 else offsets[place - 1]
        a = np.exp(np.linspace(offsets[place], high, _GRID))[:, None]
        f = (a + steps[: end + 1]) ** (1 / r)
        last = (total * f.sum(axis=1) - f @ steps[: end + 1]) / (end + 1 - total)
        last = np.clip(last, 0.0, (a[:, 0] + end + 1) ** (1 / r))
        f = np.column_stack([f, last])
        upwards = np.cumsum(f[:, ::-1], axis=1)[:, ::-1]
        best[: end + 2] = np.maximum(best[: end + 2], (upwards / upwards[:, :1]).max(axis=0))
    return best


def _offsets(total: float, ends: NDArray[np.intp], steps: Floats, power: float) -> Floats:
    """Logarithm of the offset a with which the line's power on 0 to each end has the mean."""
    low, high = (np.full(len(ends), np.log(limit)) for limit in _SPAN)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        f = (np.exp(middle)[:, None] + steps) ** power * (steps <= ends[:, None])
        short = f @ steps < total * f.sum(axis=1)
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return low
