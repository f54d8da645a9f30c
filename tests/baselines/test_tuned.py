"""Tuned: inner folds by patient, the front end inside them, a budget that is kept."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

from bulkwise.baselines import Tuned
from bulkwise.models import RowSpaceLogistic
from bulkwise.preprocess import TTestSelection
from bulkwise.split import inner_folds
from bulkwise.training import RowSpace


def draw(n: int = 90, p: int = 400, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    codes = np.arange(n) % 3
    X = rng.normal(size=(n, p))
    for code in range(3):
        X[np.ix_(codes == code, range(10 * code, 10 * code + 10))] += 1.5
    return X, np.array(["a", "b", "c"])[codes]


class Spy(ClassifierMixin, BaseEstimator):
    """Notes what it is fitted on."""

    seen: list[tuple[int, set[int]]] = []  # noqa: RUF012

    def __init__(self, number: int = 0):
        self.number = number

    __metadata_request__fit = {"groups": True}  # noqa: RUF012

    def fit(self, X, y, groups=None):
        self.classes_ = np.unique(y)
        Spy.seen.append((self.number, set(groups)))
        return self

    def predict_proba(self, X):
        return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))


def test_inner_folds_are_by_patient_and_groups_reach_the_estimator():
    X, y = draw()
    patients = np.arange(90) // 3
    Spy.seen.clear()
    tuned = Tuned(Spy(), grid={"number": [1, 2]}, sizes=(50,), folds=3)
    with config_context(enable_metadata_routing=True):
        tuned.fit(X, y, groups=patients)
    folds = inner_folds(np.unique(y, return_inverse=True)[1], patients, n_splits=3)
    expected = [set(patients[fold.train]) for fold in folds for _ in range(2)]
    assert [own for _, own in Spy.seen] == [*expected, set(patients)]
    assert tuned.n_tries_ == 2
    assert tuned.best_params_ == {"number": 1}  # the first of equals


def test_a_setting_that_is_better_is_found():
    X, y = draw()
    tuned = Tuned(DecisionTreeClassifier(random_state=0), grid={"max_depth": [1, 5]}, sizes=(30,))
    tuned.fit(X, y)
    assert tuned.best_params_ == {"max_depth": 5}
    assert len(tuned.held_out_brier_) == 2


def test_components_are_those_of_the_inner_training_part():
    X, _ = draw()
    rows = RowSpace.of(X)
    train, test = np.arange(60), np.arange(60, 90)
    part = rows.part(train)
    assert rows.part(train) is part
    theirs = PCA(10, svd_solver="full").fit(X[train])
    np.testing.assert_allclose(np.abs(part.Z[:, :10]), np.abs(theirs.transform(X[train])))
    np.testing.assert_allclose(
        np.abs(part.project(rows.Z[test])[:, :10]), np.abs(theirs.transform(X[test])), atol=1e-9
    )


@pytest.mark.parametrize("front_end", ["pca", "ttest"])
def test_equal_to_scikit_learn_behind_the_same_front_end(front_end: str):
    X, y = draw()
    new = draw(seed=1)[0]
    ours = Tuned(GaussianNB(), front_end=front_end, sizes=(20,)).fit(X, y)
    front = PCA(20) if front_end == "pca" else TTestSelection(k=20, test="pooled")
    theirs = GaussianNB().fit(front.fit_transform(X, y), y)
    np.testing.assert_allclose(
        ours.predict_proba(new), theirs.predict_proba(front.transform(new)), atol=1e-6
    )
    shared = Tuned(GaussianNB(), front_end=front_end, sizes=(20,)).fit_rows(RowSpace.of(X), y)
    np.testing.assert_allclose(ours.predict_proba(new), shared.predict_proba(new), atol=1e-9)


def test_equal_priors_by_the_posterior():
    X, y = draw(60)
    X, y = X[y != "c"], y[y != "c"]
    few = np.r_[0:40:2, 1, 3, 5]
    X, y = X[few], y[few]
    ours = Tuned(
        LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.5),
        front_end="pca",
        sizes=(5,),
        balance="posterior",
    ).fit(X, y)
    rows = RowSpace.of(X)
    theirs = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.5).fit(rows.Z[:, :5], y)
    odds = theirs.decision_function(rows.Z[:, :5]) - np.log((y == "b").sum() / (y == "a").sum())
    probabilities = ours.predict_proba(X)
    np.testing.assert_allclose(np.log(probabilities[:, 1] / probabilities[:, 0]), odds, atol=1e-6)


def test_the_budget_is_kept_and_what_tunes_itself_is_counted():
    X, y = draw(45)
    grid = {"max_depth": [1, 2, 3], "min_samples_leaf": [1, 2, 3]}
    tuned = Tuned(DecisionTreeClassifier(random_state=0), grid=grid, sizes=(20,), tries=4, folds=2)
    assert tuned.fit(X, y).n_tries_ == 4
    own = Tuned(RowSpaceLogistic(Cs=3, folds=2), front_end="pca", sizes=(5, 10), folds=2).fit(X, y)
    assert 4 <= own.n_tries_ <= 6


def test_components_fit_a_small_cohort():
    X, y = draw(18)
    tuned = Tuned(GaussianNB(), front_end="pca", folds=3).fit(X, y)
    assert tuned.size_ == 6  # half of the twelve samples of an inner training part
