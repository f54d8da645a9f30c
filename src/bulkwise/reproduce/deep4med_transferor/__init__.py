"""DeeP4med's Transferor: generated profiles, and what their genes are worth."""

from __future__ import annotations

from bulkwise.reproduce.deep4med_transferor.conduct import reproduce_deep4med_transferor

__all__ = ["reproduce_deep4med_transferor"]
