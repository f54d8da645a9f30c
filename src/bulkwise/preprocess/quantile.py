"""Every sample to the distribution of the training samples."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from bulkwise.preprocess.base import Floats, GeneTransformer, Matrix, row_blocks, validated

__all__ = ["QuantileNormalize"]


class QuantileNormalize(GeneTransformer):
    """Replace each value by the reference value of its rank in the sample.

    The reference distribution is the mean, rank by rank, of the sorted training samples. Genes of
    equal value in a sample share the mean of the reference values of the ranks that they take
    together, so that equal values stay equal, the order of genes doesn't matter, and each sample
    sums to what the reference sums to. A new sample meets the same reference, whatever is
    measured beside it.

    Attributes
    ----------
    reference_
        Reference distribution, ascending, one value a gene (rank), float64.

    References
    ----------
    Bolstad BM, Irizarry RA, Astrand M, Speed TP. A comparison of normalization methods for high
    density oligonucleotide array data based on variance and bias. Bioinformatics 19, 185 (2003).

    Examples
    --------
    >>> import numpy as np
    >>> normalize = QuantileNormalize().fit(np.array([[1.0, 2.0, 3.0], [5.0, 3.0, 4.0]]))
    >>> normalize.reference_
    array([2., 3., 4.])
    >>> normalize.transform(np.array([[70.0, 9.0, 9.0]]))
    array([[4. , 2.5, 2.5]])
    """

    _fitted: ClassVar[tuple[str, ...]] = ("reference_",)
    reference_: Floats

    def __init__(self) -> None:
        pass

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the reference distribution.

        Parameters
        ----------
        X
            Samples x genes.
        y
            Not used.
        """
        X = validated(self, X, reset=True)
        total = np.zeros(X.shape[1])
        for rows in row_blocks(X):
            total += np.sort(X[rows], axis=1).sum(axis=0, dtype=np.float64)
        self.reference_ = total / len(X)
        return self

    def transform(self, X: Any) -> Matrix:
        """Give each sample the reference distribution.

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
        normalized: Matrix = np.empty_like(X)
        for sample, out in zip(X, normalized, strict=True):
            out[:] = self._of_ranks(sample)
        return normalized

    def _of_ranks(self, sample: Matrix) -> Floats:
        order = np.argsort(sample)
        ordered = sample[order]
        first = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
        shared = self.reference_
        if len(first) < len(ordered):
            sizes = np.diff(first, append=len(ordered))
            shared = np.repeat(np.add.reduceat(self.reference_, first) / sizes, sizes)
        values = np.empty(len(sample))
        values[order] = shared
        return values
