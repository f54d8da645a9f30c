"""Linear regression of many targets, each with its own L2 penalty, in closed form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, MultiOutputMixin, RegressorMixin
from sklearn.utils.validation import check_consistent_length, check_is_fitted, validate_data

from bulkwise.errors import InputError
from bulkwise.models.base import Array
from bulkwise.training.smoother import Smoother

if TYPE_CHECKING:
    from numpy.typing import ArrayLike
    from sklearn.utils import Tags

__all__ = ["RidgeInference"]

_PENALTIES = tuple(float(one) for one in np.logspace(-3, 1, 9))
_TARGETS_AT_ONCE = 1024


class RidgeInference(RegressorMixin, MultiOutputMixin, BaseEstimator):
    """Ridge regression of all targets at once; the penalty of each by leaving patients out.

    One eigendecomposition serves all penalties, targets and left-out patients. Landmarks and
    targets are standardised; predictions are in the unit of ``Y``. What is kept are coefficients,
    no profile of a training sample.

    Parameters
    ----------
    penalties
        To choose from, in units of the mean eigenvalue of the landmarks' Gram matrix; ``None``
        means nine from 0.001 to 10. A single one is used for all targets.

    Attributes
    ----------
    coef_ : ndarray
        Landmarks x targets, on the values as they are.
    intercept_ : ndarray of float64
        One a target.
    alpha_ : ndarray of float64
        Penalty of each target as scikit-learn's ``Ridge`` takes it, for standardised landmarks.
    expected_error_ : ndarray of float64
        Mean absolute error of each target on samples left out, in the unit of ``Y``.
    target_names_ : ndarray of str
        Columns of ``Y`` if it was a table, else ``"0"``, ``"1"``, ...

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(30, 5))
    >>> model = RidgeInference().fit(X, X @ rng.normal(size=(5, 3)))
    >>> model.coef_.shape
    (5, 3)
    """

    __metadata_request__fit: ClassVar[dict[str, bool]] = {"groups": True}
    _fitted: ClassVar[tuple[str, ...]] = (
        "coef_",
        "intercept_",
        "alpha_",
        "expected_error_",
        "target_names_",
        "one_target_",
    )

    def __init__(self, *, penalties: Sequence[float] | float | None = None) -> None:
        self.penalties = penalties

    def fit(self, X: ArrayLike, Y: ArrayLike, *, groups: ArrayLike | None = None) -> RidgeInference:
        """Learn the coefficients.

        Parameters
        ----------
        X
            Samples x landmarks, on a log scale.
        Y
            Samples x targets, on a log scale; one target may be a vector.
        groups
            Patient of each sample; a patient's samples are left out together.

        Raises
        ------
        InputError
            If a penalty isn't above 0, or all samples belong to one patient.
        """
        penalties = self._penalties()
        names = getattr(Y, "columns", None)
        matrix, targets = validate_data(
            self,
            X,
            Y,
            multi_output=True,
            y_numeric=True,
            dtype=[np.float64, np.float32],
            ensure_min_samples=2,
        )
        check_consistent_length(matrix, groups)
        self.one_target_ = targets.ndim == 1
        targets = targets.reshape(len(matrix), -1)
        named = range(targets.shape[1]) if names is None else names
        self.target_names_ = np.array([str(name) for name in named])
        center, scale = _moments(matrix)
        Z = (matrix - center) / scale
        smoother = Smoother.linear(Z, None if groups is None else np.asarray(groups))
        self.coef_ = np.zeros((matrix.shape[1], targets.shape[1]), dtype=matrix.dtype)
        self.alpha_, self.expected_error_ = np.zeros((2, targets.shape[1]))
        for start in range(0, targets.shape[1], _TARGETS_AT_ONCE):
            self._learn(slice(start, start + _TARGETS_AT_ONCE), Z, targets, smoother, penalties)
        self.coef_ /= scale[:, None].astype(self.coef_.dtype)
        self.intercept_ = targets.mean(axis=0, dtype=np.float64) - center @ self.coef_
        return self

    def predict(self, X: ArrayLike) -> Array:
        """The targets of new samples, float64, in the unit of ``Y``.

        Parameters
        ----------
        X
            Samples x landmarks.
        """
        check_is_fitted(self)
        matrix: Array = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        predicted: Array = matrix.astype(np.float64) @ self.coef_ + self.intercept_
        return predicted[:, 0] if self.one_target_ else predicted

    def _penalties(self) -> list[float]:
        given: Any = _PENALTIES if self.penalties is None else self.penalties
        listed = [float(one) for one in np.atleast_1d(given)]
        if not listed or not all(0 < one < np.inf for one in listed):
            raise InputError(
                "The 'penalties' parameter of RidgeInference must be numbers above 0. Got "
                f"{self.penalties!r} instead."
            )
        return sorted(listed)

    def _learn(
        self, part: slice, Z: Array, targets: Array, smoother: Smoother, penalties: list[float]
    ) -> None:
        Y = targets[:, part]
        kind = Y.dtype if Y.dtype.kind == "f" else np.dtype(np.float64)
        center, scale = _moments(Y)
        standard = ((Y - center) / scale).astype(kind)
        chosen = smoother.choose(standard, penalties)
        self.alpha_[part] = np.array(penalties)[chosen.index] * smoother.scale
        rotated = smoother.vectors.T.astype(kind) @ standard
        rotated /= (smoother.values[:, None] + self.alpha_[part]).astype(kind)
        dual = smoother.vectors.astype(kind) @ rotated
        self.coef_[:, part] = (Z.T.astype(kind) @ dual) * scale.astype(kind)
        error = np.abs(chosen.left_out - standard).mean(axis=0, dtype=np.float64)
        self.expected_error_[part] = error * scale

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.single_output = True
        tags.target_tags.multi_output = True
        return tags


def _moments(X: Array) -> tuple[Array, Array]:
    """Mean of each column, and its standard deviation (1 for a constant one)."""
    center = X.mean(axis=0, dtype=np.float64)
    scale = X.std(axis=0, dtype=np.float64)
    scale[scale <= 1e-7 * np.maximum(np.abs(center), 1e-30)] = 1.0
    return center, scale
