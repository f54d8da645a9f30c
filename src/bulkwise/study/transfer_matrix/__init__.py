"""Transfer: what networks trained on one domain are worth as a start on another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "Claim": "results",
    "Mean": "results",
    "OTHERS": "units",
    "PRETRAINING": "units",
    "Point": "results",
    "SINGLE": "claims",
    "Transfer": "results",
    "transfer": "verb",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.study.transfer_matrix.claims import SINGLE as SINGLE
    from bulkwise.study.transfer_matrix.results import Claim as Claim
    from bulkwise.study.transfer_matrix.results import Mean as Mean
    from bulkwise.study.transfer_matrix.results import Point as Point
    from bulkwise.study.transfer_matrix.results import Transfer as Transfer
    from bulkwise.study.transfer_matrix.units import OTHERS as OTHERS
    from bulkwise.study.transfer_matrix.units import PRETRAINING as PRETRAINING
    from bulkwise.study.transfer_matrix.verb import transfer as transfer
