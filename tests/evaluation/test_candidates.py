"""Models taken apart, named, and refused when they have seen data."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from bulkwise.baselines import BASELINES, classification
from bulkwise.errors import InputError
from bulkwise.evaluation.candidates import (
    asked_for,
    described,
    line_up,
    model_name,
    taken_apart,
)
from bulkwise.randomness import Seeds

X = np.random.default_rng(0).normal(size=(20, 4))
Y = np.resize(["a", "b"], 20)


def test_baselines_get_the_models_own_preprocessing():
    model = make_pipeline(StandardScaler(), PCA(2, random_state=0), LogisticRegression())
    own, knn = line_up({"mlp": model}, ["knn"], "log2", Seeds(0))
    assert own.key == knn.key != ""
    assert described(own.steps) == "StandardScaler(), PCA(n_components=2, random_state=0)"
    assert own.role == "model"
    assert knn.role == "baseline"


def test_a_bare_model_leaves_them_the_default_of_the_unit():
    own, knn = line_up({"mlp": LogisticRegression()}, ["knn"], "fpkm", Seeds(0))
    assert own.steps is None
    assert "Log1p" in described(knn.steps)


def test_different_settings_are_different_preprocessing():
    keys = [
        taken_apart("m", "model", make_pipeline(PCA(n), LogisticRegression()), None, Seeds(0)).key
        for n in (2, 3, 2)
    ]
    assert keys[0] == keys[2] != keys[1]


def test_open_random_states_are_filled_in_and_the_callers_model_is_left_alone():
    model = make_pipeline(PCA(2), RandomForestClassifier())
    one, two = (taken_apart("m", "model", model, None, Seeds(4)) for _ in range(2))
    assert one.final.random_state == two.final.random_state is not None
    assert one.steps.named_steps["pca"].random_state is not None
    assert model.named_steps["pca"].random_state is None
    fixed = taken_apart("m", "model", RandomForestClassifier(random_state=3), None, Seeds(4))
    assert fixed.final.random_state == 3


def test_a_models_name_is_its_networks_or_its_class():
    class Tower:
        pass

    class Net(LogisticRegression):
        def __init__(self, network=None):
            self.network = network

    assert model_name(make_pipeline(StandardScaler(), Net())) == "mlp"
    assert model_name(Net(Tower())) == "tower"
    assert model_name(LogisticRegression()) == "logisticregression"


@pytest.mark.parametrize(
    ("models", "baselines", "message"),
    [
        ({}, ["knn"], "no model to compare"),
        ({"mlp": LogisticRegression()}, ["oracle"], "'oracle' isn't known"),
        ({"knn": LogisticRegression()}, ["knn"], "like one of the baselines"),
        ({"mlp": StandardScaler()}, [], "fit and predict"),
        ({"mlp": LogisticRegression}, [], "fit and predict"),
        ({"mlp": Pipeline([("s", StandardScaler())])}, [], "fit and predict"),
    ],
)
def test_what_cannot_be_lined_up(models, baselines, message):
    with pytest.raises(InputError, match=message):
        line_up(models, baselines, "log2", Seeds(0))


def asked(models, baselines=None):
    return asked_for(models, baselines, "log2", usual=("majority", "knn"), random_state=0)


def test_names_are_networks_and_their_rivals():
    own, rivals, findings = asked("all")
    assert list(own) == ["mlp"]
    assert rivals == list(BASELINES)
    assert findings == []
    own, rivals, _ = asked(["forest", "mlp", "knn"])
    assert list(own) == ["mlp"]
    assert rivals == ["majority", "forest", "knn"]
    own, rivals, _ = asked(["lda", "tree"])
    assert list(own) == ["lda"]
    assert rivals == ["majority", "tree"]
    own, rivals, _ = asked({"mine": LogisticRegression()})
    assert list(own) == ["mine"]
    assert rivals == ["majority", "knn"]


def test_a_rival_whose_package_is_missing_is_named_and_the_rest_goes_on(monkeypatch):
    monkeypatch.setattr(classification, "find_spec", lambda name: None)
    _, rivals, (finding,) = asked("all")
    assert rivals == [name for name in BASELINES if name != "xgboost"]
    assert "pip install 'bulkwise[baselines]'" in finding.message
    assert asked(["xgboost", "lda"])[0].keys() == {"lda"}
    with pytest.raises(InputError, match="pip install"):
        asked(["xgboost"])


@pytest.mark.parametrize("names", ["svm", ["mlp", "umap"], []])
def test_names_that_are_not_known(names):
    with pytest.raises(InputError, match="isn't known: expected all, or some of mlp, "):
        asked(names)


def test_rivals_of_one_front_end():
    lined = line_up(
        {"m": LogisticRegression()}, ["lda", "forest"], "log2", Seeds(0), front_end="pca", tries=5
    )
    assert [one.final.front_end for one in lined[1:]] == ["pca", "pca"]
    assert [one.final.tries for one in lined[1:]] == [5, 5]
