"""Weights of classes in the loss, and the shift that undoes them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from bulkwise.training.class_weights import class_weights, prior_shift, weighted_cross_entropy

CLASSES = np.array(["kidney", "liver"])
CODES = np.array([0, 0, 0, 1])


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (None, [1, 1]),
        ("balanced", [2 / 3, 2]),
        ({"kidney": 1.0, "liver": 3.0}, [2 / 3, 2]),  # their mean over the samples was 1.5
        ({"kidney": 10.0, "liver": 10.0}, [1, 1]),
    ],
)
def test_weights_have_a_mean_of_one_over_the_samples(asked: object, expected: list[float]):
    weights = class_weights(asked, CLASSES, CODES)
    assert weights.dtype == torch.float32
    np.testing.assert_allclose(weights, expected, rtol=1e-6)


@pytest.mark.parametrize("always", [True, False])
def test_the_loss_is_weighted_in_training_and_beyond_it_only_if_told(always: bool):
    module = nn.Linear(3, 2).requires_grad_(False)
    module.weight.copy_(torch.tensor([[0.1, -0.2, 0.1], [0.0, 0.1, -0.1]]))
    batch = torch.arange(12.0).reshape(4, 3), torch.tensor(CODES)
    weights = torch.tensor([0.5, 3.0])
    each = cross_entropy(module(batch[0]), batch[1], reduction="none")
    loss = weighted_cross_entropy(weights, always=always)
    weighted = float((weights[batch[1]] * each).mean())
    assert float(loss(module.train(), batch)) == pytest.approx(weighted, rel=1e-5)
    held = weighted if always else float(each.mean())
    assert float(loss(module.eval(), batch)) == pytest.approx(held, rel=1e-5)


def test_the_shift_turns_odds_of_the_weighted_population_into_the_samples_own():
    share, weights = np.array([0.9, 0.1]), np.array([5 / 9, 5.0])
    weighted = share * weights / (share * weights).sum()  # what a network without genes learns
    np.testing.assert_allclose(weighted, 0.5)
    odds = np.exp(np.log(weighted) + prior_shift(weights))
    np.testing.assert_allclose(odds / odds.sum(), share)


@pytest.mark.parametrize("weights", [None, np.ones(3), np.full(2, 0.7), np.array([0.0, 2.0])])
def test_nothing_is_shifted_where_weights_are_alike_or_cant_be_undone(weights: np.ndarray | None):
    assert prior_shift(weights) is None
