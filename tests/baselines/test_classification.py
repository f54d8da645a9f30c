"""The baselines of a classifier."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone, is_classifier

from bulkwise.baselines import BASELINES, available, classification
from bulkwise.errors import InputError


def cohort() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    y = np.repeat(["kidney", "liver", "lung"], [30, 20, 10])
    X = (
        rng.normal(size=(60, 400))
        + 0.6 * rng.normal(size=(3, 400))[np.repeat([0, 1, 2], [30, 20, 10])]
    )
    return X, y, np.arange(60) // 2


def test_the_names_every_table_holds():
    assert list(BASELINES)[:3] == ["majority", "logistic", "knn"]
    assert {"lasso", "linear-svm", "rbf-svm", "lda", "naive-bayes", "tree", "forest"} < set(
        BASELINES
    )
    with pytest.raises(TypeError):
        BASELINES["ours"] = None


@pytest.mark.parametrize("name", BASELINES)
def test_unfitted_classifiers_that_can_be_cloned(name: str):
    model = BASELINES[name](0)
    assert is_classifier(model)
    assert not [key for key in vars(model) if key.endswith("_")]
    assert repr(clone(model)) == repr(model)


def test_majority_gives_the_shares():
    X, y, _ = cohort()
    model = BASELINES["majority"](0).fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X[:2]), np.tile([0.5, 1 / 3, 1 / 6], (2, 1)))
    assert set(model.predict(X)) == {"kidney"}


@pytest.mark.parametrize("name", [name for name in BASELINES if name != "majority"])
def test_rivals_learn_what_is_there(name: str):
    if available([name])[1]:
        pytest.skip(f"{name} isn't installed")
    X, y, patients = cohort()
    half = {"tries": 4} if name in ("forest", "xgboost", "tree") else {}
    first, second = (
        BASELINES[name](3, **half).fit(X[::2], y[::2], groups=patients[::2]) for _ in "ab"
    )
    assert first.score(X[1::2], y[1::2]) > (0.6 if name == "tree" else 0.9)
    np.testing.assert_array_equal(first.predict_proba(X), second.predict_proba(X))
    assert 1 < first.n_tries_ <= half.get("tries", classification.TRIES)


@pytest.mark.parametrize("name", ["logistic", "rbf-svm", "lda", "knn"])
@pytest.mark.parametrize("front_end", ["pca", "ttest"])
def test_any_rival_stands_behind_a_front_end(name: str, front_end: str):
    X, y, patients = cohort()
    model = BASELINES[name](0, front_end=front_end, tries=20)
    assert model.front_end == front_end
    with config_context(enable_metadata_routing=True):
        model.fit(X[::2], y[::2], groups=patients[::2])
    assert model.score(X[1::2], y[1::2]) > 0.8


def test_a_package_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(classification, "find_spec", lambda name: None)
    names, absent = available(["forest", "xgboost", "knn"])
    assert names == ["forest", "knn"]
    assert absent == {"xgboost": "pip install 'bulkwise[baselines]'"}


@pytest.mark.parametrize("wrong", [{"front_end": "umap"}, {"tries": 3}])
def test_what_cannot_be_asked_of_a_rival(wrong: dict[str, object]):
    with pytest.raises(InputError):
        BASELINES["lda"](0, **wrong)
