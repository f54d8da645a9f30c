"""The one home of complaints about input: what, where, expected, got, remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "Finding": "base",
    "UNITS": "base",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.checks.base import UNITS as UNITS
    from bulkwise.checks.base import Finding as Finding
