"""Reading strangers' HDF5 and parquet files in a process of its own.

The libraries that read these formats are large programs in C and C++, and a file can be made to
crash them, to fill the memory or never to end. So they run in a helper process with bounded
memory and time, which is started once and serves all files. What comes back is a NumPy array and
Arrow tables that our own code wrote.
"""

from __future__ import annotations

import atexit
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bulkwise import memory
from bulkwise.errors import InputError
from bulkwise.io.base import InputFile, Matrix, Orient

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Reader", "read_container"]

_SECONDS_TO_START = 120.0
_SECONDS = 15.0
_BYTES_A_SECOND = 1e6  # of the file; the slowest that is taken to be still reading
_LEAST_MEMORY = 1 << 31
_END: dict[str, Any] = {}


def read_container(file: InputFile, orient: Orient) -> Matrix:
    """Read an h5ad or parquet file with the helper process.

    Parameters
    ----------
    file
        Which.
    orient
        Tells from names which way round a parquet file is.

    Raises
    ------
    InputError
        If the file is damaged, holds something else, needs more memory than there is, stops its
        reader or keeps it busy beyond any reason.
    """
    with _LOCK:
        global _reader
        if _reader is None or not _reader.alive:
            _reader = Reader()
        return _reader.read(file, orient)


class Reader:
    """The helper process."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "bulkwise.io.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        self._owner = os.getpid()
        self._ready = False
        self._replies: queue.Queue[Mapping[str, Any]] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def alive(self) -> bool:
        """Whether it can take another file; one that was started before a fork can't."""
        return self._owner == os.getpid() and self._process.poll() is None

    def stop(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def read(self, file: InputFile, orient: Orient, *, seconds: float | None = None) -> Matrix:
        """Read one file; see :func:`read_container`.

        Parameters
        ----------
        file, orient
            As there.
        seconds
            How long it may take; by default 15 seconds and a second a megabyte.
        """
        limit = _SECONDS + file.size / _BYTES_A_SECOND if seconds is None else seconds
        try:
            with tempfile.TemporaryDirectory(prefix="bulkwise-") as folder:
                self._send(
                    {
                        "file": {**asdict(file), "path": str(file.path)},
                        "from": str(Path.cwd()),  # as it is for the asker now
                        "folder": folder,
                        "memory": max(memory.available() or 0, _LEAST_MEMORY),
                    }
                )
                import_module("anndata")  # needed next, and loads while the helper starts
                if not self._ready:
                    self._ready = "ready" in self._reply(_SECONDS_TO_START, file)
                while "ask" in (reply := self._reply(limit, file)):
                    asked = reply["ask"]
                    self._send({"genes_in": orient(asked["columns"], asked["rows"])})
                if "error" in reply:
                    raise InputError(reply["error"])
                return _restored(reply["facts"], Path(folder))
        except BaseException as error:
            if not isinstance(error, InputError) or not self.alive:
                self.stop()  # in the middle of something: the next file gets a new process
            raise

    def _send(self, document: Mapping[str, Any]) -> None:
        pipe = self._process.stdin
        if pipe is not None:
            pipe.write(json.dumps(document) + "\n")
            pipe.flush()

    def _listen(self) -> None:
        pipe = self._process.stdout
        if pipe is not None:
            for line in pipe:
                self._replies.put(json.loads(line))
        self._replies.put(_END)

    def _reply(self, seconds: float, file: InputFile) -> Mapping[str, Any]:
        try:
            reply = self._replies.get(timeout=seconds)
        except queue.Empty:
            self.stop()
            raise InputError(
                f"Can't read {str(file.path)!r} ({file.kind}): its reader was still busy after "
                f"{seconds:,.0f} seconds, which no such file of {file.size / 1e6:,.1f} MB should "
                "take; write it again with a tool that you trust."
            ) from None
        if reply is _END:
            code = self._process.wait()
            raise InputError(
                f"Can't read {str(file.path)!r} ({file.kind}): it made its reader stop "
                f"({'signal' if code < 0 else 'exit code'} {abs(code)}), so it is damaged or was "
                "made to; write it again with a tool that you trust."
            )
        return reply


_LOCK = threading.Lock()
_reader: Reader | None = None


@atexit.register
def _stop() -> None:
    if _reader is not None and _reader.alive:
        _reader.stop()


def _restored(facts: dict[str, Any], folder: Path) -> Matrix:
    return Matrix(
        np.load(folder / "X.npy", allow_pickle=False),
        facts["samples"],
        facts["genes"],
        _notes(folder / "samples.arrow"),
        _notes(folder / "genes.arrow"),
        facts["gene_places"],
        "rows" if facts["genes_in"] == "rows" else "columns",
        facts["uns"],
        facts["findings"],
    )


def _notes(path: Path) -> dict[str, Any]:
    import pyarrow as pa

    with pa.OSFile(str(path), "rb") as source, pa.ipc.open_file(source) as stored:
        table = stored.read_all()
    about = table.schema.metadata
    return {
        name: _column(column, kind)
        for name, kind, column in zip(
            json.loads(about[b"names"]), json.loads(about[b"kinds"]), table.columns, strict=True
        )
    }


def _column(column: Any, kind: str) -> Any:
    if kind == "list":
        return column.to_pylist()
    if kind == "":
        return column.to_pandas().array
    import pandas as pd

    return pd.array(column.to_pylist(), dtype=kind)
