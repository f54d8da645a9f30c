"""What the files of this room share: descriptions of cohorts, results, and where things lie."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from bulkwise.errors import InputError

__all__ = [
    "CACHE_VARIABLE",
    "DATA_VARIABLE",
    "CohortInfo",
    "Fetched",
    "Kind",
    "RemoteFile",
    "Verified",
    "cache_folder",
    "local_mirror",
    "refuse_options",
]

Kind: TypeAlias = Literal["embedded", "simulated", "public"]

CACHE_VARIABLE = "BULKWISE_CACHE"
"""The environment variable that names another cache folder."""

DATA_VARIABLE = "BULKWISE_DATA"
"""The environment variable that names a folder of real data, ``mirror/`` inside."""


@dataclass(frozen=True, kw_only=True)
class CohortInfo:
    """One line of the catalogue.

    Parameters
    ----------
    name
        What a user types.
    title
        One line that says what it is.
    kind
        ``"embedded"`` (a file of the package), ``"simulated"`` (made on the fly) or ``"public"``
        (fetched once, then cached).
    unit
        The expression unit of its matrix.
    n_samples, n_genes
        The size of the whole cohort; ``None`` where only building it tells.
    target, groups, source
        Columns of ``.obs`` that a first look predicts, keeps together, and suspects of a batch
        effect (``None`` where there is none).
    origin
        Where it comes from.
    licence
        The terms it comes under.
    citation
        Whom to cite.
    note
        What a user must know before using it.
    """

    name: str
    title: str
    kind: Kind
    unit: str
    n_samples: int | None
    n_genes: int | None
    target: str
    groups: str | None
    source: str | None
    origin: str
    licence: str
    citation: str
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The description as JSON can hold it."""
        return {field: getattr(self, field) for field in self.__dataclass_fields__}


@dataclass(frozen=True)
class RemoteFile:
    """A file of a public repository at one commit.

    Parameters
    ----------
    repository
        ``owner/name``.
    commit
        The full commit id.
    path
        The path in the repository.
    blob_id
        The id that git gives the content, by which a copy from anywhere is verified.
    """

    repository: str
    commit: str
    path: str
    blob_id: str

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.path.rpartition("/")[2]

    @property
    def location(self) -> str:
        """The path below the root of a mirror: ``owner/repository/commit/path``."""
        return f"{self.repository}/{self.commit}/{self.path}"


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """What :func:`bulkwise.datasets.fetch` did.

    Parameters
    ----------
    name
        The cohort.
    path
        The cached or embedded h5ad file; ``None`` for a cohort that is made on the fly.
    n_samples, n_genes
        The size of the cohort as it stands; ``None`` if it is made on the fly.
    files
        The names of the files it is made of.
    lacking
        The names of the catalogue's files that it is not made of, because no mirror had them.
    built
        Whether this call built it (``False``: it was there already).
    mirror
        Where files were looked for; empty for what needs none.
    notes
        Sentences about what was done to the files' content.
    """

    name: str
    path: Path | None
    n_samples: int | None = None
    n_genes: int | None = None
    files: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    built: bool = False
    mirror: str = ""
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON can hold it."""
        document = {field: getattr(self, field) for field in self.__dataclass_fields__}
        document["path"] = None if self.path is None else str(self.path)
        for field in ("files", "lacking", "notes"):
            document[field] = list(document[field])
        return document


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What :func:`bulkwise.datasets.verify` found.

    Parameters
    ----------
    name
        The cohort.
    checked
        The files whose content was compared with its checksum.
    problems
        One sentence for each file that isn't what it should be.
    """

    name: str
    checked: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything that was checked is as it should be."""
        return not self.problems

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON can hold it."""
        return {
            "name": self.name,
            "ok": self.ok,
            "checked": list(self.checked),
            "problems": list(self.problems),
        }


def cache_folder() -> Path:
    """The folder of fetched and built cohorts.

    The environment variable ``BULKWISE_CACHE`` if it is set, else the platform's own place for
    caches (``~/.cache/bulkwise`` on Linux).
    """
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named).expanduser().absolute()
    import pooch

    return Path(pooch.os_cache("bulkwise"))


def local_mirror() -> Path | None:
    """The folder ``mirror/`` in the folder that ``BULKWISE_DATA`` names, if it is there."""
    named = os.environ.get(DATA_VARIABLE)
    if not named:
        return None
    folder = Path(named).expanduser().absolute() / "mirror"
    return folder if folder.is_dir() else None


def refuse_options(name: str, options: Mapping[str, object], known: tuple[str, ...]) -> None:
    """Raise an InputError if ``options`` holds a name that the cohort doesn't take."""
    unknown = sorted(set(options) - set(known))
    if unknown:
        takes = ", ".join(known) if known else "no options"
        raise InputError(
            f"The cohort {name!r} doesn't take the option {unknown[0]!r}; expected {takes}."
        )
