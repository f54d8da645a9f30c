"""Where the units of a study are computed: in this process, in several, or on a Ray cluster.

The numbers are the same everywhere: a unit holds all that it depends on, its number of threads
included. The arrays are shared, not sent with each unit.
"""

from __future__ import annotations

import multiprocessing
import socket
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import numpy as np

from bulkwise.errors import BulkwiseError, InputError, StudyError
from bulkwise.study.base import Arrays, Done, Engine, Plan, Unit, Work, threads

__all__ = ["Local", "Ray", "engine_named"]

_MOST_ATTEMPTS = 3
_SECONDS_TO_ANSWER = 10


def engine_named(name: str, *, processes: int | None = None, address: str | None = None) -> Engine:
    """An engine by its name on the command line.

    Parameters
    ----------
    name
        ``"local"`` or ``"ray"``.
    processes
        Of ``local``: how many; by default one for each processor.
    address
        Of ``ray``: that of a running cluster; without it one is started on this machine.

    Raises
    ------
    InputError
        If there is no such engine, or an option isn't the engine's.
    """
    if name == "local":
        if address is not None:
            raise InputError("An address is for the engine 'ray'; leave it out, or choose ray.")
        return Local(processes)
    if name == "ray":
        if processes is not None:
            raise InputError("The engine 'ray' uses what its cluster has; leave processes out.")
        return Ray(address)
    raise InputError(f"There is no engine {name!r}: expected local or ray.")


def _compute(work: Work, plan: Plan, unit: Unit, arrays: Arrays) -> Done:
    """One unit, with the plan's threads; an error of its own becomes a part of its record."""
    begin = time.perf_counter()
    result, error = None, ""
    try:
        with threads(plan.threads):
            result = work(plan.settings, unit.settings, arrays)
    except MemoryError as fault:
        error = f"out of memory ({fault})"
    except (BulkwiseError, ArithmeticError, ValueError, RuntimeError) as fault:
        error = f"{type(fault).__name__}: {fault}"
    return Done(unit.name, result, error, time.perf_counter() - begin)


class Local:
    """This machine.

    Parameters
    ----------
    processes
        How many; ``None`` for one a processor. With 1 all is done in this process.
    """

    def __init__(self, processes: int | None = None) -> None:
        if processes is not None and processes < 1:
            raise InputError(f"The number of processes must be 1 or more. Got {processes!r}.")
        self.processes = processes

    def run(self, work: Work, plan: Plan, units: Sequence[Unit], arrays: Arrays) -> Iterator[Done]:
        """Compute units; those of a process that died are tried again, three times each."""
        processes = min(self.processes or _processors(plan.threads), len(units))
        if processes <= 1:
            for unit in units:
                yield _compute(work, plan, unit, arrays)
            return
        with tempfile.TemporaryDirectory(prefix="bulkwise-") as folder:
            for name, array in arrays.items():
                np.save(Path(folder) / f"{name}.npy", array)
            yield from _in_processes(work, plan, units, folder, processes)


def _processors(threads: int) -> int:
    import os

    return max(1, len(os.sched_getaffinity(0)) // threads)


_opened: dict[str, Arrays] = {}  # of a worker: the arrays, mapped once


def _in_worker(work: Work, plan: Plan, unit: Unit, folder: str) -> Done:
    if folder not in _opened:
        _opened[folder] = {
            path.stem: np.load(path, mmap_mode="r", allow_pickle=False)
            for path in sorted(Path(folder).glob("*.npy"))
        }
    return _compute(work, plan, unit, _opened[folder])


def _in_processes(
    work: Work, plan: Plan, units: Sequence[Unit], folder: str, processes: int
) -> Iterator[Done]:
    """Rounds of a pool: a worker that dies breaks the pool, and who was in it goes into the next.

    From the second attempt on a unit has the pool for itself, so that one that kills its process
    takes no other with it.
    """
    attempts = dict.fromkeys((unit.name for unit in units), 0)
    waiting = list(units)
    while waiting:
        alone = attempts[waiting[0].name] > 0
        batch = waiting[:1] if alone else [u for u in waiting if not attempts[u.name]]
        lost = []
        for done in _pooled(work, plan, batch, folder, 1 if alone else processes):
            if isinstance(done, Unit):
                lost.append(done)
            else:
                yield Done(
                    done.unit, done.result, done.error, done.seconds, attempts[done.unit] + 1
                )
        waiting = [unit for unit in waiting if unit not in batch]
        for unit in lost:
            attempts[unit.name] += 1
            if attempts[unit.name] < _MOST_ATTEMPTS:
                waiting.insert(0, unit)
                continue
            error = f"its process died {_MOST_ATTEMPTS} times, most likely for lack of memory"
            yield Done(unit.name, None, error, 0.0, _MOST_ATTEMPTS)


def _pooled(
    work: Work, plan: Plan, units: Sequence[Unit], folder: str, processes: int
) -> Iterator[Done | Unit]:
    """What became of each unit, or the unit itself if its pool broke."""
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, mp_context=context)
    try:
        futures: dict[Future[Done], Unit] = {}
        queue = list(units)
        while queue or futures:
            while queue and len(futures) < processes:
                unit = queue.pop(0)
                futures[_submitted(pool, work, plan, unit, folder)] = unit
            finished, _ = wait(futures, return_when=FIRST_COMPLETED)
            broken = any(isinstance(f.exception(), BrokenProcessPool) for f in finished)
            for future in wait(futures).done if broken else finished:
                unit = futures.pop(future)
                lost = isinstance(future.exception(), BrokenProcessPool)
                yield unit if lost else future.result()
            if broken:
                pool.shutdown(wait=True, cancel_futures=True)
                pool = ProcessPoolExecutor(processes, mp_context=context)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _submitted(
    pool: ProcessPoolExecutor, work: Work, plan: Plan, unit: Unit, folder: str
) -> Future[Done]:
    try:
        return pool.submit(_in_worker, work, plan, unit, folder)
    except BrokenProcessPool as error:
        broken: Future[Done] = Future()
        broken.set_exception(error)
        return broken


class Ray:
    """A Ray cluster.

    Parameters
    ----------
    address
        Of a running cluster (``"auto"``, ``"ray://host:10001"``); ``None`` starts one on this
        machine and stops it at the end. A cluster that this process is connected to is used.
    options
        More options of ``ray.init``.
    """

    def __init__(
        self, address: str | None = None, *, options: Mapping[str, Any] | None = None
    ) -> None:
        self.address = address
        self.options = dict(options or {})

    def run(self, work: Work, plan: Plan, units: Sequence[Unit], arrays: Arrays) -> Iterator[Done]:
        """Compute units; those of a worker or node that died are tried again."""
        ray = _ray()
        own = not ray.is_initialized()
        if own:
            self._connect(ray)
        try:
            yield from self._compute(ray, work, plan, units, arrays)
        finally:
            if own:
                ray.shutdown()

    def _connect(self, ray: Any) -> None:
        _refuse_silent(self.address)
        options = {"log_to_driver": False, **self.options}
        if self.address is None:
            options = {"include_dashboard": False, **options}
        try:
            ray.init(address=self.address, **options)
        except (ConnectionError, ValueError, RuntimeError) as error:
            place = "on this machine" if self.address is None else f"at {self.address!r}"
            raise StudyError(
                f"Can't reach a Ray cluster {place}: {error}; check the address and that the "
                "cluster runs, or use the engine local."
            ) from error

    @staticmethod
    def _compute(
        ray: Any, work: Work, plan: Plan, units: Sequence[Unit], arrays: Arrays
    ) -> Iterator[Done]:
        shared = ray.put(dict(arrays))
        remote = ray.remote(num_cpus=plan.threads, max_retries=_MOST_ATTEMPTS)(_compute)
        asked = {remote.remote(work, plan, unit, shared): unit for unit in units}
        while asked:
            finished, _ = ray.wait(list(asked), num_returns=1)
            for reference in finished:
                unit = asked.pop(reference)
                try:
                    yield ray.get(reference)
                except ray.exceptions.RayError as error:
                    words = " ".join(str(error).split())[:300]
                    yield Done(unit.name, None, f"{type(error).__name__}: {words}", 0.0)


def _refuse_silent(address: str | None) -> None:
    """Ask the port itself first: Ray waits minutes for an address where nobody answers."""
    host, _, port = (address or "").removeprefix("ray://").rpartition(":")
    if not host or not port.isdigit():
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_SECONDS_TO_ANSWER).close()
    except OSError as error:
        raise StudyError(
            f"Can't reach a Ray cluster at {address!r}: nobody answers there ({error}); check the "
            "address and that the cluster runs, or use the engine local."
        ) from error


def _ray() -> Any:
    try:
        import ray
    except ImportError as error:
        raise StudyError(
            "The engine 'ray' needs the package ray; install it with `pip install "
            "'bulkwise[cluster]'`, or use the engine local."
        ) from error
    return ray
