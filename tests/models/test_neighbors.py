"""NeighborsClassifier: scikit-learn's neighbours, their number chosen by patients."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier
from sklearn.utils.estimator_checks import check_estimator

from bulkwise.errors import SampleError
from bulkwise.models import NeighborsClassifier
from bulkwise.split import inner_folds
from bulkwise.training import RowSpace


def draw(n: int = 60, p: int = 200, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = np.array(["a", "b", "c"])[np.arange(n) % 3]
    centres = 0.35 * np.random.default_rng(99).normal(size=(3, p))
    return rng.normal(size=(n, p)) + centres[np.arange(n) % 3] + 5.0, y


def test_scikit_learns_checks():
    check_estimator(NeighborsClassifier(), on_skip=None)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize("k", [1, 4])
def test_equal_to_scikit_learn(metric: str, k: int):
    X, y = draw()
    new = draw(seed=1)[0]
    ours = NeighborsClassifier(ks=k, metric=metric).fit(X, y)
    mean = X.mean(axis=0)
    theirs = KNeighborsClassifier(k, metric=metric, algorithm="brute").fit(X - mean, y)
    np.testing.assert_array_equal(ours.predict_proba(new), theirs.predict_proba(new - mean))


def test_a_reduction_made_before_gives_the_same():
    X, y = draw()
    new = draw(seed=1)[0]
    direct = NeighborsClassifier().fit(X, y)
    reduced = NeighborsClassifier().fit_rows(RowSpace.of(X), y)
    assert direct.k_ == reduced.k_
    np.testing.assert_allclose(direct.held_out_brier_, reduced.held_out_brier_)
    np.testing.assert_array_equal(direct.predict_proba(new), reduced.predict_proba(new))


def test_the_inner_scores_are_those_of_fits_on_each_fold():
    X, y = draw()
    patients = np.arange(60) // 2
    model = NeighborsClassifier(ks=(1, 5), metric="euclidean", folds=3, random_state=2)
    model.fit(X, y, groups=patients)
    expected = np.zeros(2)
    codes = np.unique(y, return_inverse=True)[1]
    for fold in inner_folds(codes, patients, n_splits=3, random_state=2):
        for i, k in enumerate((1, 5)):
            part = KNeighborsClassifier(k, algorithm="brute").fit(X[fold.train], y[fold.train])
            wrong = part.predict_proba(X[fold.test]) - (y[fold.test][:, None] == part.classes_)
            expected[i] += np.square(wrong).sum(axis=1).mean() / 3
    np.testing.assert_allclose(model.held_out_brier_, expected)
    assert model.k_ == (1, 5)[int(expected.argmin())]


def test_labels_that_mean_nothing_ask_for_many_neighbours():
    X, y = draw(120)
    told = NeighborsClassifier().fit(np.random.default_rng(0).normal(size=X.shape), y)
    assert told.k_ == 21


def test_one_patient_a_class_cannot_be_tuned():
    X, y = draw(12)
    with pytest.raises(SampleError, match="Can't tune"):
        NeighborsClassifier().fit(X, y, groups=y)


@pytest.mark.parametrize("ks", [0, (), (1, 2.5), (-1, 3)])
def test_numbers_of_neighbours_that_are_none(ks: object):
    X, y = draw(12)
    with pytest.raises(ValueError, match="'ks' parameter"):
        NeighborsClassifier(ks=ks).fit(X, y)


def test_an_unknown_metric():
    X, y = draw(12)
    with pytest.raises(ValueError, match="'metric' parameter"):
        NeighborsClassifier(metric="manhattan").fit(X, y)
