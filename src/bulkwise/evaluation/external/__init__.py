"""Training in one cohort, testing in another: what a model is worth elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "ExternalValidation": "results",
    "FOLLOW_UP_METRICS": "results",
    "code_columns": "clinical",
    "pair": "pairing",
    "validate": "conduct",
    "with_endpoint": "followup",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.evaluation.external.clinical import code_columns as code_columns
    from bulkwise.evaluation.external.conduct import validate as validate
    from bulkwise.evaluation.external.followup import with_endpoint as with_endpoint
    from bulkwise.evaluation.external.pairing import pair as pair
    from bulkwise.evaluation.external.results import FOLLOW_UP_METRICS as FOLLOW_UP_METRICS
    from bulkwise.evaluation.external.results import ExternalValidation as ExternalValidation
