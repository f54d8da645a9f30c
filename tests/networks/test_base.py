"""Layers draw from their own generator, and settings out of range are refused by name."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from bulkwise.errors import InputError
from bulkwise.networks.base import (
    ACTIVATIONS,
    Average,
    Dropout,
    Network,
    activation_and_gain,
    check_share,
    check_widths,
    linear,
    set_generator,
)
from bulkwise.networks.mlp import MLP


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_a_layer_is_drawn_by_its_generator_and_leaves_the_global_one_alone():
    before = torch.random.get_rng_state()
    one = linear(400, 300, generator(), gain=2.0)
    again = linear(400, 300, generator(), gain=2.0)
    torch.testing.assert_close(one.weight, again.weight, rtol=0, atol=0)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert not linear(400, 300, generator(1), gain=2.0).weight.equal(one.weight)


def test_the_spread_of_the_weights_follows_gain_and_fan_in():
    weight = linear(400, 300, generator(), gain=2.0).weight
    assert float(weight.detach().std()) == pytest.approx(2 / np.sqrt(400), rel=0.01)
    wide = linear(400, 300, generator(), gain=2.0, fan_in=40_000).weight
    assert float(wide.detach().std()) == pytest.approx(2 / 200, rel=0.01)
    assert not linear(4, 3, None).weight.any()
    assert linear(4, 3, None, bias=False).bias is None


def test_dropout_keeps_the_mean_and_is_drawn_by_its_generator():
    layer = Dropout(0.25)
    set_generator(layer, generator())
    x = torch.ones(200, 500)
    before = torch.random.get_rng_state()
    first = layer(x)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert sorted(set(first.unique().tolist())) == pytest.approx([0, 1 / 0.75])
    assert float((first == 0).double().mean()) == pytest.approx(0.25, abs=0.01)
    assert not torch.equal(layer(x), first)
    set_generator(layer, generator())
    assert torch.equal(layer(x), first)
    assert torch.equal(layer.eval()(x), x)
    assert torch.equal(Dropout(0.0)(x), x)


def test_averaging_networks_averages_their_probabilities():
    a, b = torch.randn(2, 6, 3, generator=generator(), dtype=torch.float64)

    class Fixed(nn.Module):
        def __init__(self, value: torch.Tensor) -> None:
            super().__init__()
            self.value = value

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.value

    both = Average(nn.ModuleList([Fixed(a), Fixed(b)]), torch.tensor([1.0, 2.0]))
    expected = (a.softmax(1) + (b / 2).softmax(1)) / 2
    torch.testing.assert_close(both(a).exp(), expected)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_activations_by_name(name):
    module, gain = activation_and_gain("MLP", name)
    assert gain > 0
    assert module(torch.zeros(3)).shape == (3,)


def test_an_unknown_activation_is_refused():
    with pytest.raises(InputError, match=r"'activation' parameter of MLP .* Got 'rely' instead"):
        activation_and_gain("MLP", "rely")


@pytest.mark.parametrize("widths", [(0,), (-3, 4), (2.5,), 8, "12a", (None,), [[3]]])
def test_widths_that_are_none(widths):
    with pytest.raises(InputError, match="'widths' parameter of MLP"):
        check_widths("MLP", "widths", widths)


def test_widths_of_any_sequence():
    assert check_widths("MLP", "widths", []) == ()
    assert check_widths("MLP", "widths", np.array([3, 4])) == (3, 4)
    assert check_widths("MLP", "widths", [64.0]) == (64,)


@pytest.mark.parametrize("share", [-0.1, 1.0, 1, "a", True, None, float("nan")])
def test_shares_that_are_none(share):
    with pytest.raises(InputError, match=r"'dropout' parameter of MLP .* \[0, 1\)"):
        check_share("MLP", "dropout", share)


def test_settings_are_recognised_as_a_network():
    assert isinstance(MLP(), Network)
    assert not isinstance("mlp", Network)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_dropout_drops_its_share_and_keeps_the_mean(p):
    module = Dropout(p).train()
    module.generator = torch.Generator().manual_seed(0)
    x = torch.ones(400, 101, dtype=torch.float64)
    masks = module(x), module(x)
    for mask in masks:
        assert set(mask.unique().tolist()) == {0.0, mask.max().item()}
        assert mask.max().item() == pytest.approx(1 / (1 - p), rel=1e-4)
        assert mask.mean().item() == pytest.approx(1, abs=0.03)
        by_unit = (mask == 0).double().mean(dim=0)
        assert (by_unit - p).abs().max() < 0.12  # no unit is favoured, whatever bits are its own
        neighbours = ((mask[:, 1:] == 0) & (mask[:, :-1] == 0)).double().mean().item()
        assert neighbours == pytest.approx(p * p, abs=0.02)
    assert not torch.equal(*masks)
