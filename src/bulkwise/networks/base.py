"""What networks share: layers drawn by their own generator, dropout too, and small checks.

torch's own layers draw their first weights, and dropout its masks, from the global generator.
Here every random number comes from a generator that is handed in.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from bulkwise.errors import InputError

__all__ = [
    "ACTIVATIONS",
    "Average",
    "Dropout",
    "FirstLayerPenalty",
    "Network",
    "Noise",
    "activation_and_gain",
    "check_share",
    "check_widths",
    "draw_words",
    "dropout_mask",
    "dropout_words",
    "linear",
    "set_generator",
]

ACTIVATIONS: dict[str, tuple[type[nn.Module], float]] = {
    "relu": (nn.ReLU, math.sqrt(2)),
    "elu": (nn.ELU, math.sqrt(2)),
    "gelu": (nn.GELU, math.sqrt(2)),
    "softplus": (nn.Softplus, 1.0),
    "tanh": (nn.Tanh, 1.0),
    "linear": (nn.Identity, 1.0),
}
"""Name -> module and the gain of the weights before it (He et al. 2015 for rectifiers)."""


@runtime_checkable
class Network(Protocol):
    """What an estimator asks of a network's settings."""

    @property
    def linear_first(self) -> bool:
        """Whether the input is seen through the first layer's products only (no dropout, no
        norm, no noise on it), so that a rotation of the input changes nothing."""

    def build(
        self,
        n_inputs: int,
        n_outputs: int,
        generator: torch.Generator | None = None,
        *,
        fan_in: int | None = None,
    ) -> nn.Module:
        """Make a module with the attribute ``first``, its first linear layer."""


@dataclass(frozen=True)
class FirstLayerPenalty:
    """What form the penalty on a network's first layer has (its attribute ``first_penalty``).

    Attributes
    ----------
    by_gene
        Whether it is the length of each gene's weights, not the size of each weight.
    in_loss
        Whether it is a term of the loss, not a proximal step after each update.
    unit_rows
        Whether each unit's weights are brought back to length 1 after each step. Behind batch
        norm the length means nothing, and without this a penalty only makes it small.
    """

    by_gene: bool = False
    in_loss: bool = False
    unit_rows: bool = False


def check_widths(
    owner: str, name: str, widths: Sequence[int], *, count: int | None = None
) -> tuple[int, ...]:
    """Hidden widths as a tuple of positive integers, ``count`` of them, or an ``InputError``."""
    try:
        checked = tuple(int(width) for width in widths)
        good = all(
            width > 0 and width == given for width, given in zip(checked, widths, strict=True)
        )
    except (TypeError, ValueError):
        good = False
    if not good or count not in (None, len(checked)):
        sequence = "a sequence of" if count is None else f"{count}"
        raise InputError(
            f"The '{name}' parameter of {owner} must be {sequence} positive integers, one a "
            f"hidden layer. Got {widths!r} instead."
        )
    return checked


def check_share(owner: str, name: str, value: float) -> float:
    """A number in [0, 1), or an ``InputError``."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1:
        raise InputError(
            f"The '{name}' parameter of {owner} must be a float in the range [0, 1). Got "
            f"{value!r} instead."
        )
    return float(value)


def activation_and_gain(
    owner: str, name: str, parameter: str = "activation"
) -> tuple[nn.Module, float]:
    """An activation by its name, and the gain of the weights before it."""
    if name not in ACTIVATIONS:
        raise InputError(
            f"The '{parameter}' parameter of {owner} must be one of {sorted(ACTIVATIONS)}. Got "
            f"{name!r} instead."
        )
    module, gain = ACTIVATIONS[name]
    return module(), gain


def linear(
    n_inputs: int,
    n_outputs: int,
    generator: torch.Generator | None,
    *,
    gain: float = 1.0,
    fan_in: int | None = None,
    bias: bool = True,
) -> nn.Linear:
    """A linear layer, its weights normal with standard deviation ``gain / sqrt(fan_in)``.

    Normal, not uniform, because a normal draw projected on a subspace is a normal draw there.

    Parameters
    ----------
    n_inputs, n_outputs
        Sizes.
    generator
        Where the weights come from; ``None`` leaves zeros, to be loaded into.
    gain
        See :data:`ACTIVATIONS`.
    fan_in
        How many inputs the layer is drawn for (default: ``n_inputs``).
    bias
        Whether it has a bias; it starts at zero.
    """
    empty = nn.Linear(n_inputs, n_outputs, bias=bias, device="meta")  # draws nothing
    layer: nn.Linear = empty.to_empty(device="cpu")
    with torch.no_grad():
        if generator is None:
            layer.weight.zero_()
        else:
            deviation = gain / math.sqrt(fan_in or n_inputs)
            layer.weight.normal_(0.0, deviation, generator=generator)
        if bias:
            layer.bias.zero_()
    return layer


def dropout_words(width: int) -> int:
    """How many draws of 64 bits make the dropout of one sample: one for four units."""
    return -(-width // _UNITS_OF_A_WORD)


def dropout_mask(words: Tensor, width: int, p: Tensor, like: Tensor) -> Tensor:
    """What dropout multiplies with: zero with probability ``p``, elsewhere ``1 / (1 - p)``.

    Four units share a draw, which is four times as fast as a draw each; ``p`` is rounded to a
    multiple of 2**-16.

    Parameters
    ----------
    words
        Random int64 over their whole range, ... x samples x :func:`dropout_words`.
    width
        How many units.
    p
        In [0, 1); a tensor that can be compared with the mask, so that networks side by side may
        each have their own.
    like
        Type of the mask.
    """
    level = ((1 - p) * 2**16).round().clamp(1, 2**16)
    kept = words.view(torch.int16)[..., :width] < (level - 2**15).to(torch.int32)
    return kept.to(like.dtype).mul_((2**16 / level).to(like.dtype))


_UNITS_OF_A_WORD = 4
_LEAST_WORD = -(2**63)


def draw_words(words: Tensor, generator: torch.Generator | None) -> None:
    """Fill a tensor for :func:`dropout_mask`."""
    words.random_(_LEAST_WORD, None, generator=generator)


class Dropout(nn.Module):
    """Dropout whose masks come from its own generator (see :func:`set_generator`).

    In training each value is zeroed with probability ``p`` and the others are divided by
    ``1 - p``; in evaluation it does nothing (Srivastava et al. 2014).

    **Shape**: any -> the same.
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p
        self.generator: torch.Generator | None = None

    def forward(self, x: Tensor) -> Tensor:
        """Apply the dropout."""
        if not self.training or self.p == 0:
            return x
        width = x.shape[-1]
        words = x.new_empty((*x.shape[:-1], dropout_words(width)), dtype=torch.int64)
        draw_words(words, self.generator)
        p = torch.tensor(self.p, dtype=torch.float64, device=x.device)
        return x * dropout_mask(words, width, p, x)

    def extra_repr(self) -> str:
        """What stands in the module's text."""
        return f"p={self.p}"


class Noise(nn.Module):
    """Gaussian noise in training, from its own generator (see :func:`set_generator`).

    **Shape**: any -> the same.
    """

    def __init__(self, deviation: float) -> None:
        super().__init__()
        self.deviation = deviation
        self.generator: torch.Generator | None = None

    def forward(self, x: Tensor) -> Tensor:
        """Add the noise."""
        if not self.training or self.deviation == 0:
            return x
        return x + torch.empty_like(x).normal_(0.0, self.deviation, generator=self.generator)

    def extra_repr(self) -> str:
        """What stands in the module's text."""
        return f"deviation={self.deviation}"


def set_generator(module: nn.Module, generator: torch.Generator) -> None:
    """Let every random layer of a module draw from one generator (on the module's device)."""
    for part in module.modules():
        if isinstance(part, Dropout | Noise):
            part.generator = generator


class Average(nn.Module):
    """Log of the mean of several classifiers' probabilities, each at its own temperature.

    With a ``shift``, one number a class, the log-odds are moved by it: classifiers that were
    trained with class weights w speak of a population in which a class is w times as frequent,
    and a shift of ``-log(w)`` brings them back to the one they were trained on.

    **Shape**: samples x inputs -> samples x classes.

    Examples
    --------
    >>> both = Average(nn.ModuleList([nn.Identity(), nn.Identity()]), torch.ones(2))
    >>> both(torch.zeros(1, 4)).exp()
    tensor([[0.2500, 0.2500, 0.2500, 0.2500]])
    """

    temperatures: Tensor
    shift: Tensor | None

    def __init__(
        self, members: nn.ModuleList, temperatures: Tensor, shift: Tensor | None = None
    ) -> None:
        super().__init__()
        self.members = members
        self.register_buffer("temperatures", temperatures)
        self.register_buffer("shift", shift)

    def forward(self, x: Tensor) -> Tensor:
        """Log-probability of each class."""
        parts = [
            (member(x) / temperature).log_softmax(dim=1)
            for member, temperature in zip(self.members, self.temperatures, strict=True)
        ]
        mean = torch.stack(parts).logsumexp(dim=0) - math.log(len(parts))
        return mean if self.shift is None else (mean + self.shift).log_softmax(dim=1)
