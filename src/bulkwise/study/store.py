"""The results of a study on disk: appended unit by unit, never half-written, never twice.

``study/plan.json`` says what is to be done, ``study/results.jsonl`` what is: a line a unit, its
checksum in front. A line is written in one piece and flushed to the disk before the next unit
counts. Whatever a process that was killed left of a last line is cut off. One process at a time
may add lines: it holds a lock that the system takes back when the process ends, however it ends.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import zlib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

from bulkwise.errors import InputError, StudyError
from bulkwise.progress import say
from bulkwise.storage import PathLike, read_json, write_json
from bulkwise.study.base import Done, Plan

__all__ = ["Store"]

_FOLDER, _PLAN, _RESULTS, _LOCK = "study", "plan.json", "results.jsonl", "lock"
_FORMAT = 1
_WORDS = {
    "kind": "kinds of study",
    "data": "data (SHA-256)",
    "seed": "seeds",
    "code": "versions of bulkwise or of what it stands on (SHA-256)",
    "threads": "numbers of threads",
    "settings": "settings",
    "units": "units",
}


class Store:
    """The store of one study; a context manager that holds its lock.

    Parameters
    ----------
    folder
        Where the study's results go; the store is its subfolder ``study``.
    plan
        What is to be done. A folder that holds another plan is refused.

    Attributes
    ----------
    results
        Name of a unit -> its result, of all units that are done.
    failed
        Name of a unit -> its error, of those that failed; they are tried again.
    seconds
        Name of a unit -> how long it took.

    Raises
    ------
    StudyError
        If the folder holds a study of other data, seed, code or settings (with both values), or
        another process is at work on it, or its results are damaged.
    InputError
        If the folder holds other files, or can't be written.
    """

    def __init__(self, folder: PathLike, plan: Plan) -> None:
        self.folder = Path(folder)
        self.plan = plan
        self.results: dict[str, Any] = {}
        self.failed: dict[str, str] = {}
        self.seconds: dict[str, float] = {}
        self._lock = -1
        self._file = -1

    def __enter__(self) -> Store:
        place = self.folder / _FOLDER
        known = (place / _PLAN).is_file()
        if not known and self.folder.is_dir():
            others = [path.name for path in self.folder.iterdir() if path.name != _FOLDER]
            if others:
                raise InputError(
                    f"Can't begin a study in {str(self.folder)!r}: the folder holds other files "
                    f"({others[0]!r}) and no study; choose a new or empty folder."
                )
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"Can't begin a study in {str(self.folder)!r}: {error.strerror}; choose another "
                "place."
            ) from error
        try:
            self._take_lock(place / _LOCK)
            if known:
                self._refuse_another(Plan.from_dict(_read_plan(place)))
            else:
                write_json(place / _PLAN, self.plan.to_dict(), schema="study", version=_FORMAT)
            self._open(place / _RESULTS)
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    @property
    def left(self) -> list[str]:
        """Names of the units that have no result, in the plan's order."""
        return [unit.name for unit in self.plan.units if unit.name not in self.results]

    def append(self, done: Done) -> None:
        """Add what became of a unit; it is on the disk when this returns.

        Raises
        ------
        StudyError
            If it can't be written (a full disk): nothing of it is kept, and the store is as
            before.
        """
        if done.unit in self.results:
            raise StudyError(f"The unit {done.unit!r} has a result already; nothing was added.")
        before = os.lseek(self._file, 0, os.SEEK_END)
        line = _line(asdict(done))
        try:
            while line:
                line = line[os.write(self._file, line) :]
            os.fsync(self._file)
        except OSError as error:
            os.ftruncate(self._file, before)
            full = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
            raise StudyError(
                f"Can't add the result of unit {done.unit!r} to {str(self.folder)!r}: "
                f"{'the disk is full' if full else error.strerror}; what was finished before is "
                "kept: make room and resume."
            ) from error
        self._take(asdict(done))

    @classmethod
    def look(cls, folder: PathLike) -> Store:
        """Read a study without its lock, and without changing anything.

        Raises
        ------
        InputError
            If there is no study in the folder.
        """
        place = Path(folder) / _FOLDER
        if not (place / _PLAN).is_file():
            raise InputError(
                f"There is no study in {str(folder)!r}: expected a folder that `bulkwise search`, "
                "`curve` or `transfer` wrote."
            )
        store = cls(folder, Plan.from_dict(_read_plan(place)))
        if (place / _RESULTS).is_file():
            store._read((place / _RESULTS).read_bytes(), place / _RESULTS)
        return store

    # ------------------------------------------------------------------ inside

    def _take(self, record: Mapping[str, Any]) -> None:
        name = record["unit"]
        self.seconds[name] = record["seconds"]
        if record["error"]:
            self.failed[name] = record["error"]
        else:
            self.failed.pop(name, None)
            self.results[name] = record["result"]

    def _take_lock(self, path: Path) -> None:
        self._lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = path.read_text(encoding="utf-8").strip() or "another process"
            raise StudyError(
                f"Can't work on the study in {str(self.folder)!r}: {holder} is at work on it; wait "
                "until it has ended, or stop it."
            ) from error
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, f"process {os.getpid()} on {os.uname().nodename}\n".encode(), 0)

    def _refuse_another(self, found: Plan) -> None:
        ours = self.plan.to_dict()
        theirs = found.to_dict()
        for name, words in _WORDS.items():
            if ours[name] != theirs[name]:
                raise StudyError(
                    f"Can't resume the study in {str(self.folder)!r}: it was begun with other "
                    f"{words}: expected {_short(theirs[name])}, got {_short(ours[name])} (plan "
                    f"{found.sha256[:16]} and {self.plan.sha256[:16]}); resume with what it was "
                    "begun with, or choose a new folder."
                )

    def _open(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        whole = self._read(path.read_bytes(), path)
        if whole < path.stat().st_size:
            os.ftruncate(self._file, whole)
            os.fsync(self._file)
            say("The last line of the study's results was incomplete and was cut off.")

    def _read(self, content: bytes, path: Path) -> int:
        """Take over all whole lines; the number of their bytes."""
        whole = 0
        lines = content.splitlines(keepends=True)
        for number, line in enumerate(lines, 1):
            record = _record(line)
            if record is None:
                if number == len(lines):
                    break
                raise StudyError(
                    f"The results of the study in {str(path)!r} are damaged: line {number} "
                    "doesn't match its checksum; restore the file, or delete that line to compute "
                    "its unit again."
                )
            self._take(record)
            whole += len(line)
        return whole

    def _close(self) -> None:
        for handle in (self._file, self._lock):
            if handle >= 0:
                os.close(handle)
        self._file = self._lock = -1


def _line(record: Mapping[str, Any]) -> bytes:
    text = json.dumps(record, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _record(line: bytes) -> dict[str, Any] | None:
    """A line's record, or None if it isn't whole."""
    mark, _, text = line.rstrip(b"\n").partition(b" ")
    if not line.endswith(b"\n") or mark != b"%08x" % zlib.crc32(text):
        return None
    record: dict[str, Any] = json.loads(text)
    return record


def _read_plan(place: Path) -> dict[str, Any]:
    return read_json(place / _PLAN, schema="study", newest=_FORMAT)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 120 else text[:117] + "..."
