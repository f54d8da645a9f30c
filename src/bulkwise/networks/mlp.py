"""The multilayer perceptron, with batch norm, dropout and residual blocks on request."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import torch
from sklearn.base import BaseEstimator
from torch import Tensor, nn

from bulkwise.networks.base import (
    Dropout,
    activation_and_gain,
    check_share,
    check_widths,
    linear,
)

__all__ = ["MLP", "MLPModule"]


class _Block(nn.Module):
    """Linear -> batch norm -> activation -> dropout, with a path around them on request.

    **Shape**: samples x ``n_inputs`` -> samples x ``n_outputs``.
    """

    def __init__(
        self,
        dense: nn.Linear,
        activation: nn.Module,
        dropout: float,
        *,
        batch_norm: bool,
        around: nn.Module | None,
    ) -> None:
        super().__init__()
        self.dense = dense
        self.norm = nn.BatchNorm1d(dense.out_features) if batch_norm else nn.Identity()
        self.activation = activation
        self.dropout = Dropout(dropout)
        self.around = around

    def forward(self, x: Tensor) -> Tensor:
        """Apply the block."""
        out: Tensor = self.dropout(self.activation(self.norm(self.dense(x))))
        return out if self.around is None else out + self.around(x)


class MLPModule(nn.Module):
    """The module that :meth:`MLP.build` makes.

    **Shape**: samples x ``n_inputs`` -> samples x ``n_outputs`` (logits or values).
    """

    def __init__(self, input_dropout: float, blocks: list[_Block], output: nn.Linear) -> None:
        super().__init__()
        self.input_dropout = Dropout(input_dropout)
        self.blocks = nn.ModuleList(blocks)
        self.output = output

    @property
    def first(self) -> nn.Linear:
        """The layer that sees the genes."""
        return cast(_Block, self.blocks[0]).dense if len(self.blocks) else self.output

    def first_weights(self) -> Tensor:
        """Weights of the first layer as its activation sees them, units x ``n_inputs``.

        With batch norm a unit's weights have no scale of their own; here they are multiplied by
        what the norm of the fitted network multiplies by.
        """
        weights = self.first.weight.detach()
        norm = cast(_Block, self.blocks[0]).norm if len(self.blocks) else None
        if isinstance(norm, nn.BatchNorm1d) and norm.running_var is not None:
            weights = (
                weights * (norm.weight.detach() / (norm.running_var + norm.eps).sqrt())[:, None]
            )
        return weights

    def hidden(self, x: Tensor) -> Tensor:
        """Values of the last hidden layer, samples x its width."""
        x = self.input_dropout(x)
        for block in self.blocks:
            x = block(x)
        return x

    def forward(self, x: Tensor) -> Tensor:
        """Values of the output layer, samples x ``n_outputs``."""
        out: Tensor = self.output(self.hidden(x))
        return out


@dataclass(kw_only=True, repr=False)
class MLP(BaseEstimator):
    """Settings of a multilayer perceptron.

    Parameters
    ----------
    widths
        Units of each hidden layer, from the genes to the output. Empty for none: a linear model.
    activation
        ``"relu"``, ``"elu"``, ``"gelu"``, ``"softplus"``, ``"tanh"`` or ``"linear"``.
    dropout
        Share of each hidden layer's units that is zeroed in training, in [0, 1).
    input_dropout
        The same for the genes. With it training can't be reduced to the row space.
    batch_norm
        Whether each hidden layer normalises its units over the batch before the activation
        (Ioffe and Szegedy 2015). The first one stands after the first layer, not on the genes.
        It makes one learning rate serve very different cohorts.
    residual
        Whether each hidden layer after the first adds its input to its output (He et al. 2016),
        through a linear map where the widths differ. For ten layers and more.

    Examples
    --------
    >>> generator = torch.Generator().manual_seed(0)
    >>> module = MLP(widths=(8, 4)).build(20, 3, generator)
    >>> module(torch.zeros(5, 20)).shape
    torch.Size([5, 3])
    """

    widths: tuple[int, ...] = (128,)
    activation: str = "relu"
    dropout: float = 0.0
    input_dropout: float = 0.0
    batch_norm: bool = True
    residual: bool = False

    @property
    def linear_first(self) -> bool:
        """Whether the genes are seen through the first layer's products only."""
        return self.input_dropout == 0

    def build(
        self,
        n_inputs: int,
        n_outputs: int,
        generator: torch.Generator | None = None,
        *,
        fan_in: int | None = None,
    ) -> MLPModule:
        """Make the module, on the CPU and in float32.

        Parameters
        ----------
        n_inputs
            Genes, or coordinates of the row space.
        n_outputs
            Classes or targets.
        generator
            Draws the first weights; ``None`` leaves zeros, to be loaded into.
        fan_in
            How many inputs the first layer is drawn for (default: ``n_inputs``). Coordinates of
            the row space are drawn for as many as there are genes.

        Raises
        ------
        InputError
            If a setting is out of its range.
        """
        widths = check_widths("MLP", "widths", self.widths)
        dropout = check_share("MLP", "dropout", self.dropout)
        activation, gain = activation_and_gain("MLP", self.activation)
        blocks = []
        size = n_inputs
        for depth, width in enumerate(widths):
            around = depth > 0 and self.residual
            # without a norm, the sum of many branches would grow with the depth
            shrink = math.sqrt(len(widths)) if around and not self.batch_norm else 1.0
            dense = linear(
                size,
                width,
                generator,
                gain=gain / shrink,
                fan_in=fan_in if depth == 0 else None,
                bias=not self.batch_norm,
            )
            blocks.append(
                _Block(
                    dense,
                    activation,
                    dropout,
                    batch_norm=self.batch_norm,
                    around=self._around(size, width, generator) if around else None,
                )
            )
            size = width
        output = linear(size, n_outputs, generator, fan_in=None if widths else fan_in)
        return MLPModule(check_share("MLP", "input_dropout", self.input_dropout), blocks, output)

    @staticmethod
    def _around(n_in: int, n_out: int, generator: torch.Generator | None) -> nn.Module:
        return nn.Identity() if n_in == n_out else linear(n_in, n_out, generator, bias=False)
