"""The baselines of a classifier."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone, is_classifier

from bulkwise.baselines import BASELINES


def cohort() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    y = np.repeat(["kidney", "liver", "lung"], [30, 20, 10])
    X = (
        rng.normal(size=(60, 400))
        + 0.6 * rng.normal(size=(3, 400))[np.repeat([0, 1, 2], [30, 20, 10])]
    )
    return X, y, np.arange(60) // 2


def test_the_names_every_table_holds():
    assert list(BASELINES) == ["majority", "logistic", "knn"]
    with pytest.raises(TypeError):
        BASELINES["ours"] = None


@pytest.mark.parametrize("name", BASELINES)
def test_unfitted_classifiers_that_can_be_cloned(name: str):
    model = BASELINES[name](0)
    assert is_classifier(model)
    assert not [key for key in vars(model) if key.endswith("_")]
    assert clone(model).get_params() == model.get_params()


def test_majority_gives_the_shares():
    X, y, _ = cohort()
    model = BASELINES["majority"](0).fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X[:2]), np.tile([0.5, 1 / 3, 1 / 6], (2, 1)))
    assert set(model.predict(X)) == {"kidney"}


@pytest.mark.parametrize("name", ["logistic", "knn"])
def test_rivals_learn_what_is_there(name: str):
    X, y, patients = cohort()
    first, second = (BASELINES[name](3).fit(X[::2], y[::2], groups=patients[::2]) for _ in "ab")
    assert first.score(X[1::2], y[1::2]) > 0.9
    np.testing.assert_array_equal(first.predict_proba(X), second.predict_proba(X))
