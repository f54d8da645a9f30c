"""Library sizes, TMM factors, log counts per million and the filter that goes before them.

Matrices are samples x genes, raw or expected (fractional) counts. All is computed in float64,
one block of samples at a time. The numbers equal those of edgeR 3.40 and limma 3.54 in R, which
``tests/stats/test_normalization.py`` holds against tables made there.

References
----------
Robinson MD, Oshlack A. A scaling normalization method for differential expression analysis of
RNA-seq data. Genome Biology 11, R25 (2010).

Chen Y, Lun ATL, Smyth GK. From reads to genes to pathways (the filter by expression).
F1000Research 5, 1438 (2016).

Law CW, Chen Y, Shi W, Smyth GK. voom: precision weights unlock linear model analysis tools for
RNA-seq read counts. Genome Biology 15, R29 (2014).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from bulkwise.checks.base import name_some
from bulkwise.errors import InputError, SampleError

__all__ = [
    "filter_by_expr",
    "library_sizes",
    "log_cpm",
    "tmm_factors",
    "tmm_log_factors",
    "tmm_reference",
    "voom_log_cpm",
]

Floats: TypeAlias = NDArray[np.float64]

_BLOCK_VALUES = 1 << 18  # float64 values of one block of samples: 2 MiB
_LOG2_MILLION = float(np.log2(1e6))
_RATIO_TRIM = 0.3  # share of genes that TMM sets aside at each end, by ratio
_ABUNDANCE_TRIM = 0.05  # and by abundance
_LARGE_GROUP = 10.0  # above this size, a filter asks for a part of the excess only
_PART_OF_EXCESS = 0.7
_ROUNDING = 1e-14


def _matrix(counts: ArrayLike) -> NDArray[Any]:
    matrix = np.asarray(counts)
    if matrix.ndim != 2 or 0 in matrix.shape or matrix.dtype.kind not in "iuf":
        raise InputError(
            "Expected a matrix of counts, samples x genes, with at least one of each, got shape "
            f"{matrix.shape} of {matrix.dtype}."
        )
    return matrix


def _blocks(shape: tuple[int, ...]) -> Iterator[slice]:
    height = max(1, _BLOCK_VALUES // shape[1])
    for start in range(0, shape[0], height):
        yield slice(start, min(start + height, shape[0]))


def _per_sample(values: ArrayLike, n_samples: int, what: str) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    if array.shape != (n_samples,):
        raise SampleError(f"Expected {n_samples} {what}, one a sample, got {array.size}.")
    bad = np.flatnonzero(~(np.isfinite(array) & (array > 0)))
    if bad.size:
        raise SampleError(
            f"Expected positive {what}, and those of the samples at positions {name_some(bad)} "
            "aren't; leave out samples without counts."
        )
    return array


def _sizes(counts: NDArray[Any], given: ArrayLike | None) -> Floats:
    sizes = library_sizes(counts) if given is None else given
    return _per_sample(sizes, len(counts), "library sizes")


def library_sizes(counts: ArrayLike) -> Floats:
    """Total count of each sample, rounded once.

    Whole counts and fractions are summed apart, because the last bit of a library size decides
    which of the genes with equal ratios TMM sets aside.

    Parameters
    ----------
    counts
        Samples x genes.

    Returns
    -------
    numpy.ndarray
        One total a sample, float64.
    """
    matrix = _matrix(counts)
    sizes = np.empty(len(matrix))
    for rows in _blocks(matrix.shape):
        block = matrix[rows].astype(np.float64)
        whole = np.trunc(block)
        sizes[rows] = whole.sum(axis=1) + (block - whole).sum(axis=1)
    return sizes


def tmm_reference(counts: ArrayLike, *, sizes: ArrayLike | None = None) -> int:
    """Position of the sample that the others are compared with.

    It is the one whose upper quartile, as a share of its library, is nearest to the mean of all
    samples'. Genes without any count are left out first. Where half of the samples have an
    upper quartile of zero, the sample with the largest sum of square roots is taken.

    The parameters are those of :func:`tmm_factors`.
    """
    matrix = _matrix(counts)
    totals = _sizes(matrix, sizes)
    expressed = matrix.any(axis=0)
    quartiles = np.empty(len(matrix))
    for rows in _blocks(matrix.shape):
        block = matrix[rows].astype(np.float64)[:, expressed]
        quartiles[rows] = np.quantile(block, 0.75, axis=1)
    shares = quartiles / totals
    if np.median(shares) < 1e-20:
        return int(np.argmax(np.sqrt(matrix).sum(axis=1, dtype=np.float64)))
    return int(np.argmin(np.abs(shares - shares.mean())))


def _inner_ranks(values: Floats, trim: float) -> NDArray[np.bool_]:
    """Which values stay when a share ``trim`` goes at each end by average rank (as in R)."""
    # average ranks grow with the values: what stays lies between two values, and the ties at
    # either end decide whether it belongs to the inside
    n = len(values)
    cut = int(np.floor(n * trim))
    lowest, highest = cut + 1, n - cut  # ranks count from one
    if lowest > highest:
        return np.zeros(n, dtype=bool)
    ordered = np.sort(values)
    low, high = ordered[lowest - 1], ordered[highest - 1]

    def average_rank(value: np.float64) -> float:
        first, last = np.searchsorted(ordered, value), np.searchsorted(ordered, value, "right")
        return float(first + 1 + last) / 2

    above = values >= low if average_rank(low) >= lowest else values > low
    below = values <= high if average_rank(high) <= highest else values < high
    return np.asarray(above & below)


def _log_factor(sample: Floats, size: float, reference: Floats, reference_size: float) -> float:
    both = (sample > 0) & (reference > 0)
    own, other = sample[both], reference[both]
    if own.size == 0:
        return 0.0
    own_share, other_share = own / size, other / reference_size
    ratio = np.log2(own_share / other_share)
    if np.abs(ratio).max() < 1e-6:
        return 0.0
    keep = _inner_ranks(ratio, _RATIO_TRIM)
    keep &= _inner_ranks((np.log2(own_share) + np.log2(other_share)) / 2, _ABUNDANCE_TRIM)
    # the variance of the log ratio, to first order, of two binomial shares
    own, other, ratio = own[keep], other[keep], ratio[keep]
    variance = (size - own) / size / own + (reference_size - other) / reference_size / other
    if own.size == 0 or not variance.all():
        return 0.0
    return float(np.sum(ratio / variance) / np.sum(1 / variance))


def tmm_log_factors(
    counts: ArrayLike,
    reference: ArrayLike,
    *,
    sizes: ArrayLike | None = None,
    reference_size: float | None = None,
) -> Floats:
    """Log2 of each sample's TMM factor against one reference sample, not centred.

    The weighted mean of the genes' log ratios ``M = log2((y / N) / (r / R))``, after the genes
    with the most extreme ``M`` (30 % at each end) and the most extreme mean log share (5 %) are
    set aside; the weights are the inverse variances of ``M``. ``y`` and ``r`` are a gene's counts
    in the sample and in the reference, ``N`` and ``R`` their library sizes.

    Parameters
    ----------
    counts
        Samples x genes.
    reference
        Counts of the reference sample, one a gene.
    sizes, reference_size
        Library sizes; by default the totals.

    Returns
    -------
    numpy.ndarray
        One log2 factor a sample, float64; 0 for the reference itself and for a sample that
        shares no gene with it.

    Raises
    ------
    InputError
        If the reference has another number of genes.
    SampleError
        If a sample has no counts.
    """
    matrix = _matrix(counts)
    base = np.asarray(reference, dtype=np.float64)
    if base.shape != (matrix.shape[1],):
        raise InputError(
            f"The TMM reference has {base.size} genes and the counts have {matrix.shape[1]}; "
            "both must hold the same genes in the same order."
        )
    totals = _sizes(matrix, sizes)
    base_size = library_sizes(base[None])[0] if reference_size is None else reference_size
    factors = np.empty(len(matrix))
    for i, size in enumerate(totals):
        factors[i] = _log_factor(matrix[i].astype(np.float64), size, base, base_size)
    return factors


def tmm_factors(counts: ArrayLike, *, sizes: ArrayLike | None = None) -> Floats:
    """Normalisation factors by the trimmed mean of M-values, as ``edgeR::calcNormFactors``.

    The effective size of a library is its size times its factor. :func:`tmm_reference` finds the
    sample that the others are compared with.

    Parameters
    ----------
    counts
        Samples x genes; usually what :func:`filter_by_expr` left.
    sizes
        Library sizes; by default each sample's total.

    Returns
    -------
    numpy.ndarray
        One factor a sample, float64; their product is one.

    Raises
    ------
    SampleError
        If a sample has no counts.
    """
    matrix = _matrix(counts)
    totals = _sizes(matrix, sizes)
    chosen = tmm_reference(matrix, sizes=totals)
    logs = tmm_log_factors(matrix, matrix[chosen], sizes=totals, reference_size=totals[chosen])
    return np.asarray(np.exp2(logs - logs.mean()), dtype=np.float64)


def _effective(counts: NDArray[Any], sizes: ArrayLike | None, factors: ArrayLike | None) -> Floats:
    scale = 1.0 if factors is None else _per_sample(factors, len(counts), "normalisation factors")
    return _sizes(counts, sizes) * scale


def _log_shares(
    counts: NDArray[Any], offset: Floats, sizes: Floats, dtype: DTypeLike
) -> NDArray[Any]:
    logs = np.empty(counts.shape, dtype=dtype)
    shift = _LOG2_MILLION - np.log2(sizes)
    for rows in _blocks(counts.shape):
        block = counts[rows] + offset[rows, None]
        np.log2(block, out=block)
        np.add(block, shift[rows, None], out=logs[rows], casting="same_kind")
    return logs


def log_cpm(
    counts: ArrayLike,
    *,
    sizes: ArrayLike | None = None,
    factors: ArrayLike | None = None,
    prior: float = 2.0,
    mean_size: float | None = None,
    dtype: DTypeLike = np.float64,
) -> NDArray[Any]:
    """Log2 counts per million, as ``edgeR::cpm(log = TRUE)``.

    ``log2(1e6 (y + p L / M) / (L + 2 p L / M))`` for a count ``y`` in a library of effective size
    ``L``, with the prior count ``p`` in proportion to ``L`` over the mean ``M``, so that a count of
    zero has the same value in every library.

    Parameters
    ----------
    counts
        Samples x genes.
    sizes, factors
        Library sizes (by default the totals) and normalisation factors (by default one).
    prior
        Average count added to each gene, above 0.
    mean_size
        ``M``; by default the mean effective size of these samples. A number found on training
        samples makes a sample's values independent of the samples beside it.
    dtype
        Type of the result; all is computed in float64.

    Returns
    -------
    numpy.ndarray
        Samples x genes, log2 counts per million.
    """
    matrix = _matrix(counts)
    if not prior > 0:
        raise ValueError(f"The 'prior' must be a number above 0. Got {prior!r} instead.")
    effective = _effective(matrix, sizes, factors)
    share = prior / (effective.mean() if mean_size is None else mean_size)
    logs = _log_shares(matrix, share * effective, effective * (1 + 2 * share), dtype)
    # the same to the last bit, or rounding would rank the zeros
    logs[matrix == 0] = _LOG2_MILLION + np.log2(share / (1 + 2 * share))
    return logs


def voom_log_cpm(
    counts: ArrayLike, *, sizes: ArrayLike | None = None, factors: ArrayLike | None = None
) -> Floats:
    """Log2 counts per million as ``limma::voom`` has them: ``log2(1e6 (y + 0.5) / (L + 1))``.

    The parameters are those of :func:`log_cpm`; ``L`` is the effective library size.
    """
    matrix = _matrix(counts)
    effective = _effective(matrix, sizes, factors)
    return _log_shares(matrix, np.full(len(matrix), 0.5), effective + 1, np.float64)


def _smallest_group(n_samples: int, group: ArrayLike | None, design: ArrayLike | None) -> float:
    for name, given in (("group", group), ("design", design)):
        if given is not None and len(np.asarray(given)) != n_samples:
            raise SampleError(
                f"The {name} has {len(np.asarray(given))} entries and the counts have {n_samples} "
                "samples; give one a sample."
            )
    if group is not None:
        return float(np.unique(np.asarray(group), return_counts=True)[1].min())
    if design is None:
        return float(n_samples)
    # the largest leverage in the design with an intercept; 1 / leverage is a group's size
    columns = np.asarray(design, dtype=np.float64).reshape(n_samples, -1)
    left, strengths, _ = np.linalg.svd(
        np.column_stack([np.ones(n_samples), columns]), full_matrices=False
    )
    left = left[:, strengths > strengths[0] * 1e-7]
    return 1 / float(np.max(np.sum(left**2, axis=1)))


def filter_by_expr(
    counts: ArrayLike,
    *,
    group: ArrayLike | None = None,
    design: ArrayLike | None = None,
    sizes: ArrayLike | None = None,
    min_count: float = 10.0,
    min_total_count: float = 15.0,
) -> NDArray[np.bool_]:
    """Genes with enough counts for a differential analysis, as ``edgeR::filterByExpr``.

    A gene stays when its counts sum to ``min_total_count`` and as many samples as the smallest
    group has reach ``min_count``, taken in proportion to their library over the median library.
    Of the samples of a smallest group beyond ten, 70 % are asked for.

    Parameters
    ----------
    counts
        Samples x genes.
    group
        Condition of each sample; goes before ``design``.
    design
        Samples x coefficients: the size of the smallest group is the inverse of the largest
        leverage. With neither, all samples are one group.
    sizes
        Library sizes; by default the totals.

    Returns
    -------
    numpy.ndarray
        True for each gene that stays.

    Raises
    ------
    SampleError
        If ``group`` or ``design`` isn't of one entry a sample, or a sample has no counts.
    """
    matrix = _matrix(counts)
    totals = _sizes(matrix, sizes)
    needed = _smallest_group(len(matrix), group, design)
    if needed > _LARGE_GROUP:
        needed = _LARGE_GROUP + (needed - _LARGE_GROUP) * _PART_OF_EXCESS
    enough = min_count * totals / np.median(totals)
    reach = np.zeros(matrix.shape[1])
    for rows in _blocks(matrix.shape):
        reach += np.count_nonzero(matrix[rows] >= enough[rows, None], axis=0)
    total = matrix.sum(axis=0, dtype=np.float64)
    return np.asarray((reach >= needed - _ROUNDING) & (total >= min_total_count - _ROUNDING))
