"""The loss of an autoencoder with heads: a sum of named parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, one_hot

from bulkwise.networks.multitask_autoencoder import MultitaskModule

__all__ = ["LOSSES", "HeadsLoss"]


def _cross_entropy(logits: Tensor, codes: Tensor, weight: Tensor | None) -> Tensor:
    own = None if weight is None else weight.to(logits.dtype)
    return cross_entropy(logits, codes, weight=own, reduction="sum") / len(codes)


def _cosine(logits: Tensor, codes: Tensor, weight: Tensor | None) -> Tensor:
    """Mean of weight times one minus the cosine of probabilities and observed class."""
    probabilities = logits.softmax(dim=1)
    observed = one_hot(codes, logits.shape[1]).to(logits.dtype)
    cosine = (probabilities * observed).sum(dim=1) / probabilities.square().sum(dim=1).sqrt()
    by_sample = 1 - cosine
    return (by_sample if weight is None else by_sample * weight[codes].to(logits.dtype)).mean()


LOSSES = {"cross_entropy": _cross_entropy, "cosine": _cosine}
"""Name -> loss of one head: logits, codes of the observed classes, weight of each class."""


@dataclass(frozen=True, eq=False)
class HeadsLoss:
    """Heads, reconstruction and contraction, each times its weight.

    Call it with a module and a batch (inputs, codes of the classes as samples x targets); it
    gives the mean over the batch. On held-back samples the classes aren't weighted.

    Attributes
    ----------
    loss
        A key of :data:`LOSSES`.
    sizes
        Classes of each target.
    weights
        Weight of each target.
    balance
        Weight of each class, a tensor a target.
    reconstruction
        Weight of the squared error of the decoder, divided by ``squared_length``.
    contractive
        Weight of the squared norm of the code's Jacobian.
    squared_length
        Mean squared length of the rows.
    """

    loss: str
    sizes: Sequence[int]
    weights: Sequence[float]
    balance: Sequence[Tensor]
    reconstruction: float
    contractive: float
    squared_length: float

    def __call__(self, module: nn.Module, batch: Sequence[Tensor]) -> Tensor:
        """The mean loss over a batch."""
        inputs, codes = batch
        made = cast(MultitaskModule, module)
        total = inputs.new_zeros(())
        if self.contractive:
            code, penalty = made.contraction(inputs)
            total = total + self.contractive * penalty
        else:
            code = made.encode(inputs)
        for number, logits in enumerate(torch.split(made.heads(code), list(self.sizes), dim=1)):
            own = self.balance[number] if module.training else None
            head = LOSSES[self.loss](logits, codes[:, number], own)
            total = total + self.weights[number] * head
        if self.reconstruction:
            missed = (made.decode(code) - inputs).square().sum() / len(inputs)
            total = total + self.reconstruction / self.squared_length * missed
        return total

    def __str__(self) -> str:
        balance = [one.tolist() for one in self.balance]
        return (
            f"{self.loss} {list(self.sizes)} {list(self.weights)} {balance}, reconstruction "
            f"{self.reconstruction}, contractive {self.contractive}"
        )
