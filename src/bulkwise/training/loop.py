"""Fit one network: batches, steps, early stopping, and a state that can be resumed.

All data are in memory, on the device, before the first epoch. An epoch draws one permutation;
a batch is one gather from the matrix, so that the matrix is held once, whatever part of its
samples is trained on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor, nn

from bulkwise.errors import FitError, InputError
from bulkwise.networks.base import FirstLayerPenalty, set_generator
from bulkwise.progress import task
from bulkwise.randomness import Seeds
from bulkwise.storage import hash_array
from bulkwise.training.base import LEARNING_RATES, History, Training, batches
from bulkwise.training.checkpoint import Checkpoint
from bulkwise.training.optimizers import Optimizer

__all__ = ["Fit", "Objective", "batches", "fit_network"]

Objective: TypeAlias = Callable[[nn.Module, Sequence[Tensor]], Tensor]
"""From a module and the tensors of a batch to the mean loss over the batch.

``module.training`` says whether it is asked for a step or for a look at held-back samples."""

_CHECKPOINT_EVERY = 10  # epochs
_LOOKED_AT_ONCE = 1024  # held-back samples
_SMALL_STEP = 1 << 23  # weights times samples, below which one thread is as fast as several


def fit_network(
    module: nn.Module,
    data: Sequence[Tensor],
    objective: Objective,
    settings: Training,
    *,
    seeds: Seeds,
    train: Tensor | None = None,
    held: Tensor | None = None,
    about: str = "",
    name: str = "training",
) -> History:
    """Train a module in place and leave it at its best epoch, in evaluation mode.

    :class:`Fit` and its two steps in one call; the parameters are the same.
    """
    fit = Fit(module, data, objective, settings, seeds=seeds, train=train, held=held, about=about)
    history = fit.run(name)
    fit.forget()
    return history


class Fit:
    """The training of one network: all that changes from epoch to epoch.

    Parameters
    ----------
    module
        On the device and in the precision of the data. If it has the attribute ``first``, that
        layer's weights are what the L1 penalty works on, in the form of its ``first_penalty``.
    data
        Tensors of all samples, samples first: inputs, targets.
    objective
        The loss.
    settings
        Optimiser, batches, epochs.
    seeds
        For the order of the samples and for dropout.
    train
        Which samples to train on (default: all).
    held
        Which samples are held back. With them, and with a patience, training stops early and
        goes back to the epoch of the lowest loss on them.
    about
        What the objective depends on besides the data, so that a state left by a fit with
        another objective is never taken up.

    Raises
    ------
    InputError
        If the settings are out of their range or don't suit the module.
    """

    def __init__(
        self,
        module: nn.Module,
        data: Sequence[Tensor],
        objective: Objective,
        settings: Training,
        *,
        seeds: Seeds,
        train: Tensor | None = None,
        held: Tensor | None = None,
        about: str = "",
    ) -> None:
        device = data[0].device
        self.module = module
        self.data = list(data)
        self.objective = objective
        self.settings = settings.check()
        self.train = torch.arange(len(data[0]), device=device) if train is None else train
        self.held = held
        self.epoch = 0
        self.history = History(n_held=0 if held is None else len(held))
        self._best: dict[str, Tensor] = {}
        self._order = seeds.torch("order")
        self._noise = seeds.torch("dropout", device=str(device))
        self._check_norms()
        set_generator(module, self._noise)
        first = getattr(module, "first", None)
        self._optimizer = Optimizer(
            dict(module.named_parameters()),
            settings,
            sparse=first.weight if isinstance(first, nn.Linear) else None,
            penalty=getattr(module, "first_penalty", FirstLayerPenalty()),
        )
        self._checkpoint = self._place(about)

    @property
    def stops_early(self) -> bool:
        """Whether there is something to stop early on."""
        return self.held is not None and self.settings.patience is not None

    @property
    def done(self) -> bool:
        """Whether the last epoch was the last."""
        if self.epoch >= self.settings.epochs:
            return True
        waited = self.epoch - self.history.best_epoch
        return self.stops_early and waited >= (self.settings.patience or 0)

    def run(self, name: str = "training") -> History:
        """Train to the end, from where an earlier attempt left off if it left a state.

        Parameters
        ----------
        name
            What the progress bar says.

        Raises
        ------
        FitError
            If the loss isn't finite any more: with the epoch and the likely cause. If a state
            was left that can't be read.
        """
        self._resume()
        with _threads(self._small_steps()), task(name, total=self.settings.epochs) as bar:
            bar.advance(self.epoch)
            while not self.done:
                self._one_epoch()
                self._save()
                bar.advance(1, note=self._note())
        if self.stops_early:
            self.module.load_state_dict(self._best)
        self.history.stopped = "epochs" if self.epoch >= self.settings.epochs else "patience"
        self.module.eval()
        return self.history

    def forget(self) -> None:
        """Remove the state that was kept for resuming."""
        if self._checkpoint:
            self._checkpoint.remove()

    def _one_epoch(self) -> None:
        self.epoch += 1
        self.module.train()
        parameters = list(self.module.parameters())
        total = torch.zeros((), dtype=torch.float64, device=self.train.device)
        for index in batches(self.train, self.settings.batch_size, self._order):
            loss = self.objective(self.module, self._part(index))
            self._optimizer.step(torch.autograd.grad(loss, parameters, materialize_grads=True))
            total += loss.detach() * len(index)
        losses = self.history.validation_loss
        self.history.train_loss.append(self._finite(float(total) / len(self.train)))
        if self.held is not None:
            losses.append(self._finite(self._held_loss(self.held)))
        if not self.stops_early:
            self.history.best_epoch = self.epoch
        elif losses[-1] < min(losses[:-1], default=math.inf):
            self.history.best_epoch = self.epoch
            state = self.module.state_dict()
            self._best = {key: value.detach().clone() for key, value in state.items()}

    def _part(self, index: Tensor) -> list[Tensor]:
        return [part.index_select(0, index) for part in self.data]

    def _held_loss(self, held: Tensor) -> float:
        self.module.eval()
        total = torch.zeros((), dtype=torch.float64, device=held.device)
        with torch.no_grad():
            for index in torch.split(held, _LOOKED_AT_ONCE):
                total += self.objective(self.module, self._part(index)) * len(index)
        return float(total) / len(held)

    def _finite(self, loss: float) -> float:
        if math.isfinite(loss):
            return loss
        rate = self.settings.rate
        lower = min(rate / 10, LEARNING_RATES[self.settings.optimizer])
        raise FitError(
            f"Training diverged in epoch {self.epoch}: the loss is {loss}, most likely because "
            f"the learning rate {rate:g} is too high for this network and these values; try "
            f"learning_rate={lower:g}, batch norm, or values on a log scale."
        )

    def _small_steps(self) -> bool:
        size = sum(parameter.numel() for parameter in self.module.parameters())
        return size * self.settings.batch_size <= _SMALL_STEP

    def _note(self) -> str:
        text = f"loss {self.history.train_loss[-1]:.3g}"
        if self.history.validation_loss:
            text += f", held back {self.history.validation_loss[-1]:.3g}"
        return text

    def _check_norms(self) -> None:
        norms = any(isinstance(part, nn.BatchNorm1d) for part in self.module.modules())
        if norms and min(self.settings.batch_size, len(self.train)) == 1:
            raise InputError(
                "Batch norm takes the variance over a batch, and a batch holds one sample here; "
                "give Training a larger 'batch_size', or the network batch_norm=False."
            )

    def _save(self) -> None:
        if self._checkpoint is None or not (self.done or self.epoch % _CHECKPOINT_EVERY == 0):
            return
        tensors = {f"module/{key}": value for key, value in self.module.state_dict().items()}
        tensors |= {f"best/{key}": value for key, value in self._best.items()}
        tensors |= {f"optimizer/{key}": value for key, value in self._optimizer.state().items()}
        tensors |= {"order": self._order.get_state(), "noise": self._noise.get_state()}
        steps = self._optimizer.steps
        facts = {"epoch": self.epoch, "steps": steps, "history": self.history.to_dict()}
        self._checkpoint.save(tensors, facts)

    def _resume(self) -> None:
        found = self._checkpoint.load() if self._checkpoint else None
        if found is None:
            return
        tensors, facts = found
        self.module.load_state_dict(_under("module/", tensors))
        self._best = {
            key: value.to(self.train.device) for key, value in _under("best/", tensors).items()
        }
        self._optimizer.load_state(_under("optimizer/", tensors), facts["steps"])
        self._order.set_state(tensors["order"])
        self._noise.set_state(tensors["noise"])
        self.history = History.from_dict(facts["history"])
        self.epoch = facts["epoch"]

    def _place(self, about: str) -> Checkpoint | None:
        """Where the state goes: a file whose name is a hash of all that the result depends on."""
        if self.settings.checkpoint is None:
            return None
        device = self.train.device
        settings: dict[str, Any] = {**self.settings.get_params(), "checkpoint": None}
        states = [self._order.get_state(), self._noise.get_state()]
        parts = [*self.data, self.train, *self.module.state_dict().values(), *states]
        parts += [] if self.held is None else [self.held]
        marks = [hash_array(np.atleast_1d(part.detach().cpu().numpy())) for part in parts]
        whole = hash_array(
            np.zeros(0),
            marks,
            settings,
            str(self.module),
            about,
            str(device),
            str(self._optimizer.penalty),
        )
        return Checkpoint(self.settings.checkpoint, whole)


@contextmanager
def _threads(one: bool) -> Iterator[None]:
    """Compute in one thread for a while: small steps otherwise wait for each other.

    It matters where processors are shared, and the numbers don't depend on their count then.
    """
    before = torch.get_num_threads()
    try:
        if one:
            torch.set_num_threads(1)
        yield
    finally:
        if one:
            torch.set_num_threads(before)


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {
        key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)
    }
