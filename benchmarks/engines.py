"""What Ray adds to this machine's own processes, once it is up.

Claim: for units of a second or more Ray takes at most 10 % longer than the local engine on one
machine, and gives the same numbers bit for bit. A unit multiplies matrices for about a second in
one thread. Both engines have as many processes as asked; Ray's start and the local engine's are
left out by a round of their own before.

    python benchmarks/engines.py [--units 16] [--processes 2] [--seconds 1.0]
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from bulkwise.study import Local, Plan, Ray, Unit, carry_out
from bulkwise.study.base import Arrays, Engine

SIZE = 300


def work(settings: Mapping[str, Any], unit: Mapping[str, Any], arrays: Arrays) -> list[float]:
    """Multiply matrices a fixed number of times: numbers that depend on every bit."""
    rng = np.random.default_rng(unit["number"])
    x = rng.normal(size=(SIZE, SIZE)).astype(np.float32)
    for _ in range(settings["times"]):
        x = np.tanh(x @ arrays["a"] / SIZE**0.5).astype(np.float32)
    return [float(value) for value in x[0]]


def plan(units: int, times: int) -> Plan:
    """Units of equal work."""
    made = tuple(Unit(f"unit-{i}", {"number": i}) for i in range(units))
    settings = {"times": times}
    return Plan(kind="search", settings=settings, data="", seed=0, code="", threads=1, units=made)


def timed(engine: Engine, units: int, times: int, arrays: Arrays) -> tuple[float, Any]:
    """Seconds by the clock, and the results."""
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        found = carry_out(plan(units, times), work, arrays, Path(folder) / "s", engine=engine)
        return time.perf_counter() - begin, found.results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--units", type=int, default=16)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    import ray

    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    a = np.random.default_rng(0).normal(size=(SIZE, SIZE)).astype(np.float32)
    arrays = {"a": a}
    with threadpool_limits(1):
        begin = time.perf_counter()
        work({"times": 200}, {"number": 0}, arrays)
        spent = time.perf_counter() - begin
    times = max(1, round(200 * asked.seconds / spent))
    ray.init(
        num_cpus=asked.processes,
        include_dashboard=False,
        log_to_driver=False,
        object_store_memory=100 << 20,
    )
    ray.cloudpickle.register_pickle_by_value(__import__("__main__"))
    engines = {"local": Local(asked.processes), "ray": Ray()}
    for engine in engines.values():
        timed(engine, asked.processes, 1, arrays)
    starting = min(timed(engines["local"], asked.processes, 1, arrays)[0] for _ in range(2))
    found: dict[str, list[float]] = {name: [] for name in engines}
    results = {}
    for _ in range(asked.rounds):
        for name, engine in engines.items():
            seconds, results[name] = timed(engine, asked.units, times, arrays)
            found[name].append(seconds - (starting if name == "local" else 0.0))
    best = {name: min(seconds) for name, seconds in found.items()}
    same = results["local"] == results["ray"]
    print(f"{asked.units} units of {times} products on {asked.processes} processes")
    print(f"local {best['local']:.2f} s (its start of {starting:.2f} s left out)")
    print(f"ray {best['ray']:.2f} s, {best['ray'] / best['local'] - 1:+.1%}; same numbers: {same}")
    ray.shutdown()


if __name__ == "__main__":
    main()
