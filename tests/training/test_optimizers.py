"""The rules equal those of torch.optim, and the penalties do what they say."""

from __future__ import annotations

import pytest
import torch
from torch import nn, optim

from bulkwise.networks.base import FirstLayerPenalty
from bulkwise.training import Training
from bulkwise.training.optimizers import Optimizer

RATE, DECAY = 0.01, 0.1
CASES = {
    "sgd": ({}, lambda p: optim.SGD(p, RATE, 0.9, nesterov=True, weight_decay=DECAY)),
    "sgd without Nesterov": (
        {"nesterov": False},
        lambda p: optim.SGD(p, RATE, 0.9, weight_decay=DECAY),
    ),
    "sgd without momentum": ({"momentum": 0.0}, lambda p: optim.SGD(p, RATE, weight_decay=DECAY)),
    "rmsprop": ({}, lambda p: optim.RMSprop(p, RATE, momentum=0.9, weight_decay=DECAY)),
    "adam": ({}, lambda p: optim.Adam(p, RATE, weight_decay=DECAY)),
    "adamw": ({}, lambda p: optim.AdamW(p, RATE, weight_decay=DECAY)),
    "nadam": ({}, lambda p: optim.NAdam(p, RATE, weight_decay=DECAY)),
}


def start(*shape: int) -> nn.Parameter:
    generator = torch.Generator().manual_seed(0)
    return nn.Parameter(torch.randn(*shape, generator=generator, dtype=torch.float64))


def targets(n: int, *shape: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(n, *shape, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("case", CASES)
def test_equals_torch(case):
    options, make = CASES[case]
    ours, theirs = start(5, 3), start(5, 3)
    settings = Training(
        optimizer=case.split()[0], learning_rate=RATE, weight_decay=DECAY, **options
    )
    optimizer, reference = Optimizer({"w": ours}, settings), make([theirs])
    for target in targets(40, 5, 3):
        reference.zero_grad()
        (theirs - target).square().sum().backward()
        reference.step()
        optimizer.step(torch.autograd.grad((ours - target).square().sum(), [ours]))
    # torch keeps Nadam's product of momenta in float32
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-8 if case == "nadam" else 1e-14)


def test_gradients_are_left_as_they_are():
    for name in ("sgd", "rmsprop", "adam", "adamw", "nadam"):
        weight, gradient = start(4, 2), torch.ones(4, 2, dtype=torch.float64)
        Optimizer({"w": weight}, Training(optimizer=name, weight_decay=0.1)).step([gradient])
        assert torch.equal(gradient, torch.ones(4, 2, dtype=torch.float64)), name


@pytest.mark.parametrize("name", ["sgd", "adam", "adamw"])
def test_biases_are_not_penalised(name):
    bias, weight = start(6), start(6, 1)
    before = bias.detach().clone()
    settings = Training(optimizer=name, weight_decay=0.5, learning_rate=0.1)
    optimizer = Optimizer({"b": bias, "w": weight}, settings)
    norm = float(weight.detach().norm())
    optimizer.step([torch.zeros_like(bias), torch.zeros_like(weight)])
    assert torch.equal(bias.detach(), before)
    assert float(weight.detach().norm()) < norm


def test_the_l1_step_stops_at_zero_and_works_on_one_layer():
    sparse, dense = start(50, 4), start(50, 4)
    settings = Training(l1=2.0, learning_rate=0.1, momentum=0.0, weight_decay=0.0)
    optimizer = Optimizer({"a": sparse, "b": dense}, settings, sparse=sparse)
    before = sparse.detach().clone()
    optimizer.step([torch.zeros_like(sparse), torch.zeros_like(dense)])
    expected = before.sign() * (before.abs() - 0.2).clamp(min=0)
    torch.testing.assert_close(sparse.detach(), expected)
    assert int((sparse == 0).sum()) == int((before.abs() <= 0.2).sum()) > 0
    assert not (dense == 0).any()


@pytest.mark.parametrize("name", ["sgd", "rmsprop", "adam", "adamw", "nadam"])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_training_with_the_l1_penalty_rests_where_the_penalised_loss_is_least(name, momentum):
    weight, target = start(20, 3), targets(1, 20, 3)[0]
    settings = Training(
        optimizer=name, momentum=momentum, l1=0.5, learning_rate=0.02, weight_decay=0.0
    )
    optimizer = Optimizer({"w": weight}, settings, sparse=weight)
    for step in range(3000):
        if step == 2000:
            settings.learning_rate = 1e-3
        optimizer.step([weight.detach() - target])
    # least of (w - target)^2 / 2 + |w| / 2
    expected = target.sign() * (target.abs() - 0.5).clamp(min=0)
    torch.testing.assert_close(weight.detach(), expected, rtol=0, atol=0.01)
    assert torch.equal(
        weight.detach()[target.abs() < 0.45], torch.zeros_like(target[target.abs() < 0.45])
    )


def test_a_penalty_by_gene_shrinks_the_length_of_a_genes_weights():
    weight = start(4, 6)
    settings = Training(l1=5.0, learning_rate=0.1, momentum=0.0, weight_decay=0.0)
    optimizer = Optimizer(
        {"w": weight}, settings, sparse=weight, penalty=FirstLayerPenalty(by_gene=True)
    )
    before = weight.detach().clone()
    optimizer.step([torch.zeros_like(weight)])
    length = before.norm(dim=0)
    torch.testing.assert_close(weight.detach().norm(dim=0), (length - 0.5).clamp(min=0))
    left = length > 0.5
    torch.testing.assert_close(
        weight.detach()[:, left] / weight.detach()[:, left].norm(dim=0),
        before[:, left] / length[left],
    )


@pytest.mark.parametrize("by_gene", [True, False])
@pytest.mark.parametrize("l1", [0.01, 1e6])
def test_rows_of_unit_length_keep_it_and_are_never_emptied(by_gene, l1):
    weight = start(4, 6)
    penalty = FirstLayerPenalty(by_gene=by_gene, unit_rows=True)
    settings = Training(l1=l1, learning_rate=0.1, optimizer="adam")
    optimizer = Optimizer({"w": weight}, settings, sparse=weight, penalty=penalty)
    for gradient in targets(3, 4, 6):
        optimizer.step([gradient])
    torch.testing.assert_close(
        weight.detach().norm(dim=1), torch.ones(4, dtype=weight.dtype), rtol=1e-6, atol=0
    )
    genes = int((weight != 0).any(dim=0).sum())
    assert genes == 6 if l1 < 1 else genes <= 4


def test_a_penalty_in_the_loss_never_reaches_zero():
    weight, other = start(20, 3), start(20, 3)
    settings = Training(l1=100.0, optimizer="adam", learning_rate=0.01, weight_decay=0.0)
    optimizer = Optimizer(
        {"w": weight}, settings, sparse=weight, penalty=FirstLayerPenalty(in_loss=True)
    )
    proximal = Optimizer({"w": other}, settings, sparse=other)
    for _ in range(500):
        optimizer.step([torch.full_like(weight, 0.01)])
        proximal.step([torch.full_like(other, 0.01)])
    assert (weight != 0).all()
    assert float(weight.detach().abs().max()) < 0.1
    assert (other == 0).all()


@pytest.mark.parametrize("name", ["sgd", "rmsprop", "adam", "nadam"])
def test_the_state_can_be_carried_over(name):
    settings = Training(optimizer=name)
    one = start(3, 2)
    first = Optimizer({"w": one}, settings)
    steps = targets(6, 3, 2)
    for gradient in steps[:3]:
        first.step([gradient])
    two = nn.Parameter(one.detach().clone())
    second = Optimizer({"w": two}, settings)
    second.load_state({key: value.clone() for key, value in first.state().items()}, first.steps)
    for gradient in steps[3:]:
        first.step([gradient])
        second.step([gradient])
    assert torch.equal(one, two)
