"""Each gene divided by its maximum."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from bulkwise.preprocess.base import Floats, GeneTransformer, Matrix, row_blocks, validated

__all__ = ["MaxScale"]


class MaxScale(GeneTransformer):
    """``x / max |x|`` of each gene, with the maximum of the training samples.

    Expression becomes [0, 1] over the training samples; a new sample may pass 1. A gene that is 0
    in all training samples says nothing and becomes 0 everywhere, in new samples too.

    Attributes
    ----------
    max_
        Largest absolute value of each gene, float64.

    References
    ----------
    DeeP4med divides each gene by its maximum over all samples, test samples included; here the
    maximum is that of the samples given to ``fit``.

    Examples
    --------
    >>> import numpy as np
    >>> MaxScale().fit_transform(np.array([[1.0, 0.0], [4.0, 0.0]]))
    array([[0.25, 0.  ],
           [1.  , 0.  ]])
    """

    _fitted: ClassVar[tuple[str, ...]] = ("max_",)
    max_: Floats

    def __init__(self) -> None:
        pass

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn each gene's maximum.

        Parameters
        ----------
        X
            Samples x genes.
        y
            Not used.
        """
        X = validated(self, X, reset=True)
        self.max_ = np.maximum(X.max(axis=0), -X.min(axis=0)).astype(np.float64)
        return self

    def transform(self, X: Any) -> Matrix:
        """Divide by the training maxima.

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
        factor = np.divide(1.0, self.max_, out=np.zeros_like(self.max_), where=self.max_ > 0)
        scaled: Matrix = np.empty_like(X)
        for rows in row_blocks(X):
            np.multiply(X[rows], factor, out=scaled[rows], casting="same_kind")
        return scaled
