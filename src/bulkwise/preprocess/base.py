"""What the transformers share: validated input, blocks of samples, moments, selections.

Copies of the matrix: input that is an array of float32 or float64 (or a DataFrame of one such
array) is used in place and never written to. A transformer makes one new matrix, its result,
and works through temporaries of about 2 MiB.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.feature_selection import SelectorMixin
from sklearn.utils.validation import check_is_fitted, check_non_negative, validate_data

from bulkwise.checks.values import NEGATIVE

if TYPE_CHECKING:
    from sklearn.utils import Tags

__all__ = [
    "Floats",
    "GeneSelection",
    "GeneTransformer",
    "Matrix",
    "check_choice",
    "check_count",
    "check_number",
    "constant",
    "moments",
    "not_negative",
    "row_blocks",
    "top",
    "validated",
]

Matrix: TypeAlias = NDArray[Any]
Floats: TypeAlias = NDArray[np.float64]

_BLOCK_VALUES = 1 << 18  # float64 values of one temporary: 2 MiB


def row_blocks(X: Matrix) -> Iterator[slice]:
    """Slices of samples whose float64 copies are small enough to stay in the cache."""
    height = max(1, _BLOCK_VALUES // max(X.shape[1], 1))
    for start in range(0, X.shape[0], height):
        yield slice(start, min(start + height, X.shape[0]))


def moments(X: Matrix) -> tuple[Floats, Floats]:
    """Mean and population variance of each gene in float64, in one pass.

    Each block of samples is centred on its own mean, and the blocks are joined by the parallel
    formula of Chan, Golub and LeVeque (1983), so that a large mean doesn't cancel the variance.
    """
    mean, squares = np.zeros(X.shape[1]), np.zeros(X.shape[1])
    seen = 0
    for rows in row_blocks(X):
        block = X[rows].astype(np.float64)
        centre = block.mean(axis=0)
        block -= centre
        count = len(block)
        step = centre - mean
        mean += step * (count / (seen + count))
        squares += np.einsum("ij,ij->j", block, block)
        squares += step**2 * (seen * count / (seen + count))
        seen += count
    return mean, squares / seen


def constant(mean: Floats, variance: Floats, n_samples: int) -> NDArray[np.bool_]:
    """Genes whose variance is no more than what rounding makes of equal values."""
    rounding = np.finfo(np.float64).eps * n_samples
    return np.asarray(variance <= rounding * variance + (rounding * mean) ** 2)


def top(order: NDArray[np.intp], k: int) -> NDArray[np.bool_]:
    """A mask of the first ``k`` genes of an order."""
    mask = np.zeros(len(order), dtype=bool)
    mask[order[:k]] = True
    return mask


def check_count(owner: object, name: str, value: object) -> None:
    """Refuse a parameter that isn't an integer of at least one."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise ValueError(
            f"The {name!r} parameter of {type(owner).__name__} must be an int in the range "
            f"[1, inf). Got {value!r} instead."
        )


def check_number(owner: object, name: str, value: object, low: float, high: float) -> None:
    """Refuse a parameter that isn't a number above ``low`` and at most ``high``."""
    number = isinstance(value, int | float | np.integer | np.floating)
    if isinstance(value, bool) or not number or not low < value <= high:  # type: ignore[operator]
        raise ValueError(
            f"The {name!r} parameter of {type(owner).__name__} must be a float in the range "
            f"({low:g}, {high:g}]. Got {value!r} instead."
        )


def check_choice(owner: object, name: str, value: object, choices: tuple[str, ...]) -> None:
    """Refuse a parameter that isn't one of a few words."""
    if value not in choices:
        raise ValueError(
            f"The {name!r} parameter of {type(owner).__name__} must be a str among "
            f"{', '.join(map(repr, choices))}. Got {value!r} instead."
        )


def validated(owner: BaseEstimator, X: Any, *, reset: bool) -> Matrix:
    """Samples x genes as a finite float matrix, float32 kept; scikit-learn's errors."""
    X = validate_data(owner, X, reset=reset, dtype=(np.float64, np.float32))
    return np.asarray(X)


def not_negative(X: Matrix, whom: str) -> Matrix:
    """Refuse negative values in scikit-learn's words.

    Those down to -0.001, which rounding upstream leaves and the checks of a cohort let pass,
    become 0 (in a copy).
    """
    if not X.min() < 0:
        return X
    if X.min() < NEGATIVE:
        check_non_negative(X, whom)
    return np.asarray(np.maximum(X, X.dtype.type(0)))


class GeneTransformer(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Base of the transformers that give back a value for each gene."""

    _fitted: ClassVar[tuple[str, ...]] = ()

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


class GeneSelection(SelectorMixin, BaseEstimator):
    """Base of the transformers that keep some of the genes, in their order.

    ``fit`` sets ``support_``, one bool a gene.
    """

    _fitted: ClassVar[tuple[str, ...]] = ("support_",)
    support_: NDArray[np.bool_]

    def _get_support_mask(self) -> NDArray[np.bool_]:
        check_is_fitted(self)
        return self.support_

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
