"""DEGnext: up and down from rows of samples, beside rules, rivals and our own model."""

from __future__ import annotations

from bulkwise.reproduce.degnext.cohorts import degnext_cohorts
from bulkwise.reproduce.degnext.verb import reproduce_degnext

__all__ = ["degnext_cohorts", "reproduce_degnext"]
