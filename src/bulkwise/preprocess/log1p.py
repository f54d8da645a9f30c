"""Logarithm of one plus the value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from bulkwise.preprocess.base import (
    GeneTransformer,
    Matrix,
    check_number,
    not_negative,
    row_blocks,
    validated,
)

if TYPE_CHECKING:
    from sklearn.utils import Tags

__all__ = ["Log1p"]


class Log1p(GeneTransformer):
    """``log_b(x + 1)`` of linear values (TPM, FPKM, RSEM, counts already normalised).

    Learns nothing; ``fit`` checks the values and keeps the gene names.

    Parameters
    ----------
    base
        Base ``b`` of the logarithm, above 1. The field's is 2: a difference of 1 is a doubling.

    Raises
    ------
    ValueError
        From ``fit`` and ``transform``, if a value is missing, infinite or below -0.001 (from
        there to 0 it is taken as 0).

    Examples
    --------
    >>> import numpy as np
    >>> Log1p().fit_transform(np.array([[0.0, 1.0, 3.0]]))
    array([[0., 1., 2.]])
    """

    _fitted: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *, base: float = 2.0) -> None:
        self.base = base

    def fit(self, X: Any, y: Any = None) -> Self:
        """Check the values and keep the gene names.

        Parameters
        ----------
        X
            Samples x genes, linear and not negative.
        y
            Not used.
        """
        check_number(self, "base", self.base, 1.0, np.inf)
        not_negative(validated(self, X, reset=True), "Log1p.fit")
        return self

    def transform(self, X: Any) -> Matrix:
        """Take the logarithm.

        Parameters
        ----------
        X
            Samples x genes, linear and not negative.

        Returns
        -------
        numpy.ndarray
            Samples x genes, in the floating type of ``X``.
        """
        check_number(self, "base", self.base, 1.0, np.inf)
        X = not_negative(validated(self, X, reset=False), "Log1p.transform")
        one, scale = X.dtype.type(1), X.dtype.type(1 / np.log2(self.base))
        logs: Matrix = np.empty_like(X)
        for rows in row_blocks(X):
            block = logs[rows]
            np.add(X[rows], one, out=block)
            np.log2(block, out=block)
            if scale != 1:
                np.multiply(block, scale, out=block)
        return logs

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        tags.requires_fit = False
        return tags
