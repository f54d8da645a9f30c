"""What goes into a fleet and what comes out: networks, rows, the rule of dropping, outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
from sklearn.utils.class_weight import compute_class_weight
from torch import Tensor

from bulkwise.errors import InputError
from bulkwise.networks.mlp import MLP
from bulkwise.training.base import History, Training

__all__ = ["Halving", "Member", "Outcome", "Rows", "class_weights"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_OPTIMIZERS = ("sgd", "rmsprop", "adam")
_ACTIVATIONS = ("relu", "elu", "softplus", "tanh", "linear")


@dataclass(frozen=True, kw_only=True)
class Member:
    """One network of a fleet.

    Parameters
    ----------
    network
        At least one hidden layer, no dropout on the input; residual only between layers of one
        width.
    training
        Optimiser (``"sgd"``, ``"rmsprop"`` or ``"adam"``), rates, penalties, batch size, epochs
        and patience. ``validation_share``, ``refit`` and ``checkpoint`` aren't read: the fleet's
        rows say what is held back.
    seed
        Of its first weights and its dropout.
    class_weight
        ``"balanced"`` (a class counts the same, however many samples it has), ``None``, or the
        code of each class -> its weight.
    start
        State of a module of this network to start from, instead of drawn weights.
    frozen
        How many of the first hidden layers keep the weights they start with. Their batch norms
        keep their statistics too.
    """

    network: MLP
    training: Training
    seed: int
    class_weight: Literal["balanced"] | Mapping[int, float] | None = "balanced"
    start: Mapping[str, Tensor] | None = None
    frozen: int = 0

    def check(self) -> Member:
        """Refuse what a fleet can't train; return itself.

        Raises
        ------
        InputError
            Names the setting and what a fleet takes.
        """
        widths, training = self.network.widths, self.training.check()
        if not widths:
            raise InputError("A fleet trains networks with hidden layers. Got widths=() instead.")
        if training.optimizer not in _OPTIMIZERS:
            raise InputError(
                f"A fleet's optimiser must be one of {list(_OPTIMIZERS)}. Got "
                f"{training.optimizer!r} instead."
            )
        if self.network.activation not in _ACTIVATIONS:
            raise InputError(
                f"A fleet's activation must be one of {list(_ACTIVATIONS)}. Got "
                f"{self.network.activation!r} instead."
            )
        if self.network.input_dropout:
            raise InputError(
                "A fleet's networks have no dropout on the input. Got input_dropout="
                f"{self.network.input_dropout!r} instead."
            )
        if self.network.residual and len(set(widths)) > 1:
            raise InputError(
                f"A fleet's residual networks have layers of one width. Got {widths!r} instead."
            )
        if not 0 <= self.frozen <= len(widths):
            raise InputError(
                f"The 'frozen' parameter of Member must be an integer from 0 to {len(widths)}, "
                f"the number of hidden layers. Got {self.frozen!r} instead."
            )
        return self

    @property
    def kind(self) -> tuple[object, ...]:
        """What networks must have in common to take their steps together."""
        net, training = self.network, self.training
        norm = net.batch_norm, net.activation, net.residual
        return (len(net.widths), training.batch_size, training.optimizer, *norm, self.frozen)


@dataclass(frozen=True, eq=False, kw_only=True)
class Rows:
    """The samples that a fleet learns from and is judged on.

    Parameters
    ----------
    values
        Samples x inputs: coordinates of the row space, or centred genes.
    codes
        Class of each sample, 0 to ``n_classes - 1``.
    n_classes
        How many classes.
    train, held
        Which samples to train on, and which to judge on after each epoch (``None``: nobody).
    fan_in
        How many inputs the first layers are drawn for (default: as many as there are).
    """

    values: Array
    codes: Array
    n_classes: int
    train: Array
    held: Array | None = None
    fan_in: int | None = None


@dataclass(frozen=True, kw_only=True)
class Halving:
    """When losers are dropped (successive halving, Jamieson and Talwalkar 2016).

    Parameters
    ----------
    after
        Epochs, increasing, after which only the best go on.
    keep
        Share that goes on each time, by the lowest loss so far on the held-back samples.

    Examples
    --------
    >>> Halving().survivors(10)
    5
    """

    after: tuple[int, ...] = (4, 10)
    keep: float = 0.5

    def survivors(self, n: int) -> int:
        """How many of ``n`` go on: at least one."""
        return max(1, int(np.ceil(self.keep * n)))


@dataclass(kw_only=True)
class Outcome:
    """What became of one network.

    Attributes
    ----------
    history
        Losses by epoch, as those of a network trained alone.
    ended
        ``"epochs"``, ``"patience"``, ``"dropped"`` (by halving) or ``"diverged"``.
    loss
        Lowest loss on the held-back samples, not weighted by class; nan without any.
    accuracy, balanced_accuracy
        Share of held-back samples told right, and its mean over the classes, at that epoch.
    state
        The weights of that epoch (without held-back samples, of the last), as a module of the
        network takes them; empty if they weren't kept.
    """

    history: History = field(default_factory=History)
    ended: str = ""
    loss: float = float("nan")
    accuracy: float = float("nan")
    balanced_accuracy: float = float("nan")
    state: dict[str, Tensor] = field(default_factory=dict)


def class_weights(member: Member, codes: Array, n_classes: int) -> Array:
    """Weight of each class in a member's loss, with a mean of 1 over the training samples."""
    there = np.unique(codes)
    weights = np.ones(n_classes)
    weights[there] = compute_class_weight(member.class_weight, classes=there, y=codes)
    scaled: Array = weights / weights[codes].mean()
    return scaled
