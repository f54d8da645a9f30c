"""Preranked gene set enrichment: scores, shared permutations, small P-values that stay honest."""

from __future__ import annotations

from bulkwise.stats.gsea.preranked import (
    RankedEnrichment,
    RunningScore,
    preranked,
    running_score,
)

__all__ = ["RankedEnrichment", "RunningScore", "preranked", "running_score"]
