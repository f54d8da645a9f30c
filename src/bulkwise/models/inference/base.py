"""What models of many targets share: checked landmarks and targets, and their moments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from sklearn.base import BaseEstimator, MultiOutputMixin, RegressorMixin
from sklearn.utils.validation import check_consistent_length, check_is_fitted, validate_data

if TYPE_CHECKING:
    from numpy.typing import ArrayLike
    from sklearn.utils import Tags

__all__ = ["Array", "TargetRegressor", "moments"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


class TargetRegressor(RegressorMixin, MultiOutputMixin, BaseEstimator):
    """A regression of samples x targets on samples x landmarks; a vector counts as one target."""

    target_names_: Array
    one_target_: bool

    def _learnt_from(
        self, X: ArrayLike, Y: ArrayLike, groups: ArrayLike | None, least: int
    ) -> tuple[Array, Array]:
        """Checked landmarks and targets, both matrices; sets the targets' names.

        Parameters
        ----------
        X, Y, groups
            As given to ``fit``.
        least
            Samples that are needed.
        """
        names = getattr(Y, "columns", None)
        matrix, targets = validate_data(
            self,
            X,
            Y,
            multi_output=True,
            y_numeric=True,
            dtype=[np.float64, np.float32],
            ensure_min_samples=least,
        )
        check_consistent_length(matrix, groups)
        self.one_target_ = targets.ndim == 1
        targets = targets.reshape(len(matrix), -1)
        named = range(targets.shape[1]) if names is None else names
        self.target_names_ = np.array([str(name) for name in named])
        return matrix, targets

    def _seen(self, X: ArrayLike) -> Array:
        """Checked landmarks of new samples."""
        check_is_fitted(self)
        matrix: Array = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        return matrix

    def _shaped(self, predicted: Array) -> Array:
        """Predictions as a vector if the targets were one."""
        return predicted[:, 0] if self.one_target_ else predicted

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.single_output = True
        tags.target_tags.multi_output = True
        return tags


def moments(X: Array) -> tuple[Array, Array]:
    """Mean of each column, and its standard deviation (1 for a constant one), float64."""
    center = X.mean(axis=0, dtype=np.float64)
    scale = X.std(axis=0, dtype=np.float64)
    scale[scale <= 1e-7 * np.maximum(np.abs(center), 1e-30)] = 1.0
    return center, scale
