"""How much memory there is, and one sentence where there is too little, before it runs out."""

from __future__ import annotations

import os
from pathlib import Path

from bulkwise.errors import InputError

__all__ = ["available", "require"]

_CGROUP = Path("/sys/fs/cgroup")
_MEMINFO = Path("/proc/meminfo")


def available() -> int | None:
    """Bytes that this process can still have: of the machine, its container and its own limit.

    Returns
    -------
    int or None
        The least of the three; ``None`` where the system tells none of them.
    """
    found = [one for one in (_of_the_machine(), _of_the_container(), _of_the_process()) if one]
    return min(found, default=None)


def require(n_bytes: int, what: str, remedy: str) -> None:
    """Refuse what memory can't hold.

    Parameters
    ----------
    n_bytes
        Bytes needed at once.
    what
        What needs them, the start of the sentence: ``"The matrix of 'm.csv' (10 x 20)"``.
    remedy
        What to do instead.

    Raises
    ------
    InputError
        Says how much is needed and how much there is.
    """
    there = available()
    if there is not None and n_bytes > there:
        raise InputError(
            f"{what} needs {_size(n_bytes)} of memory, and {_size(there)} are free; {remedy}."
        )


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:,.1f} GB" if n_bytes >= 1e8 else f"{n_bytes / 1e6:,.1f} MB"


def _of_the_machine() -> int | None:
    try:
        for line in _MEMINFO.read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
        return None
    except (OSError, ValueError):
        names = getattr(os, "sysconf_names", {})
        if "SC_PHYS_PAGES" not in names:
            return None
        return int(os.sysconf("SC_PHYS_PAGES")) * int(os.sysconf("SC_PAGE_SIZE"))


def _of_the_container() -> int | None:
    try:
        limit = (_CGROUP / "memory.max").read_text(encoding="ascii").strip()
        used = int((_CGROUP / "memory.current").read_text(encoding="ascii"))
        return None if limit == "max" else max(int(limit) - used, 1)
    except (OSError, ValueError):
        return None


def _of_the_process() -> int | None:
    try:
        import resource

        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (ImportError, OSError, ValueError):
        return None
    if limit == resource.RLIM_INFINITY:
        return None
    return max(limit - pages * resource.getpagesize(), 1)
