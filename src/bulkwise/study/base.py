"""What a study is: a plan of small, named, deterministic units of work, and their results.

A unit's result depends on the plan, on the unit and on the arrays, and on nothing else: not on
the engine that computed it, not on how much memory was free, not on which units came before. So
a study can be broken off anywhere and go on elsewhere, and gives the same numbers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np
from threadpoolctl import threadpool_limits

__all__ = ["Array", "Arrays", "Done", "Engine", "Plan", "Unit", "Work", "code_hash", "threads"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Arrays: TypeAlias = Mapping[str, Array]

_CODE = ("networks", "training", "models", "preprocess", "split", "study")
_PACKAGES = ("numpy", "scipy", "scikit-learn", "torch")


@dataclass(frozen=True)
class Unit:
    """One piece of a study.

    Attributes
    ----------
    name
        Unique in its plan; what the store files its result under.
    settings
        What it does, as JSON holds it.
    """

    name: str
    settings: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All that the results of a study depend on.

    Attributes
    ----------
    kind
        ``"search"``, ``"curve"`` or ``"transfer"``.
    settings
        What was asked, as JSON holds it; every unit sees it.
    data
        SHA-256 of the arrays.
    seed
        Of all random numbers.
    code
        SHA-256 of bulkwise's own code and the versions of what it stands on.
    threads
        Of each unit: sums in another order round differently.
    units
        In the order of their results.
    command
        Words of the command line that asked for it, to go on with; not a part of the hash.
    """

    kind: str
    settings: Mapping[str, Any]
    data: str
    seed: int
    code: str
    threads: int
    units: tuple[Unit, ...]
    command: tuple[str, ...] = field(default=(), compare=False)

    @property
    def sha256(self) -> str:
        """Hash of everything but the command."""
        document = {**self.to_dict(), "command": None}
        return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return plain

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Plan:
        """From what :meth:`to_dict` gave."""
        known = {key: document[key] for key in cls.__dataclass_fields__}
        units = tuple(Unit(one["name"], one["settings"]) for one in known["units"])
        return cls(**{**known, "units": units, "command": tuple(known["command"])})


@dataclass(frozen=True)
class Done:
    """What became of one unit: a result as JSON holds it, or an error in words."""

    unit: str
    result: Any
    error: str
    seconds: float
    attempts: int = 1


Work: TypeAlias = Callable[[Mapping[str, Any], Mapping[str, Any], Arrays], Any]
"""From a plan's settings, a unit's settings and the arrays to the unit's result.

A function of a module, so that another process finds it by its name."""


class Engine(Protocol):
    """Where units are computed."""

    def run(self, work: Work, plan: Plan, units: Sequence[Unit], arrays: Arrays) -> Iterator[Done]:
        """Compute units in any order; every one ends in a :class:`Done`."""


@cache
def code_hash() -> str:
    """SHA-256 of the code that a unit's result depends on, and of the versions below it."""
    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for room in _CODE:
        for path in sorted((root / room).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    digest.update(repr([version(name) for name in _PACKAGES]).encode())
    return digest.hexdigest()


@contextmanager
def threads(number: int) -> Iterator[None]:
    """Limit every library that computes in threads."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        with threadpool_limits(number):
            yield
    finally:
        torch.set_num_threads(before)
