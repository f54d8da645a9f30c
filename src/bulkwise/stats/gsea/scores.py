"""Enrichment scores: how far a gene set's hits run ahead of its misses down a ranked list.

Down a list of ``N`` genes the running sum rises by ``|r|^p / sum over the set of |r|^p`` at a gene
of the set and falls by ``1 / (N - k)`` at any other; the score is its largest deviation from zero,
with sign.

References
----------
Subramanian A, Tamayo P, Mootha VK, et al. Gene set enrichment analysis: a knowledge-based approach
for interpreting genome-wide expression profiles. PNAS 102, 15545-15550 (2005).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bulkwise.stats.base import EncodedSets, Floats

__all__ = ["null_scores", "observed_scores", "row_scores", "running_sum"]

_BAND = 1.2  # sets of sizes within this ratio are cut from the same draws
_CHUNK_VALUES = 1 << 17


def _choose(high: Floats, low: Floats) -> Floats:
    return np.asarray(np.where(high > -low, high, low))


def observed_scores(weights: Floats, sets: EncodedSets) -> tuple[Floats, NDArray[np.intp]]:
    """Score of each set, and the position where it is reached.

    Parameters
    ----------
    weights
        ``|r|^p`` of each gene, in the order of the list.
    sets
        With members as positions in the list.
    """
    members, starts, sizes = sets.members, sets.starts[:-1], sets.sizes
    own = weights[members]
    total = np.add.reduceat(own, starts)
    # a set whose genes all have weight zero counts them alike
    flat = np.repeat(total <= 0, sizes)
    own = np.where(flat, 1.0, own)
    total = np.where(total <= 0, sizes, total)
    running = np.cumsum(own)
    before = np.repeat(running[starts] - own[starts], sizes)
    share = (running - before) / np.repeat(total, sizes)
    rank = np.arange(len(members)) - np.repeat(starts, sizes)
    misses = (members - rank) / np.repeat(len(weights) - sizes, sizes)
    after = share - misses
    ahead = after - own / np.repeat(total, sizes)
    high, low = np.maximum.reduceat(after, starts), np.minimum.reduceat(ahead, starts)
    scores = _choose(high, low)
    peak = np.where(
        np.repeat(scores > 0, sizes),
        after == np.repeat(high, sizes),
        ahead == np.repeat(low, sizes),
    )
    first = np.flatnonzero(peak)
    owner = np.repeat(np.arange(len(starts)), sizes)[first]
    position = np.empty(len(starts), dtype=np.intp)
    position[owner[::-1]] = members[first[::-1]]
    return scores, position


def row_scores(weights: Floats, positions: NDArray[np.intp]) -> Floats:
    """Score of each row of ``positions`` (sets of one size, ascending), in float64."""
    n, k = len(weights), positions.shape[1]
    own = weights[positions]
    total = own.sum(axis=1, keepdims=True)
    own = np.where(total > 0, own, 1.0) / np.where(total > 0, total, k)
    after = np.cumsum(own, axis=1)
    after -= (positions - np.arange(k)) / (n - k)
    return _choose(after.max(axis=1), (after - own).min(axis=1))


def null_scores(
    weights: Floats, sizes: NDArray[np.intp], permutations: int, rng: np.random.Generator
) -> dict[int, NDArray[np.float32]]:
    """Scores of random sets of each size, ``permutations`` of each.

    One random order of the genes serves all sizes: its first ``k`` genes are the random set of
    size ``k``. Within a band of sizes the drawn positions are sorted once and smaller sets are
    masks of the largest, so that nothing is drawn or sorted size by size.

    Parameters
    ----------
    weights
        ``|r|^p`` of each gene, in the order of the list.
    sizes
        Sizes of sets, in any order.
    permutations
        Draws of each size.
    rng
        Source of randomness.

    Returns
    -------
    dict
        Size -> scores.
    """
    wanted = np.unique(sizes)
    largest = int(wanted[-1])
    drawn = np.stack(
        [rng.choice(len(weights), largest, replace=False) for _ in range(permutations)]
    )
    light = weights.astype(np.float32)
    found: dict[int, NDArray[np.float32]] = {}
    while len(wanted):
        top = int(wanted[-1])
        band = wanted[wanted > top / _BAND]
        wanted = wanted[: len(wanted) - len(band)]
        for size in band.tolist():
            found[size] = np.empty(permutations, dtype=np.float32)
        height = max(1, _CHUNK_VALUES // top)
        for start in range(0, permutations, height):
            rows = slice(start, start + height)
            _band_scores(light, drawn[rows, :top], band.tolist(), found, rows)
    return found


def _band_scores(
    weights: NDArray[np.float32],
    drawn: NDArray[np.intp],
    band: list[int],
    found: dict[int, NDArray[np.float32]],
    rows: slice,
) -> None:
    n, top = len(weights), drawn.shape[1]
    # one sort of (position, place in the draw) as a single number
    packed = np.sort(drawn * top + np.arange(top), axis=1)
    position, place = np.divmod(packed, top)
    own = weights[position]
    at = position.astype(np.float32)
    for size in band:
        member = place < size
        part = own * member
        share = np.cumsum(part, axis=1, dtype=np.float32)
        total = share[:, -1:].copy()
        if (total <= 0).any():
            part = np.where(total > 0, part, member)
            share = np.cumsum(part, axis=1, dtype=np.float32)
            total = share[:, -1:].copy()
        hits = np.cumsum(member, axis=1, dtype=np.float32)
        hits -= member
        np.subtract(at, hits, out=hits)
        hits /= n - size
        share /= total
        share -= hits
        part /= total
        high = share.max(axis=1)
        share -= part
        found[size][rows] = _choose(high, share.min(axis=1))


def running_sum(weights: Floats, members: NDArray[np.intp]) -> Floats:
    """The running sum after each gene of the list, for a figure."""
    n, k = len(weights), len(members)
    steps = np.full(n, -1.0 / (n - k))
    own = weights[members]
    steps[members] = own / own.sum() if own.sum() > 0 else 1.0 / k
    return np.asarray(np.cumsum(steps))
