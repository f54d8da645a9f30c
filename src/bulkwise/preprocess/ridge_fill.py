"""Genes that weren't measured, from those that were."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from bulkwise.preprocess.base import Floats, GeneTransformer, Matrix, check_number, validated

__all__ = ["RidgeFill"]


class RidgeFill(GeneTransformer):
    """Remember how genes go together, to fill in those that a new matrix lacks.

    ``transform`` gives values back as they are. :meth:`fill` puts a ridge regression on the
    measured genes in the place of the others, for any set of missing genes, from the training
    samples' means and covariance.

    Parameters
    ----------
    penalty
        Of the regression, in units of the genes' mean variance, above 0.

    Attributes
    ----------
    mean_
        Mean of each gene, float64.
    covariance_
        Genes x genes, float32.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.array([[0.0, 0.0, 1.0], [1.0, 2.0, 1.0], [2.0, 4.0, 1.0]])
    >>> fill = RidgeFill(penalty=1e-6).fit(X)
    >>> fill.fill(np.array([[3.0, np.nan, 1.0]]), np.array([True, False, True])).round(2)
    array([[3., 6., 1.]])
    """

    _fitted: ClassVar[tuple[str, ...]] = ("mean_", "covariance_")
    mean_: Floats
    covariance_: Matrix

    def __init__(self, *, penalty: float = 0.1) -> None:
        self.penalty = penalty

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn means and covariance.

        Parameters
        ----------
        X
            Samples x genes, on a log scale.
        y
            Not used.
        """
        check_number(self, "penalty", self.penalty, 0.0, np.inf)
        X = validated(self, X, reset=True)
        self.mean_ = X.mean(axis=0, dtype=np.float64)
        centred = X - self.mean_
        self.covariance_ = (centred.T @ centred / len(X)).astype(np.float32)
        return self

    def transform(self, X: Any) -> Matrix:
        """Give the values back.

        Parameters
        ----------
        X
            Samples x genes.
        """
        check_is_fitted(self)
        return validated(self, X, reset=False).copy()

    def fill(self, X: Matrix, measured: Any) -> Matrix:
        """Put predictions where genes weren't measured, in a copy.

        Parameters
        ----------
        X
            Samples x genes; what stands in the columns of missing genes isn't looked at.
        measured
            A bool a gene.

        Returns
        -------
        numpy.ndarray
            Samples x genes.
        """
        check_is_fitted(self)
        known = np.asarray(measured, dtype=bool)
        filled = np.array(X)
        if known.all():
            return filled
        own = self.covariance_[np.ix_(known, known)].astype(np.float64)
        own[np.diag_indices_from(own)] += self.penalty * max(float(np.trace(own)) / len(own), 1e-12)
        weights = np.linalg.solve(own, self.covariance_[np.ix_(known, ~known)].astype(np.float64))
        filled[:, ~known] = (filled[:, known] - self.mean_[known]) @ weights + self.mean_[~known]
        return filled
