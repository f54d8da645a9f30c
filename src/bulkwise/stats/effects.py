"""What other cohorts say about a gene, and how it goes together with a few samples of this one.

A gene's effect is its mean difference in standard deviations. Over genes, the effects in this
cohort and in the others are taken as one multivariate normal with mean zero. How alike any two of
the others are is known from their genes; how alike this one is to each of them is estimated from
its own few samples (noise doesn't bias a covariance with another cohort) and drawn towards the
usual likeness by as much as it is uncertain. A gene's prior is then its conditional mean and
variance, given those cohorts in which it was seen. Cohorts that tell nothing get no weight.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from bulkwise.stats.base import Floats

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "CLASSES",
    "GenePrior",
    "adaptive_prior",
    "direction_probabilities",
    "direction_table",
    "posterior",
    "signal_variance",
]

CLASSES = ("down", "neutral", "up")
"""The three directions, in the order of probabilities."""

SIGNIFICANT = 3.0
"""Size of the z that stands for a false discovery rate of 0.01 in a table of probabilities."""

_LEAST_SIGNAL = 0.1  # of the variance seen: chance never explains all of it
_CORRELATED = 20.0  # genes of a sample go up and down together: noise counts that much more
_LOOSE = 4.0  # cohorts' worth of belief in the usual disagreement about a gene
_LEAST_LEFT = 0.05
_STEEPEST = 0.95


@dataclass(frozen=True)
class GenePrior:
    """What is expected of each gene's effect before its own samples are seen.

    Attributes
    ----------
    mean, variance
        Of the effect, in standard deviations; mean 0 where nothing is known.
    likeness
        Correlation of this cohort's effects with those of each of the others.
    plain
        Mean effect in the others, whatever their likeness; 0 where a gene wasn't seen.
    count
        In how many of them it was seen.
    dispute
        Variance among the others' effects, in units of the usual one; 1 where they are few.
    """

    mean: Floats
    variance: Floats
    likeness: Floats
    plain: Floats
    count: Floats
    dispute: Floats

    @classmethod
    def flat(cls, effect: ArrayLike, noise: float, others: int = 0) -> GenePrior:
        """Nothing is known: mean 0, and the variance that all genes' effects together show."""
        nothing = np.zeros(len(np.asarray(effect)))
        variance = nothing + signal_variance(effect, noise)
        return cls(nothing, variance, np.zeros(others), nothing, nothing, nothing + 1)


def signal_variance(effect: ArrayLike, noise: float) -> float:
    """Variance of the true effects, by moments: what chance doesn't explain."""
    squares = float(np.mean(np.square(np.asarray(effect, dtype=np.float64))))
    return max(squares - noise, _LEAST_SIGNAL * squares, np.finfo(np.float64).tiny)


def adaptive_prior(
    effect: ArrayLike, noise: float, others: ArrayLike, table: ArrayLike
) -> GenePrior:
    """The prior of each gene from its effects in other cohorts.

    Parameters
    ----------
    effect
        Effects seen in this cohort, one a gene.
    noise
        Their variance by chance.
    others
        Genes x other cohorts: the effects there, NaN where a gene wasn't seen.
    table
        All effects known, genes x the same cohorts, to learn their likeness from.

    Returns
    -------
    GenePrior
    """
    own = np.asarray(effect, dtype=np.float64)
    known = np.asarray(others, dtype=np.float64)
    signal = signal_variance(own, noise)
    if not np.isfinite(known).any():
        return GenePrior.flat(own, noise, known.shape[1])
    scale, among, usual, spread = _among(np.asarray(table, dtype=np.float64))
    seen = np.isfinite(known)
    scaled = np.where(seen, known, 0.0) / scale
    count = np.maximum(seen.sum(axis=0), 1)
    raw = (scaled * own[:, None]).sum(axis=0) / count / np.sqrt(signal)
    error = _CORRELATED * np.mean(np.square(own)) / signal / count
    trust = np.where(seen.any(axis=0), spread / (spread + error), 0.0)
    likeness = np.clip(trust * raw + (1 - trust) * usual, -_STEEPEST, _STEEPEST)
    joint = _positive(likeness, among)
    mean, variance = _conditional(scaled, seen, joint, signal)
    return GenePrior(mean, variance, joint[0, 1:], *_plain(np.where(seen, known, 0.0), seen))


def _plain(known: Floats, seen: np.ndarray) -> tuple[Floats, Floats, Floats]:
    """Mean over the others, their number, and how much more than usual they disagree."""
    count = seen.sum(axis=1).astype(np.float64)
    mean = known.sum(axis=1) / np.maximum(count, 1)
    around = np.where(seen, known - mean[:, None], 0.0)
    squares, free = np.square(around).sum(axis=1), np.maximum(count - 1, 0)
    usual = max(float(squares.sum() / max(free.sum(), 1)), np.finfo(np.float64).tiny)
    dispute = (squares / usual + _LOOSE) / (free + _LOOSE) if free.any() else np.ones(len(count))
    return mean, count, dispute


def _among(table: Floats) -> tuple[Floats, Floats, float, float]:
    """Scale of each cohort's effects, their correlations, the usual one and its spread."""
    there = np.isfinite(table)
    values = np.where(there, table, 0.0)
    counts = there.T.astype(np.float64) @ there
    moments = values.T @ values / np.maximum(counts, 1)
    scale = np.sqrt(np.maximum(np.diag(moments), np.finfo(np.float64).tiny))
    correlation = moments / np.outer(scale, scale)
    weights = counts * ~np.eye(len(scale), dtype=bool)
    total = weights.sum()
    if total == 0:
        return scale, np.eye(len(scale)), 0.3, 0.05  # one cohort: half-way alike, loosely
    usual = float((correlation * weights).sum() / total)
    chance = 1.5 / np.maximum(counts, 1)
    excess = (np.square(correlation - usual) - chance) * weights
    spread = max(float(excess.sum() / total), 1e-3)
    trust = spread / (spread + chance)
    drawn = np.where(weights > 0, trust * correlation + (1 - trust) * usual, usual)
    np.fill_diagonal(drawn, 1.0)
    return scale, drawn, usual, spread


def _positive(likeness: Floats, among: Floats) -> Floats:
    """The joint correlations, this cohort first, made positive definite."""
    joint = np.eye(len(among) + 1)
    joint[1:, 1:] = among
    joint[0, 1:] = joint[1:, 0] = likeness
    values, vectors = np.linalg.eigh(joint)
    joint = (vectors * np.maximum(values, 0.02)) @ vectors.T
    scale = np.sqrt(np.diag(joint))
    return np.asarray(joint / np.outer(scale, scale))


def _conditional(
    scaled: Floats, seen: np.ndarray, joint: Floats, signal: float
) -> tuple[Floats, Floats]:
    """Mean and variance given the cohorts in which a gene was seen, pattern by pattern."""
    mean, variance = np.zeros(len(scaled)), np.full(len(scaled), signal)
    patterns, which = np.unique(seen, axis=0, return_inverse=True)
    which = which.ravel()
    order = np.argsort(which, kind="stable")
    ends = np.cumsum(np.bincount(which, minlength=len(patterns)))
    for pattern, rows in zip(patterns, np.split(order, ends[:-1]), strict=True):
        if not pattern.any():
            continue
        across = joint[0, 1:][pattern]
        weights = np.linalg.solve(joint[1:, 1:][np.ix_(pattern, pattern)], across)
        mean[rows] = np.sqrt(signal) * (scaled[np.ix_(rows, np.flatnonzero(pattern))] @ weights)
        variance[rows] = signal * max(1 - float(across @ weights), _LEAST_LEFT)
    return mean, variance


def posterior(effect: ArrayLike, noise: float, prior: GenePrior) -> tuple[Floats, Floats]:
    """Mean and variance of each gene's true effect, given what was seen of it.

    The mean of what was seen and of the prior, weighted by the inverse of their variances.
    """
    own = np.asarray(effect, dtype=np.float64)
    share = prior.variance / (prior.variance + noise)
    return np.asarray(share * own + (1 - share) * prior.mean), np.asarray(share * noise)


def direction_probabilities(
    mean: ArrayLike, variance: ArrayLike, reference: float, *, cut: float = SIGNIFICANT
) -> Floats:
    """Probability that a gene would be down, neutral or up in a cohort of a stated size.

    With ``n`` samples a side the reference would see ``z ~ N(effect sqrt(n / 2), 1)``, and calls
    a gene up or down where ``|z|`` passes ``cut``.

    Parameters
    ----------
    mean, variance
        Of the true effect, in standard deviations of a sample.
    reference
        Samples a side of the reference cohort.
    cut
        The size of ``z`` that counts as significant.

    Returns
    -------
    numpy.ndarray
        Genes x (down, neutral, up); rows sum to 1.

    Examples
    --------
    >>> direction_probabilities([0.0, 2.0], [0.0, 0.0], 18).round(3)
    array([[0.001, 0.997, 0.001],
           [0.   , 0.001, 0.999]])
    """
    half = float(reference) / 2
    centre = np.asarray(mean, dtype=np.float64) * np.sqrt(half)
    spread = np.sqrt(1 + np.asarray(variance, dtype=np.float64) * half)
    up, down = special.ndtr((centre - cut) / spread), special.ndtr((-centre - cut) / spread)
    return np.column_stack([down, 1 - up - down, up])


def direction_table(genes: Iterable[str], probabilities: ArrayLike) -> pd.DataFrame:
    """Probabilities as a table: ``gene``, ``predicted``, ``down``, ``neutral``, ``up``."""
    import pandas as pd

    chance = np.asarray(probabilities, dtype=np.float64)
    best = np.asarray(CLASSES)[chance.argmax(axis=1)]
    columns = dict(zip(CLASSES, chance.T, strict=True))
    return pd.DataFrame({"gene": list(genes), "predicted": best, **columns})
