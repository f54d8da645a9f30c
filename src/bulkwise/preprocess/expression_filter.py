"""The genes that are expressed."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np

from bulkwise.checks.base import require_unit
from bulkwise.errors import GeneError, SampleError
from bulkwise.preprocess.base import (
    Floats,
    GeneSelection,
    Matrix,
    check_number,
    row_blocks,
    validated,
)
from bulkwise.stats.normalization import library_sizes

__all__ = ["ExpressionFilter"]

_LOG_OF_ONE_PLUS = ("log2_counts", "log2_cpm", "log2_tpm", "log2_fpkm", "log2_rsem")


class ExpressionFilter(GeneSelection):
    """Keep genes above a level in at least a share of the training samples.

    Parameters
    ----------
    level
        Expression that a gene must pass; 0 asks that it is detected at all. For the units
        log2_counts, log2_cpm, log2_tpm, log2_fpkm and log2_rsem it is meant before the logarithm:
        values are compared with ``log2(level + 1)``. For counts it is meant in a library of the
        training samples' median size, and in proportion in others. For every other unit it is on
        the scale of the values.
    share
        Share of the samples, above 0 and at most 1.
    unit
        What the values are, one of ``bulkwise.checks.UNITS``. None compares them with ``level`` as
        they are.

    Attributes
    ----------
    shares_
        Share of the training samples in which each gene passes the level, float64.
    support_
        True for each gene that is kept.

    Raises
    ------
    GeneError
        From ``fit``, if no gene is kept.
    SampleError
        From ``fit``, if half of the samples have no counts.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.array([[0.0, 3.0], [0.5, 0.0], [0.0, 4.0]])
    >>> ExpressionFilter(level=1.0, share=0.5).fit_transform(X)
    array([[3.],
           [0.],
           [4.]])
    """

    _fitted: ClassVar[tuple[str, ...]] = ("support_", "shares_")
    shares_: Floats

    def __init__(self, *, level: float = 0.0, share: float = 0.1, unit: str | None = None) -> None:
        self.level = level
        self.share = share
        self.unit = unit

    def fit(self, X: Any, y: Any = None) -> Self:
        """Find the genes that are expressed.

        Parameters
        ----------
        X
            Samples x genes.
        y
            Not used.
        """
        lowest = -1.0 if self.unit in _LOG_OF_ONE_PLUS else -np.inf
        check_number(self, "level", self.level, lowest, np.inf)
        check_number(self, "share", self.share, 0.0, 1.0)
        X = validated(self, X, reset=True)
        levels = self._levels(X)
        passed = np.zeros(X.shape[1])
        for rows in row_blocks(X):
            passed += np.count_nonzero(X[rows] > levels[rows, None], axis=0)
        self.shares_ = passed / len(X)
        self.support_ = self.shares_ >= self.share
        if not self.support_.any():
            raise GeneError(
                f"ExpressionFilter would keep none of {X.shape[1]} genes: no gene is above "
                f"{self.level:g} in more than {self.shares_.max():.1%} of the samples and "
                f"{self.share:.1%} were asked for; lower the level or the share, or check the unit."
            )
        return self

    def _levels(self, X: Matrix) -> Floats:
        """The level on the scale of the values, one a sample."""
        if self.unit is not None and require_unit(self.unit) == "counts":
            sizes = library_sizes(X)
            median = float(np.median(sizes))
            if not median > 0:
                raise SampleError(
                    f"ExpressionFilter got {len(X)} samples and half of them or more have no "
                    "counts; check the matrix or the unit."
                )
            return self.level * sizes / median
        level = np.log2(self.level + 1) if self.unit in _LOG_OF_ONE_PLUS else self.level
        return np.full(len(X), level)
