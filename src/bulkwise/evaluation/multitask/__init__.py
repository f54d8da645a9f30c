"""Several targets judged in one run, each beside its baselines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "MultitaskEvaluation": "results",
    "evaluate_targets": "conduct",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.evaluation.multitask.conduct import evaluate_targets as evaluate_targets
    from bulkwise.evaluation.multitask.results import MultitaskEvaluation as MultitaskEvaluation
