"""Built cohorts on the disk: an h5ad file and a record of what it was made of.

The h5ad file's name holds a key of its ingredients, and the record, which is written last, names
it: whoever reads the record finds a file that is whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bulkwise.datasets.base import cache_folder
from bulkwise.errors import InputError
from bulkwise.storage import read_json, sha256_file, write_cohort, write_json

if TYPE_CHECKING:
    import anndata

__all__ = ["Record", "find", "keep", "problem"]

_SCHEMA = "cached-cohort"
_FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class Record:
    """What a cached cohort is.

    Parameters
    ----------
    name
        The cohort.
    path
        Its h5ad file.
    sha256
        The checksum of that file.
    n_samples, n_genes
        Its size.
    files
        Name -> git blob id of every file that it is made of.
    notes
        Sentences about what was left out.
    """

    name: str
    path: Path
    sha256: str
    n_samples: int
    n_genes: int
    files: dict[str, str]
    notes: tuple[str, ...]


def _folder() -> Path:
    return cache_folder() / "cohorts"


def find(name: str) -> Record | None:
    """The record of a built cohort, or None if there is none that this version can use."""
    place = _folder() / f"{name}.json"
    try:
        document = read_json(place, schema=_SCHEMA, newest=_FORMAT)
        path = _folder() / Path(document["h5ad"]).name
        whole = path.stat().st_size == document["bytes"]
        record = Record(
            name=name,
            path=path,
            sha256=document["sha256"],
            n_samples=document["n_samples"],
            n_genes=document["n_genes"],
            files=dict(document["files"]),
            notes=tuple(document["notes"]),
        )
    except (InputError, OSError, KeyError, TypeError, ValueError):
        return None
    return record if whole else None


def keep(
    name: str, cohort: anndata.AnnData, files: Mapping[str, str], notes: Sequence[str]
) -> Record:
    """Write a cohort and its record, and drop the file that an older record named."""
    older = find(name)
    key = hashlib.sha256(repr((_FORMAT, sorted(files.items()))).encode()).hexdigest()[:12]
    target = _folder() / f"{name}-{key}.h5ad"
    write_cohort(target, cohort)
    record = Record(
        name=name,
        path=target,
        sha256=sha256_file(target),
        n_samples=cohort.n_obs,
        n_genes=cohort.n_vars,
        files=dict(files),
        notes=tuple(notes),
    )
    document = {
        "name": name,
        "h5ad": target.name,
        "bytes": target.stat().st_size,
        "sha256": record.sha256,
        "n_samples": record.n_samples,
        "n_genes": record.n_genes,
        "files": record.files,
        "notes": record.notes,
    }
    write_json(_folder() / f"{name}.json", document, schema=_SCHEMA, version=_FORMAT)
    if older is not None and older.path != target:
        older.path.unlink(missing_ok=True)
    return record


def problem(record: Record) -> str | None:
    """A sentence if the cached h5ad file isn't what was written, else None."""
    found = sha256_file(record.path)
    if found == record.sha256:
        return None
    return (
        f"The cached file {str(record.path)!r} has changed since it was built: expected SHA-256 "
        f"{record.sha256}, got {found}; delete it and fetch {record.name!r} again."
    )
