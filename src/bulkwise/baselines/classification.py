"""The rivals of a classifier, on the same preprocessed matrix and tuned inside the same folds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from sklearn.dummy import DummyClassifier

from bulkwise.models.linear import RowSpaceLogistic
from bulkwise.models.neighbors import NeighborsClassifier

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

    from bulkwise.randomness import RandomState

__all__ = ["BASELINES"]


def _majority(random_state: RandomState) -> BaseEstimator:
    return DummyClassifier(strategy="prior")


def _logistic(random_state: RandomState) -> BaseEstimator:
    return RowSpaceLogistic(class_weight="balanced", random_state=random_state)


def _knn(random_state: RandomState) -> BaseEstimator:
    return NeighborsClassifier(random_state=random_state)


BASELINES: Mapping[str, Callable[[RandomState], BaseEstimator]] = MappingProxyType(
    {"majority": _majority, "logistic": _logistic, "knn": _knn}
)
"""Name -> an unfitted estimator for a ``random_state``.

``majority``
    The most frequent class of the training part, with the classes' shares as probabilities.
``logistic``
    Exact L2-penalised logistic regression, its penalty tuned on inner folds of patients; classes
    count the same, as they do for the networks and in balanced accuracy.
``knn``
    Nearest neighbours by correlation, their number tuned on inner folds of patients.
"""
