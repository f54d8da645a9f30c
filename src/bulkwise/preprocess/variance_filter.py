"""The genes that vary most."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np

from bulkwise.preprocess.base import Floats, GeneSelection, check_count, moments, top, validated

__all__ = ["VarianceFilter"]


class VarianceFilter(GeneSelection):
    """Keep the ``k`` genes with the largest variance over the training samples.

    The variance is that of the values as they come: after a logarithm it picks genes that change
    by large factors, before it just the abundant ones. Among equals the gene that stands first
    is kept.

    Parameters
    ----------
    k
        Number of genes to keep; all are kept when there are fewer.

    Attributes
    ----------
    variances_
        Population variance of each gene, float64.
    support_
        True for each gene that is kept.

    Examples
    --------
    >>> import numpy as np
    >>> VarianceFilter(k=1).fit_transform(np.array([[1.0, 10.0], [2.0, 30.0]]))
    array([[10.],
           [30.]])
    """

    _fitted: ClassVar[tuple[str, ...]] = ("support_", "variances_")
    variances_: Floats

    def __init__(self, *, k: int = 5000) -> None:
        self.k = k

    def fit(self, X: Any, y: Any = None) -> Self:
        """Find the genes that vary most.

        Parameters
        ----------
        X
            Samples x genes.
        y
            Not used.
        """
        check_count(self, "k", self.k)
        X = validated(self, X, reset=True)
        self.variances_ = moments(X)[1]
        self.support_ = top(np.argsort(-self.variances_, kind="stable"), self.k)
        return self
