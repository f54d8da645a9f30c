"""The papers' tables beside ours, one paper a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "Reproduction": "base",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.reproduce.base import Reproduction as Reproduction
