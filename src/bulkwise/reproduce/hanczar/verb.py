"""One call for the whole reproduction; every part of it is a study that goes on after a break."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bulkwise.errors import InputError
from bulkwise.reproduce.base import Reproduction
from bulkwise.reproduce.hanczar.claims import (
    Claim,
    claims_of_curve,
    claims_of_search,
    claims_of_transfer,
)
from bulkwise.reproduce.hanczar.cohorts import Passage, Task
from bulkwise.reproduce.hanczar.page import compose, text_table
from bulkwise.storage import PathLike
from bulkwise.study import Curve, Search, Transfer, curve, search, transfer
from bulkwise.study.base import Engine
from bulkwise.study.learning_curve import METHODS

__all__ = ["reproduce_hanczar"]

SPACE = "hanczar"


def reproduce_hanczar(
    tasks: Sequence[Task],
    passages: Sequence[Passage] = (),
    *,
    folder: PathLike,
    trials: int = 150,
    epochs: int = 20,
    repeats: int = 5,
    methods: Sequence[str] = METHODS,
    engine: Engine | None = None,
    random_state: int = 0,
    command: str | None = None,
) -> Reproduction:
    """Set the paper's figures and claims beside ours.

    On each task: a random search over the paper's settings (its figure 2), and learning curves of
    a network with default settings and five rivals (table 4 and figure 3). Then transfer, one
    passage after the other (figures 4 to 10).

    Parameters
    ----------
    tasks
        Cohorts and questions; :func:`hanczar_tasks` reads the paper's kind of them.
    passages
        Transfers; :func:`hanczar_passages` makes the paper's kind of them.
    folder
        Where the studies go; one that was broken off goes on from there.
    trials, epochs
        Networks of each search, and most epochs of one.
    repeats, methods
        Of each learning curve; see :func:`bulkwise.study.curve`.
    engine
        Where to compute; by default one process for each processor.
    random_state
        Seed.
    command
        What was typed, for the record.

    Raises
    ------
    InputError
        If there is no task, or a number is out of its range.
    StudyError
        If the folder holds studies of other data or settings.
    """
    if not tasks or trials < 1 or epochs < 1 or repeats < 2:
        raise InputError(
            "A reproduction needs a task, at least 1 trial, 1 epoch and 2 repeats; got "
            f"{len(tasks)} tasks, {trials}, {epochs} and {repeats}."
        )
    started, place = time.perf_counter(), Path(folder)
    shared: dict[str, Any] = {"engine": engine, "random_state": random_state}
    searches: dict[str, Search] = {}
    curves: dict[str, Curve] = {}
    claims: list[Claim] = []
    for task in tasks:
        asked = {"target": task.target, **shared}
        searches[task.title] = search(
            task.cohort,
            folder=place / f"{task.name}-settings",
            trials=trials,
            space=SPACE,
            epochs=epochs,
            **asked,
        )
        curves[task.title] = curve(
            task.cohort,
            folder=place / f"{task.name}-curve",
            repeats=repeats,
            methods=methods,
            **asked,
        )
        claims += claims_of_search(task.title, searches[task.title])
        claims += claims_of_curve(task.title, curves[task.title])
    transfers: dict[str, Transfer] = {}
    for passage in passages:
        title = f"{passage.title} (figures {passage.figures})"
        transfers[title] = transfer(
            **passage.asked, folder=place / passage.name, repeats=repeats, **shared
        )
        claims += claims_of_transfer(passage.title, transfers[title])
    run = {
        "seed": random_state,
        "trials": trials,
        "epochs": epochs,
        "repeats": repeats,
        "seconds": round(time.perf_counter() - started, 1),
        "command": command,
    }
    metrics = {"models": _models(searches, curves), "claims": [asdict(one) for one in claims]}
    return Reproduction(
        paper="hanczar",
        page=compose(searches, curves, transfers, claims, run),
        metrics=metrics,
        summary=text_table(claims),
        run=run,
    )


def _models(searches: dict[str, Search], curves: dict[str, Curve]) -> dict[str, Any]:
    """Balanced accuracy of every method on every task with as many samples as there are."""
    made: dict[str, Any] = {}
    for task, found in curves.items():
        for method, point in found.at(found.asked["sizes"][-1]).items():
            made[f"{method} ({task})"] = {"metrics": {"balanced_accuracy": asdict(point.score)}}
    for task, searched in searches.items():
        for name, metrics in searched.models.items():
            score = metrics["balanced_accuracy"]
            made[f"{name} of the search ({task})"] = {
                "metrics": {"balanced_accuracy": asdict(score)}
            }
    return made
