"""Reports: pages of sections, figures and tables in one HTML file that works offline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "Code": "base",
    "Facts": "base",
    "Figure": "base",
    "Key": "base",
    "Look": "base",
    "Notice": "base",
    "Page": "base",
    "Row": "base",
    "Section": "base",
    "Table": "base",
    "Text": "base",
    "compose": "page",
    "planted": "simulation",
    "render": "html",
    "report": "page",
    "write": "html",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.reporting.base import Code as Code
    from bulkwise.reporting.base import Facts as Facts
    from bulkwise.reporting.base import Figure as Figure
    from bulkwise.reporting.base import Key as Key
    from bulkwise.reporting.base import Look as Look
    from bulkwise.reporting.base import Notice as Notice
    from bulkwise.reporting.base import Page as Page
    from bulkwise.reporting.base import Row as Row
    from bulkwise.reporting.base import Section as Section
    from bulkwise.reporting.base import Table as Table
    from bulkwise.reporting.base import Text as Text
    from bulkwise.reporting.html import render as render
    from bulkwise.reporting.html import write as write
    from bulkwise.reporting.page import compose as compose
    from bulkwise.reporting.page import report as report
    from bulkwise.reporting.simulation import planted as planted
