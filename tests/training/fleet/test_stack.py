"""Stacked networks: each one's own outputs and gradients, whatever stands beside it."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import cross_entropy

from bulkwise.networks import MLP
from bulkwise.randomness import Seeds
from bulkwise.training import Training
from bulkwise.training.fleet.members import Member
from bulkwise.training.fleet.stack import Stack

RATE = 0.1
PLAIN = Training(learning_rate=RATE, momentum=0.0, nesterov=False, weight_decay=0.0)
LIKE = torch.zeros((), dtype=torch.float64)
N, INPUTS, CLASSES = 12, 6, 3
WIDTHS = [(5, 4), (2, 7), (3, 1)]
WEIGHTS = torch.tensor([[1.0, 1, 1], [0.5, 2, 1], [3, 0.1, 1]], dtype=torch.float64)


def built(frozen: int = 0, training: Training = PLAIN, **settings):
    members = [
        Member(network=MLP(widths=w, **settings), training=training, seed=i, frozen=frozen)
        for i, w in enumerate(WIDTHS)
    ]
    modules = [
        m.network.build(INPUTS, CLASSES, Seeds(m.seed).torch("weights")).double() for m in members
    ]
    return Stack(members, modules, WEIGHTS, LIKE), modules


@pytest.fixture
def batch() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    x = 2 * torch.randn((N, INPUTS), generator=generator, dtype=torch.float64) + 1
    return x, torch.arange(N) % CLASSES


SETTINGS = [
    {},
    {"batch_norm": False},
    {"activation": "softplus"},
    {"activation": "elu", "batch_norm": False},
    {"activation": "softplus", "batch_norm": False},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_outputs_are_those_of_the_modules(batch, settings):
    stack, modules = built(**settings)
    found = stack.logits(batch[0])
    for number, module in enumerate(modules):
        torch.testing.assert_close(found[number], module.eval()(batch[0]).detach())


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_a_step_goes_down_the_gradient_that_autograd_finds(batch, settings):
    stack, modules = built(**settings)
    losses = stack.step(*batch)
    for number, module in enumerate(modules):
        loss = cross_entropy(module.train()(batch[0]), batch[1], WEIGHTS[number], reduction="sum")
        assert float(losses[number]) == pytest.approx(loss.item())
        (loss / N).backward()
        after = stack.state(number)
        for name, parameter in module.named_parameters():
            expected = parameter.detach() - RATE * parameter.grad
            torch.testing.assert_close(after[name], expected, msg=name)
        for name, moments in module.named_buffers():  # the batch norms' memory
            torch.testing.assert_close(after[name], moments, msg=name, check_dtype=False)


def test_padding_stays_zero_through_steps_with_momentum(batch):
    training = Training(learning_rate=0.1, momentum=0.9, weight_decay=0.1)
    stack, _ = built(training=training, activation="softplus")
    for _ in range(3):
        stack.step(*batch)
    for number, widths in enumerate(WIDTHS):
        beyond = stack.values["blocks.1.dense.weight"][number, widths[1] :]
        assert beyond.numel() == 5 * (7 - widths[1])
        assert not beyond.any()
        assert not stack.values["blocks.1.dense.weight"][number, :, widths[0] :].any()
        assert not stack.values["output.weight"][number, :, widths[1] :].any()


@pytest.mark.parametrize("chosen", [[1], [2, 0]])
def test_networks_that_go_on_alone_go_on_as_before(batch, chosen: list[int]):
    training = Training(learning_rate=0.1, momentum=0.9, weight_decay=0.1)
    (all_three, _), (some, _) = (built(training=training, activation="softplus") for _ in "ab")
    for stack in (all_three, some):
        stack.step(*batch)
    some.keep(chosen)
    assert len(some) == len(chosen)
    assert some.values["output.weight"].shape[2] == max(WIDTHS[i][1] for i in chosen)
    for stack in (all_three, some):
        stack.step(*batch)
    for place, number in enumerate(chosen):
        expected = all_three.state(number)
        for name, value in some.state(place).items():
            torch.testing.assert_close(value, expected[name], msg=name)


def test_frozen_layers_and_their_memory_of_moments_stay(batch):
    stack, modules = built(frozen=1)
    before = {name: value.clone() for name, value in modules[0].state_dict().items()}
    stack.step(*batch)
    after = stack.state(0)
    changed = {name for name in after if not torch.equal(after[name], before[name])}
    assert not [n for n in changed if n.startswith("blocks.0") and "num_batches" not in n]
    assert {"output.weight", "blocks.1.dense.weight", "blocks.1.norm.running_mean"} <= changed


def test_dropout_of_one_network_is_the_same_beside_any_others(batch):
    alone, _ = built(dropout=0.5)
    alone.keep([1])
    together, _ = built(dropout=0.5)
    for stack in (alone, together):
        stack.step(*batch)
    for name, value in alone.state(0).items():
        torch.testing.assert_close(value, together.state(1)[name], msg=name)
