"""DeepCME: its layers, and the forms of its penalty."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from bulkwise.errors import InputError
from bulkwise.networks import MLP, DeepCME


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_it_is_the_perceptron_of_the_same_widths() -> None:
    """Dropout before or after ReLU is the same, so the published layers are an MLP's."""
    x = torch.randn(7, 20, generator=generator())
    own = DeepCME(widths=(8, 4)).build(20, 3, generator()).eval()
    mlp = MLP(widths=(8, 4), dropout=0.5).build(20, 3, generator()).eval()
    torch.testing.assert_close(own(x), mlp(x))
    torch.testing.assert_close(own.first_weights(), mlp.first_weights())
    assert sum(isinstance(part, nn.BatchNorm1d) for part in own.modules()) == 2
    without = DeepCME(widths=(8, 4), batch_norm=False).build(20, 3, generator())
    assert without.first.bias is not None


@pytest.mark.parametrize(
    ("settings", "form"),
    [
        ({}, (True, False, True)),
        ({"penalty": "weight"}, (False, False, True)),
        ({"penalty": "published"}, (False, True, False)),
        ({"batch_norm": False}, (True, False, False)),
    ],
)
def test_the_penalty_has_the_form_that_suits_the_network(settings, form) -> None:
    penalty = DeepCME(**settings).build(20, 3).first_penalty
    assert (penalty.by_gene, penalty.in_loss, penalty.unit_rows) == form


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"widths": ()}, "'widths' parameter of DeepCME"),
        ({"penalty": "l0"}, "'penalty' parameter of DeepCME"),
        ({"dropout": 1.0}, "'dropout' parameter of DeepCME"),
    ],
)
def test_settings_out_of_range_are_named(settings, said) -> None:
    with pytest.raises(InputError, match=said):
        DeepCME(**settings).build(20, 3)
