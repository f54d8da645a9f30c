"""Fill the reference pages from the rooms' own tables, so that there is no second list."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

ROOM = re.compile(r"^<!-- room: (\w+) -->$", re.M)


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put the files of a room where a page says ``<!-- room: NAME -->``."""

    def files(match: re.Match[str]) -> str:
        package = f"bulkwise.{match[1]}"
        names = dict.fromkeys(import_module(package).TABLE.values())
        return "\n\n".join(f"::: {package}.{name}" for name in names)

    return ROOM.sub(files, markdown)
