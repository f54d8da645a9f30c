"""The optimisers, as plain updates of tensors.

Each rule changes one parameter in place, given its gradient, its state and the number of the
step, with nothing hidden: the state is a few named tensors, so that training can be broken off and
resumed. The numbers equal those of ``torch.optim`` (tested); the steps are cheaper, which
counts when networks are small.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor

from bulkwise.networks.base import FirstLayerPenalty
from bulkwise.training.base import Training

__all__ = ["Optimizer"]

State: TypeAlias = dict[str, Tensor]

_BETA2 = 0.999
_EPSILON = 1e-8
_SMOOTHING = 0.99  # RMSprop's
_NADAM_DECAY = 0.004
_TINY = 1e-30
_PLAIN = FirstLayerPenalty()


class Optimizer:
    """Update a module's parameters from their gradients.

    Parameters
    ----------
    parameters
        Name -> parameter, as ``module.named_parameters()`` gives them.
    settings
        Rule, rates and penalties. ``weight_decay`` works on parameters of two or more
        dimensions, so not on biases and norms.
    sparse
        The parameter that ``settings.l1`` works on, units x genes.
    penalty
        The form of that penalty.
    """

    def __init__(
        self,
        parameters: Mapping[str, Tensor],
        settings: Training,
        *,
        sparse: Tensor | None = None,
        penalty: FirstLayerPenalty = _PLAIN,
    ) -> None:
        self.parameters = dict(parameters)
        self.settings = settings
        self.sparse = sparse
        self.penalty = penalty
        self.steps = 0
        self._rule, keys = _RULES[settings.optimizer]
        self._state: dict[str, State] = {
            name: {
                # the product of Nadam's momenta is a number that the host reads at each step
                key: torch.ones((), dtype=torch.float64)
                if key == "product"
                else torch.zeros_like(parameter, requires_grad=False)
                for key in keys
            }
            for name, parameter in self.parameters.items()
        }

    @torch.no_grad()
    def step(self, gradients: Sequence[Tensor]) -> None:
        """Make one step. The gradients are in the parameters' order, and aren't changed."""
        self.steps += 1
        t = self.settings
        for (name, parameter), gradient in zip(self.parameters.items(), gradients, strict=True):
            now = _Now(
                rate=t.rate,
                momentum=t.momentum,
                nesterov=t.nesterov,
                decay=t.weight_decay if parameter.ndim > 1 else 0.0,
                step=self.steps,
            )
            sparse = parameter is self.sparse and t.l1 > 0
            if sparse and self.penalty.in_loss:
                gradient = gradient + t.l1 * parameter.sign()
            self._rule(parameter, gradient, self._state[name], now)
            if sparse and not self.penalty.in_loss:
                _soften(parameter, _reach(self._state[name], now) * t.l1, self.penalty)

    def state(self) -> dict[str, Tensor]:
        """All state tensors by name (not copies)."""
        return {
            f"{name}:{key}": tensor
            for name, state in self._state.items()
            for key, tensor in state.items()
        }

    def load_state(self, tensors: Mapping[str, Tensor], steps: int) -> None:
        """Take over what :meth:`state` gave."""
        self.steps = steps
        for name, tensor in self.state().items():
            tensor.copy_(tensors[name])


@dataclass(frozen=True)
class _Now:
    """What holds for one parameter at one step."""

    rate: float
    momentum: float
    nesterov: bool
    decay: float
    step: int


def _reach(state: State, now: _Now) -> float | Tensor:
    """How far a gradient of 1 that stays moves a weight in a step: a number, or one a weight.

    The proximal step takes it, so that training comes to rest where the penalised loss does,
    whatever the rule; for Adam and its kin it is a proximal step in their own metric.
    """
    if "square" not in state:
        return now.rate / (1 - now.momentum)
    if "mean" in state:
        return now.rate / (state["square"] / (1 - _BETA2**now.step)).sqrt_().add_(_EPSILON)
    return now.rate / (1 - now.momentum) / state["square"].sqrt().add_(_EPSILON)


def _soften(parameter: Tensor, threshold: float | Tensor, penalty: FirstLayerPenalty) -> None:
    """Proximal step of the penalty: towards zero by the threshold, and no further.

    Of a gene's weights (a column) the length shrinks by the mean of their thresholds. Rows that
    are to have length 1 can't be emptied: the largest weight, or gene, stays.
    """
    if penalty.by_gene:
        sizes = parameter.norm(dim=0, keepdim=True)
        if isinstance(threshold, Tensor):
            threshold = threshold.mean(dim=0, keepdim=True)
    else:
        sizes = parameter.abs()
    kept = (sizes - threshold).clamp_(min=0)
    if penalty.unit_rows:
        largest = sizes.argmax(dim=1, keepdim=True)
        empty = kept.amax(dim=1, keepdim=True) == 0
        kept.scatter_(1, largest, torch.where(empty, sizes, kept).gather(1, largest))
    parameter.mul_(kept / sizes.clamp_min(_TINY))
    if penalty.unit_rows:
        parameter.div_(parameter.norm(dim=1, keepdim=True).clamp_min(_TINY))


def _penalised(p: Tensor, g: Tensor, now: _Now) -> Tensor:
    return g.add(p, alpha=now.decay) if now.decay else g


def _sgd(p: Tensor, g: Tensor, state: State, now: _Now) -> None:
    velocity = state["velocity"]
    torch.add(g, velocity, alpha=now.momentum, out=velocity)
    if now.decay:
        velocity.add_(p, alpha=now.decay)
    if now.nesterov:
        if now.decay:
            p.mul_(1 - now.rate * now.decay)
        p.add_(g, alpha=-now.rate).add_(velocity, alpha=-now.rate * now.momentum)
    else:
        p.add_(velocity, alpha=-now.rate)


def _rmsprop(p: Tensor, g: Tensor, state: State, now: _Now) -> None:
    g = _penalised(p, g, now)
    square = state["square"].mul_(_SMOOTHING).addcmul_(g, g, value=1 - _SMOOTHING)
    spread = square.sqrt().add_(_EPSILON)
    p.add_(state["velocity"].mul_(now.momentum).addcdiv_(g, spread), alpha=-now.rate)


def _adam(p: Tensor, g: Tensor, state: State, now: _Now) -> None:
    g = _penalised(p, g, now)
    mean = state["mean"].lerp_(g, 1 - now.momentum)
    square = state["square"].mul_(_BETA2).addcmul_(g, g, value=1 - _BETA2)
    spread = square.sqrt().div_((1 - _BETA2**now.step) ** 0.5).add_(_EPSILON)
    p.addcdiv_(mean, spread, value=-now.rate / (1 - now.momentum**now.step))


def _adamw(p: Tensor, g: Tensor, state: State, now: _Now) -> None:
    if now.decay:
        p.mul_(1 - now.rate * now.decay)
    _adam(p, g, state, _Now(now.rate, now.momentum, now.nesterov, 0.0, now.step))


def _nadam(p: Tensor, g: Tensor, state: State, now: _Now) -> None:
    g = _penalised(p, g, now)
    weight = now.momentum * (1 - 0.5 * 0.96 ** (now.step * _NADAM_DECAY))
    ahead = now.momentum * (1 - 0.5 * 0.96 ** ((now.step + 1) * _NADAM_DECAY))
    product = float(state["product"].mul_(weight))
    mean = state["mean"].lerp_(g, 1 - now.momentum)
    square = state["square"].mul_(_BETA2).addcmul_(g, g, value=1 - _BETA2)
    spread = square.div(1 - _BETA2**now.step).sqrt_().add_(_EPSILON)
    p.addcdiv_(g, spread, value=-now.rate * (1 - weight) / (1 - product))
    p.addcdiv_(mean, spread, value=-now.rate * ahead / (1 - product * ahead))


_Rule: TypeAlias = Callable[[Tensor, Tensor, State, _Now], None]

# optimiser -> its update of one parameter, and the tensors that it keeps for each
_RULES: dict[str, tuple[_Rule, tuple[str, ...]]] = {
    "sgd": (_sgd, ("velocity",)),
    "rmsprop": (_rmsprop, ("square", "velocity")),
    "adam": (_adam, ("mean", "square")),
    "adamw": (_adamw, ("mean", "square")),
    "nadam": (_nadam, ("mean", "square", "product")),
}
