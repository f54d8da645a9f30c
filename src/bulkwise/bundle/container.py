"""The files of a bundle, in a folder or a .zip: written whole, opened without trust.

A bundle has exactly five files and nothing else: no folders, no links. They are read into
memory by name and never unpacked to the disk, so that no path in an archive matters.
"""

from __future__ import annotations

import hashlib
import stat
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

from bulkwise.errors import BundleError
from bulkwise.storage import PathLike, atomic_folder, atomic_path

__all__ = ["ARRAYS", "CARD", "FILES", "GENES", "MAIN", "SUMS", "read_files", "write_files"]

MAIN = "bundle.json"
ARRAYS = "arrays.safetensors"
GENES = "genes.json"
CARD = "card.md"
SUMS = "checksums.sha256"
_BROKEN_ZIP = (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError, struct.error)
FILES = (MAIN, ARRAYS, GENES, CARD, SUMS)

_MOST_BYTES = 4 << 30
_MOST_TEXT = 256 << 20
_MOST_RATIO = 200  # unpacked bytes a packed one, in entries of some size
_SOME_SIZE = 16 << 20
_BLOCK = 1 << 20


def write_files(path: PathLike, contents: Mapping[str, bytes]) -> Path:
    """Write a bundle, whole or not at all; a bundle that is there already is replaced.

    Parameters
    ----------
    path
        A file if it ends in ``.zip``, else a folder.
    contents
        Every file but the checksums, which are made here. The same contents give the same
        bytes.

    Raises
    ------
    BundleError
        If something else than a bundle is there.
    InputError
        If the place can't be written.
    """
    path = Path(path)
    sums = "".join(
        f"{hashlib.sha256(contents[name]).hexdigest()}  {name}\n" for name in FILES if name != SUMS
    )
    contents = {**contents, SUMS: sums.encode()}
    _refuse_other(path)
    if path.suffix.lower() == ".zip":
        with atomic_path(path) as partial, zipfile.ZipFile(partial, "w") as archive:
            for name in FILES:
                entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
                entry.external_attr = (stat.S_IFREG | 0o644) << 16
                archive.writestr(entry, contents[name])
        return path
    with atomic_folder(path, marker=MAIN) as stage:
        for name in FILES:
            (stage / name).write_bytes(contents[name])
    return path


def read_files(path: PathLike) -> dict[str, bytes]:
    """Read a bundle's files and compare them with their checksums.

    Raises
    ------
    BundleError
        If it isn't there, isn't a bundle, holds anything else than a bundle's files, or was
        changed.
    """
    path = Path(path)
    if path.is_dir():
        contents = _read_folder(path)
    elif path.is_file():
        contents = _read_zip(path)
    else:
        raise BundleError(f"There is no bundle {str(path)!r}; check its name and place.")
    _check_sums(path, contents)
    return contents


def _refuse_other(path: Path) -> None:
    """Refuse to replace what isn't a bundle, or a folder with somebody's files in it."""
    if path.is_dir() and path.suffix.lower() != ".zip":
        there = {item.name for item in path.iterdir()}
        if there and (MAIN not in there or there - set(FILES)):
            odd = min(there - set(FILES), default=MAIN)
            raise BundleError(
                f"Can't save the bundle as {str(path)!r}: the folder holds other files "
                f"({odd!r} for one) that would be lost; choose a new or empty folder."
            )
    elif path.is_file() and path.suffix.lower() == ".zip" and not _is_packed(path):
        raise BundleError(
            f"Can't save the bundle as {str(path)!r}: a file that isn't a bundle is there; choose "
            "another name, or remove it first."
        )


def _is_packed(path: Path) -> bool:
    if not zipfile.is_zipfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return MAIN in archive.namelist()
    except _BROKEN_ZIP:
        return False


def _require_names(path: Path, names: list[str]) -> None:
    odd = sorted(set(names) - set(FILES))
    if odd or len(set(names)) < len(names):
        what = f"{odd[0]!r}, which isn't part of a bundle" if odd else "a file twice"
        raise BundleError(
            f"Can't open the bundle {str(path)!r}: it holds {what}; expected exactly "
            f"{', '.join(FILES)}."
        )
    absent = [name for name in FILES if name not in names]
    if absent:
        raise BundleError(
            f"{str(path)!r} isn't a bundle, or isn't whole: it has no {absent[0]}; expected "
            f"{', '.join(FILES)}."
        )


def _require_size(path: Path, sizes: Mapping[str, int]) -> None:
    text = max(size for name, size in sizes.items() if name != ARRAYS)
    if sum(sizes.values()) > _MOST_BYTES or text > _MOST_TEXT:
        raise BundleError(
            f"Can't open the bundle {str(path)!r}: it would take {sum(sizes.values()):,} bytes of "
            f"memory, more than the {_MOST_BYTES:,} (text {_MOST_TEXT:,}) that are allowed."
        )


def _read_folder(path: Path) -> dict[str, bytes]:
    found = {item.name: item.lstat() for item in path.iterdir()}
    if MAIN not in found:
        raise BundleError(
            f"The folder {str(path)!r} isn't a bundle: it has no {MAIN}; make one with "
            "bulkwise train or bulkwise.save."
        )
    _require_names(path, list(found))
    for name, status in found.items():
        if not stat.S_ISREG(status.st_mode):
            raise BundleError(
                f"Can't open the bundle {str(path)!r}: {name} is a link or a folder, and a file is "
                "expected."
            )
    _require_size(path, {name: status.st_size for name, status in found.items()})
    return {name: (path / name).read_bytes() for name in FILES}


def _read_zip(path: Path) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _require_names(path, [entry.filename for entry in entries])
            for entry in entries:
                _require_plain(path, entry)
            _require_size(path, {entry.filename: entry.file_size for entry in entries})
            return {entry.filename: _unpack(path, archive, entry) for entry in entries}
    except (*_BROKEN_ZIP, OSError) as error:
        raise BundleError(
            f"Can't open the bundle {str(path)!r}: expected a folder or a whole .zip file of a "
            f"bundle ({error}); copy or make it again."
        ) from error


def _require_plain(path: Path, entry: zipfile.ZipInfo) -> None:
    mode = entry.external_attr >> 16
    ratio = entry.file_size / max(entry.compress_size, 1)
    if entry.is_dir() or entry.flag_bits & 1 or stat.S_IFMT(mode) not in {0, stat.S_IFREG}:
        what = "a link, a folder or encrypted"
    elif entry.file_size > _SOME_SIZE and ratio > _MOST_RATIO:
        what = f"packed {ratio:,.0f} times, more than arrays ever are"
    else:
        return
    raise BundleError(
        f"Can't open the bundle {str(path)!r}: {entry.filename} is {what}; expected a plain file."
    )


def _unpack(path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    content = bytearray()
    with archive.open(entry) as stream:
        while block := stream.read(_BLOCK):
            content += block
            if len(content) > entry.file_size:
                break
    if len(content) != entry.file_size:
        raise BundleError(
            f"Can't open the bundle {str(path)!r}: {entry.filename} isn't as long as declared."
        )
    return bytes(content)


def _check_sums(path: Path, contents: Mapping[str, bytes]) -> None:
    expected = {}
    for line in contents[SUMS].decode("utf-8", "replace").splitlines():
        digest, _, name = line.partition("  ")
        expected[name] = digest
    for name in FILES:
        if name == SUMS:
            continue
        if hashlib.sha256(contents[name]).hexdigest() != expected.get(name):
            raise BundleError(
                f"The bundle {str(path)!r} was changed after it was saved: the checksum of {name} "
                "isn't the one recorded; get the bundle again from who made it."
            )
