"""Writing so that nothing is ever half-written, and reading so that nothing is trusted blindly.

A file is written beside its target, flushed to the disk and renamed over it. A folder is
staged the same way and swapped in at the end, so a reader sees the old one whole or the new one
whole. JSON documents carry the name of their schema and a format number; text in a csv file is kept
from being run by a spreadsheet.
"""

from __future__ import annotations

import ctypes
import errno
import glob
import hashlib
import io
import json
import math
import os
import shutil
import time
import uuid
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from bulkwise.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

__all__ = [
    "PathLike",
    "atomic_folder",
    "atomic_path",
    "git_blob_id",
    "guard_cell",
    "hash_array",
    "read_json",
    "sha256_file",
    "unguard_cell",
    "write_cohort",
    "write_csv",
    "write_json",
    "write_text",
]

PathLike: TypeAlias = "str | os.PathLike[str]"

_BLOCK = 1 << 20
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_A_DAY = 24 * 60 * 60
_FORMULA = "=+-@\t\r\n"


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:  # some file systems can't sync a directory
        if error.errno not in {errno.EINVAL, errno.EBADF, errno.ENOTSUP}:
            raise
    finally:
        os.close(handle)


def _explain(error: OSError, target: Path) -> InputError | None:
    reasons = {
        errno.EACCES: "this user may not write there",
        errno.EPERM: "this user may not write there",
        errno.EROFS: "the file system is read-only",
        errno.ENOSPC: "the disk is full",
        errno.EDQUOT: "the disk quota is used up",
        errno.EFBIG: "the file would be larger than this system or user may write",
        errno.ENOTDIR: "a part of the path is a file, not a folder",
        errno.EEXIST: "a part of the path is a file, not a folder",
        errno.EISDIR: "it is a folder",
        errno.ENAMETOOLONG: "the name is too long",
    }
    reason = reasons.get(error.errno or 0)
    if reason is None:
        return None
    return InputError(
        f"Can't write {str(target)!r}: {reason}; nothing was changed there; choose another "
        "place or make room."
    )


def _beside(target: Path, kind: str = "partial") -> Path:
    return target.with_name(f".{target.name}.{uuid.uuid4().hex[:12]}.{kind}")


def _sweep(target: Path) -> None:
    """Remove what a killed process left half-written beside ``target`` more than a day ago."""
    for path in target.parent.glob(f".{glob.escape(target.name)}.{'[0-9a-f]' * 12}.partial"):
        with suppress(OSError):
            if time.time() - path.lstat().st_mtime < _A_DAY:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()


@contextmanager
def atomic_path(target: PathLike) -> Iterator[Path]:
    """Yield a path beside ``target`` to write to; rename it over ``target`` on success.

    On any error or interruption the partial file is removed and ``target`` is as it was. What a
    killed process couldn't remove is, when the same target is written more than a day later.
    Missing parent folders are made.

    Raises
    ------
    InputError
        If the place can't be written (permission, full disk, a folder in the way).
    """
    target = Path(target)
    partial = _beside(target)
    try:
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, "is a folder", str(target))
        target.parent.mkdir(parents=True, exist_ok=True)
        _sweep(target)
        yield partial
        _sync(partial)
        partial.replace(target)
        _sync(target.parent)
    except OSError as error:
        explained = _explain(error, target)
        if explained is None:
            raise
        raise explained from error
    finally:
        with suppress(OSError):
            partial.unlink()


def write_text(target: PathLike, text: str) -> None:
    """Write a text file in UTF-8, whole or not at all."""
    with atomic_path(target) as partial:
        partial.write_text(text, encoding="utf-8")


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def guard_cell(text: str) -> str:
    """Keep a spreadsheet from running a text as a formula.

    A text that starts with ``=``, ``+``, ``-``, ``@`` or a control character and isn't a number
    gets an apostrophe in front, and so does one that starts with an apostrophe, so that
    :func:`unguard_cell` gives every text back.
    """
    risky = text.startswith("'") or (text[:1] in _FORMULA and text != "" and not _is_number(text))
    return f"'{text}" if risky else text


def unguard_cell(text: str) -> str:
    """The text that :func:`guard_cell` was given."""
    return text.removeprefix("'")


def write_csv(target: PathLike, table: pd.DataFrame) -> None:
    """Write a table as csv without its index, whole or not at all.

    Texts and headings that a spreadsheet would run as formulas are guarded
    (:func:`guard_cell`); numbers are written so that they read back as the same floats.

    Parameters
    ----------
    target
        The file; one that is there is replaced.
    table
        Any columns. The caller's table isn't changed.

    Raises
    ------
    InputError
        If the place can't be written.
    """
    safe = table.copy()
    for place, kind in enumerate(table.dtypes):
        if getattr(kind, "kind", "O") not in "biufcmM":
            cells = table.iloc[:, place].tolist()
            safe.isetitem(place, [guard_cell(x) if isinstance(x, str) else x for x in cells])
    safe.columns = [guard_cell(str(name)) for name in table.columns]
    with atomic_path(target) as partial:
        safe.to_csv(partial, index=False, lineterminator="\n")


def write_cohort(target: PathLike, cohort: AnnData) -> None:
    """Write a cohort as h5ad, whole or not at all.

    The file is made in memory first, because HDF5 brings the process down when a disk is full.

    Raises
    ------
    InputError
        If the place can't be written.
    """
    import h5py
    from anndata.io import write_elem

    image = io.BytesIO()
    with h5py.File(image, "w") as store:
        write_elem(store, "/", cohort)
    with atomic_path(target) as partial:
        partial.write_bytes(image.getbuffer())


def _exchange(left: Path, right: Path) -> bool:
    """Swap two paths in one step where the system can; say whether it did."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    done: int = rename(
        _AT_FDCWD, os.fsencode(left), _AT_FDCWD, os.fsencode(right), _RENAME_EXCHANGE
    )
    return done == 0


@contextmanager
def atomic_folder(target: PathLike, *, marker: str, drop: Collection[str] = ()) -> Iterator[Path]:
    """Yield a staging folder; swap it into ``target`` on success.

    Parameters
    ----------
    target
        The folder to make or to replace.
    marker
        A file that every such folder has (``run.json``, say). An existing folder without it
        that holds anything is somebody else's, and is refused. The marker of an existing folder
        may list its ``files``; files of the user's own that it doesn't list are carried over.
    drop
        Names that aren't carried over, though the marker doesn't list them.

    Raises
    ------
    InputError
        If ``target`` is a file or somebody else's folder, or can't be written.
    """
    target = Path(target)
    stage = _beside(target)
    try:
        if target.exists() and not target.is_dir():
            raise InputError(
                f"Can't write results into {str(target)!r}: it is a file, and a folder was "
                "expected; choose another name."
            )
        old = target.is_dir() and any(target.iterdir())
        if old and not (target / marker).is_file():
            raise InputError(
                f"Can't write results into {str(target)!r}: the folder holds other files (no "
                f"{marker} among them) that would be lost; choose a new or empty folder."
            )
        stage.mkdir(parents=True)
        _sweep(target)
        yield stage
        for path in sorted(stage.rglob("*")):
            _sync(path)
        if old:
            _carry_over(target, stage, marker, drop)
        _swap(stage, target)
        _sync(target.parent)
    except OSError as error:
        explained = _explain(error, target)
        if explained is None:
            raise
        raise explained from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _swap(stage: Path, target: Path) -> None:
    try:
        stage.rename(target)  # no folder is there, or an empty one
        return
    except OSError as error:
        if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
            raise
    if _exchange(stage, target):
        return
    aside = _beside(target, "old")  # for a moment the only copy: never swept away
    target.rename(aside)
    stage.rename(target)
    shutil.rmtree(aside, ignore_errors=True)


def _carry_over(old: Path, new: Path, marker: str, drop: Collection[str]) -> None:
    try:
        listed = json.loads((old / marker).read_text(encoding="utf-8")).get("files")
    except (ValueError, AttributeError):
        listed = None
    if not isinstance(listed, list):
        return
    ours = {marker, *drop, *map(str, listed)}
    for path in old.rglob("*"):
        name = path.relative_to(old).as_posix()
        if path.is_file() and not path.is_symlink() and name not in ours:
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            if not (new / name).exists():
                shutil.copy2(path, new / name)


def _plain(value: Any) -> Any:
    """NumPy scalars and arrays, paths and NaN into what JSON has (NaN and inf become null)."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | list | tuple | set | frozenset):
        items = sorted(value) if isinstance(value, set | frozenset) else value
        return [_plain(item) for item in items]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return value


def write_json(target: PathLike, document: Mapping[str, Any], *, schema: str, version: int) -> None:
    """Write a JSON document with its schema's name and format number, whole or not at all."""
    content = {"schema": f"bulkwise/{schema}", "format": version, **_plain(document)}
    write_text(target, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: PathLike, *, schema: str, newest: int) -> dict[str, Any]:
    """Read a JSON document and check its schema's name and format number.

    Raises
    ------
    InputError
        If it isn't JSON, is of another schema, or is of a newer format than this version reads.
    """
    path = Path(path)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"There is no file {str(path)!r}.") from error
    except OSError as error:
        raise InputError(
            f"Can't read {str(path)!r}: expected a JSON document, and the system says "
            f"{error.strerror!r}; check its name and permissions."
        ) from error
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"Can't read {str(path)!r}: expected a JSON document, got something else ({error})."
        ) from error
    found = document.get("schema") if isinstance(document, dict) else None
    if found != f"bulkwise/{schema}":
        raise InputError(
            f"Can't read {str(path)!r}: expected a document of schema 'bulkwise/{schema}', got "
            f"{found!r}."
        )
    number = document.get("format")
    if not isinstance(number, int) or not 1 <= number <= newest:
        raise InputError(
            f"Can't read {str(path)!r}: its format number is {number!r} and this version of "
            f"bulkwise reads 1 to {newest}; install a newer bulkwise."
        )
    return dict(document)


def sha256_file(path: PathLike) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    digest = hashlib.sha256()
    with Path(path).open("rb") as handle:
        while block := handle.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def git_blob_id(path: PathLike) -> str:
    """The id that git gives a file's content: SHA-1 of ``blob <size>\\0`` and the bytes."""
    path = Path(path)
    digest = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as handle:
        while block := handle.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def hash_array(array: np.ndarray[Any, Any], *more: object) -> str:
    """SHA-256 of an array's type, shape and bytes, and of anything else worth naming."""
    digest = hashlib.sha256(f"{array.dtype.str}{array.shape}{more!r}".encode())
    for start in range(0, max(len(array), 1), 256):
        digest.update(np.ascontiguousarray(array[start : start + 256]).data)
    return digest.hexdigest()
