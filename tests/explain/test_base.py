"""A model taken apart gives what it gave whole, and its slopes are the model's."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.special import logit
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from bulkwise.errors import InputError
from bulkwise.explain.base import SplitModel, row_blocks
from bulkwise.models import ExpressionClassifier, MultitaskClassifier
from bulkwise.networks import MLP, MultitaskAutoencoder
from bulkwise.training import Training

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 12)) + 3
THREE = np.array(list("abc"))[np.arange(40) % 3]
TWO = THREE == "a"
QUICK = Training(epochs=4, patience=None)


def network(**settings) -> ExpressionClassifier:
    mlp = MLP(**({"widths": (5, 4), "activation": "tanh"} | settings))
    return ExpressionClassifier(network=mlp, training=QUICK, members=2, random_state=0)


@pytest.mark.parametrize("y", [TWO, THREE], ids=["two", "three"])
def test_odds_of_a_linear_model_are_those_of_its_probabilities(y):
    model = LogisticRegression(max_iter=2000).fit(X, y)
    split = SplitModel(model)
    units = torch.tensor(split.units(X))
    for place in range(len(split.classes)):
        expected = logit(model.predict_proba(X)[:, place])
        np.testing.assert_allclose(split.odds(units, place), expected, atol=1e-9)


def test_slopes_of_two_linear_classes_are_the_coefficients():
    model = LogisticRegression(max_iter=2000).fit(X, TWO)
    split = SplitModel(model)
    slopes = split.lift(split.slope(split.units(X), 1))
    np.testing.assert_allclose(slopes, np.repeat(model.coef_, 40, axis=0))
    sizes = split.own_class_sizes(X, TWO, X.mean(axis=0), steps=3)
    moved = np.abs(model.coef_ * (X - X.mean(axis=0)))
    np.testing.assert_allclose(sizes, [moved[~TWO].mean(axis=0), moved[TWO].mean(axis=0)])


@pytest.mark.parametrize("settings", [{}, {"batch_norm": False}, {"widths": ()}], ids=str)
def test_a_network_in_two_is_the_network(settings):
    model = network(**settings).fit(X, THREE)
    split = SplitModel(model)
    assert split.weights is not None
    with torch.no_grad():
        whole = model.module()(torch.tensor(X - model.center_))
        apart = split.rest(torch.tensor(split.units(X)))
    np.testing.assert_allclose(apart, whole, atol=1e-9)


def test_slopes_of_a_network_are_the_differences_of_its_odds():
    model = network().fit(X, THREE)
    split = SplitModel(model)
    slopes = split.lift(split.slope(split.units(X[:3]), 2))
    step = 1e-5
    for gene in (0, 7):
        moved = X[:3].copy()
        moved[:, gene] += step
        odds = [split.odds(torch.tensor(split.units(part)), 2) for part in (moved, X[:3])]
        np.testing.assert_allclose(slopes[:, gene], (odds[0] - odds[1]).detach() / step, atol=1e-4)


def test_attributions_along_the_line_sum_to_the_difference_of_the_odds():
    split = SplitModel(network().fit(X, THREE))
    base = X.mean(axis=0)
    parts = split.lift(split.mean_slopes(X, base, 1, 200)) * (X - base)
    with torch.no_grad():
        here, there = (split.odds(torch.tensor(split.units(rows)), 1) for rows in (base[None], X))
    np.testing.assert_allclose(parts.sum(axis=1), there - here, atol=1e-3)


def test_classes_are_named_and_the_second_of_two_is_meant():
    split = SplitModel(LogisticRegression(max_iter=2000).fit(X, THREE))
    assert split.place("b") == 1
    for label in ("z", None):
        with pytest.raises(InputError, match=r"no class .*name one of 'a', 'b', 'c'"):
            split.place(label)
    assert SplitModel(LogisticRegression(max_iter=2000).fit(X, TWO)).place(None) == 1


def test_what_cant_be_taken_apart_is_refused():
    with pytest.raises(InputError, match="KNeighborsClassifier to genes: expected a fitted"):
        SplitModel(KNeighborsClassifier().fit(X, TWO))
    both = MultitaskClassifier(
        network=MultitaskAutoencoder(widths=(4,), code=3), training=QUICK, random_state=0
    )
    with pytest.raises(InputError, match="learned 2 targets"):
        SplitModel(both.fit(X, np.stack([THREE, np.where(TWO, "x", "y")], axis=1)))


def test_blocks_hold_every_sample_once():
    for n, p in ((0, 5), (7, 5), (5, 3_000_000), (3, 10_000_000)):
        rows = [i for block in row_blocks(n, p) for i in range(n)[block]]
        assert rows == list(range(n))
    assert len(list(row_blocks(3, 10_000_000))) == 3
