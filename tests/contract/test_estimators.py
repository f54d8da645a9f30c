"""What every model promises, and that each room's table names what is in its folder."""

from __future__ import annotations

import inspect
import json
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone, is_classifier, is_regressor
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.metadata_routing import get_routing_for_object
from sklearn.utils.validation import check_is_fitted

from bulkwise import models, networks, training
from bulkwise.models import ExpressionClassifier, MultitaskClassifier
from bulkwise.networks import MLP, MultitaskAutoencoder
from bulkwise.training import RowSpace, Training

QUICK = {
    "ExpressionClassifier": {
        "network": MLP(widths=(32,)),
        "training": Training(epochs=30, learning_rate=0.02),
        "members": 2,
    },
    "DenoisingAutoencoder": {"network": MLP(widths=(16,)), "training": Training(epochs=5)},
    "MultitaskClassifier": {"network": MultitaskAutoencoder(widths=(32,), code=8)},
    "NetworkInference": {
        "network": MLP(widths=(32,), activation="tanh"),
        "training": Training(optimizer="adam", epochs=15),
    },
    "TransferClassifier": {
        "network": MLP(widths=(32,)),
        "training": Training(epochs=30, learning_rate=0.02),
        "members": 2,
    },
}
FULL_WIDTH = [
    ExpressionClassifier(
        members=1,
        network=MLP(widths=(16,), input_dropout=0.1),
        training=Training(optimizer="adam", learning_rate=0.01, patience=None, epochs=30),
        class_weight=None,
    ),
    MultitaskClassifier(
        network=MultitaskAutoencoder(widths=(16,), code=8, input_norm=True, noise=0.05),
        training=Training(optimizer="nadam", learning_rate=0.01, patience=None, epochs=30),
        loss="cosine",
        balanced=False,
        random_state=0,
    ),
]


def build(name: str):
    made_of = getattr(models, name)
    settings = dict(QUICK.get(name, {}))
    if "random_state" in made_of().get_params():
        settings["random_state"] = 0
    return made_of(**settings)


def takes_a_cohort(name: str) -> bool:
    """Whether an estimator is held to the contract of test_cohort_estimators.py, or of
    its own tests where it takes several, instead."""
    taken = inspect.signature(getattr(models, name).fit).parameters
    return "cohort" in taken or "cohorts" in taken


ESTIMATORS = [name for name in sorted(models.TABLE) if not takes_a_cohort(name)]
CLASSIFIERS = [name for name in ESTIMATORS if is_classifier(build(name))]
every = pytest.mark.parametrize("name", ESTIMATORS)
every_classifier = pytest.mark.parametrize("name", CLASSIFIERS)


@pytest.fixture
def cohort():
    rng = np.random.default_rng(0)
    codes = np.arange(48) % 3
    X = rng.normal(size=(48, 120)).astype(np.float32) + 4
    X[np.arange(48)[:, None], 10 * codes[:, None] + np.arange(10)] += 3
    return X, np.array(["colon", "kidney", "liver"])[codes], np.repeat(np.arange(12), 4)


@parametrize_with_checks([*map(build, ESTIMATORS), *FULL_WIDTH])
def test_scikit_learn_agrees(estimator, check):
    check(estimator)


@pytest.mark.parametrize("room", [models, networks, training], ids=lambda room: room.__name__)
def test_the_table_names_every_estimator_and_setting_of_the_folder(room):
    found = {}
    for path in Path(room.__file__).parent.glob("*.py"):
        module = import_module(f"{room.__name__}.{path.stem}") if path.stem != "__init__" else None
        for name, value in vars(module).items() if module else ():
            own = inspect.isclass(value) and value.__module__ == module.__name__
            if own and issubclass(value, BaseEstimator) and not name.startswith("_"):
                found[name] = path.stem
    assert found.items() <= room.TABLE.items()
    assert dir(room) == sorted(room.TABLE)
    for name in room.TABLE:
        assert getattr(room, name).__doc__


@every
def test_the_constructor_takes_few_keywords_only(name):
    settings = inspect.signature(getattr(models, name)).parameters.values()
    assert all(setting.kind is inspect.Parameter.KEYWORD_ONLY for setting in settings)
    assert len(settings) <= 12


@pytest.mark.parametrize("settings", [MLP, MultitaskAutoencoder, Training])
def test_settings_take_few_keywords_only_and_clone(settings):
    parameters = inspect.signature(settings).parameters.values()
    assert all(one.kind is inspect.Parameter.KEYWORD_ONLY for one in parameters)
    assert len(parameters) <= 12
    assert clone(settings()) == settings()


def takes_groups(name: str) -> bool:
    return "groups" in inspect.signature(getattr(models, name).fit).parameters


@every
def test_groups_reach_a_fit_that_takes_them(name):
    asked = get_routing_for_object(build(name)).consumes("fit", ["groups"])
    assert takes_groups(name) == ("groups" in asked)


@every_classifier
def test_classifiers_take_groups(name):
    assert takes_groups(name)


@every_classifier
def test_predictions_are_float64_and_the_cohort_is_left_alone(name, cohort):
    X, y, groups = cohort
    before = X.copy()
    X.flags.writeable = y.flags.writeable = False
    model = build(name).fit(X, y, groups=groups)
    probabilities = model.predict_proba(X)
    np.testing.assert_array_equal(X, before)
    assert probabilities.dtype == np.float64
    assert probabilities.shape == (48, 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_array_equal(model.predict(X), model.classes_[probabilities.argmax(axis=1)])
    assert model.score(X, y) > 0.9


@every_classifier
def test_the_same_seed_gives_the_same(name, cohort):
    X, y, groups = cohort
    model = build(name)
    first = clone(model).fit(X, y, groups=groups).predict_proba(X)
    np.testing.assert_array_equal(clone(model).fit(X, y, groups=groups).predict_proba(X), first)


@every_classifier
def test_a_row_space_gives_the_same(name, cohort):
    X, y, groups = cohort
    model = build(name)
    direct = clone(model).fit(X, y, groups=groups)
    shared = clone(model).fit_rows(RowSpace.of(X), y, groups=groups)
    np.testing.assert_allclose(shared.predict_proba(X), direct.predict_proba(X), atol=1e-10)
    assert shared.n_features_in_ == 120


@every
def test_what_is_declared_as_fitted_is_enough_to_predict(name, cohort):
    X, y, groups = cohort
    if is_regressor(build(name)):
        y = X[:, :4] ** 2
    model = build(name).fit(X, y, **({"groups": groups} if takes_groups(name) else {}))
    again = clone(model)
    for attribute in type(model)._fitted:
        value = getattr(model, attribute)
        _storable(value, attribute)
        setattr(again, attribute, value)
    again.n_features_in_ = model.n_features_in_
    check_is_fitted(again)
    for method in ("predict", "predict_proba", "score_samples", "transform"):
        if hasattr(model, method):
            np.testing.assert_array_equal(getattr(again, method)(X), getattr(model, method)(X))


def _storable(value: object, where: str) -> None:
    """Numeric or text arrays, tables of them, and what JSON can hold."""
    if isinstance(value, np.ndarray):
        assert value.dtype.kind in "biufU", where
    elif isinstance(value, dict) and any(isinstance(part, np.ndarray) for part in value.values()):
        for key, part in value.items():
            assert isinstance(key, str)
            _storable(part, f"{where}/{key}")
    else:
        json.dumps(value)
