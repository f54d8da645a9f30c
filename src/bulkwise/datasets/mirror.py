"""Files of a public repository from a mirror: a folder, or a server with resumable download.

A mirror has the layout ``owner/repository/commit/path``; the repository's own host of raw files
is one of them. Whatever a mirror hands out is trusted only after its git blob id is right. What
was downloaded is kept in a folder of the same layout, so that nothing is fetched twice.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

from bulkwise.datasets.base import RemoteFile
from bulkwise.errors import DownloadError, InputError
from bulkwise.progress import Task, task
from bulkwise.storage import PathLike, git_blob_id

__all__ = ["ORIGIN", "Gathered", "gather", "present"]

ORIGIN = "https://raw.githubusercontent.com"
"""The public host of raw repository files."""

_MOST_BYTES = 100 * 2**20  # no file of a repository on GitHub may be larger
_ATTEMPTS = 5
_PAUSE = 0.5  # seconds before the second attempt, doubled for each later one
_SILENCE = 30.0  # seconds without a byte
_WINDOW = 30.0  # seconds over which the speed is watched
_SLOWEST = 1024  # bytes a second
_BLOCK = 1 << 16
_GONE = (404, 410)
_BUSY = (408, 425, 429)


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """Where verified files lie.

    Parameters
    ----------
    found
        File name -> path of a copy whose blob id is right.
    lacking
        The names that the mirror doesn't have.
    """

    found: dict[str, Path]
    lacking: tuple[str, ...]


class _Cut(Exception):  # noqa: N818
    """A transfer that may go on where it stopped."""


class _Gone(Exception):  # noqa: N818
    """The server says that it has no such file."""


def gather(files: Sequence[RemoteFile], mirror: PathLike, store: Path) -> Gathered:
    """Find or fetch files, and verify each by its git blob id.

    Parameters
    ----------
    files
        What is wanted.
    mirror
        A folder, or an address that begins with ``http://`` or ``https://``.
    store
        The folder where downloads are kept, in a mirror's layout.

    Returns
    -------
    Gathered
        The paths, and the names that neither the mirror nor the store has.

    Raises
    ------
    InputError
        If the mirror is neither a folder nor such an address.
    DownloadError
        If a copy isn't the file that was asked for, or can't be fetched whole.
    """
    address = os.fspath(mirror)
    remote = address.startswith(("http://", "https://"))
    root = Path(address).expanduser().absolute()
    if not remote and not root.is_dir():
        raise InputError(
            f"The mirror {address!r} can't be used: expected a folder that is there, or an "
            "address that begins with http:// or https://."
        )
    found: dict[str, Path] = {}
    with task("Fetching files" if remote else "Verifying files", len(files)) as bar:
        for file in files:
            kept = store / file.location
            if remote:
                url = f"{address.rstrip('/')}/{quote(file.location)}"
                path = kept if _is_good(kept, file) or _download(url, kept, file, bar) else None
            else:
                path = _take(root / file.location, kept, file)
            if path is not None:
                found[file.name] = path
            bar.advance(1, note=file.name)
    return Gathered(found=found, lacking=tuple(f.name for f in files if f.name not in found))


def present(files: Sequence[RemoteFile], *folders: Path | None) -> set[str]:
    """The names of ``files`` that stand in one of the mirror ``folders``, unverified."""
    roots = [folder for folder in folders if folder is not None]
    return {f.name for f in files if any((root / f.location).is_file() for root in roots)}


def _is_good(path: Path, file: RemoteFile) -> bool:
    return path.is_file() and git_blob_id(path) == file.blob_id


def _take(path: Path, kept: Path, file: RemoteFile) -> Path | None:
    """A verified copy from a folder, else what was downloaded before, else None."""
    if not path.is_file():
        return kept if _is_good(kept, file) else None
    found = git_blob_id(path)
    if found != file.blob_id:
        raise DownloadError(
            f"The file {str(path)!r} isn't the one that was asked for: expected the git blob id "
            f"{file.blob_id}, got {found}; replace the mirror's copy."
        )
    return path


def _download(url: str, target: Path, file: RemoteFile, bar: Task) -> bool:
    """Fetch ``url`` into ``target``, going on from an earlier part; False if it isn't there."""
    part = target.with_name(target.name + ".part")
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        resumed = part.exists()
        reason = ""
        for attempt in range(_ATTEMPTS):
            if attempt:
                time.sleep(_PAUSE * 2 ** (attempt - 1))
            try:
                _transfer(url, part, file, bar)
            except _Gone:
                return False
            except _Cut as cut:
                reason, resumed = str(cut), True
                continue
            found = git_blob_id(part)
            if found == file.blob_id:
                part.replace(target)
                return True
            part.unlink()
            reason = f"expected the git blob id {file.blob_id}, got {found}"
            if not resumed:  # else an older part was to blame: once more from the start
                raise DownloadError(
                    f"The file from {url} isn't the one that was asked for: {reason}; use another "
                    "mirror."
                )
            resumed = False
    except OSError as error:
        raise DownloadError(
            f"Can't keep {file.name} in {str(target.parent)!r}: {error.strerror}; make room, or "
            "name another folder in BULKWISE_CACHE."
        ) from error
    raise DownloadError(
        f"Can't fetch {url}: {_ATTEMPTS} attempts failed, the last because {reason}; run the same "
        "command again to go on from there, or use another mirror."
    )


def _transfer(url: str, part: Path, file: RemoteFile, bar: Task) -> None:
    """One attempt: ask for what is missing, append it to ``part``."""
    have = part.stat().st_size if part.exists() else 0
    response = _ask(url, have)
    if response is None:
        return  # nothing follows what is there; its blob id says whether it is whole
    with response:
        start = _start(response) if response.status == 206 else 0
        if start not in (0, have):
            raise _Cut(f"the server went on from byte {start:,} when asked for {have:,}")
        length = response.headers.get("Content-Length", "")
        whole = start + int(length) if length.isdigit() else None
        if whole is not None and whole > _MOST_BYTES:
            raise _too_large(url)
        done = start
        with part.open("ab" if start else "wb") as out:
            for block in _blocks(response):
                done += len(block)
                if done > _MOST_BYTES:
                    break
                out.write(block)
                bar.advance(0, note=f"{file.name} {done / 1e6:.1f} MB")
    if done > _MOST_BYTES:
        part.unlink()
        raise _too_large(url)
    if whole is not None and done < whole:
        raise _Cut(f"it was cut at {done:,} of {whole:,} bytes")


def _too_large(url: str) -> DownloadError:
    return DownloadError(
        f"The file from {url} isn't the one that was asked for: it goes on beyond "
        f"{_MOST_BYTES:,} bytes, the most that its repository can hold; use another mirror."
    )


def _ask(url: str, have: int) -> HTTPResponse | None:
    """Open ``url`` from byte ``have`` on; None if the server has nothing from there on."""
    headers = {"User-Agent": "bulkwise", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    try:
        response: HTTPResponse = urlopen(  # noqa: S310 (http and https only: see gather)
            Request(url, headers=headers),  # noqa: S310
            timeout=_SILENCE,
        )
    except HTTPError as error:
        error.close()
        if error.code in _GONE:
            raise _Gone from error
        if error.code == 416 and have:
            return None
        if error.code in _BUSY or error.code >= 500:
            raise _Cut(f"the server answered {error.code} ({error.reason})") from error
        raise DownloadError(
            f"Can't fetch {url}: the server answered {error.code} ({error.reason}); check the "
            "mirror's address."
        ) from error
    except (OSError, HTTPException) as error:
        raise _Cut(f"of {getattr(error, 'reason', error) or type(error).__name__}") from error
    return response


def _start(response: HTTPResponse) -> int:
    """The first byte of a partial answer (``Content-Range: bytes 100-199/200``)."""
    first = response.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
    if not first.isdigit():
        raise _Cut("the server sent a part without saying which")
    return int(first)


def _blocks(response: HTTPResponse) -> Iterator[bytes]:
    """The bytes as they come; a connection that breaks or creeps is a cut."""
    since, received = time.monotonic(), 0
    while True:
        try:
            block = response.read1(_BLOCK)
        except (OSError, HTTPException, ValueError) as error:
            raise _Cut(f"the connection broke ({error or type(error).__name__})") from error
        if not block:
            return
        yield block
        received += len(block)
        elapsed = time.monotonic() - since
        if elapsed > _WINDOW:
            if received < _SLOWEST * elapsed:
                raise _Cut(f"only {received:,} bytes came in {elapsed:.0f} s")
            since, received = time.monotonic(), 0
