"""Counts for linear models: log counts per million with a weight for each, and for each sample.

The equal of limma's ``voom``, ``arrayWeights`` and ``voomWithQualityWeights`` on arrays;
``tests/stats/test_precision.py`` holds the numbers against tables made in R.

References
----------
Law CW, Chen Y, Shi W, Smyth GK. voom: precision weights unlock linear model analysis tools for
RNA-seq read counts. Genome Biology 15, R29 (2014).

Ritchie ME, Diyagama D, Neilson J, et al. Empirical array quality weights in the analysis of
microarray data. BMC Bioinformatics 7, 261 (2006).

Liu R, Holik AZ, Su S, et al. Why weight? Modelling sample and observational level variability
improves power in RNA-seq analyses. Nucleic Acids Research 43, e97 (2015).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bulkwise.checks.linear_model import independent_columns
from bulkwise.errors import InputError, SampleError
from bulkwise.stats.base import (
    Floats,
    as_design,
    as_expression,
    as_weights,
    blocks_of_genes,
    interpolate,
    lm_fit,
    lowess_knots,
    observed_values,
    take,
)

__all__ = ["Voom", "array_weights", "voom", "voom_with_quality_weights"]

_LOG2_MILLION = float(np.log2(1e6))
_PRIOR_GENES = 10.0
_REML_STEPS = 50
_REML_TOLERANCE = 1e-5
_TINY_VARIANCE = 1e-15


@dataclass(frozen=True)
class Voom:
    """Log counts per million, their weights, and the trend these came from.

    Parameters
    ----------
    log_cpm
        Samples x genes: ``log2(1e6 (y + 0.5) / (L + 1))``.
    weights
        Samples x genes: inverse variances, for ``lm_fit``.
    sizes
        Effective library size of each sample.
    genes
        Names of the genes.
    points
        Two columns, a row a gene with counts: mean log2 count, and square root of the residual
        standard deviation.
    trend
        Two columns: the lowess curve through ``points``, straight between its rows.
    sample_weights
        Quality weight of each sample (within ``weights`` already); None without them.
    """

    log_cpm: Floats
    weights: Floats
    sizes: Floats
    genes: tuple[str, ...]
    points: Floats
    trend: Floats
    sample_weights: Floats | None = None


def _counts(counts: Any) -> tuple[NDArray[Any], tuple[str, ...]]:
    values, genes = as_expression(counts)
    for block in blocks_of_genes(values.shape[1], values.shape[0]):
        part = values[:, block]
        if not np.isfinite(part).all() or part.min() < 0:
            raise InputError(
                "voom takes raw or expected counts, and found values that are negative or missing; "
                "log values go straight to lm_fit."
            )
    return values, genes


def _sizes(counts: NDArray[Any], sizes: ArrayLike | None) -> Floats:
    given = counts.sum(axis=1, dtype=np.float64) if sizes is None else np.asarray(sizes, float)
    if given.shape != (len(counts),) or not (np.isfinite(given) & (given > 0)).all():
        raise SampleError(
            f"Expected {len(counts)} library sizes above 0, one a sample, got {given.size}, "
            f"{int((~(np.isfinite(given) & (given > 0))).sum())} of them not above 0; leave out "
            "samples without counts."
        )
    return np.asarray(given, dtype=np.float64)


def voom(
    counts: Any,
    design: Any,
    *,
    sizes: ArrayLike | None = None,
    span: float = 0.5,
    weights: Any = None,
    block: ArrayLike | None = None,
    correlation: float | None = None,
) -> Voom:
    """Turn counts into log counts per million with precision weights, as ``limma::voom``.

    A linear model is fitted to each gene; the square root of its residual standard deviation is
    smoothed over its mean log2 count, and the weight of a value is that curve at its fitted log2
    count to the power of -4.

    Parameters
    ----------
    counts
        Samples x genes, raw or expected counts.
    design
        Samples x coefficients, of full rank.
    sizes
        Effective library sizes: total counts times normalisation factors; by default the totals.
    span
        Share of the genes in each local fit of the trend.
    weights
        Prior weights for the first fit, as in ``lm_fit``.
    block, correlation
        As in ``lm_fit``.

    Returns
    -------
    Voom

    Raises
    ------
    InputError
        If a value is negative or missing, or the design leaves no residual degrees of freedom.
    SampleError
        If a sample has no counts.
    """
    values, genes = _counts(counts)
    totals = _sizes(values, sizes)
    log_cpm = np.add(values, 0.5, dtype=np.float64)
    np.log2(log_cpm, out=log_cpm)
    log_cpm += (_LOG2_MILLION - np.log2(totals + 1))[:, None]
    fit = lm_fit(log_cpm, design, weights=weights, block=block, correlation=correlation)
    if int((fit.df_residual > 0).sum()) < 2:
        raise InputError(
            f"The design has no replicates: {len(values)} samples and {len(fit.names)} "
            "coefficients leave no residual degrees of freedom; add samples or drop a covariate."
        )
    offset = float(np.mean(np.log2(totals + 1))) - _LOG2_MILLION
    expressed = values.any(axis=0)
    points = np.column_stack([fit.mean + offset, np.sqrt(fit.sigma)])[expressed]
    curve = lowess_knots(points[:, 0], points[:, 1], span=span)
    precision = np.empty_like(log_cpm)
    matrix, _ = as_design(design, len(values))
    shift = (np.log2(totals + 1) - _LOG2_MILLION)[:, None]
    for part in blocks_of_genes(len(genes), len(values)):
        fitted = matrix @ fit.coefficients[part].T + shift
        height = interpolate(fitted, curve)
        np.square(height, out=height)
        np.square(height, out=height)
        np.divide(1.0, height, out=precision[:, part])
    return Voom(log_cpm, precision, totals, genes, points, np.column_stack(curve))


def voom_with_quality_weights(
    counts: Any,
    design: Any,
    *,
    sizes: ArrayLike | None = None,
    span: float = 0.5,
) -> Voom:
    """Precision weights for each value and quality weights for each sample, together.

    voom, then sample weights, then voom with these and sample weights once more, as
    ``limma::voomWithQualityWeights``.

    Parameters
    ----------
    counts, design, sizes, span
        As in :func:`voom`.

    Returns
    -------
    Voom
        ``weights`` hold both; ``sample_weights`` stands apart as well.

    Raises
    ------
    InputError, SampleError
        As :func:`voom`.
    """
    first = voom(counts, design, sizes=sizes, span=span)
    quality = array_weights(first.log_cpm, design, weights=first.weights)
    second = voom(counts, design, sizes=sizes, span=span, weights=quality)
    quality = array_weights(second.log_cpm, design, weights=second.weights)
    return replace(second, weights=second.weights * quality[:, None], sample_weights=quality)


def array_weights(Y: Any, design: Any, *, weights: Any = None) -> Floats:
    """How much each sample can be trusted, as ``limma::arrayWeights``.

    The log variance of a value is a gene's plus a sample's, the latter summing to zero; REML over
    all genes, or one scoring step after each gene when there are gaps or weights.

    Parameters
    ----------
    Y
        Samples x genes, log values; NaN leaves a value out.
    design
        Samples x coefficients, of full rank.
    weights
        Samples x genes, known weights; zero leaves a value out.

    Returns
    -------
    numpy.ndarray
        One weight a sample; their geometric mean is one.

    Raises
    ------
    InputError
        If the shapes differ or the design isn't of full rank.
    """
    values, _ = as_expression(Y)
    X, _ = as_design(design, len(values))
    known = as_weights(weights, values.shape)
    if values.shape[1] < 2 or len(values) - X.shape[1] < 2:
        return np.ones(len(values))
    if known is not None and known.ndim == 1:
        known = np.broadcast_to(known[:, None], values.shape)
    if known is None and observed_values(values, None) is None:
        return _reml_weights(values, X)
    return _stepwise_weights(values, X, known)


def _sum_contrasts(n: int) -> Floats:
    return np.vstack([np.eye(n - 1), -np.ones(n - 1)])


def _profiled(info: Floats) -> Floats:
    """Information on the samples' effects with the gene's own variance taken out."""
    return np.asarray(info[1:, 1:] - np.outer(info[1:, 0], info[0, 1:]) / info[0, 0])


def _gene_columns(
    values: NDArray[Any], known: NDArray[Any] | None
) -> Iterator[tuple[Floats, Floats]]:
    samples = np.arange(len(values))
    for block in blocks_of_genes(values.shape[1], 2 * len(values)):
        genes = np.arange(block.start, block.stop)
        part = take(values, samples, genes).T
        own = np.ones_like(part) if known is None else take(known, samples, genes).T
        yield from zip(part, own, strict=True)


def _stepwise_weights(values: NDArray[Any], X: Floats, known: NDArray[Any] | None) -> Floats:
    n, p = X.shape
    Z2 = _sum_contrasts(n)
    Z = np.column_stack([np.ones(n), Z2])
    effects, quality = np.zeros(n - 1), np.ones(n)
    info = _PRIOR_GENES * Z2.T @ Z2
    for y, own in _gene_columns(values, known):
        seen = np.flatnonzero(np.isfinite(y) & (own > 0))
        design, df = X, n - p
        if len(seen) < n:
            design = X[np.ix_(seen, independent_columns(X[seen]))]
            df = len(seen) - design.shape[1]
            if df < 2:
                continue
        roots = np.sqrt(quality[seen] * own[seen])
        Q = np.linalg.qr(roots[:, None] * design)[0]
        target = roots * y[seen]
        rest = target - Q @ (Q.T @ target)
        square = rest**2
        variance = float(square.sum()) / df
        if variance < _TINY_VARIANCE:
            continue
        free = np.zeros(n)
        free[seen] = 1 - (Q**2).sum(axis=1)
        score = -free
        score[seen] += square / variance
        info = info + _profiled(Z.T @ (free[:, None] * Z))
        effects = effects + np.linalg.solve(info, Z2.T @ score)
        quality = np.exp(-(Z2 @ effects))
    return quality


def _reml_weights(values: NDArray[Any], X: Floats) -> Floats:
    n, p = X.shape
    Z2 = _sum_contrasts(n)
    Z = np.column_stack([np.ones(n), Z2])
    effects, quality = np.zeros(n - 1), np.ones(n)
    varying: NDArray[np.bool_] | None = None
    last = np.inf
    for _ in range(_REML_STEPS):
        Q = np.linalg.qr(np.sqrt(quality)[:, None] * X)[0]
        squares, varying = _scaled_squares(values, Q, quality, n - p, varying)
        n_genes = int(varying.sum())
        if n_genes < 2:
            return np.ones(n)
        hat = (Q**2).sum(axis=1)
        pairs = (Q @ Q.T) ** 2
        info = Z.T @ ((1 - 2 * hat)[:, None] * Z) + Z.T @ pairs @ Z
        score = n_genes * (squares - (1 - hat)) + _PRIOR_GENES * (quality - 1)
        gradient = Z2.T @ score
        step = np.linalg.solve(n_genes * _profiled(info) + _PRIOR_GENES * Z2.T @ Z2, gradient)
        gain = float(gradient @ step) / (n - 1) / (n_genes + _PRIOR_GENES)
        if not gain < last:
            break
        last = gain
        effects = effects + step
        quality = np.exp(-(Z2 @ effects))
        if gain < _REML_TOLERANCE:
            break
    return quality


def _scaled_squares(
    values: NDArray[Any],
    Q: Floats,
    quality: Floats,
    df: int,
    varying: NDArray[np.bool_] | None,
) -> tuple[Floats, NDArray[np.bool_]]:
    """Mean over genes of weighted squared residuals over the gene's variance, one a sample."""
    roots, samples = np.sqrt(quality)[:, None], np.arange(len(values))
    total, keep = np.zeros(len(values)), np.zeros(values.shape[1], dtype=bool)
    for block in blocks_of_genes(values.shape[1], len(values)):
        y = roots * take(values, samples, np.arange(block.start, block.stop))
        square = (y - Q @ (Q.T @ y)) ** 2
        variance = square.sum(axis=0) / df
        # genes without variance are set aside once, at the first step
        keep[block] = variance >= _TINY_VARIANCE if varying is None else varying[block]
        total += (square[:, keep[block]] / variance[keep[block]]).sum(axis=1)
    return total / max(int(keep.sum()), 1), keep
