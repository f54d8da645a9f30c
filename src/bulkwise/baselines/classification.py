"""The rivals of a classifier, on the same preprocessed matrix and tuned inside the same folds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

from bulkwise.baselines.tuned import FRONT_ENDS, Tuned
from bulkwise.errors import InputError
from bulkwise.models.kernel import KernelSVC
from bulkwise.models.lasso import LassoLogistic
from bulkwise.models.linear import RowSpaceLogistic
from bulkwise.models.neighbors import NeighborsClassifier

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

    from bulkwise.randomness import RandomState

__all__ = ["BASELINES", "TRIES", "Rival", "available"]

TRIES = 20
"""The most settings that a rival tries in each training part unless told otherwise."""

LEAST_TRIES = 4

Build = Callable[["RandomState", int], Any]


@dataclass(frozen=True)
class Rival:
    """How one rival is made, called with a ``random_state``.

    Attributes
    ----------
    meaning
        What it is, in words.
    build
        Makes the classifier from a seed and the most settings to try.
    front_end
        What stands before it unless told otherwise: ``"pca"``, ``"ttest"``, or ``""`` for all
        genes.
    settings
        What :class:`~bulkwise.baselines.tuned.Tuned` is to try besides the front end's sizes.
    balance, folds
        See :class:`~bulkwise.baselines.tuned.Tuned`; costly ones make do with three inner folds.
    package, install
        What it needs besides bulkwise's own dependencies, and how to get it.
    """

    meaning: str
    build: Build
    front_end: str = ""
    settings: Mapping[str, Sequence[Any]] | None = None
    balance: str | None = None
    folds: int = 5
    package: str = ""
    install: str = ""

    def __call__(
        self, random_state: RandomState = 0, *, front_end: str = "own", tries: int = TRIES
    ) -> BaseEstimator:
        """An unfitted classifier.

        Parameters
        ----------
        random_state
            Seed of the inner folds and of the classifier.
        front_end
            ``"own"``, ``"pca"`` or ``"ttest"``.
        tries
            The most settings to try in a training part.

        Raises
        ------
        InputError
            If the front end isn't known or nothing may be tried.
        """
        if front_end != "own" and front_end not in FRONT_ENDS:
            raise InputError(
                f"The front end {front_end!r} isn't known: expected own, {', '.join(FRONT_ENDS)}."
            )
        if tries < LEAST_TRIES:
            raise InputError(
                f"A rival needs at least {LEAST_TRIES} settings to choose from; got tries={tries}."
            )
        front = self.front_end if front_end == "own" else front_end
        if not front or self.build is _majority:
            return self.build(random_state, tries)
        sizes = 5 if front == "pca" else 2
        return Tuned(
            self.build(random_state, max(LEAST_TRIES, tries // sizes)),
            grid=self.settings,
            front_end=front,
            tries=tries if self.settings is not None else sizes,
            balance=self.balance,
            folds=self.folds,
            random_state=random_state,
        )


def _majority(random_state: RandomState, tries: int) -> BaseEstimator:
    return DummyClassifier(strategy="prior")


def _logistic(random_state: RandomState, tries: int) -> BaseEstimator:
    return RowSpaceLogistic(Cs=tries, class_weight="balanced", random_state=random_state)


def _lasso(random_state: RandomState, tries: int) -> BaseEstimator:
    return LassoLogistic(penalties=tries, class_weight="balanced", random_state=random_state)


def _linear_svm(random_state: RandomState, tries: int) -> BaseEstimator:
    return KernelSVC(Cs=min(tries, 10), class_weight="balanced", random_state=random_state)


def _rbf_svm(random_state: RandomState, tries: int) -> BaseEstimator:
    gammas = (0.1, 0.3, 1.0, 3.0) if tries >= 12 else (0.3, 1.0)
    return KernelSVC(
        kernel="rbf",
        Cs=min(tries // len(gammas), 5),
        gammas=gammas,
        class_weight="balanced",
        random_state=random_state,
    )


def _knn(random_state: RandomState, tries: int) -> BaseEstimator:
    ks = (1, 3, 5, 7, 11, 15, 21)
    return NeighborsClassifier(ks=ks[: min(tries, len(ks))], random_state=random_state)


def _lda(random_state: RandomState, tries: int) -> BaseEstimator:
    return LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")


def _naive_bayes(random_state: RandomState, tries: int) -> BaseEstimator:
    return GaussianNB()


def _tree(random_state: RandomState, tries: int) -> BaseEstimator:
    return DecisionTreeClassifier(class_weight="balanced", random_state=random_state)


def _forest(random_state: RandomState, tries: int) -> BaseEstimator:
    return RandomForestClassifier(200, class_weight="balanced", random_state=random_state)


def _xgboost(random_state: RandomState, tries: int) -> BaseEstimator:
    from xgboost import XGBClassifier

    return XGBClassifier(
        n_estimators=100,
        tree_method="hist",
        max_bin=64,
        subsample=0.8,
        colsample_bytree=0.3,
        n_jobs=1,
        random_state=random_state,
    )


BASELINES: Mapping[str, Rival] = MappingProxyType(
    {
        "majority": Rival("the most frequent class, with the classes' shares", _majority),
        "logistic": Rival("exact L2-penalised logistic regression", _logistic),
        "knn": Rival("nearest neighbours by correlation", _knn),
        "lasso": Rival("L1-penalised logistic regression on all genes", _lasso),
        "linear-svm": Rival("exact linear support vector machine", _linear_svm),
        "rbf-svm": Rival("exact support vector machine with an RBF kernel", _rbf_svm),
        "lda": Rival(
            "linear discriminant analysis on principal components",
            _lda,
            "pca",
            {"shrinkage": ["auto", 0.01, 0.1]},
            "posterior",
        ),
        "naive-bayes": Rival(
            "Gaussian naive Bayes on principal components",
            _naive_bayes,
            "pca",
            {"var_smoothing": [1e-9, 1e-3, 1e-1]},
            "posterior",
        ),
        "tree": Rival(
            "a decision tree on the genes that a t-test finds",
            _tree,
            "ttest",
            {"max_depth": [3, 6, None], "min_samples_leaf": [1, 5]},
        ),
        "forest": Rival(
            "a random forest on the genes that a t-test finds",
            _forest,
            "ttest",
            {"min_samples_leaf": [1, 5]},
            folds=3,
        ),
        "xgboost": Rival(
            "gradient boosting on the genes that a t-test finds",
            _xgboost,
            "ttest",
            {"max_depth": [2, 4], "learning_rate": [0.1, 0.3]},
            "samples",
            folds=3,
            package="xgboost",
            install="pip install 'bulkwise[baselines]'",
        ),
    }
)
"""Name -> :class:`Rival`: call it with a ``random_state`` for an unfitted estimator.

Each is tuned on inner folds of patients, and classes count the same in all but ``majority`` and
``knn``, as they do for the networks and in balanced accuracy. ``logistic``, the two support
vector machines and ``knn`` see all genes through the lossless reduction, ``lasso`` at full width;
the others stand behind a front end of :data:`bulkwise.baselines.FRONT_ENDS`, which is fitted in
each inner fold too. Most of them follow the rivals of DeeP4med (on principal components) and of
Hanczar et al. 2022 (on genes chosen by a t-test).
"""


def available(names: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """The rivals that can be made here, and for the others how to install what they need.

    Parameters
    ----------
    names
        Keys of :data:`BASELINES`.

    Returns
    -------
    tuple
        Names in their order, and name -> command for those whose package isn't installed.
    """
    absent = {
        name: BASELINES[name].install
        for name in names
        if BASELINES[name].package and find_spec(BASELINES[name].package) is None
    }
    return [name for name in names if name not in absent], absent
