"""One step of many networks at once: the optimisers with a rate for each network.

The rules are those of :mod:`bulkwise.training.optimizers`. With Nesterov's momentum ``m``, rate
``a``, decay ``d`` and gradient ``g`` the step there is

    v' = m v + g + d p        p' = p - a (g + d p + m v')

which is done here with the gradient added straight to the velocity:

    q = p + a m v        v' = m (1 - a d) v + g + d q        p' = q - a (1 + m) v'
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor

from bulkwise.training.base import Training

__all__ = ["Rates", "State", "first_layer_step", "fresh", "soften", "step"]

State: TypeAlias = dict[str, Tensor]

_BETA2 = 0.999
_EPSILON = 1e-8
_SMOOTHING = 0.99  # RMSprop's
_KEYS = {"sgd": ("velocity",), "rmsprop": ("square", "velocity"), "adam": ("mean", "square")}


@dataclass(frozen=True, eq=False)
class Rates:
    """What each network's step is made of; each tensor can be multiplied with a parameter.

    Attributes
    ----------
    rule
        The optimiser.
    rate, momentum, decay, l1
        As in ``Training``.
    ahead
        ``a m`` with Nesterov's momentum, else 0: how far SGD looks ahead along the velocity.
    """

    rule: str
    rate: Tensor
    momentum: Tensor
    decay: Tensor
    l1: Tensor
    ahead: Tensor

    @classmethod
    def of(cls, trainings: Sequence[Training], *, decays: bool, like: Tensor) -> Rates:
        """One value a network, on the device and in the precision of ``like``."""

        def column(values: Sequence[float]) -> Tensor:
            return torch.tensor(values, dtype=like.dtype, device=like.device)

        return cls(
            rule=trainings[0].optimizer,
            rate=column([t.rate for t in trainings]),
            momentum=column([t.momentum for t in trainings]),
            decay=column([t.weight_decay if decays else 0.0 for t in trainings]),
            l1=column([t.l1 for t in trainings]),
            ahead=column([t.rate * t.momentum if t.nesterov else 0.0 for t in trainings]),
        )

    def spread(self, index: Tensor, ndim: int) -> Rates:
        """The values of ``index`` (networks, with repeats), with ``ndim - 1`` axes behind."""
        shape = (-1,) + (1,) * (ndim - 1)
        parts = (self.rate, self.momentum, self.decay, self.l1, self.ahead)
        return Rates(self.rule, *(part[index].view(shape) for part in parts))

    @property
    def carried(self) -> Tensor:
        """What the velocity is multiplied by before the gradient comes."""
        return self.momentum - self.ahead * self.decay

    @property
    def forward(self) -> Tensor:
        """What the new velocity is multiplied by in the step."""
        return -(self.rate + self.ahead)


def fresh(rule: str, parameter: Tensor) -> State:
    """The state of a parameter before the first step."""
    return {key: torch.zeros_like(parameter) for key in _KEYS[rule]}


def step(p: Tensor, g: Tensor, state: State, rates: Rates, number: int) -> None:
    """Make step ``number`` (from 1) of a parameter in place; ``g`` is written to."""
    if rates.rule == "sgd":
        velocity = state["velocity"]
        p.addcmul_(velocity, rates.ahead)
        velocity.mul_(rates.carried).add_(g).addcmul_(p, rates.decay)
        p.addcmul_(velocity, rates.forward)
        return
    g.addcmul_(p, rates.decay)
    if rates.rule == "rmsprop":
        square = state["square"].mul_(_SMOOTHING).addcmul_(g, g, value=1 - _SMOOTHING)
        velocity = state["velocity"].mul_(rates.momentum).add_(g / square.sqrt().add_(_EPSILON))
        p.addcmul_(velocity, -rates.rate)
        return
    mean = state["mean"]
    mean.addcmul_(g - mean, 1 - rates.momentum)
    square = state["square"].mul_(_BETA2).addcmul_(g, g, value=1 - _BETA2)
    spread = square.sqrt().div_((1 - _BETA2**number) ** 0.5).add_(_EPSILON)
    p.addcmul_(mean / spread, -rates.rate / (1 - rates.momentum**number))


def soften(p: Tensor, state: State, rates: Rates, number: int) -> None:
    """Proximal step of the L1 penalty, after :func:`step`, as far as the rule reaches."""
    reach: Tensor = rates.rate / (1 - rates.momentum)
    if rates.rule == "rmsprop":
        reach = reach / state["square"].sqrt().add_(_EPSILON)
    elif rates.rule == "adam":
        reach = rates.rate / (state["square"] / (1 - _BETA2**number)).sqrt_().add_(_EPSILON)
    p.copy_(p.sign() * (p.abs() - reach * rates.l1).clamp_(min=0))


def first_layer_step(
    parts: Sequence[tuple[Tensor, Tensor, Tensor]],
    rows: Tensor,
    coefficients: Sequence[tuple[float, float, float, float]],
) -> None:
    """SGD's step of the first layers on the CPU, one network after the other.

    A network's weights and velocity fit the processor's cache, all together don't; so this is
    twice as fast as :func:`step`, and makes no gradient.

    Parameters
    ----------
    parts
        Of each network: weights and velocity (units x inputs), and the gradient of its units
        (units x samples).
    rows
        The batch, samples x inputs.
    coefficients
        Of each network: ``ahead``, ``carried``, ``decay``, ``forward``.
    """
    for (p, velocity, delta), (ahead, carried, decay, forward) in zip(
        parts, coefficients, strict=True
    ):
        if ahead:
            p.add_(velocity, alpha=ahead)
        velocity.addmm_(delta, rows, beta=carried)
        if decay:
            velocity.add_(p, alpha=decay)
        p.add_(velocity, alpha=forward)
