"""The process that opens strangers' HDF5 and parquet files, so that ours doesn't.

Run as ``python -m bulkwise.io.worker``. It takes a line of JSON a file from stdin and answers in
lines of JSON on stdout; arrays and tables go through files in a folder that the asker names. It
ends when stdin does. Its memory is bounded for each file; its time is bounded by whoever asks.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO

from bulkwise.errors import InputError
from bulkwise.io.base import GenesIn, InputFile, Matrix
from bulkwise.io.containers import read_h5ad, read_parquet

__all__ = ["main"]


def main() -> None:
    """Serve files until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the asker's to answer
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints is no reply
    for name in ("anndata", "h5py", "pyarrow.parquet"):
        import_module(name)  # now, so that a file's time is its own
    _reply(replies, {"ready": True})
    for line in sys.stdin:
        _reply(replies, _serve(json.loads(line), replies))


def _serve(request: Mapping[str, Any], replies: TextIO) -> dict[str, Any]:
    about = request["file"]
    file = InputFile(**{**about, "path": Path(about["path"])})
    os.chdir(request["from"])
    _bound_memory(request["memory"])
    try:
        if file.kind == "h5ad":
            matrix = read_h5ad(file)
        else:
            matrix = read_parquet(file, lambda columns, rows: _ask(replies, columns, rows))
        facts = _keep(matrix, Path(request["folder"]))
    except InputError as error:
        return {"error": str(error)}
    except MemoryError:
        return {
            "error": f"Can't read {str(file.path)!r}: it needs more memory than there is free; "
            "read fewer samples or use a larger machine."
        }
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return {
            "error": f"Can't read {str(file.path)!r}: the folder for temporary files "
            f"({request['folder']}) is full; make room there or set TMPDIR to another."
        }
    finally:
        _bound_memory(None)
    return {"facts": facts}


def _ask(replies: TextIO, columns: list[str], rows: list[str]) -> GenesIn:
    """Which way round a matrix is, the asker knows."""
    _reply(replies, {"ask": {"columns": columns, "rows": rows}})
    answer = json.loads(sys.stdin.readline())
    return "rows" if answer["genes_in"] == "rows" else "columns"


def _reply(replies: TextIO, document: Mapping[str, Any]) -> None:
    replies.write(json.dumps(document) + "\n")
    replies.flush()


def _keep(matrix: Matrix, folder: Path) -> dict[str, Any]:
    """Write arrays and tables; what is left is returned."""
    import numpy as np

    np.save(folder / "X.npy", matrix.X, allow_pickle=False)
    _write_notes(folder / "samples.arrow", matrix.sample_notes)
    _write_notes(folder / "genes.arrow", matrix.gene_notes)
    return {
        "samples": matrix.samples,
        "genes": matrix.genes,
        "gene_places": matrix.gene_places,
        "genes_in": matrix.genes_in,
        "uns": {key: value for key, value in matrix.uns.items() if _is_plain(value)},
        "findings": matrix.findings,
    }


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, str | bool | int | float)


def _write_notes(path: Path, notes: Mapping[str, Any]) -> None:
    import pyarrow as pa

    columns = {}
    for i, values in enumerate(notes.values()):
        try:
            columns[str(i)] = pa.array(values, from_pandas=True)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
            texts = [None if value is None else str(value) for value in values]
            columns[str(i)] = pa.array(texts)
    names = json.dumps(list(notes)).encode()
    kinds = json.dumps([_kind(values) for values in notes.values()]).encode()
    table = pa.table(columns).replace_schema_metadata({"names": names, "kinds": kinds})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def _kind(values: Any) -> str:
    """What Arrow would lose: ``list``, or the pandas type of numbers that may be missing."""
    if isinstance(values, list):
        return "list"
    dtype = values.dtype
    return str(dtype) if hasattr(dtype, "numpy_dtype") and dtype.kind in "iufb" else ""


def _bound_memory(n_bytes: int | None) -> None:
    """Let this process have so many bytes more than now; ``None`` takes the bound away."""
    try:
        import resource
    except ImportError:  # no such bound on this system
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    soft = hard
    if n_bytes is not None:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        soft = pages * resource.getpagesize() + n_bytes
        if hard != resource.RLIM_INFINITY:
            soft = min(soft, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


if __name__ == "__main__":
    main()
