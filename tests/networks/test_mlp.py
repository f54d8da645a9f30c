"""The perceptron: shapes, what its settings do, and that it is what it says."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.base import clone
from torch import nn

from bulkwise.errors import InputError
from bulkwise.networks import MLP


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def noise(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=generator(9))


@pytest.mark.parametrize("widths", [(), (5,), (8, 8), (6, 4, 4)])
@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("batch_norm", [False, True])
def test_shapes(widths, residual, batch_norm):
    network = MLP(widths=widths, residual=residual, batch_norm=batch_norm, dropout=0.1)
    module = network.build(12, 3, generator())
    assert module(noise(7, 12)).shape == (7, 3)
    assert module.hidden(noise(7, 12)).shape == (7, widths[-1] if widths else 12)
    assert module.first.weight.shape == (widths[0] if widths else 3, 12)


def test_equals_the_products_written_out():
    module = MLP(widths=(5,), batch_norm=False).build(4, 2, generator())
    x = noise(3, 4).numpy()
    state = {name: value.numpy() for name, value in module.state_dict().items()}
    hidden = x @ state["blocks.0.dense.weight"].T + state["blocks.0.dense.bias"]
    out = np.maximum(hidden, 0) @ state["output.weight"].T + state["output.bias"]
    np.testing.assert_allclose(module(torch.tensor(x)).detach(), out, rtol=1e-5)


def test_the_same_generator_gives_the_same_network_and_no_global_number_is_drawn():
    before = torch.random.get_rng_state()
    network = MLP(widths=(6, 4), residual=True)
    one, two = network.build(9, 3, generator()), network.build(9, 3, generator())
    other = network.build(9, 3, generator(1))
    assert torch.equal(torch.random.get_rng_state(), before)
    for name, value in one.state_dict().items():
        assert torch.equal(value, two.state_dict()[name])
    assert not torch.equal(one.output.weight, other.output.weight)


def test_a_layer_on_the_row_space_has_the_spread_of_one_on_the_genes():
    module = MLP(widths=(256,)).build(500, 2, generator(), fan_in=20_000)
    assert float(module.first.weight.detach().std()) == pytest.approx(np.sqrt(2 / 20_000), rel=0.01)
    # the signal keeps its size through the layers
    deep = MLP(widths=(200,) * 12, batch_norm=False).build(300, 3, generator()).eval()
    assert 0.3 < float(deep.hidden(noise(500, 300)).detach().square().mean()) < 3


def test_deep_residual_networks_keep_their_signal_and_their_gradient():
    network = MLP(widths=(32,) * 20, residual=True, batch_norm=False)
    module = network.build(50, 3, generator())
    out = module(noise(200, 50))
    (gradient,) = torch.autograd.grad(out.square().mean(), [module.first.weight])
    assert 0.1 < float(out.detach().square().mean()) < 30
    assert 1e-4 < float(gradient.norm()) < 1e3


def test_residual_blocks_add_their_input():
    module = MLP(widths=(6, 6), residual=True, batch_norm=False).build(4, 2, generator())
    with torch.no_grad():
        module.blocks[1].dense.weight.zero_()
    x = noise(5, 4)
    torch.testing.assert_close(module.hidden(x), module.blocks[0](x))


def test_first_weights_fold_the_batch_norm_in():
    module = MLP(widths=(5,), activation="linear").build(8, 2, generator())
    module(noise(64, 8) * 3)
    module.eval()
    with torch.no_grad():
        module.blocks[0].norm.weight.copy_(torch.linspace(-1, 2, 5))
    x, step = noise(4, 8), noise(4, 8) * 0.1
    change = module.hidden(x + step) - module.hidden(x)
    torch.testing.assert_close(change, step @ module.first_weights().T, rtol=1e-4, atol=1e-5)
    plain = MLP(widths=(5,), batch_norm=False).build(8, 2, generator())
    assert torch.equal(plain.first_weights(), plain.first.weight)
    assert MLP(widths=()).build(8, 2, generator()).first_weights().shape == (2, 8)


def test_what_looks_at_single_genes():
    assert MLP(dropout=0.5, batch_norm=True).linear_first
    assert not MLP(input_dropout=0.1).linear_first
    module = MLP(widths=(), input_dropout=0.5).build(2000, 1, generator())
    module.input_dropout.generator = generator()
    zeroed = float((module.hidden(torch.ones(5, 2000)) == 0).double().mean())
    assert zeroed == pytest.approx(0.5, abs=0.02)


def test_settings_are_parameters():
    network = MLP(widths=(8,))
    assert clone(network) == network
    assert network.set_params(widths=(3, 3)).widths == (3, 3)
    assert MLP(widths=[3, 3]).build(4, 2, generator()).first.out_features == 3


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"widths": (0,)}, "'widths'"),
        ({"dropout": 1.0}, "'dropout'"),
        ({"input_dropout": -1}, "'input_dropout'"),
        ({"activation": "sigmoidal"}, "'activation'"),
    ],
)
def test_settings_out_of_range(settings, message):
    with pytest.raises(InputError, match=message):
        MLP(**settings).build(4, 2, generator())


def test_it_is_a_module_like_any_other():
    module = MLP(widths=(5, 4), dropout=0.2, residual=True).build(6, 3, generator())
    again = MLP(widths=(5, 4), dropout=0.2, residual=True).build(6, 3)
    again.load_state_dict(module.state_dict())
    x = noise(4, 6)
    assert isinstance(module, nn.Module)
    torch.testing.assert_close(again.eval()(x), module.eval()(x))
