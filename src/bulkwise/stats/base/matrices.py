"""What comes in: matrices of samples x genes, designs, weights, gaps, blocks of genes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bulkwise.checks.base import name_some
from bulkwise.checks.linear_model import require_full_rank
from bulkwise.errors import InputError

__all__ = [
    "Floats",
    "as_design",
    "as_expression",
    "as_weights",
    "block_correlation",
    "blocks_of_genes",
    "observed_values",
    "patterns",
    "take",
]

Floats: TypeAlias = NDArray[np.float64]

_BLOCK_VALUES = 1 << 15  # float64 values of one temporary: 256 KiB, which caches hold


def as_expression(Y: Any) -> tuple[NDArray[Any], tuple[str, ...]]:
    """A samples x genes matrix and its gene names (positions for an array).

    Raises
    ------
    InputError
        If it isn't a matrix of real numbers with at least one sample and one gene.
    """
    values = np.asarray(Y)
    if values.ndim != 2 or 0 in values.shape or values.dtype.kind not in "biuf":
        raise InputError(
            "Expected a matrix of numbers, samples x genes, with at least one of each, got shape "
            f"{values.shape} of {values.dtype}."
        )
    names = Y.columns if hasattr(Y, "columns") else range(values.shape[1])
    return values, tuple(map(str, names))


def as_design(design: Any, n_samples: int) -> tuple[Floats, tuple[str, ...]]:
    """A design as float64, samples x coefficients, and the coefficients' names.

    Raises
    ------
    InputError
        If it has another number of samples, missing values, or columns that depend on others.
    """
    matrix = np.asarray(design, dtype=np.float64)
    if matrix.ndim == 1:
        matrix = matrix[:, None]
    columns = design.columns if hasattr(design, "columns") else range(matrix.shape[1])
    names = tuple(map(str, columns))
    if matrix.shape[0] != n_samples or 0 in matrix.shape:
        raise InputError(
            f"The design has shape {matrix.shape} and the matrix {n_samples} samples; give a "
            "design of samples x coefficients with one row a sample."
        )
    if not np.isfinite(matrix).all():
        bad = [name for j, name in enumerate(names) if not np.isfinite(matrix[:, j]).all()]
        raise InputError(
            f"The design's columns {name_some(bad)} hold missing or infinite values; leave those "
            "samples out or fill the values."
        )
    require_full_rank(matrix, names)
    return matrix, names


def as_weights(weights: Any, shape: tuple[int, ...]) -> NDArray[Any] | None:
    """Weights of shape (samples,) or (samples, genes), or None.

    Raises
    ------
    InputError
        If the shape is another, or a sample's own weight isn't a finite number above 0.
    """
    if weights is None:
        return None
    values = np.asarray(weights)
    if values.shape not in {shape[:1], shape}:
        raise InputError(
            f"The weights have shape {values.shape}; expected {shape} (samples x genes) or "
            f"({shape[0]},) (one a sample)."
        )
    if values.ndim == 1 and not (np.isfinite(values) & (values > 0)).all():
        raise InputError(
            "A sample's weight must be a finite number above 0; leave samples without weight out."
        )
    return values


def block_correlation(block: ArrayLike, correlation: float, n_samples: int) -> Floats:
    """Correlation matrix of samples: ``correlation`` within a block, 0 between blocks.

    Raises
    ------
    InputError
        If the labels aren't one a sample, or no such correlation can exist in blocks of this size.
    """
    labels = np.asarray(block)
    if labels.shape != (n_samples,):
        raise InputError(
            f"There are {labels.size} block labels and {n_samples} samples; give one a sample."
        )
    same = labels[:, None] == labels[None, :]
    matrix = np.where(same, float(correlation), 0.0)
    np.fill_diagonal(matrix, 1.0)
    largest = int(same.sum(axis=0).max())
    lowest = -1.0 / (largest - 1) if largest > 1 else -1.0
    if not lowest < correlation < 1:
        raise InputError(
            f"A correlation of {correlation} within blocks of up to {largest} samples can't be; "
            f"expected a number above {lowest:.3g} and below 1."
        )
    return np.asarray(matrix, dtype=np.float64)


def blocks_of_genes(n_genes: int, values_a_gene: int) -> Iterator[slice]:
    """Slices of genes that keep a temporary of ``values_a_gene`` float64 each near 256 KiB."""
    width = max(16, _BLOCK_VALUES // max(values_a_gene, 1))
    for start in range(0, n_genes, width):
        yield slice(start, min(start + width, n_genes))


def observed_values(Y: NDArray[Any], weights: NDArray[Any] | None) -> NDArray[np.bool_] | None:
    """Which values count, samples x genes; None when all do.

    A value counts when it is finite and its own weight, if it has one, is above zero.
    """
    own = weights if weights is not None and weights.ndim == 2 else None

    def counts(genes: slice) -> NDArray[np.bool_]:
        seen: NDArray[np.bool_] = np.isfinite(Y[:, genes])
        if own is not None:
            seen &= np.isfinite(own[:, genes]) & (own[:, genes] > 0)
        return seen

    if all(counts(genes).all() for genes in blocks_of_genes(Y.shape[1], Y.shape[0])):
        return None
    return counts(slice(None))


def patterns(
    seen: NDArray[np.bool_] | None, shape: tuple[int, ...]
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Groups of genes with the same observed samples, as (samples, genes)."""
    if seen is None:
        yield np.arange(shape[0]), np.arange(shape[1])
        return
    if not seen.shape[1]:
        return
    packed = np.ascontiguousarray(np.packbits(seen, axis=0).T)
    keys = packed.view([("", packed.dtype)] * packed.shape[1]).ravel()
    _, first, which = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(which, kind="stable")
    ends = np.cumsum(np.bincount(which, minlength=len(first)))
    for k, end in enumerate(ends):
        yield np.flatnonzero(seen[:, first[k]]), order[ends[k - 1] if k else 0 : end]


def take(values: NDArray[Any], samples: NDArray[np.intp], genes: NDArray[np.intp]) -> Floats:
    """A new float64 matrix of some samples and genes."""
    whole = len(samples) == len(values)
    if len(genes) and genes[-1] - genes[0] == len(genes) - 1:  # genes are in order: one slice
        part = values[:, genes[0] : genes[-1] + 1]
        part = part if whole else part[samples]
    else:
        part = values[:, genes] if whole else values[np.ix_(samples, genes)]
    return np.array(part, dtype=np.float64, order="C")
