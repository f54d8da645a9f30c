"""What a task is asked for, and what it gives back to be saved."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from anndata import AnnData

__all__ = ["Request", "Task", "Trained"]


@dataclass(frozen=True)
class Request:
    """What the user asked for.

    Attributes
    ----------
    cohorts
        The cohorts, in the order of the command line.
    groups
        The column that names the patient, if one was named.
    seed
        The seed.
    allow_training_data
        Whether the bundle may hold profiles of training samples.
    options
        The task's own options that were given, by their Python names.
    """

    cohorts: list[AnnData]
    groups: str | None
    seed: int
    allow_training_data: bool
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Trained:
    """A fitted model, and what else :func:`bulkwise.save` asks for.

    Attributes
    ----------
    model
        The fitted pipeline or estimator.
    cohort
        What it was fitted on; several where the task learns from several.
    target
        The columns it learnt, for a classifier.
    """

    model: Any
    cohort: AnnData | list[AnnData]
    target: tuple[str, ...] = ()


@dataclass(frozen=True)
class Task:
    """A task of ``bulkwise train``.

    Attributes
    ----------
    train
        Fits the model that a request asks for.
    required
        Options that must be given, by their Python names.
    optional
        Options that may be given.
    several
        Whether it learns from several cohorts.
    """

    train: Callable[[Request], Trained]
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    several: bool = False
