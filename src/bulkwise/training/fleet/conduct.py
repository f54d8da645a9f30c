"""Train a fleet: epochs in lock-step, early stops, losers dropped."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor

from bulkwise.errors import InputError
from bulkwise.networks.mlp import MLPModule
from bulkwise.progress import task
from bulkwise.randomness import Seeds
from bulkwise.training.base import batches
from bulkwise.training.fleet.members import Halving, Member, Outcome, Rows, class_weights
from bulkwise.training.fleet.stack import Stack

__all__ = ["Fleet"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_LOOKED_AT_ONCE = 1024  # held-back samples


class Fleet:
    """Train many networks on the same rows, each with its own settings.

    A network gives the same predictions whether it is trained alone or with others, and the same
    as :func:`bulkwise.training.loop.fit_network` gives with its seeds, up to rounding. All
    networks see the samples in one order.

    Parameters
    ----------
    members
        The networks. Those of one kind (depth, batch size, optimiser, norm) share their steps.
    rows
        What they learn from.
    order
        Draws the order of the samples.
    halving
        When losers are dropped; ``None`` trains all of them to their end.
    memory
        Most bytes of weights and their states at once. A fleet that needs more is trained in
        parts, each with its own halving.
    keep
        Whether outcomes hold the weights.
    device
        Where to train.
    dtype
        Precision.

    Raises
    ------
    InputError
        If a network can't be trained in a fleet, or one alone needs more memory than allowed.

    Examples
    --------
    >>> from bulkwise.networks import MLP
    >>> from bulkwise.training import Training
    >>> rng = np.random.default_rng(0)
    >>> codes = np.arange(30) % 3
    >>> values = rng.normal(size=(30, 5)) + 3 * np.eye(3, 5)[codes]
    >>> rows = Rows(values=values, codes=codes, n_classes=3, train=np.arange(30))
    >>> settings = Training(epochs=20, patience=None)
    >>> members = [Member(network=MLP(widths=(w,)), training=settings, seed=w) for w in (4, 8)]
    >>> outcomes = Fleet(members, rows, order=Seeds(0)).run()
    >>> [outcome.ended for outcome in outcomes]
    ['epochs', 'epochs']
    """

    def __init__(
        self,
        members: Sequence[Member],
        rows: Rows,
        *,
        order: Seeds,
        halving: Halving | None = None,
        memory: int = 2 << 30,
        keep: bool = True,
        device: torch.device | None = None,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        if halving is not None and rows.held is None:
            raise InputError("Halving needs held-back samples to tell who loses; give rows.held.")
        self.members = [member.check() for member in members]
        self.rows = rows
        self.order = order
        self.halving = halving
        self.memory = memory
        self.keep = keep
        self._like = torch.zeros((), dtype=dtype, device=device or torch.device("cpu"))
        self._values = torch.as_tensor(rows.values).to(self._like)
        self._codes = torch.as_tensor(rows.codes, dtype=torch.int64, device=self._like.device)
        self.outcomes = [Outcome() for _ in self.members]

    def run(self) -> list[Outcome]:
        """Train all networks; an outcome for each, in the order of the members."""
        for part in self._parts():
            self._train(part)
        return self.outcomes

    def module(self, number: int) -> MLPModule:
        """A trained network as a module in evaluation mode, on the CPU."""
        module = self.members[number].network.build(self._values.shape[1], self.rows.n_classes)
        module = module.to(self._like.dtype)
        module.load_state_dict(self.outcomes[number].state)
        return module.eval()

    # ------------------------------------------------------------------ parts and stacks

    def _bytes(self, member: Member) -> int:
        sizes = [self._values.shape[1], *member.network.widths, self.rows.n_classes]
        weights = sum(a * b for a, b in pairwise(sizes))
        copies = 4 if self.keep else 3  # weights, velocity (or two moments), gradient, best epoch
        return weights * copies * self._like.element_size()

    def _parts(self) -> list[list[int]]:
        """Members that are trained at the same time, so that the memory suffices."""
        parts: list[list[int]] = [[]]
        used = 0
        for number, member in enumerate(self.members):
            needed = self._bytes(member)
            if needed > self.memory:
                raise InputError(
                    f"A network of widths {member.network.widths} needs {needed:,} bytes and the "
                    f"fleet may use {self.memory:,}; give it more memory or smaller networks."
                )
            if used + needed > self.memory:
                parts.append([])
                used = 0
            parts[-1].append(number)
            used += needed
        return parts

    def _train(self, numbers: Sequence[int]) -> None:
        kinds: dict[tuple[object, ...], list[int]] = {}
        for number in numbers:
            kinds.setdefault(self.members[number].kind, []).append(number)
        squads = [_Squad(self, chosen) for chosen in kinds.values()]
        most = max((self.members[i].training.epochs for i in numbers), default=0)
        rungs = [e for e in (self.halving.after if self.halving else ()) if e < most]
        with task("training a fleet", total=most) as bar:
            for begin, end in zip([0, *rungs], [*rungs, most], strict=True):
                for squad in squads:
                    squad.advance(end)
                if end < most:
                    self._drop(squads)
                bar.advance(end - begin, note=f"{sum(len(s.numbers) for s in squads)} networks")

    def _drop(self, squads: Sequence[_Squad]) -> None:
        running = [number for squad in squads for number in squad.numbers]
        if self.halving is None or not running:
            return
        ranked = sorted(running, key=lambda number: (self.outcomes[number].loss, number))
        best = set(ranked[: self.halving.survivors(len(running))])
        for squad in squads:
            squad.leave({n: "dropped" for n in squad.numbers if n not in best})

    def start(self, member: Member) -> MLPModule:
        """The module that a member starts as."""
        generator = None if member.start is not None else Seeds(member.seed).torch("weights")
        module = member.network.build(
            self._values.shape[1], self.rows.n_classes, generator, fan_in=self.rows.fan_in
        ).to(self._like.dtype)
        if member.start is not None:
            module.load_state_dict(dict(member.start))
        return module


class _Squad:
    """Members of one kind: their stack, and who of them is still in training."""

    def __init__(self, fleet: Fleet, numbers: Sequence[int]) -> None:
        self.fleet = fleet
        self.numbers = list(numbers)
        self.epoch = 0
        rows = fleet.rows
        members = [fleet.members[number] for number in numbers]
        like = fleet._like
        weights = [class_weights(m, rows.codes[rows.train], rows.n_classes) for m in members]
        self.stack = Stack(
            members,
            [fleet.start(member) for member in members],
            torch.as_tensor(np.array(weights)),
            like,
        )
        self.train = torch.as_tensor(rows.train, device=like.device)
        self.held = None if rows.held is None else torch.as_tensor(rows.held, device=like.device)
        self.batch = members[0].training.batch_size
        if members[0].network.batch_norm and min(self.batch, len(self.train)) == 1:
            raise InputError(
                "Batch norm takes the variance over a batch, and a batch holds one sample here; "
                "give Training a larger 'batch_size', or the network batch_norm=False."
            )
        self._order = fleet.order.torch("order")

    def advance(self, epoch: int) -> None:
        """Train to the end of an epoch, or until all have stopped."""
        while self.numbers and self.epoch < epoch:
            self._one_epoch()

    def leave(self, reasons: dict[int, str]) -> None:
        """Take members out of the training, each with how it ended."""
        if not reasons:
            return
        outcomes = self.fleet.outcomes
        for place, number in enumerate(self.numbers):
            if number in reasons:
                outcome = outcomes[number]
                outcome.ended = outcome.history.stopped = reasons[number]
                if reasons[number] in {"dropped", "diverged"}:
                    outcome.state = {}
                elif self.fleet.keep and not outcome.state:
                    outcome.state = self.stack.state(place)
        stay = [place for place, number in enumerate(self.numbers) if number not in reasons]
        self.numbers = [self.numbers[place] for place in stay]
        if stay:
            self.stack.keep(stay)

    def _one_epoch(self) -> None:
        self.epoch += 1
        fleet = self.fleet
        total = torch.zeros(len(self.stack), dtype=torch.float64, device=fleet._like.device)
        for index in batches(self.train, self.batch, self._order):
            total += self.stack.step(fleet._values[index], fleet._codes[index])
        losses = (total / len(self.train)).tolist()
        for number, loss in zip(self.numbers, losses, strict=True):
            fleet.outcomes[number].history.train_loss.append(loss)
        if self.held is not None:
            self._judge(self.held)
        self._end_of_epoch(losses)

    def _judge(self, held: Tensor) -> None:
        """Note each network's loss and accuracy on the held-back samples, and its best epoch."""
        judged = self._looked(held).tolist()
        for place, number in enumerate(self.numbers):
            loss, accuracy, balanced = judged[place]
            outcome = self.fleet.outcomes[number]
            history = outcome.history
            history.n_held = len(held)
            history.validation_loss.append(loss)
            if not loss < (outcome.loss if math.isfinite(outcome.loss) else math.inf):
                continue
            outcome.loss, outcome.accuracy = loss, accuracy
            outcome.balanced_accuracy = balanced
            history.best_epoch = self.epoch
            if self.fleet.keep and self.fleet.members[number].training.patience is not None:
                outcome.state = self.stack.state(place)

    def _looked(self, held: Tensor) -> Tensor:
        """Networks x (loss, accuracy, balanced accuracy), float64."""
        codes = self.fleet._codes[held]
        n_classes = self.fleet.rows.n_classes
        there = torch.bincount(codes, minlength=n_classes)
        total = torch.zeros(len(self.stack), dtype=torch.float64, device=held.device)
        right = torch.zeros((len(self.stack), n_classes), dtype=torch.float64, device=held.device)
        for index in torch.split(held, _LOOKED_AT_ONCE):
            own = self.fleet._codes[index]
            log_p = self.stack.logits(self.fleet._values[index]).log_softmax(dim=2)
            picked = log_p.gather(2, own.expand(len(self.stack), -1)[..., None])[..., 0]
            total -= picked.sum(dim=1)
            hits = (log_p.argmax(dim=2) == own).double()
            right.index_add_(1, own, hits)
        recall = right[:, there > 0] / there[there > 0]
        parts = (total / len(held), right.sum(dim=1) / len(held), recall.mean(dim=1))
        return torch.stack(parts, dim=1)

    def _end_of_epoch(self, losses: Sequence[float]) -> None:
        """Let go of who diverged, waited long enough, or is through."""
        reasons = {}
        for number, loss in zip(self.numbers, losses, strict=True):
            settings = self.fleet.members[number].training
            history = self.fleet.outcomes[number].history
            stops = self.held is not None and settings.patience is not None
            if not stops:
                history.best_epoch = self.epoch
            latest = [loss, *history.validation_loss[-1:]]
            if not all(map(math.isfinite, latest)):
                reasons[number] = "diverged"
            elif self.epoch >= settings.epochs:
                reasons[number] = "epochs"
            elif stops and self.epoch - history.best_epoch >= (settings.patience or 0):
                reasons[number] = "patience"
        self.leave(reasons)
