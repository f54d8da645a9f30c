"""Mean profiles of the two conditions in each tissue, those of few samples drawn to a prior.

A tissue's target mean is drawn, gene by gene, to what the other tissues let expect: their target
mean, plus the tissue's own difference in the source condition times a slope. How far depends on
how well the other tissues foretell it and on the number of samples; a tissue without target
samples gets what is expected, and a new tissue likewise, from the sample itself.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

__all__ = ["Means", "fit_means"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_RIDGE = 1.0  # squared log2 units: draws the slope over tissues to 1
_LEAST_SPREAD = 1e-3
_LEAST_VARIANCE = 1e-6


class Means:
    """Means by tissue.

    Attributes
    ----------
    source
        Tissues x genes: mean of the source samples (NaN where there is none).
    target
        Tissues x genes: drawn to the prior.
    observed
        Tissues x genes: plain mean of the target samples (the drawn one where there is none).
    general
        3 x genes: over tissues, mean of the source, of the target, and the slope between them.
    """

    def __init__(self, source: Array, target: Array, observed: Array, general: Array) -> None:
        self.source, self.target = source, target
        self.observed, self.general = observed, general

    def expected(self, profiles: Array) -> Array:
        """Target profiles that source profiles of an unknown tissue let expect."""
        source, target, slope = self.general
        return np.asarray(target + slope * (profiles - source))


def fit_means(sources: tuple[Array, Array], targets: tuple[Array, Array], n_tissues: int) -> Means:
    """Means of every tissue.

    Parameters
    ----------
    sources, targets
        Log2 profiles (samples x genes) and the tissue of each, as a number.
    n_tissues
        How many tissues there are; one of them may lack either condition.
    """
    source, _, _ = _by_tissue(*sources, n_tissues)
    observed, variance, counts = _by_tissue(*targets, n_tissues)
    target = observed.copy()
    both = np.isfinite(source[:, 0]) & np.isfinite(observed[:, 0])
    for t in range(n_tissues):
        others = both & (np.arange(n_tissues) != t)
        if not np.isfinite(source[t, 0]) or not others.any():
            continue
        target[t] = _expected(source[t], _general(source[others], observed[others]))
    drawn = both & np.array([(both & (np.arange(n_tissues) != t)).any() for t in range(n_tissues)])
    if drawn.any():
        noise = variance[drawn] / counts[drawn][:, None]
        gap = observed[drawn] - target[drawn]
        spread = np.maximum((gap**2 - noise).mean(axis=0), _LEAST_SPREAD)
        target[drawn] += spread / (spread + noise) * gap
    general = _general(source[both], observed[both]) if both.any() else None
    if general is None:
        general = np.stack([np.nanmean(source, axis=0), np.nanmean(observed, axis=0)])
        general = np.vstack([general, np.ones(general.shape[1])])
    return Means(source, target, np.where(counts[:, None] > 0, observed, target), general)


def _by_tissue(profiles: Array, tissue: Array, n_tissues: int) -> tuple[Array, Array, Array]:
    """Mean, shrunken variance and number of samples of each tissue."""
    counts = np.bincount(tissue, minlength=n_tissues)
    mean = np.full((n_tissues, profiles.shape[1]), np.nan)
    squares = np.zeros_like(mean)
    for t in np.flatnonzero(counts).tolist():
        own = profiles[tissue == t]
        mean[t] = own.mean(axis=0)
        squares[t] = np.square(own - mean[t]).sum(axis=0)
    free = np.maximum(counts - 1, 0)
    pooled = squares.sum(axis=0) / max(int(free.sum()), 1)
    own_variance = np.where(free[:, None] > 0, squares / np.maximum(free, 1)[:, None], pooled)
    return mean, np.maximum((own_variance + pooled) / 2, _LEAST_VARIANCE), counts


def _general(source: Array, target: Array) -> Array:
    """Means over tissues, and the slope of the target on the source means, drawn to 1."""
    x, y = source.mean(axis=0), target.mean(axis=0)
    a, b = source - x, target - y
    slope = ((a * b).sum(axis=0) + _RIDGE) / ((a * a).sum(axis=0) + _RIDGE)
    return np.stack([x, y, slope])


def _expected(source: Array, general: Array) -> Array:
    return np.asarray(general[1] + general[2] * (source - general[0]))
