"""The autoencoder with heads: shapes, its products written out, and the contractive penalty."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from bulkwise.errors import InputError
from bulkwise.networks import MultitaskAutoencoder
from bulkwise.networks.base import set_generator


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def noise(*shape: int, seed: int = 9) -> torch.Tensor:
    return torch.randn(*shape, generator=generator(seed))


def moved(module: nn.Module) -> nn.Module:
    """The module with biases, norms and running statistics away from where they start."""
    own = generator(3)
    for name, value in module.state_dict().items():
        if name.endswith(("bias", "running_mean")):
            value.normal_(0, 0.3, generator=own)
        elif name.endswith("running_var") or ("norm" in name and name.endswith("weight")):
            value.uniform_(0.5, 2, generator=own)
    return module


@pytest.mark.parametrize("widths", [(), (8,), (8, 6)])
@pytest.mark.parametrize("decoder", [(), (7,)])
def test_shapes(widths, decoder):
    settings = MultitaskAutoencoder(widths=widths, code=3, decoder=decoder, dropout=0.2, noise=0.1)
    module = settings.build(12, 5, generator())
    assert module(noise(7, 12)).shape == (7, 5)
    assert module.encode(noise(7, 12)).shape == (7, 3)
    assert module.decode(noise(7, 3)).shape == (7, 12)
    assert module.first.weight.shape == (widths[0] if widths else 3, 12)


def test_equals_the_products_written_out():
    settings = MultitaskAutoencoder(
        widths=(5,), code=2, decoder=(3,), batch_norm=False, code_norm=False
    )
    module = moved(settings.build(4, 2, generator(), fan_in=100))
    x = noise(3, 4)
    state = {name: value.numpy() for name, value in module.state_dict().items()}

    def dense(values, name):
        return values @ state[f"{name}.weight"].T + state[f"{name}.bias"]

    code = dense(np.maximum(dense(x.numpy(), "encoder.0.dense"), 0), "encoder.1.dense")
    np.testing.assert_allclose(module.encode(x).detach(), code, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(module(x).detach(), dense(code, "heads"), rtol=1e-4, atol=1e-5)
    rebuilt = 10 * dense(np.maximum(dense(code, "decoder.0.dense"), 0), "last")
    made = module.decode(module.encode(x)).detach()
    np.testing.assert_allclose(made, rebuilt, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "settings",
    [
        MultitaskAutoencoder(widths=(), code=3, code_activation="relu"),
        MultitaskAutoencoder(widths=(9, 5), code=3, activation="softplus", batch_norm=False),
        MultitaskAutoencoder(
            widths=(9, 5), code=3, activation="tanh", code_activation="relu", code_norm=False
        ),
        MultitaskAutoencoder(widths=(9,), code=4, activation="linear", input_norm=True),
    ],
    ids=str,
)
def test_the_contractive_penalty_is_the_jacobians_and_so_is_its_gradient(settings):
    module = moved(settings.build(11, 4, generator())).double().eval()
    x = noise(6, 11).double()
    jacobians = [
        torch.autograd.functional.jacobian(
            lambda row: module.encode(row[None])[0], row, create_graph=True
        )
        for row in x
    ]
    expected = torch.stack([one.square().sum() for one in jacobians]).mean()
    code, penalty = module.contraction(x)
    torch.testing.assert_close(code, module.encode(x))
    torch.testing.assert_close(penalty, expected)
    weights = list(module.encoder.parameters())
    ours = torch.autograd.grad(penalty, weights, materialize_grads=True)
    theirs = torch.autograd.grad(expected, weights, materialize_grads=True)
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other)


def test_the_penalty_in_training_takes_the_batchs_own_statistics_and_masks():
    module = MultitaskAutoencoder(widths=(8,), code=2, dropout=0.5, code_norm=False).build(
        5, 3, generator()
    )
    x = noise(20, 5)
    set_generator(module, generator(1))
    code, penalty = module.contraction(x)
    set_generator(module, generator(1))
    torch.testing.assert_close(code, module.encode(x))
    layer = module.encoder[0]
    set_generator(module, generator(1))
    kept = layer.dropout(layer.activation(layer.dense(x)))
    factor = 1 / (kept.var(dim=0, unbiased=False) + 1e-5).sqrt()
    slopes = (kept > 0) * 2.0 * factor
    by_sample = [
        (module.encoder[1].dense.weight @ torch.diag(slope) @ layer.dense.weight).square().sum()
        for slope in slopes
    ]
    torch.testing.assert_close(penalty, torch.stack(by_sample).mean())


def test_noise_is_drawn_in_training_only_by_its_own_generator():
    module = MultitaskAutoencoder(widths=(), code=2, noise=0.5).build(
        400, 3, generator(), fan_in=100
    )
    x = torch.zeros(200, 400)
    set_generator(module, generator(1))
    before = torch.random.get_rng_state()
    spread = float(module.noise(x).std())
    assert torch.equal(torch.random.get_rng_state(), before)
    assert spread == pytest.approx(0.5 * np.sqrt(100 / 400), rel=0.02)
    assert torch.equal(module.eval().noise(x), x)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"code": 0}, "'code' parameter"),
        ({"widths": (3, 0)}, "'widths' parameter"),
        ({"decoder": (-1,)}, "'decoder' parameter"),
        ({"activation": "swish"}, "'activation' parameter"),
        ({"code_activation": "swish"}, "'code_activation' parameter"),
        ({"dropout": 1.0}, "'dropout' parameter"),
        ({"widths": (4, 4), "dropout": (0.1,)}, "each of its 2 hidden layers"),
        ({"noise": -1}, "'noise' parameter"),
    ],
    ids=str,
)
def test_bad_settings_are_named(settings, said):
    with pytest.raises(InputError, match=said):
        MultitaskAutoencoder(**settings).build(6, 2)


def test_the_row_space_is_left_by_noise_and_input_norm_only():
    assert MultitaskAutoencoder(dropout=0.5).linear_first
    assert not MultitaskAutoencoder(noise=0.1).linear_first
    assert not MultitaskAutoencoder(input_norm=True).linear_first
