"""Reports of studies: searches over settings, learning curves, transfer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "report": "page",
    "report_curve": "curve",
    "report_search": "search",
    "report_transfer": "transfer",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.reporting.study.curve import report_curve as report_curve
    from bulkwise.reporting.study.page import report as report
    from bulkwise.reporting.study.search import report_search as report_search
    from bulkwise.reporting.study.transfer import report_transfer as report_transfer
