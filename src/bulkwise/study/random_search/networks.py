"""The unit of a search: a fleet of networks with drawn settings, and the refit of a few."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bulkwise.devices import resolve
from bulkwise.randomness import Seeds
from bulkwise.study.base import Arrays, Unit, threads
from bulkwise.study.random_search.space import draw, network_and_training, space_named
from bulkwise.training.fleet import Fleet, Halving, Member, Outcome, Rows

__all__ = ["NETWORKS_OF_A_UNIT", "compute", "member", "retrained", "units"]

NETWORKS_OF_A_UNIT = 125
"""Enough for full steps; few enough to lose little when a unit is broken off."""

_DIGITS = 9


def units(trials: int) -> tuple[Unit, ...]:
    """The trials in units of equal size."""
    starts = range(0, trials, NETWORKS_OF_A_UNIT)
    return tuple(
        Unit(
            f"networks-{first:06d}",
            {"first": first, "end": min(first + NETWORKS_OF_A_UNIT, trials)},
        )
        for first in starts
    )


def member(asked: Mapping[str, Any], trial: int, *, epochs: int, patience: int | None) -> Member:
    """The network of a trial."""
    seeds = Seeds(asked["seed"])
    drawn = draw(space_named(asked["space"]), seeds, trial)
    network, training = network_and_training(drawn, epochs=epochs, patience=patience)
    return Member(network=network, training=training, seed=seeds.seed("network", trial))


def compute(asked: Mapping[str, Any], unit: Mapping[str, Any], arrays: Arrays) -> Any:
    """Train a unit's networks; one row a trial.

    Returns
    -------
    list
        Of each trial: number, how it ended, loss, accuracy and balanced accuracy on the samples
        held back for the choice, best epoch, epochs trained.
    """
    trials = range(unit["first"], unit["end"])
    epochs, after = asked["epochs"], tuple(asked["halving"])
    fleet = Fleet(
        [member(asked, trial, epochs=epochs, patience=asked["patience"]) for trial in trials],
        Rows(
            values=np.array(arrays["values"]),
            codes=np.array(arrays["codes"]),
            n_classes=asked["n_classes"],
            train=np.array(arrays["train"]),
            held=np.array(arrays["held"]),
            fan_in=asked["fan_in"],
        ),
        order=Seeds(asked["seed"]).child("order"),
        halving=Halving(after=after) if after else None,
        memory=asked["memory"],
        keep=False,
        device=resolve(asked["device"]),
    )
    return [_row(*pair) for pair in zip(trials, fleet.run(), strict=True)]


def _row(trial: int, outcome: Outcome) -> list[Any]:
    figures = (outcome.loss, outcome.accuracy, outcome.balanced_accuracy)
    rounded = [round(value, _DIGITS) if np.isfinite(value) else None for value in figures]
    history = outcome.history
    return [trial, outcome.ended, *rounded, history.best_epoch, len(history.train_loss)]


def retrained(
    asked: Mapping[str, Any], trials: Sequence[int], epochs: Sequence[int], rows: Rows
) -> Fleet:
    """Train a few trials' networks anew, each for as many epochs as were best."""
    members = [
        member(asked, trial, epochs=most, patience=None)
        for trial, most in zip(trials, epochs, strict=True)
    ]
    fleet = Fleet(
        members,
        rows,
        order=Seeds(asked["seed"]).child("refit"),
        device=resolve(asked["device"]),
    )
    with threads(1):  # small steps otherwise wait for each other
        fleet.run()
    return fleet
