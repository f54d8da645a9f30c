"""Matrices in parquet and h5ad files."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bulkwise import memory
from bulkwise.errors import InputError
from bulkwise.io.base import InputFile, Matrix, Orient, open_bytes, unchanged

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_h5ad", "read_parquet"]

_KEPT_UNS = ("unit", "cohort", "note", "source", "citation", "expected_counts", "findings")
_ROW_BLOCK = 4096
_BEST_PACKED = 1040  # deflate makes at best one byte of 1,032
_FREE = 1 << 16


@contextmanager
def _plain_file(file: InputFile) -> Iterator[Path]:
    """The file itself, or its unpacked copy for as long as it is needed."""
    if not file.gzipped:
        yield file.path
        return
    with tempfile.TemporaryDirectory(prefix="bulkwise-") as folder:
        copy = Path(folder) / "unpacked"
        with open_bytes(file) as stream, copy.open("wb") as target:
            shutil.copyfileobj(stream, target, 1 << 20)
        yield copy


def _damaged(file: InputFile, what: str, error: Exception) -> InputError:
    reason = " ".join(str(error).split())[:160]
    return InputError(
        f"Can't read {str(file.path)!r} as {what}: it is damaged, was cut, or isn't what its "
        f"first bytes say ({reason}); get or write it again."
    )


def read_h5ad(file: InputFile) -> Matrix:
    """Read an h5ad file: ``X``, ``obs``, ``var``, and from ``uns`` the unit and what is said.

    A sparse ``X`` is made dense, which is written into the findings. Layers, ``raw`` and
    embeddings are left in the file.

    Raises
    ------
    InputError
        If it is damaged, open elsewhere, isn't an AnnData file, or has no numbers in ``X``.
    """
    import h5py

    with _plain_file(file) as path:
        try:
            with h5py.File(path, "r") as store:
                missing = [name for name in ("X", "obs", "var") if name not in store]
                if missing:
                    what, remedy = _of_store(store)
                    raise InputError(
                        f"Can't read {str(file.path)!r}: it is {what} without {missing[0]!r}, and "
                        f"an AnnData file (h5ad) is expected; {remedy}."
                    )
                _require_stored(store, file)
                matrix = _from_store(store, file)
        except InputError:
            raise
        except BlockingIOError as error:
            raise InputError(
                f"Can't read {str(file.path)!r}: another program has it open to write to it; close "
                "it there and try again."
            ) from error
        except Exception as error:  # what a damaged store makes its reader raise is no closed list
            raise _damaged(file, "h5ad", error) from error
    unchanged(file)
    return matrix


def _of_store(store: Any) -> tuple[str, str]:
    """What an HDF5 file is that isn't AnnData's, and what to do."""
    if "matrix" in store and "row_attrs" in store:
        return "a loom file", "read it with anndata.io.read_loom and write h5ad"
    if "matrix" in store:
        return "a file of 10x Genomics", "read it with scanpy.read_10x_h5 and write h5ad"
    if "mod" in store:
        return "a MuData file", "write the modality wanted as h5ad"
    if "layers" in store or "raw" in store:
        return "an AnnData file", "put the layer wanted into .X and write it again"
    return "an HDF5 file", "write it with AnnData.write_h5ad"


def _require_stored(store: Any, file: InputFile) -> None:
    """Refuse a dataset that declares more than its bytes can hold, however well packed."""
    import h5py

    def look(name: str, item: Any) -> None:
        if not isinstance(item, h5py.Dataset) or item.size is None:
            return
        held = item.id.get_storage_size()
        if item.size * item.dtype.itemsize > _BEST_PACKED * held + _FREE:
            raise InputError(
                f"Can't read {str(file.path)!r}: its {name!r} declares {item.size:,} values and "
                f"holds {held:,} bytes of them, so it is damaged or was made to mislead; write "
                "the file again."
            )

    for part in ("X", "obs", "var", "uns"):
        if part in store:
            look(part, store[part])
            if hasattr(store[part], "visititems"):
                store[part].visititems(lambda name, item, part=part: look(f"{part}/{name}", item))


def _from_store(store: Any, file: InputFile) -> Matrix:
    from anndata.io import read_elem

    obs, var = read_elem(store["obs"]), read_elem(store["var"])
    uns = {}
    if "uns" in store:
        uns = {key: read_elem(store["uns"][key]) for key in _KEPT_UNS if key in store["uns"]}
    findings = {str(k): str(v) for k, v in dict(uns.pop("findings", {}) or {}).items()}
    X = _dense(store["X"], file, findings)
    if X.shape != (len(obs), len(var)):
        raise InputError(
            f"Can't read {str(file.path)!r}: its matrix has shape {X.shape}, and .obs and .var "
            f"have {len(obs)} and {len(var)} rows; write the file again."
        )
    return Matrix(
        X,
        [str(name) for name in obs.index],
        [str(name) for name in var.index],
        _columns(obs),
        _columns(var),
        uns={key: value.item() if hasattr(value, "item") else value for key, value in uns.items()},
        findings=findings,
    )


def _dense(stored: Any, file: InputFile, findings: dict[str, str]) -> NDArray[np.float32]:
    import h5py
    from anndata.io import read_elem

    if isinstance(stored, h5py.Dataset):
        if stored.ndim != 2 or stored.dtype.kind not in "fiub":
            raise InputError(
                f"The matrix of {str(file.path)!r} has type {stored.dtype} and "
                f"{stored.ndim} dimensions; expected numbers, samples x genes."
            )
        _require_room(stored.shape, file)
        X = np.empty(stored.shape, dtype=np.float32)
        for start in range(0, len(X), _ROW_BLOCK):
            X[start : start + _ROW_BLOCK] = stored[start : start + _ROW_BLOCK]
        return X
    if "shape" in stored.attrs:
        _require_room(tuple(int(n) for n in stored.attrs["shape"]), file)
    sparse = read_elem(stored)
    if not hasattr(sparse, "toarray"):
        raise InputError(f"The matrix of {str(file.path)!r} isn't an array; write it as one.")
    share = sparse.nnz / max(1, sparse.shape[0] * sparse.shape[1])
    findings["made-dense"] = (
        f"The matrix was stored as sparse ({share:.0%} of its values aren't zero) and was made "
        f"dense, which takes {4 * sparse.shape[0] * sparse.shape[1] / 1e6:,.0f} MB."
    )
    return np.ascontiguousarray(sparse.astype(np.float32).toarray())


def _require_room(shape: tuple[int, ...], file: InputFile) -> None:
    n_samples, n_genes = shape
    memory.require(
        4 * n_samples * n_genes,
        f"The matrix of {str(file.path)!r} ({n_samples:,} samples x {n_genes:,} genes)",
        "read fewer samples or use a larger machine",
    )


def _columns(frame: pd.DataFrame) -> dict[str, list[Any] | Any]:
    """The columns of a table, unused categories dropped."""
    import pandas as pd

    columns = {}
    for name in frame.columns:
        values = frame[name]
        if isinstance(values.dtype, pd.CategoricalDtype):
            values = values.cat.remove_unused_categories()
        columns[str(name)] = values.array
    return columns


def read_parquet(file: InputFile, orient: Orient) -> Matrix:
    """Read a parquet file: one column of names, further columns of text as notes, numbers.

    The column of names is the index that pandas wrote, or the first column of text.

    Raises
    ------
    InputError
        If it is damaged, or has no column of names or none of numbers.
    """
    import pyarrow.parquet as pq

    with _plain_file(file) as path:
        try:
            with pq.ParquetFile(path) as stored:
                matrix = _from_parquet(stored, file, orient)
        except InputError:
            raise
        except Exception as error:
            raise _damaged(file, "parquet", error) from error
    unchanged(file)
    return matrix


def _is_number(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _from_parquet(stored: Any, file: InputFile, orient: Orient) -> Matrix:
    schema = stored.schema_arrow
    said = (schema.pandas_metadata or {}).get("index_columns", [])
    index = [name for name in said if name in schema.names]
    numbers = [f.name for f in schema if _is_number(f.type) and f.name not in index]
    texts = [f.name for f in schema if f.name not in numbers and f.name not in index]
    if not numbers:
        raise InputError(
            f"No column of {str(file.path)!r} holds numbers (its columns: "
            f"{', '.join(f'{f.name!r} ({f.type})' for f in list(schema)[:6])}); expected a matrix "
            "of expression, as floats or integers."
        )
    if not index and not texts:
        raise InputError(
            f"There is no column of names in {str(file.path)!r}: all {len(numbers)} columns are "
            "numbers; write the names of the genes or samples as the index or a column of text."
        )
    notes = stored.read(columns=[*index, *texts], use_pandas_metadata=False).to_pydict()
    counted = index and texts and notes[index[0]] == list(range(len(notes[index[0]])))
    title = texts[0] if counted or not index else index[0]
    if counted:
        notes.pop(index[0])
    names = ["" if name is None else str(name) for name in notes.pop(title)]
    genes_in = orient(numbers, names)
    shape = (len(numbers), len(names)) if genes_in == "rows" else (len(names), len(numbers))
    _require_room(shape, file)
    X = np.empty(shape, dtype=np.float32)
    start = 0
    for group in range(stored.num_row_groups):
        table = stored.read_row_group(group, columns=numbers, use_pandas_metadata=False)
        end = start + table.num_rows
        for j, name in enumerate(numbers):
            values = table.column(name).to_numpy()
            if genes_in == "rows":
                X[j, start:end] = values
            else:
                X[start:end, j] = values
        start = end
    if genes_in == "rows":
        return Matrix(X, numbers, names, {}, notes, list(range(1, len(names) + 1)), "rows")
    return Matrix(X, names, numbers, notes, {}, None, "columns")
