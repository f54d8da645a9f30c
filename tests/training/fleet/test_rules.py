"""Steps of many networks at once: torch's own optimisers, one for each network."""

from __future__ import annotations

import pytest
import torch

from bulkwise.training import Training
from bulkwise.training.fleet.rules import Rates, first_layer_step, fresh, soften, step

TRAININGS = {
    "sgd": [
        Training(learning_rate=0.1, momentum=0.9, weight_decay=0.05),
        Training(learning_rate=0.02, momentum=0.5, nesterov=False),
        Training(learning_rate=0.3, momentum=0.0, nesterov=False, weight_decay=0.1),
    ],
    "rmsprop": [
        Training(optimizer="rmsprop", learning_rate=0.01, momentum=0.3, weight_decay=0.1),
        Training(optimizer="rmsprop", learning_rate=0.1, momentum=0.0),
    ],
    "adam": [
        Training(optimizer="adam", learning_rate=0.01, momentum=0.9, weight_decay=0.1),
        Training(optimizer="adam", learning_rate=0.2, momentum=0.5),
    ],
}


def theirs(training: Training, parameter: torch.Tensor) -> torch.optim.Optimizer:
    a, m, decay = training.rate, training.momentum, training.weight_decay
    if training.optimizer == "sgd":
        return torch.optim.SGD(
            [parameter], lr=a, momentum=m, weight_decay=decay, nesterov=training.nesterov
        )
    if training.optimizer == "rmsprop":
        return torch.optim.RMSprop([parameter], lr=a, momentum=m, weight_decay=decay)
    return torch.optim.Adam([parameter], lr=a, betas=(m, 0.999), weight_decay=decay)


@pytest.mark.parametrize("rule", sorted(TRAININGS))
def test_every_network_steps_as_torch_would_alone(rule: str):
    trainings = TRAININGS[rule]
    generator = torch.Generator().manual_seed(0)
    shape = (len(trainings), 4, 3)
    ours = torch.randn(shape, generator=generator, dtype=torch.float64)
    alone = [row.clone().requires_grad_() for row in ours]
    optimizers = [theirs(*pair) for pair in zip(trainings, alone, strict=True)]
    rates = Rates.of(trainings, decays=True, like=ours).spread(torch.arange(len(ours)), 3)
    state = fresh(rule, ours)
    for number in range(1, 5):
        gradient = torch.randn(shape, generator=generator, dtype=torch.float64)
        for parameter, optimizer, own in zip(alone, optimizers, gradient, strict=True):
            parameter.grad = own.clone()
            optimizer.step()
        step(ours, gradient.clone(), state, rates, number)
        torch.testing.assert_close(ours, torch.stack([p.detach() for p in alone]))


def test_a_parameter_without_decay_isnt_drawn_to_zero():
    trainings = TRAININGS["sgd"][:1]
    p = torch.ones((1, 2), dtype=torch.float64)
    rates = Rates.of(trainings, decays=False, like=p).spread(torch.tensor([0]), 2)
    step(p, torch.zeros_like(p), fresh("sgd", p), rates, 1)
    assert p.tolist() == [[1.0, 1.0]]


def test_the_first_layers_step_is_the_step_of_their_gradient():
    trainings = TRAININGS["sgd"]
    generator = torch.Generator().manual_seed(1)
    owner = torch.tensor([0, 0, 1, 2, 2, 2])
    rows, weights, velocity = (
        torch.randn(shape, generator=generator, dtype=torch.float64)
        for shape in ((7, 5), (6, 5), (6, 5))
    )
    delta = torch.randn((6, 7), generator=generator, dtype=torch.float64)
    rates = Rates.of(trainings, decays=True, like=weights)
    expected, state = weights.clone(), {"velocity": velocity.clone()}
    step(expected, delta @ rows, state, rates.spread(owner, 2), 1)
    numbers = zip(
        *(getattr(rates, name).tolist() for name in ("ahead", "carried", "decay", "forward")),
        strict=True,
    )
    parts = zip(
        *(torch.split(whole, [2, 1, 3]) for whole in (weights, velocity, delta)), strict=True
    )
    first_layer_step(list(parts), rows, list(numbers))
    torch.testing.assert_close(weights, expected)
    torch.testing.assert_close(velocity, state["velocity"])


@pytest.mark.parametrize(
    ("training", "reach"),
    [
        (Training(learning_rate=0.1, momentum=0.5, l1=0.5), 0.1),  # a / (1 - m) * l1
        (Training(optimizer="rmsprop", learning_rate=0.1, momentum=0.0, l1=0.5), 0.5),
        (Training(optimizer="adam", learning_rate=0.1, l1=0.5), 0.05),
    ],
)
def test_the_penalty_takes_the_same_off_every_weight_and_stops_at_zero(
    training: Training, reach: float
):
    p = torch.tensor([[0.7, -0.7, 0.04, -0.04, 0.0]], dtype=torch.float64)
    state = {"square": torch.full_like(p, 0.01 if training.optimizer == "rmsprop" else 0.001)}
    rates = Rates.of([training], decays=True, like=p).spread(torch.tensor([0]), 2)
    soften(p, state, rates, 1)
    expected = torch.tensor([[0.7 - reach, reach - 0.7, 0, 0, 0]], dtype=torch.float64)
    torch.testing.assert_close(p, expected, atol=1e-6, rtol=0)
