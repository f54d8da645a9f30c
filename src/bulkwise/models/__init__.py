"""Models: estimators of scikit-learn's kind, one a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "Applicability": "applicability",
    "DenoisingAutoencoder": "transfer",
    "DirectionModel": "direction",
    "ExpressionClassifier": "classifier",
    "ExpressionInference": "inference",
    "ExpressionTransferor": "translator",
    "ExpressionTranslator": "translator",
    "GeneDirectionClassifier": "gene_direction",
    "KernelSVC": "kernel",
    "LassoLogistic": "lasso",
    "MultitaskClassifier": "multitask",
    "NeighborsClassifier": "neighbors",
    "NetworkInference": "inference",
    "RandomPanel": "selection",
    "RidgeInference": "inference",
    "RowSpaceLogistic": "linear",
    "StabilitySelection": "selection",
    "TransferClassifier": "transfer",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.models.applicability import Applicability as Applicability
    from bulkwise.models.classifier import ExpressionClassifier as ExpressionClassifier
    from bulkwise.models.direction import DirectionModel as DirectionModel
    from bulkwise.models.gene_direction import GeneDirectionClassifier as GeneDirectionClassifier
    from bulkwise.models.inference import ExpressionInference as ExpressionInference
    from bulkwise.models.inference import NetworkInference as NetworkInference
    from bulkwise.models.inference import RidgeInference as RidgeInference
    from bulkwise.models.kernel import KernelSVC as KernelSVC
    from bulkwise.models.lasso import LassoLogistic as LassoLogistic
    from bulkwise.models.linear import RowSpaceLogistic as RowSpaceLogistic
    from bulkwise.models.multitask import MultitaskClassifier as MultitaskClassifier
    from bulkwise.models.neighbors import NeighborsClassifier as NeighborsClassifier
    from bulkwise.models.selection import RandomPanel as RandomPanel
    from bulkwise.models.selection import StabilitySelection as StabilitySelection
    from bulkwise.models.transfer import DenoisingAutoencoder as DenoisingAutoencoder
    from bulkwise.models.transfer import TransferClassifier as TransferClassifier
    from bulkwise.models.translator import ExpressionTransferor as ExpressionTransferor
    from bulkwise.models.translator import ExpressionTranslator as ExpressionTranslator
