"""Each gene to mean 0 and standard deviation 1."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from bulkwise.preprocess.base import (
    Floats,
    GeneTransformer,
    Matrix,
    constant,
    moments,
    row_blocks,
    validated,
)

__all__ = ["Standardize"]


class Standardize(GeneTransformer):
    """``(x - mean) / sd`` of each gene, with the mean and sd of the training samples.

    The sd is that of a population (divided by n). A gene that is constant over the training
    samples says nothing and becomes 0 everywhere, in new samples too.

    Attributes
    ----------
    mean_
        Mean of each gene, float64.
    scale_
        Standard deviation of each gene, float64; 0 for constant genes.

    Notes
    -----
    One pass over the matrix to fit (float64 sums, no copy), one to transform (one new matrix in
    the type of the input; each value is computed in float64 and rounded once).

    Examples
    --------
    >>> import numpy as np
    >>> Standardize().fit_transform(np.array([[1.0, 5.0], [3.0, 5.0]]))
    array([[-1.,  0.],
           [ 1.,  0.]])
    """

    _fitted: ClassVar[tuple[str, ...]] = ("mean_", "scale_")
    mean_: Floats
    scale_: Floats

    def __init__(self) -> None:
        pass

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn each gene's mean and standard deviation.

        Parameters
        ----------
        X
            Samples x genes.
        y
            Not used.
        """
        X = validated(self, X, reset=True)
        mean, variance = moments(X)
        self.mean_ = mean
        self.scale_ = np.where(constant(mean, variance, len(X)), 0.0, np.sqrt(variance))
        return self

    def transform(self, X: Any) -> Matrix:
        """Centre and scale.

        Parameters
        ----------
        X
            Samples x genes.

        Returns
        -------
        numpy.ndarray
            Samples x genes, in the floating type of ``X``.
        """
        check_is_fitted(self)
        X = validated(self, X, reset=False)
        factor = np.divide(1.0, self.scale_, out=np.zeros_like(self.scale_), where=self.scale_ > 0)
        scaled: Matrix = np.empty_like(X)
        for rows in row_blocks(X):
            block = X[rows] - self.mean_
            np.multiply(block, factor, out=scaled[rows], casting="same_kind")
        return scaled
