"""The Transferor's module: what it is told matters, and weights come from its generator."""

from __future__ import annotations

import pytest
import torch

from bulkwise.errors import InputError
from bulkwise.networks import Transferor

NORMAL, TUMOUR = torch.eye(2)[[0] * 4], torch.eye(2)[[1] * 4]


def built(**settings):
    generator = torch.Generator().manual_seed(0)
    return Transferor(**{"widths": (8,), "code": 3, "decoder": (6,)} | settings).build(
        20, 2, generator
    )


def test_shapes_and_the_condition():
    module, x = built(), torch.randn(4, 20, generator=torch.Generator().manual_seed(1))
    code = module.encode(x, NORMAL)
    assert code.shape == (4, 3)
    assert module.decode(code, TUMOUR).shape == (4, 20)
    assert not torch.allclose(module(x, NORMAL, TUMOUR), module(x, NORMAL, NORMAL))
    assert not torch.allclose(code, module.encode(x, TUMOUR))


def test_the_same_generator_gives_the_same_weights():
    first, second = built().state_dict(), built().state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert float(built().first.weight.detach().std()) == pytest.approx((2 / 20) ** 0.5, rel=0.2)


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"widths": ()}, "one hidden layer"), ({"code": 0}, "code"), ({"activation": "s"}, "relu")],
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(InputError, match=message):
        built(**settings)
