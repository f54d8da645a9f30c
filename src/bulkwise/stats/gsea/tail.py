"""How unlikely a large enrichment score is, when no permutation reaches it.

Random sets of the right size are drawn from a distribution that is tilted towards the score, and
weighed back, so that the estimate stays unbiased however small the probability is. The list is cut
into bins; a score of ``s`` reached at position ``t`` asks for a certain excess of weight before
``t``, and the tilt is the one under which that excess is the expectation: of all distributions with
that expectation it is the nearest to chance. Several ``t`` are tried and mixed.

References
----------
Siegmund D. Importance sampling in the Monte Carlo study of sequential tests. Annals of Statistics
4, 673-684 (1976), for the tilt; Owen A, Zhou Y. Safe and effective importance sampling. Journal of
the American Statistical Association 95, 135-143 (2000), for the mixture.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from bulkwise.stats.base import Floats
from bulkwise.stats.gsea.scores import row_scores

__all__ = ["tail_probability"]

_BINS = 24  # of equal length, and as many of equal weight
_STEPS = 40
_COMPONENTS = 20
_SPAN = 6.0
_BATCH = 200
_MOST_DRAWS = 4000
_ENOUGH = 0.1  # relative standard error


@dataclass(frozen=True)
class _Proposal:
    """Bins of the list and the tilted shares of a set's genes in each.

    Parameters
    ----------
    edges
        Where each bin starts, and the end of the last.
    shares
        Components x bins: probability that a drawn gene lies in the bin.
    mixture
        Probability of each component.
    """

    edges: NDArray[np.intp]
    shares: Floats
    mixture: Floats

    @property
    def lengths(self) -> NDArray[np.intp]:
        return np.diff(self.edges)


def tail_probability(
    weights: Floats, size: int, score: float, rng: np.random.Generator
) -> tuple[float, float]:
    """Natural logarithm of P(score of a random set >= this), and its standard error.

    Parameters
    ----------
    weights
        ``|r|^p`` of each gene, in the order of the list.
    size
        Size of the set.
    score
        The observed score; below zero, the probability of a score as low.
    rng
        Source of randomness.
    """
    if score < 0:
        weights, score = weights[::-1], -score
    proposal = _propose(weights, size, score)
    logs: list[Floats] = []
    drawn, error = 0, np.inf
    while drawn < _MOST_DRAWS:
        logs.append(_draw(weights, size, score, proposal, rng))
        drawn += _BATCH
        every = np.concatenate(logs)
        top = float(every.max())
        if np.isfinite(top):
            ratio = np.exp(every - top)
            mean = float(ratio.mean())
            error = float(ratio.std(ddof=1) / np.sqrt(drawn) / mean)
            if error < _ENOUGH and drawn >= 2 * _BATCH:
                break
    every = np.concatenate(logs)
    if not np.isfinite(every.max()):
        return -np.inf, np.inf
    return float(_log_sum(every[None])[0] - np.log(drawn)), error


def _propose(weights: Floats, size: int, score: float) -> _Proposal:
    n = len(weights)
    running = np.cumsum(weights)
    targets = np.linspace(0, running[-1], _BINS + 1)[1:-1]
    by_weight = np.searchsorted(running, targets) if running[-1] > 0 else np.empty(0, np.intp)
    by_length = np.linspace(0, n, _BINS + 1).astype(np.intp)
    early = np.geomspace(max(size / 8, 4), n / _BINS, _BINS).astype(np.intp)
    # up to here the whole set may lie before the misses have taken the score away
    last = size + int((1 - score) * (n - size))
    edges = np.unique(np.concatenate([by_length, by_weight, early, [last]]))
    lengths = np.diff(edges)
    mean = np.add.reduceat(weights, edges[:-1]) / lengths
    scale = float(mean @ lengths) / n
    mean = mean / scale if scale > 0 else np.ones(len(lengths))
    occupied, solved = _tilt(mean, lengths, edges, size, score)
    whole = (edges[:-1] < last) * min(size / last, 1.0)
    occupied, solved = np.vstack([occupied, whole]), np.append(solved, True)
    cost = np.where(solved, lengths @ _divergence(occupied, size / n).T, np.inf)
    order = np.flatnonzero(cost < cost.min() + _SPAN)
    order = order[np.unique(np.linspace(0, len(order) - 1, _COMPONENTS).astype(np.intp))]
    shares = occupied[order] * lengths
    shares = np.maximum(shares / shares.sum(axis=1, keepdims=True), 1e-12)
    mixture = np.exp(-(cost[order] - cost.min()) / 2)
    return _Proposal(
        edges, shares / shares.sum(axis=1, keepdims=True), np.asarray(mixture / mixture.sum())
    )


def _divergence(occupied: Floats, even: float) -> Floats:
    f = np.clip(occupied, 1e-12, 1 - 1e-12)
    return np.asarray(f * np.log(f / even) + (1 - f) * np.log((1 - f) / (1 - even)))


def _tilt(
    mean: Floats, lengths: NDArray[np.intp], edges: NDArray[np.intp], size: int, score: float
) -> tuple[Floats, NDArray[np.bool_]]:
    """Occupied share of each bin when the score is expected at each inner edge; whether it can be.

    A row an edge. The share is logistic in ``m + l b`` with ``b`` the weight's part in the excess;
    ``m`` and ``l`` solve for the size of the set and for an excess of zero (Newton, damped).
    """
    n = int(edges[-1])
    before = edges[1:-1, None] >= edges[None, 1:]
    even = np.log(size / (n - size))
    intercept, slope = np.full((len(before), 1), even), np.zeros((len(before), 1))
    hits = np.full((len(before), 1), size * score)
    occupied = np.full(before.shape, size / n)
    level = short = lack = np.ones((len(before), 1))
    for _ in range(_STEPS):
        level = score + (edges[1:-1, None] - hits) / (n - size)
        part = mean * (before - np.minimum(level, 1.0))
        occupied = 1 / (1 + np.exp(-np.clip(intercept + slope * part, -40, 40)))
        spread = occupied * (1 - occupied) * lengths
        short = size - (occupied * lengths).sum(axis=1, keepdims=True)
        lack = -(occupied * lengths * part).sum(axis=1, keepdims=True)
        a = spread.sum(axis=1, keepdims=True)
        b = (spread * part).sum(axis=1, keepdims=True)
        c = (spread * part**2).sum(axis=1, keepdims=True)
        determinant = np.maximum(a * c - b**2, 1e-300)
        step = np.clip((c * short - b * lack) / determinant, -2, 2)
        turn = (a * lack - b * short) / determinant
        turn = np.clip(turn, -1 - np.abs(slope) / 2, 1 + np.abs(slope) / 2)
        intercept, slope = intercept + step, np.maximum(slope + turn, 0.0)
        hits = (occupied * lengths * before).sum(axis=1, keepdims=True)
        if np.abs(short).max() < 1e-3 * size and np.abs(lack).max() < 1e-3 * size:
            break  # near enough: the weights make up for the rest
    # where the misses alone take the score away, or the set doesn't fit in, it can't be
    solved = (level < 1 - 1e-6) & (np.abs(short) < 0.01 * size) & (np.abs(lack) < 0.01 * size)
    return occupied, solved[:, 0]


def _draw(
    weights: Floats, size: int, score: float, proposal: _Proposal, rng: np.random.Generator
) -> Floats:
    """Log importance weights of a batch of random sets; -inf for those that miss the score."""
    lengths, n = proposal.lengths, len(weights)
    component = rng.choice(len(proposal.mixture), _BATCH, p=proposal.mixture)[:, None]
    # bins by inversion, of all components in one search: component c has [c, c + 1)
    steps = np.cumsum(proposal.shares, axis=1) + np.arange(len(proposal.mixture))[:, None]
    steps[:, -1] = np.arange(1, len(proposal.mixture) + 1)
    wanted = np.sort(rng.random((_BATCH, size)), axis=1) + component
    bins = np.searchsorted(steps.ravel(), wanted, side="right") - component * len(lengths)
    np.minimum(bins, len(lengths) - 1, out=bins)
    flat = bins + np.arange(_BATCH)[:, None] * len(lengths)
    counts = np.bincount(flat.ravel(), minlength=_BATCH * len(lengths)).reshape(_BATCH, -1)
    result = np.full(_BATCH, -np.inf)
    possible = np.flatnonzero((counts <= lengths).all(axis=1))
    if not len(possible):
        return result
    counts = counts[possible]
    positions = _within(bins[possible], proposal.edges, rng)
    reached = row_scores(weights, positions) >= score
    chosen = counts[reached]
    factorial = _log_factorials(n)
    chance = (factorial[lengths] - factorial[lengths - chosen]).sum(axis=1)
    chance -= factorial[n] - factorial[n - size]
    tilted: Floats = np.log(proposal.mixture) + chosen @ np.log(proposal.shares).T
    result[possible[reached]] = chance - _log_sum(tilted)
    return result


@lru_cache(maxsize=4)
def _log_factorials(n: int) -> Floats:
    return np.asarray(gammaln(np.arange(1.0, n + 2)))


def _log_sum(logs: Floats) -> Floats:
    """Logarithm of the sum of exponentials, row by row."""
    top = logs.max(axis=1)
    return np.asarray(top + np.log(np.exp(logs - top[:, None]).sum(axis=1)))


def _within(
    bins: NDArray[np.intp], edges: NDArray[np.intp], rng: np.random.Generator
) -> NDArray[np.intp]:
    """Distinct positions in the given bins (ascending in each row), ascending."""
    lengths = np.diff(edges)
    positions = edges[bins] + (rng.random(bins.shape) * lengths[bins]).astype(np.intp)
    positions.sort(axis=1)
    open_rows = np.arange(len(bins))
    while len(open_rows):
        part = positions[open_rows]
        twice = np.zeros(part.shape, dtype=bool)
        twice[:, 1:] = part[:, 1:] == part[:, :-1]
        again = twice.any(axis=1)
        open_rows, part, twice = open_rows[again], part[again], twice[again]
        own = bins[open_rows][twice]  # sorted by bin, so that a place keeps its bin
        part[twice] = edges[own] + (rng.random(len(own)) * lengths[own]).astype(np.intp)
        part.sort(axis=1)
        positions[open_rows] = part
    return positions
