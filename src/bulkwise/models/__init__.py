"""Models: estimators of scikit-learn's kind, one a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "Applicability": "applicability",
    "ExpressionClassifier": "classifier",
    "NeighborsClassifier": "neighbors",
    "RowSpaceLogistic": "linear",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.models.applicability import Applicability as Applicability
    from bulkwise.models.classifier import ExpressionClassifier as ExpressionClassifier
    from bulkwise.models.linear import RowSpaceLogistic as RowSpaceLogistic
    from bulkwise.models.neighbors import NeighborsClassifier as NeighborsClassifier
