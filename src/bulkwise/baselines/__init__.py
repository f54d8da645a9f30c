"""What every model is judged beside: the trivial rule and the simple rivals of a task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "BASELINES": "classification",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.baselines.classification import BASELINES as BASELINES
