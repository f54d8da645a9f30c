"""Nearest neighbours, their number tuned inside, from one matrix of distances.

The distance between two samples needs their inner products only, so the row space (or the Gram
matrix) gives all distances of a training set at once, exactly, and the inner folds are blocks
of that one matrix.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
    validate_data,
)

from bulkwise.split import inner_folds

if TYPE_CHECKING:
    from bulkwise.randomness import RandomState
    from bulkwise.training.rowspace import RowSpace

__all__ = ["NeighborsClassifier"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_BLOCK_VALUES = 1 << 22  # float64 values of one block of genes


class NeighborsClassifier(ClassifierMixin, BaseEstimator):
    """K nearest neighbours; k is chosen by inner folds of patients.

    The probability of a class is its share among the k nearest training samples. A bundle of
    this model holds the training profiles, so saving one has to be allowed.

    Parameters
    ----------
    ks
        Numbers of neighbours to try; a single integer is used untuned.
    metric
        ``"cosine"`` (of rows centred by the training mean of each gene, as a correlation) or
        ``"euclidean"``.
    folds
        Inner folds, fewer where a class has fewer patients.
    random_state
        Seed of the inner folds.

    Attributes
    ----------
    classes_ : ndarray
        Labels, sorted.
    k_ : int
        The chosen number: the smallest mean Brier score on held-out samples, the larger of two
        equals.
    held_out_brier_ : ndarray, one a number tried
        Squared error of the probabilities, summed over classes; empty when nothing was tuned.
    rows_ : ndarray, n x p
        The training rows as they were given.
    mean_ : ndarray of float64, p
        Their mean.
    codes_ : ndarray of int, n
        Class of each training row, as its place in ``classes_``.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["kidney", "liver"], 20)
    >>> X = rng.normal(size=(40, 200)) + (y == "liver")[:, None]
    >>> float(NeighborsClassifier().fit(X, y).score(X, y))
    1.0
    """

    __metadata_request__fit: ClassVar[dict[str, bool]] = {"groups": True}

    _fitted: ClassVar[tuple[str, ...]] = (
        "classes_",
        "k_",
        "held_out_brier_",
        "rows_",
        "mean_",
        "codes_",
    )
    _holds_training_data: ClassVar[bool] = True

    def __init__(
        self,
        *,
        ks: int | Sequence[int] = (1, 3, 5, 7, 11, 15, 21),
        metric: str = "cosine",
        folds: int = 5,
        random_state: RandomState = 0,
    ) -> None:
        self.ks = ks
        self.metric = metric
        self.folds = folds
        self.random_state = random_state

    @property
    def n_tries_(self) -> int:
        """How many numbers of neighbours were tried."""
        return max(1, len(self.held_out_brier_))

    def fit(self, X: Any, y: Any, *, groups: Any = None) -> NeighborsClassifier:
        """Choose k on inner folds and keep the training rows.

        Parameters
        ----------
        X
            Samples x genes, preprocessed.
        y
            Labels.
        groups
            Patient of each sample. Without it each sample stands for itself.

        Raises
        ------
        SampleError
            If fewer than two patients can be held out, so that no number can be chosen.
        """
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32])
        self.mean_ = X.mean(axis=0, dtype=np.float64)
        return self._fit(X, self._products(X, X), y, groups)

    def fit_rows(self, rows: RowSpace, y: Any, *, groups: Any = None) -> NeighborsClassifier:
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
        self.mean_ = rows.mean
        self.n_features_in_ = rows.n_genes
        return self._fit(rows.X, rows.Z @ rows.Z.T, y, groups)

    def predict_proba(self, X: Any) -> Array:
        """Share of each class among the neighbours, n x classes, float64."""
        check_is_fitted(self, "rows_")
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        squares = self._squares(X)
        distances = self._distances(
            self._products(X, self.rows_), squares, self._squares(self.rows_)
        )
        shares: Array = self._shares(distances, self.codes_, [self.k_])[0]
        return shares

    def predict(self, X: Any) -> Array:
        """The most frequent label among the neighbours, the first in order of equals."""
        best = self.predict_proba(X).argmax(axis=1)
        labels: Array = self.classes_[best]
        return labels

    def _fit(self, X: Array, products: Array, y: Array, groups: Any) -> NeighborsClassifier:
        check_classification_targets(y)
        if self.metric not in {"cosine", "euclidean"}:
            raise ValueError(
                "The 'metric' parameter of NeighborsClassifier must be 'cosine' or 'euclidean'. "
                f"Got {self.metric!r} instead."
            )
        self.classes_, self.codes_ = np.unique(y, return_inverse=True)
        self.rows_ = X
        squares = np.diag(products)
        self._choose(self._distances(products, squares, squares), groups)
        return self

    def _choose(self, distances: Array, groups: Any) -> None:
        ks = np.unique(np.atleast_1d(np.asarray(self.ks)))
        if not len(ks) or ks.dtype.kind not in "iu" or ks[0] < 1:
            raise ValueError(
                "The 'ks' parameter of NeighborsClassifier must be positive integers. Got "
                f"{self.ks!r} instead."
            )
        self.held_out_brier_ = np.empty(0)
        if len(ks) == 1 or len(self.classes_) == 1:
            self.k_ = int(min(ks[0], len(self.codes_)))
            return
        folds = inner_folds(
            self.codes_, groups, n_splits=self.folds, random_state=self.random_state
        )
        ks = ks[ks <= max(1, min(len(fold.train) for fold in folds))]
        truth = np.eye(len(self.classes_))[self.codes_]
        errors = np.zeros(len(ks))
        for fold in folds:
            block = distances[np.ix_(fold.test, fold.train)]
            shares = self._shares(block, self.codes_[fold.train], ks)
            errors += np.square(shares - truth[fold.test]).sum(axis=2).mean(axis=1)
        self.held_out_brier_ = errors / len(folds)
        self.k_ = int(ks[np.flatnonzero(errors == errors.min())[-1]])

    def _shares(self, distances: Array, codes: Array, ks: Sequence[int] | Array) -> Array:
        """Shares of the classes for each k, ks x n x classes; equal distances by row order."""
        order = np.argsort(distances, axis=1, kind="stable")[:, : max(ks)]
        votes = np.cumsum(np.eye(len(self.classes_))[codes[order]], axis=1)
        return np.stack([votes[:, k - 1] / k for k in ks])

    def _distances(self, products: Array, new: Array, old: Array) -> Array:
        if self.metric == "euclidean":
            apart: Array = new[:, None] + old[None, :] - 2.0 * products
            return apart
        tiny = np.finfo(float).tiny
        cosines: Array = products / np.sqrt(np.maximum(new[:, None] * old[None, :], tiny))
        return -cosines

    def _blocks(self, n: int) -> list[slice]:
        p = len(self.mean_)
        width = max(64, _BLOCK_VALUES // max(n, 1))
        return [slice(first, min(first + width, p)) for first in range(0, p, width)]

    def _products(self, left: Array, right: Array) -> Array:
        products = np.zeros((len(left), len(right)))
        for genes in self._blocks(max(len(left), len(right))):
            new = left[:, genes] - self.mean_[genes]
            products += new @ (right[:, genes] - self.mean_[genes]).T
        return products

    def _squares(self, X: Array) -> Array:
        squares = np.zeros(len(X))
        for genes in self._blocks(len(X)):
            centred = X[:, genes] - self.mean_[genes]
            squares += np.einsum("ij,ij->i", centred, centred)
        return squares
