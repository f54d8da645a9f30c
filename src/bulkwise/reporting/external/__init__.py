"""The report of a validation in another cohort."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "compose": "page",
    "report": "page",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.reporting.external.page import compose as compose
    from bulkwise.reporting.external.page import report as report
