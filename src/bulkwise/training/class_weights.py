"""Cross-entropy in which classes count as asked, and what undoes the weights afterwards.

A network trained with class weights w speaks of a population in which each class is w times as
frequent; log-odds moved by ``-log(w)`` are those of the training samples again (Elkan 2001).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import torch
from sklearn.utils.class_weight import compute_class_weight
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

if TYPE_CHECKING:
    from bulkwise.training.loop import Objective

__all__ = ["class_weights", "prior_shift", "weighted_cross_entropy"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


def class_weights(
    asked: Literal["balanced"] | Mapping[Any, float] | None, classes: Array, codes: Array
) -> Tensor:
    """Weight of each class, scaled to a mean of 1 over the samples.

    Parameters
    ----------
    asked
        ``"balanced"``, ``None`` (all alike), or class -> weight.
    classes
        Labels, sorted.
    codes
        Place of each sample's label among them; every class has a sample.

    Returns
    -------
    torch.Tensor
        One a class, float32.
    """
    weights = compute_class_weight(asked, classes=classes, y=classes[codes])
    return torch.as_tensor(weights / weights[codes].mean(), dtype=torch.float32)


def weighted_cross_entropy(weights: Tensor, *, always: bool) -> Objective:
    """Mean over a batch of weight times cross-entropy.

    Parameters
    ----------
    weights
        One a class.
    always
        Whether they also count on held-back samples.
    """

    def loss(module: nn.Module, batch: Sequence[Tensor]) -> Tensor:
        inputs, codes = batch
        weight = weights if always or module.training else None
        total = cross_entropy(module(inputs), codes, weight=weight, reduction="sum")
        return total / len(codes)

    return loss


def prior_shift(weights: Array | None) -> Array | None:
    """What brings log-odds back to the classes' own frequencies; ``None`` where nothing does."""
    if weights is None or (weights == weights[0]).all() or (weights <= 0).any():
        return None
    shift: Array = -np.log(weights)
    return shift
