"""Rooms that load their files only when a name is asked for.

A room's ``__init__`` holds one literal table, public name -> file. The same table is the list
of choices of the command line, the index of the reference and the closed list of the bundles.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

__all__ = ["attach"]


def attach(
    package: str, table: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Make the ``__getattr__`` and ``__dir__`` of a room from its table.

    Parameters
    ----------
    package
        The room's ``__name__``.
    table
        Public name -> file (module name relative to the room, without the leading dot).

    Returns
    -------
    tuple
        The two functions to bind as ``__getattr__`` and ``__dir__`` of the room.
    """

    def __getattr__(name: str) -> Any:  # noqa: N807
        if name not in table:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"{package}.{table[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    def __dir__() -> list[str]:  # noqa: N807
        return sorted(table)

    return __getattr__, __dir__
