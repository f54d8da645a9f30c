"""Any scikit-learn classifier, tuned by patients inside, behind a front end fitted inside too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.model_selection import ParameterGrid
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.metadata_routing import get_routing_for_object
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, check_is_fitted, validate_data

from bulkwise.preprocess import TTestSelection
from bulkwise.randomness import Seeds
from bulkwise.split import inner_folds
from bulkwise.training.rowspace import RowSpace

if TYPE_CHECKING:
    from bulkwise.randomness import RandomState

__all__ = ["FRONT_ENDS", "Tuned"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Setting: TypeAlias = tuple[int, Mapping[str, Any]]

FRONT_ENDS = {
    "pca": "principal components of the training samples",
    "ttest": "the genes that a t-test (F test) on the training samples finds clearest",
}
"""What may stand between the genes and a classifier; both are fitted in each inner fold."""

_SIZES = {"pca": (10, 30, 90, 120, 150), "ttest": (100, 1000)}
_TIE = 1e-9  # of a Brier score


class Tuned(ClassifierMixin, BaseEstimator):
    """A classifier whose settings, and the size of its front end, are chosen by inner folds.

    The setting with the smallest Brier score on held-out patients wins, the first of equals.
    Principal components come from the row space of the samples, which a fold makes once for all
    models (:class:`bulkwise.training.RowSpace`), and an inner fold's from its part of it.

    Parameters
    ----------
    estimator
        An unfitted classifier with ``predict_proba``. It gets ``groups`` if it asks for them by
        metadata routing, so one that tunes itself does so by patients too.
    grid
        Setting -> values to try.
    front_end
        A name in :data:`FRONT_ENDS`.
    sizes
        Numbers of components or genes to try; by default 10, 30, 90, 120 and 150 components, 100
        and 1,000 genes. Components beyond half of the samples of the smallest inner training
        part aren't tried.
    tries
        The most settings to try; of a larger grid so many are drawn.
    balance
        How to make classes count the same: ``"samples"`` weighs the samples of a fit,
        ``"posterior"`` divides the probabilities by the classes' shares (equal priors), ``None``
        leaves it to ``estimator``.
    folds
        Inner folds, fewer where a class has fewer patients.
    random_state
        Seed of the inner folds and of the draw.

    Attributes
    ----------
    classes_ : ndarray
        Labels, sorted.
    size_, best_params_
        The chosen setting.
    held_out_brier_ : ndarray, one a setting
        Brier score on held-out samples, classes counting the same; empty when there was nothing
        to choose.
    n_tries_ : int
        Settings tried, those that ``estimator`` tried itself included.
    """

    __metadata_request__fit: ClassVar[dict[str, bool]] = {"groups": True}

    def __init__(
        self,
        estimator: Any,
        *,
        grid: Mapping[str, Sequence[Any]] | None = None,
        front_end: str = "ttest",
        sizes: Sequence[int] | None = None,
        tries: int = 20,
        balance: str | None = None,
        folds: int = 5,
        random_state: RandomState = 0,
    ) -> None:
        self.estimator = estimator
        self.grid = grid
        self.front_end = front_end
        self.sizes = sizes
        self.tries = tries
        self.balance = balance
        self.folds = folds
        self.random_state = random_state

    def fit(self, X: Any, y: Any, *, groups: Any = None) -> Tuned:
        """Choose the setting on inner folds and fit on all samples.

        Parameters
        ----------
        X
            Samples x genes, preprocessed.
        y
            Labels, at least two different ones.
        groups
            Patient of each sample. Without it each sample stands for itself.

        Raises
        ------
        SampleError
            If fewer than two patients can be held out, so that nothing can be chosen.
        """
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32])
        if self.front_end == "pca":
            return self._fit(_Components(RowSpace.of(X)), y, groups)
        return self._fit(_Clearest(X), y, groups)

    def fit_rows(self, rows: RowSpace, y: Any, *, groups: Any = None) -> Tuned:
        """The same as :meth:`fit` on a reduction that is already there.

        Parameters
        ----------
        rows
            The row space of exactly the training rows.
        y, groups
            As in :meth:`fit`.
        """
        check_consistent_length(rows.X, y)
        self.n_features_in_ = rows.n_genes
        front = _Components(rows) if self.front_end == "pca" else _Clearest(rows.X)
        return self._fit(front, np.asarray(y), groups)

    def predict_proba(self, X: Any) -> Array:
        """Probability of each class, n x classes in the order of ``classes_``, float64."""
        check_is_fitted(self, "model_")
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        return self._probabilities(self.model_, self.shares_, self.front_.apply(X, self.size_))

    def predict(self, X: Any) -> Array:
        """The most probable label of each sample."""
        labels: Array = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return labels

    def _fit(self, front: _Components | _Clearest, y: Array, groups: Any) -> Tuned:
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        patients = None if groups is None else np.asarray(groups)
        folds = inner_folds(codes, patients, n_splits=self.folds, random_state=self.random_state)
        settings = self._settings(min(len(fold.train) for fold in folds))
        self.held_out_brier_, self.n_tries_ = np.empty(0), 1
        best = 0
        if len(settings) > 1:
            best = self._tune(front, folds, settings, codes, patients)
        self.size_, self.best_params_ = settings[best]
        self.front_ = front.fitted(codes, self.size_)
        seen = self.front_.rows(self.size_)
        self.model_, self.shares_ = self._one(self.best_params_, seen, codes, patients)
        if len(settings) == 1:
            self.n_tries_ = int(getattr(self.model_, "n_tries_", 1))
        return self

    def _settings(self, smallest: int) -> list[Setting]:
        """Size and parameters, at most ``tries`` of them."""
        sizes = list(_SIZES[self.front_end] if self.sizes is None else self.sizes)
        if self.front_end == "pca":
            sizes = [size for size in sizes if size <= smallest // 2] or [max(1, smallest // 2)]
        every = list(product(sizes, ParameterGrid(dict(self.grid or {}))))
        if len(every) > self.tries:
            rng = Seeds(self.random_state).numpy("settings")
            every = [every[i] for i in sorted(rng.permutation(len(every))[: self.tries])]
        return every

    def _tune(
        self,
        front: _Components | _Clearest,
        folds: Sequence[Any],
        settings: Sequence[Setting],
        codes: Array,
        patients: Array | None,
    ) -> int:
        weight = compute_sample_weight("balanced", codes)
        truth = np.eye(len(self.classes_))[codes]
        errors = np.zeros(len(settings))
        tries = [1] * len(settings)
        for fold in folds:
            own = None if patients is None else patients[fold.train]
            views = front.inside(fold.train, fold.test, codes, {size for size, _ in settings})
            for i, (size, params) in enumerate(settings):
                train, test = views[size]
                model, shares = self._one(params, train, codes[fold.train], own)
                wrong = self._probabilities(model, shares, test) - truth[fold.test]
                errors[i] += np.average(np.square(wrong).sum(axis=1), weights=weight[fold.test])
                tries[i] = int(getattr(model, "n_tries_", 1))
        self.held_out_brier_ = errors / len(folds)
        self.n_tries_ = sum(tries)
        return int(np.flatnonzero(errors <= errors.min() + _TIE)[0])

    def _one(
        self, params: Mapping[str, Any], rows: Array, codes: Array, patients: Array | None
    ) -> tuple[Any, Array]:
        """A fitted model, and the share of each class that it was fitted on."""
        model = clone(self.estimator).set_params(**params)
        present, own = np.unique(codes, return_inverse=True)
        more: dict[str, Any] = {}
        if patients is not None and get_routing_for_object(model).consumes("fit", ["groups"]):
            more["groups"] = patients
        if self.balance == "samples":
            more["sample_weight"] = compute_sample_weight("balanced", own)
        model.fit(rows, own, **more)
        shares = np.zeros(len(self.classes_))
        shares[present] = np.bincount(own) / len(own)
        return model, shares

    def _probabilities(self, model: Any, shares: Array, rows: Array) -> Array:
        found = np.zeros((len(rows), len(self.classes_)))
        present = np.flatnonzero(shares)
        found[:, present] = model.predict_proba(rows)
        if self.balance == "posterior":
            found[:, present] /= shares[present]
            found /= np.maximum(found.sum(axis=1, keepdims=True), np.finfo(float).tiny)
        return found


class _Components:
    """Principal components: the first coordinates of the row space."""

    def __init__(self, rows: RowSpace) -> None:
        self.space = rows

    def inside(
        self, train: Array, test: Array, codes: Array, sizes: set[int]
    ) -> dict[int, tuple[Array, Array]]:
        part = self.space.part(train)
        held = part.project(self.space.Z[test])
        return {size: (part.Z[:, :size], held[:, :size]) for size in sizes}

    def fitted(self, codes: Array, size: int) -> _Components:
        return self

    def rows(self, size: int) -> Array:
        return self.space.Z[:, :size]

    def apply(self, X: Array, size: int) -> Array:
        return self.space.project(X)[:, :size]


class _Clearest:
    """The genes that differ most clearly between the classes, clearest first."""

    def __init__(self, X: Array, order: Array | None = None) -> None:
        self.X, self.order = X, order

    def inside(
        self, train: Array, test: Array, codes: Array, sizes: set[int]
    ) -> dict[int, tuple[Array, Array]]:
        order = _ordered(self.X[train], codes[train], max(sizes))
        return {
            size: (self.X[np.ix_(train, order[:size])], self.X[np.ix_(test, order[:size])])
            for size in sizes
        }

    def fitted(self, codes: Array, size: int) -> _Clearest:
        return _Clearest(self.X, _ordered(self.X, codes, size))

    def rows(self, size: int) -> Array:
        return self.X[:, self.order]

    def apply(self, X: Array, size: int) -> Array:
        return X[:, self.order]


def _ordered(X: Array, codes: Array, size: int) -> Array:
    found = TTestSelection(k=size, test="pooled").fit(X, codes)
    order: Array = np.lexsort((-found.scores_, found.pvalues_))[:size]
    return order
