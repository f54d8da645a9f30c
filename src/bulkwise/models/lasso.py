"""Logistic regression that uses few genes: the LASSO, its penalty tuned by patients inside."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import numpy as np
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
from bulkwise.training.lasso import LassoPath
from bulkwise.training.logistic import log_probabilities

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bulkwise.randomness import RandomState
    from bulkwise.training.rowspace import RowSpace

__all__ = ["LassoLogistic"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_SHORTEST = 0.01  # the last penalty, of the one at which the first gene enters
_PATIENCE = 3  # penalties in a row that are worse than the best before the path stops
_TUNING = 10.0  # how much coarser than ``tol`` the inner folds are solved


class LassoLogistic(ClassifierMixin, BaseEstimator):
    """L1-penalised logistic regression on all genes, its penalty chosen by inner folds of patients.

    The optimum of scikit-learn's ``LogisticRegression(l1_ratio=1, solver="saga", C=C_)``: the
    intercept isn't penalised, two classes give one column, more give a softmax. All inner folds
    go down the path of penalties together, from the one at which the first gene enters; the path
    stops when three penalties in a row did worse than the best. Where the first penalty did best
    no gene is selected, the model predicts the classes' shares, and ``note_`` says so.

    An L1 penalty looks at single genes, so this is the one linear model that can't be reduced to
    the row space.

    Parameters
    ----------
    penalties
        How many penalties, on a logarithmic grid from the first gene's down to a hundredth of it;
        or a sequence of penalties as shares of the first gene's, in (0, 1]. A single float is
        used untuned.
    folds
        Inner folds, fewer where a class has fewer patients.
    class_weight
        ``None``, ``"balanced"`` or a dict, as in scikit-learn. The weights also count in the
        held-out loss.
    tol
        How far the conditions of the optimum may be missed, relative to the penalty; inner folds
        are solved ten times coarser.
    max_iter
        The most iterations a penalty and working set.
    random_state
        Seed of the inner folds.

    Attributes
    ----------
    classes_ : ndarray
        Labels, sorted.
    coef_ : ndarray of float64, 1 x p for two classes, else classes x p
        Weights of the genes, most of them 0.
    intercept_ : ndarray of float64
        One a row of ``coef_``.
    penalty_ : float
        The chosen share of the first gene's penalty.
    C_ : float
        The same as scikit-learn's ``C``.
    penalties_ : ndarray
        The grid, falling.
    held_out_loss_ : ndarray, folds x penalties
        Log-loss of each inner fold's held-out samples; NaN where the path had stopped; no rows
        when nothing was tuned.
    n_iter_ : int
        Iterations of the final fit, the way down the path included.

    References
    ----------
    Tibshirani (1996), "Regression shrinkage and selection via the lasso", JRSS B 58, 267-288.
    Friedman, Hastie, Tibshirani (2010), "Regularization paths for generalized linear models via
    coordinate descent", Journal of Statistical Software 33(1), for the path.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["kidney", "liver"], 20)
    >>> X = rng.normal(size=(40, 200))
    >>> X[:, 7] += 3 * (y == "liver")
    >>> model = LassoLogistic().fit(X, y)
    >>> int(np.abs(model.coef_[0]).argmax()), bool(model.n_genes_ < 40)
    (7, True)
    """

    __metadata_request__fit: ClassVar[dict[str, bool]] = {"groups": True}

    _fitted: ClassVar[tuple[str, ...]] = (
        "classes_",
        "coef_",
        "intercept_",
        "penalty_",
        "C_",
        "penalties_",
        "held_out_loss_",
        "n_iter_",
    )

    def __init__(
        self,
        *,
        penalties: int | float | Sequence[float] = 20,
        folds: int = 5,
        class_weight: Mapping[Any, float] | str | None = None,
        tol: float = 1e-3,
        max_iter: int = 1000,
        random_state: RandomState = 0,
    ) -> None:
        self.penalties = penalties
        self.folds = folds
        self.class_weight = class_weight
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state

    @property
    def n_tries_(self) -> int:
        """How many penalties were tried."""
        return max(1, int(np.isfinite(self.held_out_loss_).any(axis=0).sum()))

    @property
    def n_genes_(self) -> int:
        """How many genes have a weight."""
        return int(self.coef_.any(axis=0).sum())

    @property
    def note_(self) -> str:
        """What to know about this fit; empty where there is nothing."""
        if self.n_genes_:
            return ""
        return "the LASSO selected no gene, so it predicts the same shares for every sample"

    def fit(self, X: Any, y: Any, *, groups: Any = None) -> LassoLogistic:
        """Choose the penalty on inner folds and fit on all samples.

        Parameters
        ----------
        X
            Samples x genes, preprocessed: a penalty treats all genes alike, so bring them to one
            scale.
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
        return self._fit(X, y, groups)

    def fit_rows(self, rows: RowSpace, y: Any, *, groups: Any = None) -> LassoLogistic:
        """The same as ``fit(rows.X, y)``: nothing is reduced.

        Parameters
        ----------
        rows
            The row space of exactly the training rows.
        y, groups
            As in :meth:`fit`.
        """
        y = column_or_1d(y, warn=True)
        check_consistent_length(rows.X, y)
        self.n_features_in_ = rows.n_genes
        return self._fit(rows.X, y, groups)

    def decision_function(self, X: Any) -> Array:
        """Log-odds of the second of two classes (n), or a score a class (n x classes)."""
        check_is_fitted(self, "coef_")
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        used = np.flatnonzero(self.coef_.any(axis=0))
        scores = X[:, used].astype(np.float64) @ self.coef_[:, used].T + self.intercept_
        return np.asarray(scores[:, 0] if scores.shape[1] == 1 else scores)

    def predict_proba(self, X: Any) -> Array:
        """Probability of each class, n x classes in the order of ``classes_``, float64."""
        scores = self.decision_function(X)
        probabilities: Array = np.exp(log_probabilities(scores.reshape(len(scores), -1)))
        return probabilities

    def predict(self, X: Any) -> Array:
        """The most probable label of each sample."""
        best = self.predict_proba(X).argmax(axis=1)
        labels: Array = self.classes_[best]
        return labels

    def _fit(self, X: Array, y: Array, groups: Any) -> LassoLogistic:
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                "Logistic regression needs samples of at least 2 classes; the data has one class, "
                f"{y[0]!r}."
            )
        self.penalties_ = self._grid()
        self.held_out_loss_ = np.empty((0, len(self.penalties_)))
        best = self._tune(X, codes, y, groups) if len(self.penalties_) > 1 else 0
        self.penalty_ = float(self.penalties_[best])
        path = self._path(X, codes, y)
        done = self._walk(path, self.penalties_[: best + 1])
        if not done:
            warnings.warn(
                f"The LASSO with C = {self.C_:.3g} wasn't done after {self.max_iter} iterations at "
                f"a tolerance of {self.tol:.1g}; raise max_iter or tol, or try larger penalties.",
                ConvergenceWarning,
                stacklevel=3,
            )
        self.n_iter_ = max(1, path.n_iter)
        self.coef_ = np.ascontiguousarray(path.weights.T)
        self.intercept_ = path.bias - path.mean @ path.weights
        return self

    def _path(self, X: Array, codes: Array, y: Array) -> LassoPath:
        weight = compute_sample_weight(self.class_weight, y)
        return LassoPath(X, codes, len(self.classes_), weight / weight.mean())

    def _walk(self, path: LassoPath, shares: Array) -> bool:
        """Down to the last of some penalties, coarsely until there; whether it was reached."""
        first, done = path.penalty, True
        for share in shares[:-1]:
            path.go_to(first * share, tol=_TUNING * self.tol, max_iter=self.max_iter)
        if shares[-1] < 1:
            done = path.go_to(first * shares[-1], tol=self.tol, max_iter=self.max_iter)
        self.C_ = 1.0 / (first * float(shares[-1])) if first > 0 else float("inf")
        return done

    def _grid(self) -> Array:
        if isinstance(self.penalties, int | np.integer) and not isinstance(self.penalties, bool):
            many = int(self.penalties)
            grid = np.geomspace(1.0, _SHORTEST, num=many) if many > 0 else np.empty(0)
        else:
            given = np.atleast_1d(np.asarray(self.penalties, dtype=np.float64))
            grid = np.unique(given)[::-1]
        if not len(grid) or not np.isfinite(grid).all() or grid[-1] <= 0 or grid[0] > 1:
            raise ValueError(
                "The 'penalties' parameter of LassoLogistic must be a positive integer, or floats "
                f"in the range (0, 1]. Got {self.penalties!r} instead."
            )
        return grid

    def _tune(self, X: Array, codes: Array, y: Array, groups: Any) -> int:
        """Position of the penalty with the smallest mean held-out loss."""
        folds = inner_folds(codes, groups, n_splits=self.folds, random_state=self.random_state)
        paths = [self._path(X[fold.train], codes[fold.train], y[fold.train]) for fold in folds]
        firsts = [path.penalty for path in paths]
        weight = compute_sample_weight(self.class_weight, y)
        losses = np.full((len(folds), len(self.penalties_)), np.nan)
        best, worse = np.inf, 0
        for i, share in enumerate(self.penalties_):
            for row, (fold, path, first) in enumerate(zip(folds, paths, firsts, strict=True)):
                if share < 1:
                    path.go_to(first * share, tol=_TUNING * self.tol, max_iter=self.max_iter)
                logs = log_probabilities(path.scores(X[fold.test]))
                own = logs[np.arange(len(fold.test)), codes[fold.test]]
                losses[row, i] = -np.average(own, weights=weight[fold.test])
            mean = losses[:, i].mean()
            best, worse = (mean, 0) if mean < best else (best, worse + 1)
            if worse == _PATIENCE:
                break
        self.held_out_loss_ = losses
        return int(np.nanargmin(losses.mean(axis=0)))
