"""What every model is judged beside: the trivial rule and the simple rivals of a task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "BASELINES": "classification",
    "DIRECTION_RULES": "direction",
    "FRONT_ENDS": "tuned",
    "INFERENCE_BASELINES": "inference",
    "RULES": "translation",
    "Rival": "classification",
    "TRIES": "classification",
    "Tuned": "tuned",
    "available": "classification",
    "row_means": "rows",
    "row_rivals": "rows",
    "rule_scores": "direction",
    "shrunken": "direction",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.baselines.classification import BASELINES as BASELINES
    from bulkwise.baselines.classification import TRIES as TRIES
    from bulkwise.baselines.classification import Rival as Rival
    from bulkwise.baselines.classification import available as available
    from bulkwise.baselines.direction import DIRECTION_RULES as DIRECTION_RULES
    from bulkwise.baselines.direction import rule_scores as rule_scores
    from bulkwise.baselines.direction import shrunken as shrunken
    from bulkwise.baselines.inference import INFERENCE_BASELINES as INFERENCE_BASELINES
    from bulkwise.baselines.rows import row_means as row_means
    from bulkwise.baselines.rows import row_rivals as row_rivals
    from bulkwise.baselines.translation import RULES as RULES
    from bulkwise.baselines.tuned import FRONT_ENDS as FRONT_ENDS
    from bulkwise.baselines.tuned import Tuned as Tuned
