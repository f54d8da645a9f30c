"""Inferring target genes from landmarks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from bulkwise.errors import InputError
from bulkwise.models import ExpressionInference


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(240, 12))
    clean = np.column_stack([X[:, 0] - X[:, 1], np.tanh(3 * X[:, 2]), X[:, 3] * X[:, 4]])
    Y = np.column_stack([clean + 0.2 * rng.normal(size=clean.shape), rng.normal(size=(240, 2))])
    return X, Y + 5


def test_targets_come_back_and_noise_is_flagged(data):
    X, Y = data
    model = ExpressionInference().fit(X[:180], Y[:180])
    error = np.abs(model.predict(X[180:]) - Y[180:]).mean(axis=0)
    assert error[0] < 0.25
    assert error[1] < 0.35
    np.testing.assert_array_equal(model.inferable_, [True, True, model.inferable_[2], False, False])
    assert error[~model.inferable_].min() > error[model.inferable_].max()


def test_stacking_is_no_worse_than_any_kernel_alone(data):
    X, Y = data
    stacked = ExpressionInference(correct=False).fit(X, Y)
    for kernel in ("linear", "matern-0.5"):
        alone = ExpressionInference(kernels=(kernel,), correct=False).fit(X, Y)
        assert stacked.expected_error_.mean() <= alone.expected_error_.mean() + 1e-3
    np.testing.assert_allclose(stacked.weights_.sum(axis=1), 1, rtol=1e-5)
    assert stacked.weights_.min() >= 0
    chosen = ExpressionInference(combine="choose").fit(X, Y)
    np.testing.assert_array_equal(np.sort(chosen.weights_, axis=1)[:, -1], 1)


def test_intervals_hold_nine_in_ten():
    rng = np.random.default_rng(3)
    X = rng.normal(size=(900, 10))
    Y = X @ rng.normal(size=(10, 40)) + rng.standard_t(4, size=(900, 40))
    model = ExpressionInference(kernels=("linear", "matern-0.5")).fit(X[:300], Y[:300])
    lower, upper = model.predict_interval(X[300:])
    covered = ((Y[300:] >= lower) & (Y[300:] <= upper)).mean()
    assert 0.88 <= covered <= 0.92


def test_a_silent_gene_is_predicted_silent():
    rng = np.random.default_rng(4)
    X = rng.normal(size=(300, 5))
    y = np.where(rng.random(300) < 0.2, 6.0, 0.0)
    plain = ExpressionInference(correct=False).fit(X[:200], y[:200]).predict(X[200:])
    moved = ExpressionInference().fit(X[:200], y[:200]).predict(X[200:])
    assert np.abs(moved - y[200:]).mean() < 0.8 * np.abs(plain - y[200:]).mean()
    assert moved.shape == (100,)


def test_patients_are_left_out_whole():
    rng = np.random.default_rng(5)
    X = np.repeat(rng.normal(size=(40, 30)), 3, axis=0) + 0.01 * rng.normal(size=(120, 30))
    Y = np.repeat(rng.normal(size=(40, 2)), 3, axis=0)
    fooled = ExpressionInference().fit(X, Y)
    honest = ExpressionInference().fit(X, Y, groups=np.repeat(np.arange(40), 3))
    assert fooled.skill_.min() > 0.5
    assert honest.skill_.max() < 0.15


def test_a_constant_gene_is_predicted_as_it_is(data):
    X, Y = data
    X = np.column_stack([X, np.full(240, 3.0)])
    model = ExpressionInference().fit(X, np.column_stack([Y[:, 0], np.full(240, 7.5)]))
    np.testing.assert_allclose(model.predict(X[:3])[:, 1], 7.5)
    assert model.expected_error_[1] == pytest.approx(0, abs=1e-9)
    assert not model.inferable_[1]


def test_names_of_targets_are_kept(data):
    X, Y = data
    model = ExpressionInference().fit(X, pd.DataFrame(Y, columns=list("abcde")))
    assert model.target_names_.tolist() == list("abcde")
    again = clone(model).set_params(level=0.5).fit(X, Y)
    assert (again.upper_ - again.lower_ < model.upper_ - model.lower_).all()
    np.testing.assert_array_equal(again.predict(X), model.predict(X))


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"combine": "mean"}, "combine"),
        ({"level": 1.0}, "level"),
        ({"penalties": (0.0,)}, "penalties"),
        ({"kernels": ("cubic",)}, "no kernel"),
    ],
)
def test_settings_out_of_range_are_refused(data, settings, word):
    with pytest.raises(InputError, match=word):
        ExpressionInference(**settings).fit(*data)
