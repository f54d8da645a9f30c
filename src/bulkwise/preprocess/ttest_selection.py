"""The genes whose mean differs most clearly between classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import fdtrc
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from bulkwise.checks.base import name_some
from bulkwise.errors import SampleError
from bulkwise.preprocess.base import (
    Floats,
    GeneSelection,
    Matrix,
    check_choice,
    check_count,
    constant,
    row_blocks,
    top,
)

if TYPE_CHECKING:
    from sklearn.utils import Tags

__all__ = ["TTestSelection"]


class TTestSelection(GeneSelection):
    """Keep the ``k`` genes with the smallest P value of a t-test between two classes.

    With more than two classes it is the F test of one-way analysis of variance. The P values
    are those of the training samples, not corrected for the number of genes: they order the
    genes, and choosing by them inside each fold is what keeps an evaluation honest. Among
    equals the gene that stands first is kept.

    Parameters
    ----------
    k
        Number of genes to keep; all are kept when there are fewer.
    test
        ``"welch"`` lets two classes have variances of their own, ``"pooled"`` is Student's. More
        than two classes always share one variance.

    Attributes
    ----------
    scores_
        Squared t, or F with more than two classes, one a gene, float64; 0 for constant genes.
    pvalues_
        P value of each gene, float64; 1 for constant genes.
    support_
        True for each gene that is kept.

    Raises
    ------
    SampleError
        From ``fit``, if there is one class only, or a class too small for its variance.

    References
    ----------
    Welch BL. The generalization of 'Student's' problem when several different population
    variances are involved. Biometrika 34, 28 (1947).
    """

    _fitted: ClassVar[tuple[str, ...]] = ("support_", "scores_", "pvalues_")
    scores_: Floats
    pvalues_: Floats

    def __init__(self, *, k: int = 1000, test: str = "welch") -> None:
        self.k = k
        self.test = test

    def fit(self, X: Any, y: Any) -> Self:
        """Test each gene and find the clearest.

        Parameters
        ----------
        X
            Samples x genes, on a scale where means make sense (logarithms).
        y
            Class of each sample.
        """
        check_count(self, "k", self.k)
        check_choice(self, "test", self.test, ("welch", "pooled"))
        X, y = validate_data(self, X, y, dtype=(np.float64, np.float32))
        check_classification_targets(y)
        classes, codes = np.unique(y, return_inverse=True)
        welch = self.test == "welch" and len(classes) == 2
        sizes = _class_sizes(classes, codes, least=2 if welch else 1)
        means, squares = _class_moments(X, codes, sizes)
        self.scores_, degrees = (
            _welch(means, squares, sizes) if welch else _f(means, squares, sizes)
        )
        self.pvalues_ = np.asarray(fdtrc(len(classes) - 1, degrees, self.scores_))
        self.support_ = top(np.lexsort((-self.scores_, self.pvalues_)), self.k)
        return self

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags


def _class_sizes(classes: NDArray[Any], codes: NDArray[np.intp], least: int) -> Floats:
    sizes = np.bincount(codes).astype(np.float64)
    if len(classes) < 2:
        raise SampleError(
            f"TTestSelection compares classes and got 1 class, {name_some(classes)}; it needs at "
            "least two."
        )
    small = classes[sizes < least]
    if small.size or len(codes) <= len(classes):
        few = name_some(small if small.size else classes)
        raise SampleError(
            f"TTestSelection needs a variance within classes, and class {few} has only one sample; "
            "leave it out, or use test='pooled' if another class has more."
        )
    return sizes


def _class_moments(X: Matrix, codes: NDArray[np.intp], sizes: Floats) -> tuple[Floats, Floats]:
    """Means and sums of squares about them, classes x genes, in two passes."""
    member = np.eye(len(sizes))[codes].T
    means = np.zeros((len(sizes), X.shape[1]))
    for rows in row_blocks(X):
        means += member[:, rows] @ X[rows].astype(np.float64)
    means /= sizes[:, None]
    squares = np.zeros_like(means)
    for rows in row_blocks(X):
        block = X[rows] - means[codes[rows]]
        block *= block
        squares += member[:, rows] @ block
    return means, squares


def _ratio(between: Floats, within: Floats, still: NDArray[np.bool_]) -> Floats:
    """``between / within``; infinite where only ``within`` is 0, and 0 for constant genes."""
    ratio = np.full(between.shape, np.inf)
    np.divide(between, within, out=ratio, where=within > 0)
    ratio[still] = 0.0
    return ratio


def _constant(means: Floats, squares: Floats, sizes: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Sum of squares between classes, and which genes are constant."""
    mean = sizes @ means / sizes.sum()
    between = sizes @ (means - mean) ** 2
    variance = (between + squares.sum(axis=0)) / sizes.sum()
    return between, constant(mean, variance, int(sizes.sum()))


def _f(means: Floats, squares: Floats, sizes: Floats) -> tuple[Floats, Floats]:
    """F and its degrees of freedom within classes (for two classes F is the squared t)."""
    between, still = _constant(means, squares, sizes)
    degrees = sizes.sum() - len(sizes)
    within = squares.sum(axis=0) / degrees
    return _ratio(between / (len(sizes) - 1), within, still), np.full(len(within), degrees)


def _welch(means: Floats, squares: Floats, sizes: Floats) -> tuple[Floats, Floats]:
    """Squared t of two classes with variances of their own, and its degrees of freedom."""
    _, still = _constant(means, squares, sizes)
    errors = squares / (sizes * (sizes - 1))[:, None]
    total = errors.sum(axis=0)
    bottom = (errors**2 / (sizes - 1)[:, None]).sum(axis=0)
    degrees = np.full(len(total), sizes.sum() - 2)
    np.divide(total**2, bottom, out=degrees, where=bottom > 0)
    return _ratio((means[0] - means[1]) ** 2, total, still), degrees
