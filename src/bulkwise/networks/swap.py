"""A small network that turns a contrast round with its conditions."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from sklearn.base import BaseEstimator
from torch import Tensor, nn

from bulkwise.networks.base import Dropout, activation_and_gain, check_share, check_widths, linear

__all__ = ["SwapMLP", "SwapModule"]


class SwapModule(nn.Module):
    """The module that :meth:`SwapMLP.build` makes.

    **Shape**: (genes x ``n_odd``, genes x ``n_even``) -> genes x 3, logits of down, neutral, up.

    With ``u, v`` the outputs of one perceptron, up is ``w x + u(x, e)``, down ``-w x + u(-x, e)``
    and neutral ``v(x, e) + v(-x, e)``: negating the odd inputs exchanges up and down exactly.
    """

    def __init__(self, direct: nn.Linear, body: nn.Sequential) -> None:
        super().__init__()
        self.direct = direct
        self.body = body

    def forward(self, odd: Tensor, even: Tensor) -> Tensor:
        """Logits of down, neutral and up."""
        straight = self.direct(odd)[:, 0]
        as_is = self.body(torch.cat([odd, even], dim=1))
        turned = self.body(torch.cat([-odd, even], dim=1))
        return torch.stack(
            [turned[:, 0] - straight, as_is[:, 1] + turned[:, 1], as_is[:, 0] + straight], dim=1
        )


@dataclass(kw_only=True, repr=False)
class SwapMLP(BaseEstimator):
    """Settings of a perceptron for directions: exchange the conditions, and up becomes down.

    Parameters
    ----------
    widths
        Units of each hidden layer.
    activation
        ``"relu"``, ``"elu"``, ``"gelu"``, ``"softplus"``, ``"tanh"`` or ``"linear"``.
    dropout
        Share of each hidden layer's units that is zeroed in training, in [0, 1).

    Examples
    --------
    >>> module = SwapMLP().build(4, 2, torch.Generator().manual_seed(0))
    >>> odd, even = torch.ones(5, 4), torch.ones(5, 2)
    >>> bool((module(odd, even) == module(-odd, even).flip(1)).all())
    True
    """

    widths: tuple[int, ...] = (32, 32)
    activation: str = "gelu"
    dropout: float = 0.0

    def build(
        self, n_odd: int, n_even: int, generator: torch.Generator | None = None
    ) -> SwapModule:
        """Make the module, on the CPU and in float32.

        Parameters
        ----------
        n_odd, n_even
            Inputs that change their sign with the contrast, and inputs that don't.
        generator
            Draws the first weights; ``None`` leaves zeros, to be loaded into.

        Raises
        ------
        InputError
            If a setting is out of its range.
        """
        dropout = check_share("SwapMLP", "dropout", self.dropout)
        activation, gain = activation_and_gain("SwapMLP", self.activation)
        layers: list[nn.Module] = []
        size = n_odd + n_even
        for width in check_widths("SwapMLP", "widths", self.widths):
            layers += [linear(size, width, generator, gain=gain), activation, Dropout(dropout)]
            size = width
        layers.append(linear(size, 2, generator))
        direct = linear(n_odd, 1, None, bias=False)
        return SwapModule(direct, nn.Sequential(*layers))
