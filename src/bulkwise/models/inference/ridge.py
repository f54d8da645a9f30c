"""Linear regression of many targets, each with its own L2 penalty, in closed form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from bulkwise.errors import InputError
from bulkwise.models.inference.base import Array, TargetRegressor, moments
from bulkwise.training.smoother import Penalties, Smoother

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["RidgeInference"]

_PENALTIES = tuple(float(one) for one in np.logspace(-3, 1, 9))
_TARGETS_AT_ONCE = 2048


class RidgeInference(TargetRegressor):
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
        matrix, targets = self._learnt_from(X, Y, groups, least=2)
        kind = targets.dtype if targets.dtype.kind == "f" else np.dtype(np.float64)
        center, scale = moments(matrix)
        Z = (matrix - center) / scale
        smoother = Smoother.linear(Z, None if groups is None else np.asarray(groups))
        search = smoother.penalties(penalties, dtype=kind)
        # coordinates of a target in the eigenvectors -> coefficients of the landmarks
        back = (Z.T @ smoother.vectors / scale[:, None]).astype(kind)
        self.coef_ = np.empty((matrix.shape[1], targets.shape[1]), dtype=kind)
        self.alpha_, self.expected_error_ = np.zeros((2, targets.shape[1]))
        self.intercept_ = np.empty(targets.shape[1])
        for start in range(0, targets.shape[1], _TARGETS_AT_ONCE):
            part = slice(start, start + _TARGETS_AT_ONCE)
            rows = np.array(targets[:, part].T, dtype=kind, order="C")
            self._learn(part, rows, search, smoother, back)
            self.intercept_[part] -= center @ self.coef_[:, part]
        return self

    def predict(self, X: ArrayLike) -> Array:
        """The targets of new samples, float64, in the unit of ``Y``.

        Parameters
        ----------
        X
            Samples x landmarks.
        """
        matrix = self._seen(X)
        return self._shaped(matrix.astype(np.float64) @ self.coef_ + self.intercept_)

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
        self, part: slice, rows: Array, search: Penalties, smoother: Smoother, back: Array
    ) -> None:
        """Fit the targets of one block, a target a row; writes in ``rows``."""
        center = rows.mean(axis=1, dtype=np.float64)
        rows -= center[:, None].astype(rows.dtype)
        chosen = search.choose(rows)
        self.alpha_[part], self.intercept_[part] = search.alphas[chosen.index], center
        inner = 1.0 / (smoother.values + search.alphas[:, None])
        weighted = chosen.rotated * inner.astype(rows.dtype)[chosen.index]
        self.coef_[:, part] = back @ weighted.T
        self.expected_error_[part] = np.abs(chosen.missed).mean(axis=1, dtype=np.float64)
