"""DeepCME: three hidden layers behind a sparse first one.

Deep learning of cancer metastasis (DeepCME): Linear -> batch norm -> dropout -> ReLU, three times,
with an L1 penalty on the first layer, so that few genes are used.

As published the penalty is a term of the loss and its subgradient goes through Adam. Batch norm
right behind the first layer makes the output blind to each unit's scale, so that the penalty is
met by making all weights small, and none becomes exactly zero. Here each unit's weights keep length
1, and a proximal step sets weights, or whole genes, to zero.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

import torch
from sklearn.base import BaseEstimator
from torch import Tensor, nn

from bulkwise.errors import InputError
from bulkwise.networks.base import (
    Dropout,
    FirstLayerPenalty,
    check_share,
    check_widths,
    linear,
)

__all__ = ["DeepCME", "DeepCMEModule"]

_PENALTIES = ("gene", "weight", "published")


class DeepCMEModule(nn.Module):
    """The module that :meth:`DeepCME.build` makes.

    **Shape**: samples x ``n_inputs`` -> samples x ``n_outputs`` (logits).
    """

    def __init__(
        self,
        layers: list[nn.Linear],
        dropout: float,
        *,
        batch_norm: bool,
        penalty: FirstLayerPenalty,
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.norms = nn.ModuleList(
            nn.BatchNorm1d(layer.out_features) if batch_norm else nn.Identity()
            for layer in layers[:-1]
        )
        self.dropout = Dropout(dropout)
        self.first_penalty = penalty

    @property
    def first(self) -> nn.Linear:
        """The layer that sees the genes."""
        return cast(nn.Linear, self.layers[0])

    def first_weights(self) -> Tensor:
        """Weights of the first layer with batch norm folded in, units x ``n_inputs``."""
        weights, norm = self.first.weight.detach(), self.norms[0]
        if isinstance(norm, nn.BatchNorm1d) and norm.running_var is not None:
            weights = (
                weights * (norm.weight.detach() / (norm.running_var + norm.eps).sqrt())[:, None]
            )
        return weights

    def forward(self, x: Tensor) -> Tensor:
        """Values of the output layer, samples x ``n_outputs``."""
        for layer, norm in zip(self.layers, self.norms, strict=False):
            x = self.dropout(norm(layer(x))).relu()
        out: Tensor = self.layers[-1](x)
        return out


@dataclass(kw_only=True, repr=False)
class DeepCME(BaseEstimator):
    """Settings of DeepCME; the strength of the penalty is ``Training.l1``.

    Parameters
    ----------
    widths
        Units of each hidden layer, at least one (published: three of 64 or of 128).
    dropout
        Share of each hidden layer's units that is zeroed in training, in [0, 1).
    batch_norm
        Whether each hidden layer normalises its units over the batch.
    penalty
        What ``Training.l1`` multiplies: ``"gene"``, the sum over genes of the length of a gene's
        weights, so that whole genes drop out; ``"weight"``, the sum of absolute weights. Both are
        taken by a proximal step that reaches zero exactly and, with batch norm, on units of
        length 1. ``"published"``: the sum of absolute weights as a term of the loss.

    Examples
    --------
    >>> module = DeepCME(widths=(8, 8)).build(20, 2, torch.Generator().manual_seed(0))
    >>> module(torch.zeros(5, 20)).shape
    torch.Size([5, 2])
    """

    widths: tuple[int, ...] = (64, 64, 64)
    dropout: float = 0.5
    batch_norm: bool = True
    penalty: str = "gene"

    @property
    def linear_first(self) -> bool:
        """Whether the genes are seen through the first layer's products only."""
        return True

    def build(
        self,
        n_inputs: int,
        n_outputs: int,
        generator: torch.Generator | None = None,
        *,
        fan_in: int | None = None,
    ) -> DeepCMEModule:
        """Make the module, on the CPU and in float32.

        Parameters
        ----------
        n_inputs, n_outputs
            Genes (or coordinates of the row space) and classes.
        generator
            Draws the first weights; ``None`` leaves zeros, to be loaded into.
        fan_in
            How many inputs the first layer is drawn for (default: ``n_inputs``).

        Raises
        ------
        InputError
            If a setting is out of its range.
        """
        widths = check_widths("DeepCME", "widths", self.widths)
        if not widths or self.penalty not in _PENALTIES:
            name, value = ("penalty", self.penalty) if widths else ("widths", self.widths)
            expected = f"one of {list(_PENALTIES)}" if widths else "at least one positive integer"
            raise InputError(
                f"The '{name}' parameter of DeepCME must be {expected}. Got {value!r} instead."
            )
        sizes = [n_inputs, *widths, n_outputs]
        layers = [
            linear(
                before,
                after,
                generator,
                gain=math.sqrt(2) if depth < len(widths) else 1.0,
                fan_in=fan_in if depth == 0 else None,
                bias=not self.batch_norm or depth == len(widths),
            )
            for depth, (before, after) in enumerate(pairwise(sizes))
        ]
        published = self.penalty == "published"
        return DeepCMEModule(
            layers,
            check_share("DeepCME", "dropout", self.dropout),
            batch_norm=self.batch_norm,
            penalty=FirstLayerPenalty(
                by_gene=self.penalty == "gene",
                in_loss=published,
                unit_rows=self.batch_norm and not published,
            ),
        )
