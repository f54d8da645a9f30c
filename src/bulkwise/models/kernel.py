"""Support vector machines on one matrix of inner products, tuned by patients inside.

A support vector machine sees the samples through inner products or distances only. Both are
exact on the coordinates of the row space (:mod:`bulkwise.training.rowspace`), so one Gram matrix
of the training samples serves every penalty, every width of the kernel and every inner fold: an
inner fold is a block of it. The machine itself is scikit-learn's (libsvm) on that matrix.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeAlias

import numpy as np
from scipy.special import log_softmax, softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.svm import SVC
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
    validate_data,
)

from bulkwise.split import inner_folds
from bulkwise.training.calibration import temperature
from bulkwise.training.rowspace import RowSpace, worth_reducing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bulkwise.randomness import RandomState

__all__ = ["KernelSVC"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_SPANS = {"linear": (1e-3, 1e3), "rbf": (1e-1, 1e3)}  # of C; linear: times the squared length
_BLOCK_VALUES = 1 << 22  # float64 values of one block of genes
_TIE = 1e-9  # of a log-loss


class _Machine(NamedTuple):
    """A row a pair of classes: dual coefficients of all training rows, and the intercepts.

    Positive values speak for the second class of the pair.
    """

    dual: Array
    intercept: Array
    codes: Array


class KernelSVC(ClassifierMixin, BaseEstimator):
    """Linear or RBF support vector machine; penalty and width are chosen by inner folds.

    The same machine as scikit-learn's ``SVC`` on the genes (one against one, scores one against
    the rest, ties broken by the scores). The setting with the smallest held-out log-loss wins,
    the stronger penalty and the wider kernel of two equals; its scores are divided by one
    *temperature* fitted to the held-out scores, which leaves the predicted class as it is and
    makes a probability of them.

    Parameters
    ----------
    kernel
        ``"linear"`` or ``"rbf"``.
    Cs
        Penalties. An integer asks for that many on a logarithmic grid: from 0.1 to 1,000 for
        ``"rbf"``; from 0.001 to 1,000 for ``"linear"``, divided by the mean squared length of the
        centred rows. A sequence is tried as it is, a single float is used untuned.
    gammas
        Of the RBF kernel ``exp(-gamma d^2)``, in units of one over the mean squared length of the
        centred rows (scikit-learn's ``"scale"`` for standardised genes). A single float is used
        untuned.
    class_weight
        ``None``, ``"balanced"`` or a dict, as in scikit-learn. The weights also count in the
        held-out loss.
    folds
        Inner folds, fewer where a class has fewer patients.
    tol
        Of libsvm.
    random_state
        Seed of the inner folds.

    Attributes
    ----------
    classes_ : ndarray
        Labels, sorted.
    C_ : float
        The chosen penalty.
    gamma_ : float
        The chosen width in the units of the genes; 0 for a linear kernel.
    temperature_ : float
        What the scores are divided by to make probabilities; 1 when nothing was tuned.
    held_out_loss_ : ndarray, gammas x Cs
        Log-loss on held-out samples; empty when nothing was tuned.
    coef_ : ndarray of float64
        Linear: weights of the genes, a row a pair of classes. RBF: dual coefficients of
        ``rows_``, likewise. Positive speaks for the second class of the pair.
    intercept_ : ndarray of float64
        One a pair.
    rows_ : ndarray
        RBF: the training rows that support the machine (so a bundle of it holds profiles of
        training samples). Linear: none.

    References
    ----------
    Chang, Lin (2011), "LIBSVM: a library for support vector machines", ACM TIST 2:27.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["kidney", "liver"], 20)
    >>> X = rng.normal(size=(40, 200)) + (y == "liver")[:, None]
    >>> model = KernelSVC().fit(X, y)
    >>> model.coef_.shape, float(model.score(X, y))
    ((1, 200), 1.0)
    """

    __metadata_request__fit: ClassVar[dict[str, bool]] = {"groups": True}

    _fitted: ClassVar[tuple[str, ...]] = (
        "classes_",
        "C_",
        "gamma_",
        "temperature_",
        "held_out_loss_",
        "coef_",
        "intercept_",
        "rows_",
    )

    def __init__(
        self,
        *,
        kernel: str = "linear",
        Cs: int | float | Sequence[float] = 10,
        gammas: float | Sequence[float] = (0.1, 0.3, 1.0, 3.0),
        class_weight: Mapping[Any, float] | str | None = None,
        folds: int = 5,
        tol: float = 1e-4,
        random_state: RandomState = 0,
    ) -> None:
        self.kernel = kernel
        self.Cs = Cs
        self.gammas = gammas
        self.class_weight = class_weight
        self.folds = folds
        self.tol = tol
        self.random_state = random_state

    @property
    def n_tries_(self) -> int:
        """How many settings were tried."""
        return max(1, int(np.size(self.held_out_loss_)))

    @property
    def _holds_training_data(self) -> bool:
        return self.kernel == "rbf"

    def fit(self, X: Any, y: Any, *, groups: Any = None) -> KernelSVC:
        """Choose the setting on inner folds and fit on all samples.

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
            If fewer than two patients can be held out, so that no setting can be chosen.
        """
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32])
        if worth_reducing(*X.shape):
            rows = RowSpace.of(X)
            return self._fit(X, rows.mean, rows.Z, y, groups, rows)
        mean = X.mean(axis=0, dtype=np.float64)
        return self._fit(X, mean, X - mean, y, groups, None)

    def fit_rows(self, rows: RowSpace, y: Any, *, groups: Any = None) -> KernelSVC:
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
        self.n_features_in_ = rows.n_genes
        return self._fit(rows.X, rows.mean, rows.Z, y, groups, rows)

    def decision_function(self, X: Any) -> Array:
        """Score for the second of two classes (n), or a score a class (n x classes).

        Returns
        -------
        ndarray of float64
            As ``SVC(decision_function_shape="ovr", break_ties=True)`` gives them.
        """
        check_is_fitted(self, "coef_")
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        if self.kernel == "linear":
            pairs = self._by_blocks(X, lambda new, genes: new @ self.coef_[:, genes].T)
        else:
            pairs = np.exp(-self.gamma_ * self._distances(X)) @ self.coef_.T
        return _scores(pairs + self.intercept_, len(self.classes_))

    def predict_proba(self, X: Any) -> Array:
        """Probability of each class, n x classes in the order of ``classes_``, float64."""
        scores = _columns(self.decision_function(X))
        probabilities: Array = softmax(scores / self.temperature_, axis=1)
        return probabilities

    def predict(self, X: Any) -> Array:
        """The class with the highest score of each sample."""
        best = _columns(self.decision_function(X)).argmax(axis=1)
        labels: Array = self.classes_[best]
        return labels

    def _fit(
        self, X: Array, mean: Array, Z: Array, y: Array, groups: Any, rows: RowSpace | None
    ) -> KernelSVC:
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                "A support vector machine needs samples of at least 2 classes; the data has one "
                f"class, {y[0]!r}."
            )
        products = Z @ Z.T
        squares = np.diag(products)
        length = float(squares.mean()) or 1.0
        Cs, gammas = self._settings(length)
        apart = np.maximum(squares[:, None] + squares - 2 * products, 0.0)
        kernels = [products if gamma == 0 else np.exp(-gamma * apart) for gamma in gammas]
        self.held_out_loss_, self.temperature_ = np.empty((0, 0)), 1.0
        best = (0, 0)
        if len(Cs) * len(gammas) > 1:
            best = self._tune(kernels, Cs, codes, y, groups)
        self.C_, self.gamma_ = float(Cs[best[1]]), float(gammas[best[0]])
        machine = self._machine(kernels[best[0]], y, self.C_)
        self._keep(machine, X, mean, Z, rows)
        return self

    def _settings(self, length: float) -> tuple[Array, Array]:
        """Penalties and widths, ascending."""
        if self.kernel not in _SPANS:
            raise ValueError(
                "The 'kernel' parameter of KernelSVC must be a str among {'linear', 'rbf'}. Got "
                f"{self.kernel!r} instead."
            )
        if isinstance(self.Cs, int | np.integer) and not isinstance(self.Cs, bool):
            grid = np.geomspace(*_SPANS[self.kernel], num=max(int(self.Cs), 0))
            Cs = grid / (length if self.kernel == "linear" else 1.0)
        else:
            Cs = np.unique(np.atleast_1d(np.asarray(self.Cs, dtype=np.float64)))
        gammas = np.unique(np.atleast_1d(np.asarray(self.gammas, dtype=np.float64)))
        for name, values, given in (("Cs", Cs, self.Cs), ("gammas", gammas, self.gammas)):
            if not len(values) or not np.isfinite(values).all() or values[0] <= 0:
                raise ValueError(
                    f"The {name!r} parameter of KernelSVC must be positive numbers. Got {given!r} "
                    "instead."
                )
        return Cs, gammas / length if self.kernel == "rbf" else np.zeros(1)

    def _machine(self, kernel: Array, y: Array, C: float) -> _Machine:
        svc = SVC(C=C, kernel="precomputed", class_weight=self.class_weight, tol=self.tol)
        svc.fit(kernel, y)
        return _Machine(*_by_pair(svc, len(y)), np.searchsorted(self.classes_, svc.classes_))

    def _tune(
        self, kernels: Sequence[Array], Cs: Array, codes: Array, y: Array, groups: Any
    ) -> tuple[int, int]:
        """Positions of the best width and penalty; sets the loss and the temperature."""
        folds = inner_folds(codes, groups, n_splits=self.folds, random_state=self.random_state)
        held = np.sort(np.concatenate([fold.test for fold in folds]))
        weight = compute_sample_weight(self.class_weight, y)[held]
        weight *= len(held) / weight.sum()
        losses = np.empty((len(kernels), len(Cs)))
        divisors = np.empty_like(losses)
        for i, kernel in enumerate(kernels):
            for j, C in enumerate(Cs):
                scores = np.zeros((len(y), len(self.classes_)))
                for fold in folds:
                    inside = kernel[np.ix_(fold.train, fold.train)]
                    machine = self._machine(inside, y[fold.train], C)
                    across = kernel[np.ix_(fold.test, fold.train)]
                    pairs = across @ machine.dual.T + machine.intercept
                    scores[fold.test] = _spread(pairs, machine.codes, len(self.classes_))
                divisors[i, j] = temperature(scores[held], codes[held], weight)
                logs = log_softmax(scores[held] / divisors[i, j], axis=1)
                own = logs[np.arange(len(held)), codes[held]]
                losses[i, j] = -np.average(own, weights=weight)
        self.held_out_loss_ = losses
        best = np.argwhere(losses <= losses.min() + _TIE)[0]
        self.temperature_ = float(divisors[tuple(best)])
        return int(best[0]), int(best[1])

    def _keep(
        self, machine: _Machine, X: Array, mean: Array, Z: Array, rows: RowSpace | None
    ) -> None:
        """Weights on the genes, or the rows that support the machine."""
        if self.kernel == "rbf":
            support = (machine.dual != 0).any(axis=0)
            self.rows_ = X[support]
            self.coef_ = np.ascontiguousarray(machine.dual[:, support])
            self.intercept_ = machine.intercept
            return
        weights = Z.T @ machine.dual.T
        lifted = weights if rows is None else rows.lift(weights)
        self.coef_ = np.ascontiguousarray(lifted.T)
        self.intercept_ = machine.intercept - self.coef_ @ mean
        self.rows_ = np.empty((0, 0))

    def _distances(self, X: Array) -> Array:
        """Squared distances of new rows to ``rows_``, around their mean for precision."""
        center = self.rows_.mean(axis=0, dtype=np.float64)

        def squares(rows: Array) -> Array:
            summed: Array = self._by_blocks(
                rows, lambda part, genes: np.square(part - center[genes]).sum(axis=1)[:, None]
            )[:, 0]
            return summed

        products = self._by_blocks(
            X, lambda new, genes: (new - center[genes]) @ (self.rows_[:, genes] - center[genes]).T
        )
        apart = squares(X)[:, None] + squares(self.rows_) - 2 * products
        nearest: Array = np.maximum(apart, 0.0)
        return nearest

    def _by_blocks(self, X: Array, product: Any) -> Array:
        """A sum over blocks of genes, in float64."""
        width = max(64, _BLOCK_VALUES // max(len(X), len(self.rows_), 1))
        blocks = (slice(i, i + width) for i in range(0, X.shape[1], width))
        total: Array = sum(
            product(X[:, genes].astype(np.float64, copy=False), genes) for genes in blocks
        )
        return total


def _by_pair(svc: SVC, n: int) -> tuple[Array, Array]:
    """libsvm's dual coefficients as one row a pair of classes, over all n training rows."""
    k = len(svc.classes_)
    if k == 2:
        dual = np.zeros((1, n))
        dual[0, svc.support_] = svc.dual_coef_[0]
        return dual, np.asarray(svc.intercept_)
    ends = np.concatenate([[0], np.cumsum(svc.n_support_)])
    of_class = [slice(ends[c], ends[c + 1]) for c in range(k)]
    dual = np.zeros((k * (k - 1) // 2, n))
    for row, (i, j) in enumerate(combinations(range(k), 2)):
        for own, column in ((i, j - 1), (j, i)):
            part = of_class[own]
            dual[row, svc.support_[part]] = -svc.dual_coef_[column, part]
    return dual, -np.asarray(svc.intercept_)


def _scores(pairs: Array, n_classes: int) -> Array:
    """Of two classes the score itself; of more the votes, and how clear they were."""
    if n_classes == 2:
        return pairs[:, 0]
    votes = np.zeros((len(pairs), n_classes))
    clear = np.zeros_like(votes)
    for row, (i, j) in enumerate(combinations(range(n_classes), 2)):
        second = pairs[:, row] > 0
        votes[:, i] += ~second
        votes[:, j] += second
        clear[:, i] -= pairs[:, row]
        clear[:, j] += pairs[:, row]
    scores: Array = votes + clear / (3 * (np.abs(clear) + 1))
    return scores


def _columns(scores: Array) -> Array:
    return scores if scores.ndim == 2 else np.column_stack([-scores, scores])


def _spread(pairs: Array, codes: Array, n_classes: int) -> Array:
    """Scores of the classes that a fold had, in their columns; the others come last."""
    own = _columns(_scores(pairs, len(codes)))
    scores = np.full((len(pairs), n_classes), own.min() - 1.0)
    scores[:, codes] = own
    return scores
