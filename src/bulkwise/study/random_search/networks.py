"""The unit of a search: a fleet of networks with drawn settings, and the refit of a few."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bulkwise.devices import resolve
from bulkwise.randomness import Seeds
from bulkwise.study.base import Arrays, threads
from bulkwise.study.random_search.sampling import proposals
from bulkwise.study.random_search.space import network_and_training
from bulkwise.training.fleet import Fleet, Halving, Member, Outcome, Rows

__all__ = ["NETWORKS_OF_A_UNIT", "compute", "member", "retrained"]

NETWORKS_OF_A_UNIT = 250
"""Enough for full steps; few enough to lose little when a unit is broken off."""

_DIGITS = 9


def member(
    asked: Mapping[str, Any],
    trial: int,
    drawn: Mapping[str, Any],
    *,
    epochs: int,
    patience: int | None,
) -> Member:
    """The network of a trial, from what was drawn for it."""
    network, training = network_and_training(drawn, epochs=epochs, patience=patience)
    seed = Seeds(asked["seed"]).seed("network", trial)
    return Member(network=network, training=training, seed=seed)


def compute(asked: Mapping[str, Any], unit: Mapping[str, Any], arrays: Arrays) -> Any:
    """Train a unit's networks; one row a trial.

    Returns
    -------
    list
        Of each trial: number, how it ended, loss, accuracy and balanced accuracy on the samples
        held back for the choice, best epoch, epochs trained, and what was drawn.
    """
    proposed = proposals(asked, unit)
    epochs, after = asked["epochs"], tuple(asked["halving"])
    fleet = Fleet(
        [
            member(asked, trial, drawn, epochs=epochs, patience=asked["patience"])
            for trial, drawn in proposed.items()
        ],
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
    outcomes = zip(proposed.items(), fleet.run(), strict=True)
    return [_row(trial, drawn, outcome) for (trial, drawn), outcome in outcomes]


def _row(trial: int, drawn: Mapping[str, Any], outcome: Outcome) -> list[Any]:
    figures = (outcome.loss, outcome.accuracy, outcome.balanced_accuracy)
    rounded = [round(value, _DIGITS) if np.isfinite(value) else None for value in figures]
    history = outcome.history
    epochs = history.best_epoch, len(history.train_loss)
    return [trial, outcome.ended, *rounded, *epochs, dict(drawn)]


def retrained(
    asked: Mapping[str, Any],
    drawn: Mapping[int, Mapping[str, Any]],
    epochs: Sequence[int],
    rows: Rows,
) -> Fleet:
    """Train a few trials' networks anew, each for as many epochs as were best."""
    members = [
        member(asked, trial, settings, epochs=most, patience=None)
        for (trial, settings), most in zip(drawn.items(), epochs, strict=True)
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
