"""Exact logistic regression with an L2 penalty that is tuned inside, at the size of the samples.

The optimum of

    C * sum_i loss(y_i, x_i W + b) + ||W||^2 / 2

lies in the span of the (centred) training rows, so it is found on their coordinates
(:mod:`bulkwise.training.rowspace`) and mapped back to the genes. Inner folds need no reduction
of their own: a fit on some of the rows is the same in any orthonormal basis that holds them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeAlias

import numpy as np
from scipy.linalg import eigh
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
    validate_data,
)

from bulkwise.split import inner_folds
from bulkwise.training.logistic import Design, log_probabilities, path, solve
from bulkwise.training.rowspace import RowSpace, worth_reducing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bulkwise.randomness import RandomState

__all__ = ["RowSpaceLogistic"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_SPAN = (1e-3, 1e4)  # of C times the mean squared length of the centred rows
_PATIENCE = 3  # penalties in a row that are worse than the best before the path stops
_MOST_ROTATED = 2_048  # genes above which a narrow matrix is used as it is
_BLOCK = 512  # rows of a prediction in float64 at once


@dataclass(frozen=True, eq=False)
class _Coordinates:
    """Where the fit happens: coordinates of the training rows, and the way back to the genes."""

    Z: Array
    mean: Array
    lift: Callable[[Array], Array]

    @classmethod
    def of(cls, X: Array) -> _Coordinates:
        if worth_reducing(*X.shape):
            return cls.of_rows(RowSpace.of(X))
        mean = X.mean(axis=0, dtype=np.float64)
        Z = X - mean
        if X.shape[1] > _MOST_ROTATED:
            return cls(Z, mean, np.asarray)
        V = eigh(Z.T @ Z)[1][:, ::-1]
        return cls(Z @ V, mean, lambda W: V @ W)

    @classmethod
    def of_rows(cls, rows: RowSpace) -> _Coordinates:
        return cls(rows.Z, rows.mean, rows.lift)


class _Chosen(NamedTuple):
    C: float
    start: Array


class RowSpaceLogistic(ClassifierMixin, BaseEstimator):
    """L2-penalised logistic regression, its penalty chosen by inner folds of patients.

    The same optimum as scikit-learn's ``LogisticRegression(C=...)``: the intercept isn't
    penalised, two classes give one column, more give a softmax. All inner folds go down the
    path of penalties together, from the strongest on, each start extrapolated from the
    solutions before it. The path stops when three penalties in a row did worse than the best.

    Parameters
    ----------
    Cs
        Inverse penalties. An integer asks for that many on a logarithmic grid from 1e-3 to
        1e4, divided by the mean squared length of the centred rows, so that the grid fits
        matrices of any width and scale. A sequence is tried as it is. A single float, or a
        sequence of one, is used untuned.
    folds
        Inner folds, fewer where a class has fewer patients.
    class_weight
        ``None``, ``"balanced"`` or a dict, as in scikit-learn. The weights also count in the
        held-out loss.
    tol
        A problem is solved when a further step would move the log-odds of no sample by more;
        the final fit goes ten times further.
    max_iter
        The most steps a penalty.
    random_state
        Seed of the inner folds.

    Attributes
    ----------
    classes_ : ndarray
        Labels, sorted.
    coef_ : ndarray of float64, 1 x p for two classes, else classes x p
        Weights of the genes.
    intercept_ : ndarray of float64
        One a row of ``coef_``.
    C_ : float
        The chosen inverse penalty: the smallest mean held-out log-loss, the stronger penalty
        of two equals.
    Cs_ : ndarray
        The grid, ascending.
    held_out_loss_ : ndarray, folds x penalties
        Log-loss of each inner fold's held-out samples; NaN where the path had stopped; no rows
        when nothing was tuned.
    n_iter_ : int
        Steps of the final fit.

    References
    ----------
    Hastie, Tibshirani (2004), "Efficient quadratic regularization for expression arrays",
    Biostatistics 5, 329-340, for the reduction; Liu, Nocedal (1989), "On the limited memory BFGS
    method for large scale optimization", Mathematical Programming 45, 503-528.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["kidney", "liver"], 20)
    >>> X = rng.normal(size=(40, 200)) + (y == "liver")[:, None]
    >>> model = RowSpaceLogistic().fit(X, y)
    >>> model.coef_.shape, float(model.score(X, y))
    ((1, 200), 1.0)
    """

    __metadata_request__fit: ClassVar[dict[str, bool]] = {"groups": True}

    _fitted: ClassVar[tuple[str, ...]] = (
        "classes_",
        "coef_",
        "intercept_",
        "C_",
        "Cs_",
        "held_out_loss_",
        "n_iter_",
    )

    def __init__(
        self,
        *,
        Cs: int | float | Sequence[float] = 20,
        folds: int = 5,
        class_weight: Mapping[Any, float] | str | None = None,
        tol: float = 1e-3,
        max_iter: int = 1000,
        random_state: RandomState = 0,
    ) -> None:
        self.Cs = Cs
        self.folds = folds
        self.class_weight = class_weight
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state

    @property
    def n_tries_(self) -> int:
        """How many penalties were tried."""
        return max(1, int(np.isfinite(self.held_out_loss_).any(axis=0).sum()))

    def fit(self, X: Any, y: Any, *, groups: Any = None) -> RowSpaceLogistic:
        """Choose the penalty on inner folds and fit on all samples.

        Parameters
        ----------
        X
            Samples x genes, preprocessed.
        y
            Labels, at least two different ones.
        groups
            Patient of each sample; the inner folds keep patients together. Without it each
            sample stands for itself.

        Raises
        ------
        SampleError
            If fewer than two patients can be held out, so that no penalty can be chosen.
        """
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32])
        check_classification_targets(y)
        self._check_labels(y)
        return self._fit(_Coordinates.of(X), y, groups)

    def fit_rows(self, rows: RowSpace, y: Any, *, groups: Any = None) -> RowSpaceLogistic:
        """The same as :meth:`fit` on a reduction that is already there.

        Parameters
        ----------
        rows
            The row space of exactly the training rows.
        y, groups
            As in :meth:`fit`.
        """
        y = column_or_1d(y, warn=True)
        check_consistent_length(rows.X, y)
        check_classification_targets(y)
        self._check_labels(y)
        self.n_features_in_ = rows.n_genes
        return self._fit(_Coordinates.of_rows(rows), y, groups)

    def decision_function(self, X: Any) -> Array:
        """Log-odds of the second of two classes (n), or a score a class (n x classes)."""
        check_is_fitted(self, "coef_")
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        scores = np.empty((len(X), len(self.coef_)))
        for first in range(0, len(X), _BLOCK):
            rows = X[first : first + _BLOCK].astype(np.float64, copy=False)
            scores[first : first + _BLOCK] = rows @ self.coef_.T
        scores += self.intercept_
        return scores[:, 0] if scores.shape[1] == 1 else scores

    def predict_log_proba(self, X: Any) -> Array:
        """Logarithm of the probabilities, n x classes, float64."""
        scores = self.decision_function(X)
        return log_probabilities(scores.reshape(len(scores), -1))

    def predict_proba(self, X: Any) -> Array:
        """Probability of each class, n x classes in the order of ``classes_``, float64."""
        probabilities: Array = np.exp(self.predict_log_proba(X))
        return probabilities

    def predict(self, X: Any) -> Array:
        """The most probable label of each sample."""
        best = self.predict_log_proba(X).argmax(axis=1)
        labels: Array = self.classes_[best]
        return labels

    def _check_labels(self, y: Array) -> None:
        if len(np.unique(y)) < 2:
            raise ValueError(
                "Logistic regression needs samples of at least 2 classes; the data has one class, "
                f"{y[0]!r}."
            )

    def _fit(self, where: _Coordinates, y: Array, groups: Any) -> RowSpaceLogistic:
        self.classes_, codes = np.unique(y, return_inverse=True)
        design = Design(where.Z, codes, len(self.classes_))
        self.Cs_ = self._grid(where.Z)
        weight = compute_sample_weight(self.class_weight, y)
        self.held_out_loss_ = np.empty((0, len(self.Cs_)))
        if len(self.Cs_) > 1:
            chosen = self._tune(design, y, groups)
        else:
            chosen = _Chosen(float(self.Cs_[0]), np.zeros(design.shape))
        self.C_ = chosen.C
        solution = solve(
            design,
            weight[None],
            1.0 / self.C_,
            chosen.start[None],
            tol=self.tol / 10,
            max_iter=self.max_iter,
        )
        self.n_iter_ = int(solution.n_iter[0])
        if self.n_iter_ >= self.max_iter:
            warnings.warn(
                f"Logistic regression with C = {self.C_:.3g} wasn't done after {self.max_iter} "
                f"steps at a tolerance of {self.tol:.1g}; raise max_iter or tol, or try a "
                "smaller C.",
                ConvergenceWarning,
                stacklevel=3,
            )
        W = solution.weights[0]
        W = W - W.mean(axis=1, keepdims=True) if design.k > 1 else W
        self.coef_ = np.ascontiguousarray(where.lift(W[:-1]).T)
        self.intercept_ = W[-1] - self.coef_ @ where.mean
        return self

    def _grid(self, Z: Array) -> Array:
        if isinstance(self.Cs, int | np.integer) and not isinstance(self.Cs, bool):
            length = float(np.square(Z).sum()) / len(Z) or 1.0
            Cs = np.geomspace(*_SPAN, num=int(self.Cs)) / length if self.Cs > 0 else np.empty(0)
        else:
            Cs = np.unique(np.atleast_1d(np.asarray(self.Cs, dtype=np.float64)))
        if not len(Cs) or not np.isfinite(Cs).all() or Cs[0] <= 0:
            raise ValueError(
                "The 'Cs' parameter of RowSpaceLogistic must be a positive integer, a positive "
                f"float or a sequence of positive floats. Got {self.Cs!r} instead."
            )
        return Cs

    def _tune(self, design: Design, y: Array, groups: Any) -> _Chosen:
        folds = inner_folds(
            design.codes, groups, n_splits=self.folds, random_state=self.random_state
        )
        w, held = np.zeros((2, len(folds), len(y)))
        for i, fold in enumerate(folds):
            train, test = fold.train, fold.test
            w[i, train] = compute_sample_weight(self.class_weight, y[train])
            by_label = dict(zip(y[train], w[i, train], strict=True))
            held[i, test] = [by_label[label] for label in y[test]]
        held /= held.sum(axis=1, keepdims=True)
        losses = np.full((len(folds), len(self.Cs_)), np.nan)
        best, start, worse = np.inf, np.zeros(design.shape), 0
        own = np.arange(len(y)), design.codes
        steps = path(design, w, list(1.0 / self.Cs_), tol=self.tol, max_iter=self.max_iter)
        for i, solution in enumerate(steps):
            logs = log_probabilities(solution.scores)
            losses[:, i] = -np.vecdot(held, logs[:, *own])
            mean = losses[:, i].mean()
            if mean < best:
                best, start, worse = mean, solution.weights.mean(axis=0), 0
            else:
                worse += 1
            if worse == _PATIENCE:
                break
        self.held_out_loss_ = losses
        return _Chosen(float(self.Cs_[np.nanargmin(losses.mean(axis=0))]), start)
