"""LassoLogistic: scikit-learn's optimum, found on few genes."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from bulkwise.models import LassoLogistic


def draw(n: int = 60, p: int = 300, k: int = 2, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    codes = np.arange(n) % k
    X = rng.normal(size=(n, p))
    X[np.arange(n), codes] += 2
    return X - X.mean(axis=0), np.array(list("abcd"))[codes]


@pytest.mark.parametrize("k", [2, 4])
@pytest.mark.parametrize("penalty", [0.5, 0.15])
def test_equal_to_scikit_learn(k: int, penalty: float):
    X, y = draw(k=k)
    new = draw(k=k, seed=1)[0]
    ours = LassoLogistic(penalties=penalty, tol=1e-5).fit(X, y)
    theirs = LogisticRegression(l1_ratio=1, solver="saga", C=ours.C_, tol=1e-6, max_iter=5000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs.fit(X, y)
    np.testing.assert_allclose(ours.predict_proba(new), theirs.predict_proba(new), atol=1e-3)
    if k == 2:
        np.testing.assert_allclose(
            ours.decision_function(new), theirs.decision_function(new), atol=1e-3
        )


@pytest.mark.parametrize("k", [2, 3])
def test_the_conditions_of_an_optimum_hold_over_all_genes(k: int):
    X, y = draw(k=k)
    model = LassoLogistic(penalties=0.2, tol=1e-4).fit(X, y)
    wrong = model.predict_proba(X) - (y[:, None] == model.classes_)
    gradient = X.T @ (wrong[:, 1:] if k == 2 else wrong)
    cut = 1 / model.C_
    used = model.coef_.T != 0
    assert np.abs(gradient).max() < cut * 1.002
    np.testing.assert_allclose(gradient[used], -np.sign(model.coef_.T[used]) * cut, rtol=1e-3)
    assert 0 < model.n_genes_ < 60


def test_the_shift_of_the_genes_does_not_matter():
    X, y = draw()
    first = LassoLogistic(penalties=0.2).fit(X, y)
    second = LassoLogistic(penalties=0.2).fit(X + 7, y)
    np.testing.assert_allclose(first.predict_proba(X), second.predict_proba(X + 7), atol=1e-6)


def test_labels_that_mean_nothing_select_no_gene_and_it_is_said():
    X = np.random.default_rng(5).normal(size=(80, 400))
    y = np.repeat(["no", "yes"], [60, 20])
    model = LassoLogistic().fit(X, y)
    assert model.n_genes_ == 0
    assert "selected no gene" in model.note_
    np.testing.assert_allclose(model.predict_proba(X[:2]), [[0.75, 0.25]] * 2, atol=1e-6)


def test_a_gene_that_tells_is_found():
    X, y = draw(120)
    model = LassoLogistic().fit(X, y, groups=np.arange(120) // 2)
    assert {0, 1} <= set(np.flatnonzero(model.coef_[0]))
    assert model.note_ == ""
    assert 3 < model.n_tries_ <= 20
    assert model.score(*draw(120, seed=3)) > 0.85


def test_a_solution_that_is_not_reached_is_said():
    X, y = draw()
    with pytest.warns(ConvergenceWarning, match="raise max_iter"):
        LassoLogistic(penalties=0.01, max_iter=2).fit(X, y)


@pytest.mark.parametrize("penalties", [0, (), (0.5, 1.5), -0.1])
def test_penalties_that_are_none(penalties: object):
    X, y = draw(12)
    with pytest.raises(ValueError, match="'penalties'"):
        LassoLogistic(penalties=penalties).fit(X, y)
