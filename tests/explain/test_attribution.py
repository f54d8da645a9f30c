"""Attributions: they add up, equal what can be worked out by hand, and say what they can't do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bulkwise.errors import InputError
from bulkwise.explain import class_attributions, gradients, integrated_gradients, log_odds
from bulkwise.models import ExpressionClassifier, MultitaskClassifier
from bulkwise.networks import MLP, MultitaskAutoencoder
from bulkwise.training import Training

SETTINGS = Training(epochs=5, patience=None)


@pytest.fixture(scope="module")
def data() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    rng = np.random.default_rng(0)
    codes = np.arange(45) % 3
    X = rng.normal(size=(45, 8)) + 4
    X[np.arange(45), codes] += 2
    return X, np.array(["a", "b", "c"])[codes]


def network(**settings: Any) -> ExpressionClassifier:
    return ExpressionClassifier(
        network=MLP(**{"widths": (8,), "activation": "tanh", **settings}),
        training=SETTINGS,
        members=2,
        random_state=0,
    )


def test_the_log_odds_are_those_of_the_predicted_probability(data: Any) -> None:
    X, y = data
    model = network().fit(X, y)
    p = model.predict_proba(X)
    np.testing.assert_allclose(log_odds(model, X, "b"), np.log(p[:, 1] / (1 - p[:, 1])), rtol=1e-9)


def test_gradients_are_those_of_finite_differences(data: Any) -> None:
    X, y = data
    model = network().fit(X, y)
    found = gradients(model, X, "a")
    for gene in range(X.shape[1]):
        ahead, behind = X.copy(), X.copy()
        ahead[:, gene] += 1e-4
        behind[:, gene] -= 1e-4
        expected = (log_odds(model, ahead, "a") - log_odds(model, behind, "a")) / 2e-4
        np.testing.assert_allclose(found[:, gene], expected, atol=1e-6)


@pytest.mark.parametrize("settings", [{}, {"input_dropout": 0.1}, {"widths": ()}], ids=str)
def test_attributions_add_up_to_the_log_odds_less_the_baselines(data: Any, settings: Any) -> None:
    X, y = data
    model = network(**settings).fit(X, y)
    for label in "abc":
        total = integrated_gradients(model, X, label, steps=400).sum(axis=1)
        base = log_odds(model, model.center_[None], label)
        np.testing.assert_allclose(total, log_odds(model, X, label) - base, atol=1e-4)


def test_of_a_linear_model_they_are_weight_times_distance(data: Any) -> None:
    X, y = data
    two = y != "c"
    model = LogisticRegression().fit(X[two], y[two])
    base = np.full(8, 4.0)
    found = integrated_gradients(model, X[two], baseline=base)
    np.testing.assert_allclose(found, (X[two] - base) * model.coef_[0], rtol=1e-10)


def test_a_pipeline_is_explained_behind_its_preprocessing(data: Any) -> None:
    X, y = data
    pipe = make_pipeline(StandardScaler(), network()).fit(X, y)
    alone = integrated_gradients(pipe[-1], pipe[0].transform(X), "a")
    np.testing.assert_array_equal(integrated_gradients(pipe, X, "a"), alone)


def test_classes_are_carried_by_the_genes_that_tell_them(data: Any) -> None:
    X, y = data
    model = ExpressionClassifier(network=MLP(widths=(8,)), members=1, random_state=0).fit(X, y)
    found = class_attributions(model, X, y)
    assert found.shape == (3, 8)
    assert (found[:, :3].mean(axis=1) > 2 * found[:, 3:].mean(axis=1)).all()
    np.testing.assert_array_equal(class_attributions(model, X, ["a"] * 45)[1:], 0)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda m, X: integrated_gradients(m, X), "no class None"),
        (lambda m, X: integrated_gradients(m, X, "d"), "no class 'd'"),
        (lambda m, X: gradients(m, X[:, :3], "a"), "samples x 8 genes"),
        (lambda m, X: integrated_gradients(m, X, "a", baseline=[0.0]), "one value a gene"),
    ],
)
def test_what_does_not_fit_is_refused(data: Any, call: Any, said: str) -> None:
    X, y = data
    with pytest.raises(InputError, match=said):
        call(network().fit(X, y), X)


def test_a_forest_is_refused(data: Any) -> None:
    X, y = data
    with pytest.raises(InputError, match="RandomForestClassifier"):
        log_odds(RandomForestClassifier(2, random_state=0).fit(X, y), X, "a")


def test_one_code_of_several_targets_is_explained_one_target_at_a_time(data: Any) -> None:
    X, y = data
    settings = {"network": MultitaskAutoencoder(widths=(8,), code=3), "random_state": 0}
    both = MultitaskClassifier(**settings).fit(X, np.column_stack([y, y]))
    with pytest.raises(InputError, match="it learned 2 targets"):
        log_odds(both, X, y[0])
    one = MultitaskClassifier(**settings).fit(X, y)
    odds = log_odds(one, X, y[0])
    share = one.predict_proba(X)[:, list(one.classes_).index(y[0])]
    np.testing.assert_array_equal(odds > 0, share > 0.5)


@pytest.mark.real
def test_a_real_tissue_is_told_by_genes_that_are_high_in_it(data_folder: Path) -> None:
    cohort = anndata.read_h5ad(data_folder / "gtex_26_tissues.h5ad")
    X = StandardScaler().fit_transform(np.asarray(cohort.X, np.float64))
    y = cohort.obs["tissue"].astype(str).to_numpy()
    model = ExpressionClassifier(training=Training(epochs=20), random_state=0).fit(X, y)
    own = integrated_gradients(model, X[y == "Liver"], "Liver").mean(axis=0)
    top = np.argsort(-own)[:5]
    apart = X[y == "Liver"].mean(axis=0) - X[y != "Liver"].mean(axis=0)
    assert (apart[top] > 1).all()
