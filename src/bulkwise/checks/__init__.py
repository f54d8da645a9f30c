"""The one home of complaints about input: what, where, expected, got, remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "CheckReport": "cohort",
    "Finding": "base",
    "LINEAR_UNITS": "base",
    "LOG_UNITS": "base",
    "UNITS": "base",
    "check": "cohort",
    "id_kind": "genes",
    "require_labels": "labels",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.checks.base import LINEAR_UNITS as LINEAR_UNITS
    from bulkwise.checks.base import LOG_UNITS as LOG_UNITS
    from bulkwise.checks.base import UNITS as UNITS
    from bulkwise.checks.base import Finding as Finding
    from bulkwise.checks.cohort import CheckReport as CheckReport
    from bulkwise.checks.cohort import check as check
    from bulkwise.checks.genes import id_kind as id_kind
    from bulkwise.checks.labels import require_labels as require_labels
