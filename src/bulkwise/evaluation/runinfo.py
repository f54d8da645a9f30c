"""How a result was made: versions, machine, threads, data, and where the time went."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_info

from bulkwise.storage import hash_array

__all__ = ["Stages", "run_info"]

_PACKAGES = (
    "bulkwise",
    "numpy",
    "scipy",
    "pandas",
    "scikit-learn",
    "torch",
    "anndata",
)


class Stages:
    """Seconds by stage; a stage entered again adds to what it has."""

    def __init__(self) -> None:
        self.started = datetime.now(UTC).isoformat(timespec="seconds")
        self.seconds: dict[str, float] = {}
        self._begin = time.perf_counter()

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Count the time inside the context to ``stage``."""
        begin = time.perf_counter()
        try:
            yield
        finally:
            spent = time.perf_counter() - begin
            self.seconds[stage] = self.seconds.get(stage, 0.0) + spent

    def total(self) -> float:
        """Seconds since the beginning."""
        return time.perf_counter() - self._begin


def run_info(
    stages: Stages,
    *,
    X: NDArray[Any],
    samples: NDArray[np.str_],
    genes: Sequence[str],
    seed: int,
    command: str | None,
    seconds_of_fit: Mapping[str, float],
    reductions: Mapping[str, str],
) -> dict[str, Any]:
    """Everything that is needed to make the same numbers again, as JSON can hold it.

    ``reductions`` says of each model whether it was fitted on the row space.
    """
    return {
        "started": stages.started,
        "seconds": {key: round(value, 3) for key, value in stages.seconds.items()},
        "seconds_of_fit": {key: round(value, 3) for key, value in seconds_of_fit.items()},
        "seconds_in_all": round(stages.total(), 3),
        "command": command,
        "seed": seed,
        "reductions": dict(reductions),
        "data_sha256": hash_array(X, samples.tolist(), list(genes)),
        "versions": {"python": platform.python_version()} | _versions(),
        "machine": {
            "system": platform.platform(),
            "processor": platform.machine(),
            "cpus": os.cpu_count(),
        },
        "threads": sorted(
            {f"{pool['internal_api']}: {pool['num_threads']}" for pool in threadpool_info()}
        ),
    }


def _versions() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
