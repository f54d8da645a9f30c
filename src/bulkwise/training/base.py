"""Settings of the training of a network, and the history it leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from sklearn.base import BaseEstimator

from bulkwise.errors import InputError

if TYPE_CHECKING:
    import torch
    from torch import Tensor

__all__ = ["LEARNING_RATES", "History", "Training", "batches"]

LEARNING_RATES = {"sgd": 0.01, "rmsprop": 1e-4, "adam": 1e-3, "adamw": 1e-3, "nadam": 1e-3}
"""Optimiser -> the learning rate when none is given."""


@dataclass(kw_only=True, repr=False)
class Training(BaseEstimator):
    """How a network is trained.

    Parameters
    ----------
    optimizer
        ``"sgd"`` (with momentum), ``"rmsprop"``, ``"adam"``, ``"adamw"`` or ``"nadam"``. Only
        SGD can be reduced to the row space, and is by far the fastest where genes outnumber
        samples.
    learning_rate
        Size of the steps; ``None`` takes the optimiser's own (:data:`LEARNING_RATES`).
    momentum
        Share of the last step that goes into the next, in [0, 1): SGD's and RMSprop's momentum,
        the first moment's decay (beta 1) of Adam, AdamW and Nadam.
    nesterov
        Whether SGD looks ahead (Nesterov's momentum).
    weight_decay
        L2 penalty on all weight matrices (not on biases and norms): ``weight_decay / 2`` times
        the sum of squares is added to the loss. AdamW shrinks the weights directly instead.
    l1
        L1 penalty on the first layer: ``l1`` times the sum of its absolute weights (on the rows
        as the network sees them) is added to the loss, by a proximal step after each update, so
        that weights become exactly zero. Can't be reduced to the row space. A network may give
        the penalty another form (:class:`bulkwise.networks.DeepCME`: by gene).
    batch_size
        Samples in a step. A last batch of one sample joins the batch before it.
    epochs
        Most passes over the samples.
    patience
        Stop after so many epochs without a lower loss on the held-back samples, and go back to
        the best epoch. ``None`` trains through all epochs, on all samples, and keeps the last.
    validation_share
        Share of each class's patients that is held back for early stopping.
    refit
        After an early stop, train anew on all samples for as many epochs as were best. Without
        it the model never learns from the samples that were held back.
    checkpoint
        A folder for the state of unfinished training. A fit that was broken off goes on from
        there, and gives what it would have given without the break. The file of a fit has a
        name made of its data and settings, and is removed when the fit is done.

    Examples
    --------
    >>> Training(optimizer="adam").learning_rate is None
    True
    """

    optimizer: str = "sgd"
    learning_rate: float | None = None
    momentum: float = 0.9
    nesterov: bool = True
    weight_decay: float = 1e-4
    l1: float = 0.0
    batch_size: int = 32
    epochs: int = 100
    patience: int | None = 10
    validation_share: float = 0.2
    refit: bool = True
    checkpoint: str | None = None

    @property
    def keeps_row_space(self) -> bool:
        """Whether the first layer never leaves the row space that it starts in."""
        return self.optimizer == "sgd" and self.l1 == 0

    @property
    def rate(self) -> float:
        """The learning rate: the one given, or the optimiser's own."""
        return LEARNING_RATES[self.optimizer] if self.learning_rate is None else self.learning_rate

    def check(self) -> Training:
        """Refuse settings out of their range; return itself.

        Raises
        ------
        InputError
            With the parameter's name, its range and what was given.
        """
        if self.optimizer not in LEARNING_RATES:
            raise InputError(
                "The 'optimizer' parameter of Training must be one of "
                f"{sorted(LEARNING_RATES)}. Got {self.optimizer!r} instead."
            )
        self._number("learning_rate", self.rate, above=0)
        self._number("momentum", self.momentum, least=0, below=1)
        self._number("weight_decay", self.weight_decay, least=0)
        self._number("l1", self.l1, least=0)
        self._number("batch_size", self.batch_size, least=1, whole=True)
        self._number("epochs", self.epochs, least=1, whole=True)
        if self.patience is not None:
            self._number("patience", self.patience, least=1, whole=True)
        self._number("validation_share", self.validation_share, above=0, below=1)
        return self

    @staticmethod
    def _number(
        name: str,
        value: float,
        *,
        least: float | None = None,
        above: float | None = None,
        below: float = float("inf"),
        whole: bool = False,
    ) -> None:
        good = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
        if good:
            good = value < below and (value >= least if least is not None else value > (above or 0))
        if not good:
            kind = "an integer" if whole else "a float"
            low = f"[{least}" if least is not None else f"({above}"
            raise InputError(
                f"The '{name}' parameter of Training must be {kind} in the range {low}, {below}). "
                f"Got {value!r} instead."
            )


@dataclass(kw_only=True)
class History:
    """What happened in training, epoch by epoch.

    Attributes
    ----------
    train_loss
        Mean loss over the batches of each epoch, penalties not included.
    validation_loss
        Loss on the held-back samples after each epoch; empty without early stopping.
    best_epoch
        The epoch whose weights were kept, or how many the refit took; counted from 1.
    stopped
        ``"patience"`` or ``"epochs"``: what ended the training.
    n_held
        How many samples were held back.
    refit_loss
        As ``train_loss``, of the training anew on all samples; empty without it.
    note
        Anything worth saying (why there was no early stopping), or "".
    """

    train_loss: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    best_epoch: int = 0
    stopped: str = "epochs"
    n_held: int = 0
    refit_loss: list[float] = field(default_factory=list)
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> History:
        """From what :meth:`to_dict` gave."""
        return cls(**document)


def batches(index: Tensor, size: int, generator: torch.Generator) -> list[Tensor]:
    """Split samples into batches, in a random order.

    Parameters
    ----------
    index
        Which samples.
    size
        Samples in a batch.
    generator
        Draws the order (on the CPU).

    Returns
    -------
    list of Tensor
        Indices. A last batch of one sample joins the batch before it, because batch norm can't
        take the variance of one sample.
    """
    import torch

    order = torch.randperm(len(index), generator=generator).to(index.device)
    parts = list(torch.split(index.index_select(0, order), size))
    if len(parts) > 1 and size > 1 and len(parts[-1]) == 1:
        last = parts.pop()
        parts[-1] = torch.cat([parts[-1], last])
    return parts
