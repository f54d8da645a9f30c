"""A cohort from its name or its file, and what the catalogue's cohorts need: fetch, path, verify.

Nothing goes over the network except in :func:`fetch`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bulkwise.datasets import bladder, cache, rnaseqdb
from bulkwise.datasets.base import (
    Fetched,
    RemoteFile,
    Verified,
    cache_folder,
    local_mirror,
    refuse_options,
)
from bulkwise.datasets.catalog import CATALOG, describe
from bulkwise.datasets.mirror import ORIGIN, gather, present
from bulkwise.datasets.simulate import simulate
from bulkwise.errors import DownloadError, InputError, UnitError
from bulkwise.storage import PathLike, git_blob_id

if TYPE_CHECKING:
    import anndata

__all__ = ["fetch", "is_fetched", "load", "path", "verify"]


def fetch(name: str, *, mirror: PathLike | None = None) -> Fetched:
    """Make a cohort of the catalogue ready to load.

    Parameters
    ----------
    name
        A cohort of the catalogue.
    mirror
        A folder or an http(s) address with the layout ``owner/repository/commit/path``. By
        default ``mirror/`` in the folder that ``BULKWISE_DATA`` names if it has any of the
        files, else the public host of the repository (:data:`bulkwise.datasets.mirror.ORIGIN`).

    Returns
    -------
    Fetched
        What the cohort is made of and what no mirror had. A cohort that already holds all that
        is on offer is kept as it is; a mirror that offers more has it rebuilt.

    Raises
    ------
    InputError
        If there is no such cohort or mirror.
    DownloadError
        If the mirror has none of the files, or hands out something else than was asked for.
    """
    info = describe(name)
    if info.kind == "public":
        return _fetch(name, mirror)
    return Fetched(
        name=name,
        path=bladder.FILE if info.kind == "embedded" else None,
        n_samples=info.n_samples,
        n_genes=info.n_genes,
    )


def is_fetched(name: str) -> bool:
    """Whether a cohort can be loaded as it stands: it is built, or needs no download."""
    return describe(name).kind != "public" or cache.find(name) is not None


def path(name: str) -> Path:
    """Where the h5ad file of a cohort lies.

    Raises
    ------
    InputError
        If the cohort isn't fetched yet, or is made on the fly and has no file.
    """
    kind = describe(name).kind
    if kind == "embedded":
        return bladder.FILE
    if kind == "simulated":
        raise InputError(
            f"The cohort {name!r} has no file: it is made on the fly; load it, and write it with "
            "AnnData's write_h5ad if a file is wanted."
        )
    record = cache.find(name)
    if record is None:
        raise _not_fetched(name)
    return record.path


def verify(name: str) -> Verified:
    """Compare a cohort's files with their checksums.

    The built or embedded h5ad file (SHA-256), and every downloaded or mirrored file of the
    repository that lies on this machine (git blob id).

    Raises
    ------
    InputError
        If there is no such cohort, or nothing of it is here yet.
    """
    kind = describe(name).kind
    if kind == "simulated":
        return Verified(name=name)
    if kind == "embedded":
        found = bladder.problem()
        return Verified(name=name, checked=(bladder.FILE.name,), problems=(found,) if found else ())
    record = cache.find(name)
    copies = [
        (file, folder / file.location)
        for folder in (local_mirror(), _store())
        if folder is not None
        for file in rnaseqdb.files_of(name)
        if (folder / file.location).is_file()
    ]
    if record is None and not copies:
        raise _not_fetched(name)
    problems = [_blob_problem(file, copy) for file, copy in copies]
    checked = [file.name for file, _ in copies]
    if record is not None:
        problems.append(cache.problem(record))
        checked.append(record.path.name)
    return Verified(
        name=name, checked=tuple(checked), problems=tuple(text for text in problems if text)
    )


def load(
    name_or_path: PathLike,
    *,
    samples: PathLike | None = None,
    unit: str | None = None,
    **options: Any,
) -> anndata.AnnData:
    """Load a cohort of the catalogue, or read one from a file.

    Parameters
    ----------
    name_or_path
        A name of the catalogue, else a file that :func:`bulkwise.read` can read (write
        ``./bladder`` for a file that is called like a cohort).
    samples
        The sample sheet of a file. Cohorts of the catalogue have their own.
    unit
        The unit of a file. For a cohort of the catalogue it may only confirm the cohort's.
    **options
        For a file: the other options of :func:`bulkwise.read`. For ``"simulated"``: those of
        :func:`bulkwise.datasets.simulate`. For ``"rnaseqdb-counts"``: ``rounded=False`` keeps
        RSEM's fractions, in float64.

    Returns
    -------
    anndata.AnnData
        Samples x genes with ``.uns["unit"]``. A public cohort that isn't built yet is built from
        the local mirror if ``BULKWISE_DATA`` names one; nothing is fetched over the network.

    Raises
    ------
    InputError
        If the name is neither a cohort nor a file, the cohort isn't fetched yet, or an option
        doesn't apply.
    UnitError
        If ``unit`` contradicts the cohort's.
    """
    name = os.fspath(name_or_path)
    if not isinstance(name_or_path, str) or name not in CATALOG:
        if not Path(name).exists():
            raise InputError(
                f"There is no file {name!r} and no cohort of that name: expected a file or one "
                f"of {', '.join(map(repr, CATALOG))}."
            )
        from bulkwise.io.reader import read

        return read(name, samples=samples, unit=unit, **options)
    info = CATALOG[name]
    if samples is not None:
        raise InputError(
            f"The cohort {name!r} has its own sample sheet, so {os.fspath(samples)!r} can't be "
            "joined to it; leave the sample sheet out."
        )
    if unit is not None and unit != info.unit:
        raise UnitError(f"The cohort {name!r} is in unit {info.unit!r}, and {unit!r} was stated.")
    if info.kind == "simulated":
        return simulate(**options)
    if info.kind == "embedded":
        refuse_options(name, options, ())
        return bladder.read()
    return _read_public(name, options)


def _read_public(name: str, options: dict[str, Any]) -> anndata.AnnData:
    import anndata

    counts = CATALOG[name].unit == "counts"
    refuse_options(name, options, ("rounded",) if counts else ())
    cohort = anndata.read_h5ad(_ready(name).path)
    if counts and options.get("rounded", True):
        cohort.X = np.rint(cohort.X).astype(np.float32)
    return cohort


def _store() -> Path:
    return cache_folder() / "mirror"


def _not_fetched(name: str) -> InputError:
    return InputError(
        f"The cohort {name!r} isn't on this machine yet: run 'bulkwise data fetch {name}' (or set "
        "BULKWISE_DATA to a folder with a mirror of it)."
    )


def _ready(name: str) -> cache.Record:
    """The built cohort; built from local files if they offer more than it holds."""
    record = cache.find(name)
    local = local_mirror()
    files = rnaseqdb.files_of(name)
    offered = present(files, local, _store())
    if record is not None and offered <= set(record.files):
        return record
    if not offered:
        raise _not_fetched(name)
    return _build(name, gather(files, local or _store(), _store()).found)


def _build(name: str, paths: dict[str, Path]) -> cache.Record:
    blobs = {file.name: file.blob_id for file in rnaseqdb.files_of(name) if file.name in paths}
    cohort, notes = rnaseqdb.build(name, paths)
    return cache.keep(name, cohort, blobs, notes)


def _fetch(name: str, mirror: PathLike | None) -> Fetched:
    files = rnaseqdb.files_of(name)
    local = local_mirror()
    place = os.fspath(mirror or (local if local and present(files, local) else ORIGIN))
    record = cache.find(name)
    complete = record is not None and len(record.files) == len(files)
    found = {} if complete else gather(files, place, _store()).found
    if not (found or complete):
        raise DownloadError(
            f"The mirror {place!r} has none of the {len(files)} files of {name!r}: expected them "
            f"below '<mirror>/{files[0].location.rpartition('/')[0]}'; check the mirror's address."
        )
    built = record is None or not set(found) <= set(record.files)
    if record is None or built:
        record = _build(name, found)
    return Fetched(
        name=name,
        path=record.path,
        n_samples=record.n_samples,
        n_genes=record.n_genes,
        files=tuple(sorted(record.files)),
        lacking=tuple(file.name for file in files if file.name not in record.files),
        built=built,
        mirror=place,
        notes=record.notes,
    )


def _blob_problem(file: RemoteFile, copy: Path) -> str | None:
    found = git_blob_id(copy)
    if found == file.blob_id:
        return None
    return (
        f"The file {str(copy)!r} isn't the one that was asked for: expected the git blob id "
        f"{file.blob_id}, got {found}; replace or delete it."
    )
