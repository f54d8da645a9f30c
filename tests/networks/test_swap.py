import pytest
import torch

from bulkwise.errors import InputError
from bulkwise.networks import SwapMLP


def test_turning_the_odd_inputs_exchanges_up_and_down():
    module = SwapMLP().build(5, 3, torch.Generator().manual_seed(0))
    with torch.no_grad():
        module.direct.weight.fill_(0.3)
    odd = torch.randn(7, 5, generator=torch.Generator().manual_seed(1))
    even = torch.randn(7, 3, generator=torch.Generator().manual_seed(2))
    logits = module(odd, even)
    torch.testing.assert_close(module(-odd, even), logits.flip(1))
    assert logits.shape == (7, 3)
    assert not torch.allclose(logits[:, 0], logits[:, 2])


def test_without_odd_evidence_up_and_down_are_equal():
    module = SwapMLP().build(2, 2, torch.Generator().manual_seed(0))
    logits = module(torch.zeros(4, 2), torch.randn(4, 2))
    torch.testing.assert_close(logits[:, 0], logits[:, 2])


def test_the_same_generator_gives_the_same_weights():
    both = [SwapMLP().build(2, 2, torch.Generator().manual_seed(3)).state_dict() for _ in range(2)]
    for name, value in both[0].items():
        torch.testing.assert_close(value, both[1][name])


@pytest.mark.parametrize("settings", [{"widths": (0,)}, {"activation": "sine"}, {"dropout": 1.0}])
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(InputError, match="SwapMLP"):
        SwapMLP(**settings).build(2, 2)
