"""Differential expression, enrichment and overlap on arrays, equal to R."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "Endpoint": "survival",
    "array_weights": "voom",
    "auc_at": "ordering",
    "c_index": "ordering",
    "contrasts_fit": "differential",
    "duplicate_correlation": "blocking",
    "e_bayes": "differential",
    "endpoint": "survival",
    "filter_by_expr": "normalization",
    "kaplan_meier": "base",
    "lm_fit": "base",
    "log_cpm": "normalization",
    "lowess": "base",
    "tmm_factors": "normalization",
    "top_table": "differential",
    "treat": "differential",
    "uno_c_index": "ordering",
    "voom": "voom",
    "voom_with_quality_weights": "voom",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.stats.base import kaplan_meier as kaplan_meier
    from bulkwise.stats.base import lm_fit as lm_fit
    from bulkwise.stats.base import lowess as lowess
    from bulkwise.stats.blocking import duplicate_correlation as duplicate_correlation
    from bulkwise.stats.differential import contrasts_fit as contrasts_fit
    from bulkwise.stats.differential import e_bayes as e_bayes
    from bulkwise.stats.differential import top_table as top_table
    from bulkwise.stats.differential import treat as treat
    from bulkwise.stats.normalization import filter_by_expr as filter_by_expr
    from bulkwise.stats.normalization import log_cpm as log_cpm
    from bulkwise.stats.normalization import tmm_factors as tmm_factors
    from bulkwise.stats.ordering import auc_at as auc_at
    from bulkwise.stats.ordering import c_index as c_index
    from bulkwise.stats.ordering import uno_c_index as uno_c_index
    from bulkwise.stats.survival import Endpoint as Endpoint
    from bulkwise.stats.survival import endpoint as endpoint
    from bulkwise.stats.voom import array_weights as array_weights
    from bulkwise.stats.voom import voom as voom
    from bulkwise.stats.voom import voom_with_quality_weights as voom_with_quality_weights
