"""What a few samples of two conditions say about each gene's direction, whatever their order.

Every number is computed gene by gene from the two groups, for any sizes from two a side on.
The numbers come in two kinds. *Odd* ones change their sign when the two conditions change
places (a mean difference, a rank statistic); *even* ones stay (a variance, a group size). A model
that treats them so gives "up" for one contrast where it gives "down" for its mirror image.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special
from scipy.stats import rankdata

from bulkwise.checks.base import log_values
from bulkwise.errors import SampleError
from bulkwise.stats.base import Floats, fit_variance_prior

__all__ = [
    "COUNTED",
    "EVEN",
    "LEVELS",
    "NORMALISATIONS",
    "ODD",
    "Evidence",
    "evidence",
    "log_levels",
]

COUNTED = ("counts", "normalized_counts", "rsem")
"""Units whose samples are brought to the same total before their logarithms are taken."""

NORMALISATIONS = ("raw", "cpm", "median")
"""Ways to make samples comparable, all on a log2 scale."""

LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Quantiles that stand for the set of a group's samples."""

ODD = (
    "change",
    "bounded change",
    "root change",
    "weighted change",
    "median change",
    "rank",
    "spread",
    *(f"quantile {level:g}" for level in LEVELS),
)
"""Names of the numbers that change their sign with the contrast."""

EVEN = ("size", "strength", "deviation", "level", "cohort")
"""Names of the numbers that don't."""

_LEAST_GROUP = 2
_KEYS = 16
_MOST_APART = 200
_NEGLIGIBLE = 1e-10


@dataclass(frozen=True)
class Evidence:
    """What the samples say, a row a gene.

    Attributes
    ----------
    change
        Mean log2 difference, first condition minus second.
    deviation
        Moderated standard deviation of a sample within its condition, log2.
    noise
        Variance of ``change / deviation`` by chance, ``1 / n_first + 1 / n_second``.
    df
        Degrees of freedom of ``change / (deviation sqrt(noise))``, a moderated t.
    odd
        Genes x numbers, named by :data:`ODD`.
    even
        Genes x numbers, named by :data:`EVEN`.
    apart
        Samples x genes: each sample minus the mean of its condition, in standard deviations; of
        at most 200 samples.
    """

    change: Floats
    deviation: Floats
    noise: float
    df: float
    odd: Floats
    even: Floats
    apart: Floats

    @property
    def effect(self) -> Floats:
        """The change in standard deviations."""
        return np.asarray(self.change / self.deviation)

    @property
    def t(self) -> Floats:
        """Moderated t."""
        return np.asarray(self.effect / np.sqrt(self.noise))

    @property
    def p_value(self) -> Floats:
        """Two-sided P of the moderated t."""
        return np.asarray(2 * special.stdtr(self.df, -np.abs(self.t)))

    def along_samples(self, values: ArrayLike, among: ArrayLike) -> Floats:
        """The part of one number a gene that lies along the differences within conditions.

        What makes samples of one condition differ (their share of tumour cells, say) moves many
        genes together, and the mean difference along with them.

        Parameters
        ----------
        values
            One a gene, in standard deviations.
        among
            True for genes that are looked at; the others get 0.
        """
        genes = np.asarray(among, dtype=bool)
        rows = self.apart[:, genes]
        inner, vectors = np.linalg.eigh(rows @ rows.T)
        kept = inner > _NEGLIGIBLE * max(float(inner[-1]), np.finfo(np.float64).tiny)
        axes = (vectors[:, kept] / np.sqrt(inner[kept])).T @ rows
        return _on(axes.T, np.asarray(values, dtype=np.float64), genes)

    def along_levels(self, values: ArrayLike, among: ArrayLike) -> Floats:
        """The part of one number a gene that a shift, and a bend with the level, explain.

        Parameters
        ----------
        values
            One a gene, in standard deviations; shift and bend are in log2 units.
        among
            True for genes that are looked at; the others get 0.
        """
        genes = np.asarray(among, dtype=bool)
        powers = np.vander(self.even[genes, EVEN.index("level")], 3)
        axes = np.linalg.qr(powers / self.deviation[genes, None])[0]
        return _on(axes, np.asarray(values, dtype=np.float64), genes)


def _on(axes: Floats, values: Floats, genes: np.ndarray) -> Floats:
    """Values of those genes projected on orthonormal axes (genes x axes), 0 elsewhere."""
    part = np.zeros(len(values))
    part[genes] = axes @ (axes.T @ values[genes])
    return part


def log_levels(
    values: ArrayLike,
    unit: str,
    *,
    normalisation: str = "cpm",
    factors: ArrayLike | None = None,
) -> Floats:
    """Log2 values of samples made comparable.

    Parameters
    ----------
    values
        Samples x genes.
    unit
        Their unit. Logarithms, and units that are shares already, are left as they are by
        ``"cpm"``; counts go to ``log2(counts per million + 1)``.
    normalisation
        One of :data:`NORMALISATIONS`: ``"raw"`` takes ``log2(x + 1)`` only, ``"median"`` centres
        each sample at its median.
    factors
        For counts per million: what library sizes are multiplied by, one a sample (TMM's).

    Returns
    -------
    numpy.ndarray
        Samples x genes, log2, float64.

    Raises
    ------
    SampleError
        If a sample has no counts.
    """
    matrix = np.asarray(values, dtype=np.float64)
    if unit in COUNTED and normalisation == "cpm":
        sizes = matrix.sum(axis=1)
        if not (sizes > 0).all():
            raise SampleError(
                f"{int((sizes <= 0).sum())} of {len(sizes)} samples have no counts at all; leave "
                "them out."
            )
        scale = 1.0 if factors is None else np.asarray(factors, dtype=np.float64)
        return np.asarray(np.log2(matrix * (1e6 / (sizes * scale))[:, None] + 1))
    logs = np.asarray(log_values(matrix, unit), dtype=np.float64)
    if normalisation == "median":
        return np.asarray(logs - np.median(logs, axis=1, keepdims=True))
    return logs


def evidence(values: ArrayLike, unit: str, first: ArrayLike) -> Evidence:
    """Everything that a statistician would look at, for each gene.

    Samples may stand in any order within their condition: they are put into an order of their own
    first, so that not even a last bit depends on it.

    Parameters
    ----------
    values
        Samples x genes, finite.
    unit
        Their unit; counts are brought to counts per million.
    first
        True for samples of the first condition, a bool a sample.

    Returns
    -------
    Evidence

    Raises
    ------
    SampleError
        If a condition has fewer than two samples.

    Examples
    --------
    >>> seen = evidence([[9.0, 5], [9.5, 5], [4, 5.5], [4.5, 5]], "log2", [1, 1, 0, 0])
    >>> seen.change
    array([ 5.  , -0.25])
    """
    is_first = np.asarray(first, dtype=bool)
    sizes = int(is_first.sum()), int((~is_first).sum())
    if min(sizes) < _LEAST_GROUP:
        raise SampleError(
            f"Expected two samples or more in each condition, got {sizes[0]} and {sizes[1]}: from "
            "one sample nothing can be learnt about how much samples differ by chance."
        )
    logs = log_levels(values, unit)
    a, b = _ordered(logs[is_first]), _ordered(logs[~is_first])
    noise = 1 / sizes[0] + 1 / sizes[1]
    change, deviation, df, middle = _moderated(a, b)
    odd = _odd(a, b, change, deviation, middle)
    even = _even(a, b, change, deviation, noise)
    return Evidence(change, deviation, noise, df, odd, even, _apart(a, b, deviation))


def _apart(a: Floats, b: Floats, deviation: Floats) -> Floats:
    rows = np.concatenate([a - a.mean(axis=0), b - b.mean(axis=0)])
    chosen = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), _MOST_APART)).astype(int))
    return np.asarray(rows[chosen] / deviation)


def _ordered(group: Floats) -> Floats:
    """The samples in an order that depends on their values only."""
    keys = np.column_stack([group[:, :_KEYS], np.sort(group, axis=1).sum(axis=1)])
    return group[np.lexsort(keys.T)]


def _moderated(a: Floats, b: Floats) -> tuple[Floats, Floats, float, float]:
    """Change, moderated deviation, degrees of freedom, and the prior's variance."""
    change = a.mean(axis=0) - b.mean(axis=0)
    own = len(a) + len(b) - 2
    squares = np.square(a - a.mean(axis=0)).sum(axis=0) + np.square(b - b.mean(axis=0)).sum(axis=0)
    prior = fit_variance_prior(squares / own, own)
    variance = np.maximum(prior.squeeze(squares / own, own), np.finfo(np.float64).tiny)
    scale = float(np.median(prior.scale))
    floor = max(scale, 1e-12) * 1e-6  # genes without any variation
    return (
        change,
        np.sqrt(np.maximum(variance, floor)),
        own + float(np.median(prior.df)),
        max(scale, 1e-12),
    )


def _odd(a: Floats, b: Floats, change: Floats, deviation: Floats, middle: float) -> Floats:
    effect = change / deviation
    spread = np.log((a.var(axis=0, ddof=1) + 0.1 * middle) / (b.var(axis=0, ddof=1) + 0.1 * middle))
    quantiles = (np.quantile(a, LEVELS, axis=0) - np.quantile(b, LEVELS, axis=0)) / deviation
    columns = [
        effect,
        np.tanh(effect / 2),
        _root_change(a, b),
        _weighted_change(a, b, deviation) / deviation,
        (np.median(a, axis=0) - np.median(b, axis=0)) / deviation,
        _rank(a, b),
        spread,
        *quantiles,
    ]
    return np.column_stack(columns)


def _root_change(a: Floats, b: Floats) -> Floats:
    """The change of square roots over their moderated deviation: between the mean of logarithms
    and the mean of amounts, and less moved by low counts."""
    top = max(float(a.max()), float(b.max()))
    roots = [np.exp2((group - top) / 2) for group in (a, b)]
    change, deviation, _, _ = _moderated(*roots)
    return np.asarray(change / deviation)


def _weighted_change(a: Floats, b: Floats, deviation: Floats) -> Floats:
    """Difference of means in which a sample far from its own group has less weight."""
    means = []
    apart = [np.square((group - group.mean(axis=0)) / deviation).mean(axis=1) for group in (a, b)]
    usual = float(np.median(np.concatenate(apart))) or 1.0
    for group, distance in zip((a, b), apart, strict=True):
        weights = 1 / (distance + usual)
        means.append(weights @ group / weights.sum())
    return np.asarray(means[0] - means[1])


def _rank(a: Floats, b: Floats) -> Floats:
    """Mann-Whitney's share of pairs in which the first is higher, from -1/2 to 1/2."""
    ranks = rankdata(np.concatenate([a, b]), axis=0)[: len(a)].sum(axis=0)
    wins = ranks - len(a) * (len(a) + 1) / 2
    return np.asarray(wins / (len(a) * len(b)) - 0.5)


def _even(a: Floats, b: Floats, change: Floats, deviation: Floats, noise: float) -> Floats:
    t = np.abs(change / deviation) / np.sqrt(noise)
    mean = (a.mean(axis=0) + b.mean(axis=0)) / 2
    ranks: NDArray[Any] = np.argsort(np.argsort(mean, kind="stable"), kind="stable")
    n = len(change)
    signal = np.log(np.mean(np.square(change / deviation)) / noise + 0.1)
    columns = [
        np.full(n, np.log(noise)),
        np.log(t + 0.1),
        np.log(deviation),
        (ranks + 0.5) / n - 0.5,
        np.full(n, signal),
    ]
    return np.column_stack(columns)
