from itertools import pairwise

import pytest
import torch

from bulkwise.errors import InputError
from bulkwise.networks import GeneCNN
from bulkwise.networks.gene_cnn import folded_shape, pictures


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(
    ("n", "shape"),
    [
        (4, (2, 2)),
        (45, (9, 5)),
        (592, (37, 16)),
        (1215, (45, 27)),
        (586, (293, 2)),  # twice a prime
        (89, (10, 9)),  # a prime is padded by one
        (2, (3, 1)),
        (3, (2, 2)),
        (4999, (100, 50)),
    ],
)
def test_the_width_is_the_largest_divisor_up_to_the_root(n, shape):
    assert folded_shape(n) == shape


def test_one_sample_is_no_row():
    with pytest.raises(ValueError, match="two samples"):
        folded_shape(1)


def test_rows_are_folded_line_by_line_and_padded_with_zero():
    folded = pictures(torch.arange(1.0, 8)[None])
    torch.testing.assert_close(
        folded, torch.tensor([[[[1.0, 2], [3, 4], [5, 6], [7, 0]]]]), rtol=0, atol=0
    )


def test_the_number_of_weights_is_known():
    channels, widths = (1, 8, 8, 16, 16, 32, 32, 64, 64), (64, 64, 64, 32, 32, 3)
    wanted = sum(9 * a * b + b for a, b in pairwise(channels))
    wanted += sum(a * b + b for a, b in pairwise(widths))
    module = GeneCNN().build(3)
    assert sum(one.numel() for one in module.parameters()) == wanted == 85019
    assert (len(module.convolutions), len(module.layers) + 1) == (8, 5)


@pytest.mark.parametrize("n", [2, 4, 7, 45, 89, 586, 5003])
def test_any_number_of_samples_goes_through(n):
    module = GeneCNN(channels=(2,) * 8, widths=(4,) * 4).build(3, generator())
    logits = module(torch.randn(5, n, generator=generator(1)))
    assert logits.shape == (5, 3)
    assert torch.isfinite(logits).all()


def test_a_side_that_is_one_long_is_not_pooled():
    module = GeneCNN(channels=(2,) * 8, widths=(4,) * 4).build(3, generator())
    sides = []
    for layer in module.convolutions:
        layer.register_forward_hook(lambda _, seen, __: sides.append(tuple(seen[0].shape[2:])))
    module(torch.randn(1, 586, generator=generator(1)))
    assert sides[::2] == [(293, 2), (146, 1), (73, 1), (36, 1)]


def test_the_same_generator_gives_the_same_weights():
    both = [GeneCNN().build(2, generator(3)).state_dict() for _ in range(2)]
    for name, value in both[0].items():
        torch.testing.assert_close(value, both[1][name], rtol=0, atol=0)
    assert both[0]["convolutions.3.weight"].std() > 0


@pytest.mark.parametrize(
    "settings", [{"channels": (8,) * 7}, {"channels": (8,) * 7 + (0,)}, {"widths": (8, 8)}]
)
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(InputError, match="GeneCNN must be"):
        GeneCNN(**settings).build(2)
