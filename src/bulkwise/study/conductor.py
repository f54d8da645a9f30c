"""Carry out a plan: open the store, compute what is left, file every result as it comes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bulkwise.errors import StudyError
from bulkwise.progress import say, task
from bulkwise.storage import PathLike
from bulkwise.study.base import Arrays, Engine, Plan, Unit, Work
from bulkwise.study.engines import Local
from bulkwise.study.store import Store

__all__ = ["Carried", "Guide", "carry_out"]


class Guide(Protocol):
    """Who decides what units do from what came of earlier ones, a round of units at a time."""

    @property
    def size(self) -> int:
        """Units of a round."""

    def __call__(self, units: Sequence[Unit], results: Mapping[str, Any]) -> Sequence[Unit]:
        """A round's units with their settings, by the results of the rounds before it only."""


@dataclass(frozen=True)
class Carried:
    """A plan carried out.

    Attributes
    ----------
    results
        Name of a unit -> its result, in the plan's order.
    failed
        Name of a unit -> its error.
    seconds
        Of computing, summed over the units (of any run).
    resumed
        How many units an earlier run had done.
    """

    results: Mapping[str, Any]
    failed: Mapping[str, str]
    seconds: float
    resumed: int


def carry_out(
    plan: Plan,
    work: Work,
    arrays: Arrays,
    folder: PathLike,
    *,
    engine: Engine | None = None,
    description: str = "study",
    guide: Guide | None = None,
) -> Carried:
    """Compute all units of a plan that have no result yet.

    Parameters
    ----------
    plan
        What is to be done.
    work
        What computes one unit.
    arrays
        What the units share.
    folder
        The study's folder.
    engine
        Where to compute; by default one process for each processor of this machine.
    description
        What the progress bar says.
    guide
        Who decides what the units of a round do; by default the plan has decided all.

    Raises
    ------
    StudyError
        If the store can't be opened or written, or every unit failed.
    """
    with Store(folder, plan) as store:
        resumed = len(store.results)
        if resumed:
            say(f"{resumed} of {len(plan.units)} units are done already; going on with the rest.")
        runner = Local() if engine is None else engine
        with task(description, total=len(plan.units)) as bar:
            bar.advance(resumed)
            for units in _rounds(plan, store, guide):
                for done in runner.run(work, plan, units, arrays):
                    store.append(done)
                    bar.advance(note=done.error)
        if store.failed and not store.results:
            name, error = next(iter(store.failed.items()))
            raise StudyError(f"Every unit of the study failed, {name} first: {error}")
        for name, error in store.failed.items():
            say(f"The unit {name} failed and was left out: {error}")
        results = {u.name: store.results[u.name] for u in plan.units if u.name in store.results}
        return Carried(results, dict(store.failed), sum(store.seconds.values()), resumed)


def _rounds(plan: Plan, store: Store, guide: Guide | None) -> Iterator[Sequence[Unit]]:
    """The units that are left, round by round; all at once where nobody guides."""
    size = len(plan.units) if guide is None else guide.size
    for start in range(0, len(plan.units), max(size, 1)):
        units: Sequence[Unit] = plan.units[start : start + size]
        left = set(store.left)
        if left.isdisjoint(unit.name for unit in units):
            continue
        if guide is not None:
            units = guide(units, store.results)
        yield [unit for unit in units if unit.name in left]
