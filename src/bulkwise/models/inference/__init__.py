"""Models that infer target genes from landmark genes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "ExpressionInference": "kernels",
    "NetworkInference": "network",
    "RidgeInference": "ridge",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.models.inference.kernels import ExpressionInference as ExpressionInference
    from bulkwise.models.inference.network import NetworkInference as NetworkInference
    from bulkwise.models.inference.ridge import RidgeInference as RidgeInference
