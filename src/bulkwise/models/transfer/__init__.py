"""Transfer: networks that start from those of another cohort, and pre-training without labels."""

from __future__ import annotations

from bulkwise.models.transfer.denoising import DenoisingAutoencoder
from bulkwise.models.transfer.estimator import TransferClassifier

__all__ = ["DenoisingAutoencoder", "TransferClassifier"]
