"""Fine-tune networks on the target's rows: several in lock-step, on the same rows in one order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch

from bulkwise.errors import SampleError
from bulkwise.models.base import SQUARED_LENGTH, Array, Trained, View
from bulkwise.models.transfer.start import Start, coordinates
from bulkwise.networks.mlp import MLP
from bulkwise.randomness import Seeds
from bulkwise.split import inner_holdout
from bulkwise.training.base import Training
from bulkwise.training.fleet import Fleet, Member, Outcome, Rows

__all__ = ["Runner", "Tuning"]


@dataclass(frozen=True, eq=False)
class Runner:
    """A network at its start.

    Attributes
    ----------
    start
        Its first state.
    frozen
        How many of its first hidden layers stay as they are.
    seed
        Of its dropout.
    """

    start: Start
    frozen: int
    seed: int


@dataclass(frozen=True, eq=False, kw_only=True)
class Tuning:
    """What networks are fine-tuned on, and how.

    Attributes
    ----------
    seen
        The target's rows.
    codes
        Class of each, 0 to ``n_classes - 1``.
    n_classes
        How many classes.
    groups
        Patient of each, or ``None``.
    network, training
        Settings of all networks.
    class_weight
        As a fleet's member takes it.
    device
        Where to train.
    """

    seen: View
    codes: Array
    n_classes: int
    groups: Array | None
    network: MLP
    training: Training
    class_weight: Literal["balanced"] | Mapping[int, float] | None = "balanced"
    device: torch.device | None = None

    def run(self, runners: Sequence[Runner], seeds: Seeds) -> tuple[list[Trained | None], str]:
        """Train with an early stop, then anew on all rows for as many epochs as were best.

        Parameters
        ----------
        runners
            Networks; they share who is held back and the order of the rows.
        seeds
            Of both.

        Returns
        -------
        list of Trained or None
            ``None`` for a network that diverged.
        str
            Why nobody was held back, or "".
        """
        train, held, note = self._hold_back(seeds)
        trainings = [self.training] * len(runners)
        fleet = self._fleet(runners, trainings, train, held, seeds)
        first = final = fleet.run()
        if held is not None and self.training.refit:
            trainings = [self._again(outcome) for outcome in first]
            whole = np.arange(len(self.codes))
            final = self._fleet(runners, trainings, whole, None, seeds.child("refit")).run()
        found: list[Trained | None] = []
        for number, runner in enumerate(runners):
            if "diverged" in (first[number].ended, final[number].ended):
                found.append(None)
                continue
            history = first[number].history
            history.note = note
            if final is not first:
                history.refit_loss = final[number].history.train_loss
            state = final[number].state
            parameters = runner.start.on_genes(state, self.seen, frozen=runner.frozen)
            outputs = None if held is None else self._outputs(fleet, number, held)
            found.append(Trained(parameters, history, held, outputs))
        return found, note

    def _hold_back(self, seeds: Seeds) -> tuple[Array, Array | None, str]:
        whole = np.arange(len(self.codes))
        if self.training.patience is None:
            return whole, None, ""
        try:
            train, held = inner_holdout(
                self.codes,
                self.groups,
                share=self.training.validation_share,
                random_state=seeds.sklearn("validation"),
            )
        except SampleError as error:
            return whole, None, f"Trained through all {self.training.epochs} epochs: {error}"
        return train, held, ""

    def _again(self, outcome: Outcome) -> Training:
        settings = {"epochs": max(1, outcome.history.best_epoch), "patience": None}
        return Training(**{**self.training.get_params(), **settings})

    def _fleet(
        self,
        runners: Sequence[Runner],
        trainings: Sequence[Training],
        train: Array,
        held: Array | None,
        seeds: Seeds,
    ) -> Fleet:
        members = [
            Member(
                network=self.network,
                training=training,
                seed=runner.seed,
                class_weight=self.class_weight,
                start=runner.start.state,
                frozen=runner.frozen,
            )
            for runner, training in zip(runners, trainings, strict=True)
        ]
        rows = Rows(
            values=coordinates(self.seen),
            codes=self.codes,
            n_classes=self.n_classes,
            train=train,
            held=held,
            fan_in=round(SQUARED_LENGTH),
        )
        return Fleet(members, rows, order=seeds, device=self.device)

    def _outputs(self, fleet: Fleet, number: int, held: Array) -> Array:
        """What a network at its best epoch gives for the rows held back, float64."""
        values = torch.from_numpy(coordinates(self.seen)[held]).double()
        with torch.no_grad():
            found: Array = fleet.module(number).double()(values).numpy()
        return found
