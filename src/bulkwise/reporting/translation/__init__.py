"""The report of a judgement of translators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "compose": "page",
    "report": "page",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.reporting.translation.page import compose as compose
    from bulkwise.reporting.translation.page import report as report
