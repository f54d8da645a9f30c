"""What estimators with a network inside share: how it sees the genes, and how it is fitted.

A network sees centred rows, divided by one number so that their mean squared length is
:data:`SQUARED_LENGTH`. So a learning rate means the same for 50 genes and for 50,000, for any
unit; which genes vary most stays as it was. A first layer drawn for that length is a layer drawn
with fan-in p over p genes of variance 1.

Where the reduction to the row space is exact for the settings and pays, the network is trained on
the coordinates of the rows, and its first layer is mapped back. What is stored is always on genes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

import numpy as np
import torch
from torch import Tensor, nn

from bulkwise.errors import InputError, SampleError
from bulkwise.networks.base import Network
from bulkwise.progress import say
from bulkwise.randomness import Seeds
from bulkwise.split import inner_holdout
from bulkwise.training.base import History, Training
from bulkwise.training.loop import Fit, Objective
from bulkwise.training.rowspace import RowSpace, worth_reducing

__all__ = [
    "SQUARED_LENGTH",
    "Array",
    "Reduce",
    "Task",
    "Trained",
    "View",
    "forward",
    "joined",
    "on_genes",
    "rebuild",
    "train",
    "view",
]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Reduce: TypeAlias = Literal["auto"] | bool

SQUARED_LENGTH = 1000.0
"""Mean squared length of the training rows as a network sees them."""

_BLOCK_VALUES = 1 << 22  # float64 values of one block: 32 MiB


@dataclass(frozen=True, eq=False)
class View:
    """Training rows as a network sees them.

    Attributes
    ----------
    values
        Samples x inputs, float32: coordinates of the row space, or genes.
    center
        Mean of each gene, p, float64.
    scale
        What ``values`` were multiplied by.
    rows
        The way back to the genes; ``None`` at full width.
    how
        In words: reduced, or why not.
    """

    values: Array
    center: Array
    scale: float
    rows: RowSpace | None
    how: str

    def first_layer(self, weight: Array) -> Array:
        """First-layer weights on the values (units x inputs) -> on centred genes (units x p)."""
        scaled = np.asarray(weight, dtype=np.float64) * self.scale
        if self.rows is None:
            return scaled.astype(np.float32)
        return np.ascontiguousarray(self.rows.lift(scaled.T, dtype=np.float32).T)

    def last_layer(self, weight: Array) -> Array:
        """What gives the values (inputs x units, or inputs) -> what gives centred genes."""
        scaled = np.asarray(weight, dtype=np.float64) / self.scale
        if self.rows is None:
            return scaled.astype(np.float32)
        return self.rows.lift(scaled, dtype=np.float32)


def view(X: Array | RowSpace, network: Network, training: Training, reduce: Reduce) -> View:
    """Centre and scale rows, and reduce them to the row space where that is exact and pays.

    Parameters
    ----------
    X
        Samples x genes, or their row space, which is used where a reduction is wanted.
    network, training
        Settings that decide whether the reduction is exact.
    reduce
        ``"auto"``, ``False`` (never), or ``True`` (also where it doesn't pay).

    Raises
    ------
    InputError
        If ``reduce=True`` and the reduction isn't exact.
    """
    matrix = X.X if isinstance(X, RowSpace) else X
    why_not = _why_not(matrix, network, training, reduce)
    if why_not is None:
        rows = X if isinstance(X, RowSpace) else RowSpace.of(matrix)
        scale = _scale(float(np.square(rows.s).sum()), len(matrix))
        how = f"row space of rank {rows.rank} instead of {rows.n_genes} genes"
        return View((rows.Z * scale).astype(np.float32), rows.mean, scale, rows, how)
    center, squares = _moments(matrix)
    scale = _scale(squares, len(matrix))
    values = np.empty(matrix.shape, dtype=np.float32)
    for part in _parts(*matrix.shape):
        values[part] = (matrix[part] - center) * scale
    return View(values, center, scale, None, f"full width: {why_not}")


def _why_not(matrix: Array, network: Network, training: Training, reduce: Reduce) -> str | None:
    if reduce not in ("auto", True, False):
        raise InputError(
            f"The 'reduce' parameter must be 'auto', True or False. Got {reduce!r} instead."
        )
    if reduce is False:
        return "asked for"
    inexact = None
    if not network.linear_first:
        inexact = "the network looks at single genes (dropout on the input)"
    elif not training.keeps_row_space:
        inexact = f"{training.optimizer} with l1={training.l1:g} leaves the row space"
    if inexact and reduce is True:
        raise InputError(
            f"Can't reduce to the row space exactly: {inexact}; use SGD without an L1 penalty "
            "and without dropout on the input, or reduce='auto'."
        )
    if inexact:
        return inexact
    if reduce == "auto" and not worth_reducing(*matrix.shape):
        return f"{matrix.shape[0]} samples and {matrix.shape[1]} genes leave nothing to gain"
    return None


def _scale(squares: float, n: int) -> float:
    return float(np.sqrt(SQUARED_LENGTH * n / squares)) if squares > 0 else 1.0


def _parts(n: int, p: int) -> Iterator[slice]:
    size = max(1, _BLOCK_VALUES // max(p, 1))
    for start in range(0, n, size):
        yield slice(start, min(start + size, n))


def _moments(matrix: Array) -> tuple[Array, float]:
    """Mean of each gene, and the sum of squares around it."""
    center = np.zeros(matrix.shape[1])
    for part in _parts(*matrix.shape):
        center += matrix[part].sum(axis=0, dtype=np.float64)
    center /= len(matrix)
    squares = sum(float(np.square(matrix[part] - center).sum()) for part in _parts(*matrix.shape))
    return center, squares


@dataclass(frozen=True, eq=False)
class Trained:
    """What the training of one network leaves.

    Attributes
    ----------
    parameters
        The module's state by name, the first layer on centred genes.
    history
        Losses by epoch.
    held
        Which samples were held back for early stopping, or ``None``.
    held_outputs
        What the network stopped at its best epoch gave for them, float64, or ``None``.
    """

    parameters: dict[str, Array]
    history: History
    held: Array | None
    held_outputs: Array | None


@dataclass(frozen=True, eq=False)
class Task:
    """What networks are to learn from the rows of a :class:`View`.

    Attributes
    ----------
    targets
        Tensors that the objective takes after the rows, samples first.
    objective
        The loss.
    n_outputs
        Units of the output layer.
    strata
        Labels to hold samples back by, or ``None``.
    groups
        Patients, kept whole when samples are held back, or ``None``.
    about
        What the objective depends on besides the data (see :class:`bulkwise.training.loop.Fit`).
    """

    targets: Sequence[Tensor]
    objective: Objective
    n_outputs: int
    strata: Array | None = None
    groups: Array | None = None
    about: str = ""


def train(
    seen: View,
    task: Task,
    network: Network,
    training: Training,
    *,
    members: int,
    seeds: Seeds,
    device: torch.device,
) -> list[Trained]:
    """Fit networks, each with its own weights and held-back samples, and its refit on all.

    Parameters
    ----------
    seen
        The rows.
    task
        What to learn from them.
    network, training
        Settings.
    members
        How many networks. The first is the same whatever the number.
    seeds
        Weights, dropout, order and split.
    device
        Where to train. The data are moved there once.
    """
    data = [torch.from_numpy(seen.values).to(device), *(part.to(device) for part in task.targets)]
    fits: list[Fit] = []

    def fit(settings: Training, own: Seeds, chosen: Sequence[Array | None]) -> Fit:
        module = network.build(
            seen.values.shape[1],
            task.n_outputs,
            own.torch("weights"),
            fan_in=round(SQUARED_LENGTH),
        ).to(device)
        train_on, held = (None if c is None else torch.as_tensor(c, device=device) for c in chosen)
        made = Fit(
            module,
            data,
            task.objective,
            settings,
            seeds=own,
            train=train_on,
            held=held,
            about=task.about,
        )
        fits.append(made)
        return made

    def one(number: int) -> Trained:
        own = seeds.child("member", number)
        name = type(network).__name__ + (f" {number + 1} of {members}" if members > 1 else "")
        parts, note = _hold_back(task, len(seen.values), training, own)
        first = final = fit(training, own.child("first"), parts)
        history = first.run(f"training {name}")
        history.note = note
        outputs = None
        if parts[1] is not None:
            outputs = _outputs(first.module, data[0], torch.as_tensor(parts[1], device=device))
            if training.refit:
                final = fit(_epochs(training, history.best_epoch), own.child("refit"), (None, None))
                history.refit_loss = final.run(f"training {name} on all samples").train_loss
        return Trained(on_genes(final.module, seen), history, parts[1], outputs)

    done = [one(number) for number in range(members)]
    if done[0].history.note:
        say(done[0].history.note)
    for made in fits:
        made.forget()
    return done


def _epochs(training: Training, epochs: int) -> Training:
    return Training(**{**training.get_params(), "epochs": epochs, "patience": None})


def _hold_back(
    task: Task, n: int, training: Training, seeds: Seeds
) -> tuple[tuple[Array | None, Array | None], str]:
    """Indices to train on and to hold back, or why none are."""
    if training.patience is None:
        return (None, None), ""
    strata = np.zeros(n, dtype=np.int64) if task.strata is None else task.strata
    share, seed = training.validation_share, seeds.sklearn("validation")
    try:
        return inner_holdout(strata, task.groups, share=share, random_state=seed), ""
    except SampleError as error:
        return (None, None), f"Trained through all {training.epochs} epochs: {error}"


def _outputs(module: nn.Module, rows: Tensor, index: Tensor) -> Array:
    with torch.no_grad():
        parts = [module(rows.index_select(0, part)) for part in torch.split(index, 1024)]
    return cast(Array, torch.cat(parts).double().cpu().numpy())


def on_genes(module: nn.Module, seen: View) -> dict[str, Array]:
    """A trained module's state as arrays, mapped to centred genes.

    Mapped are its layer ``first``, and where it has them its layer ``last``, which gives back the
    inputs, and its batch norm ``input_norm``, which then stands in the place of ``first``.
    """
    state = {name: tensor.detach().cpu().numpy() for name, tensor in module.state_dict().items()}
    norm = getattr(module, "input_norm", None)
    if isinstance(norm, nn.BatchNorm1d):
        mean, variance = (state[f"input_norm.running_{part}"] for part in ("mean", "var"))
        state["input_norm.running_mean"] = mean / seen.scale
        state["input_norm.running_var"] = (variance + norm.eps) / seen.scale**2 - norm.eps
    else:
        first = getattr(module, "first", None)
        name = next(f"{name}.weight" for name, part in module.named_modules() if part is first)
        state[name] = seen.first_layer(state[name])
    if isinstance(getattr(module, "last", None), nn.Linear):
        for name in ("last.weight", "last.bias"):
            state[name] = seen.last_layer(state[name])
    return state


def rebuild(
    network: Network, parameters: Mapping[str, Array], n_genes: int, n_outputs: int
) -> nn.ModuleList:
    """The modules whose states were joined by :func:`joined`: on the CPU, float64, evaluation mode.

    They take centred genes.
    """
    n_members = 1 + max(int(name.split(".", 1)[0]) for name in parameters)
    modules = nn.ModuleList(network.build(n_genes, n_outputs) for _ in range(n_members))
    modules.load_state_dict({name: torch.tensor(value) for name, value in parameters.items()})
    return modules.double().eval()


def joined(trained: Sequence[Trained]) -> dict[str, Array]:
    """The states of several networks in one table: ``"<number>.<name>"`` -> array."""
    return {
        f"{number}.{name}": value
        for number, member in enumerate(trained)
        for name, value in member.parameters.items()
    }


def forward(module: Callable[[Tensor], Tensor], X: Array, center: Array) -> Array:
    """Outputs of a module that takes centred genes, in float64, in blocks of samples.

    Parameters
    ----------
    module
        In float64, or a method of one.
    X
        Samples x genes.
    center
        Mean of each gene.
    """
    with torch.no_grad():
        parts = [module(torch.from_numpy(X[part] - center)).numpy() for part in _parts(*X.shape)]
    return np.concatenate(parts)
