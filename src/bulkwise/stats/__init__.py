"""Differential expression, enrichment and overlap on arrays, equal to R."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "ContrastResult": "results",
    "DuplicateCorrelation": "blocking",
    "Endpoint": "survival",
    "Enrichment": "enrichment",
    "Evidence": "two_groups",
    "GenePanel": "panel",
    "GenePrior": "effects",
    "LinearFit": "base",
    "ListOverlap": "overlap",
    "MeanVariance": "results",
    "ModeratedFit": "differential",
    "PatientProfile": "single_sample",
    "RankConcordance": "concordance",
    "RankTest": "wilcoxon",
    "RankedEnrichment": "gsea",
    "Reference": "single_sample",
    "RunningScore": "gsea",
    "Steps": "base",
    "VariancePrior": "base",
    "Voom": "precision",
    "adaptive_prior": "effects",
    "adjust": "base",
    "against_reference": "single_sample",
    "array_weights": "precision",
    "auc_at": "ordering",
    "c_index": "ordering",
    "choose_panel": "panel",
    "class_f": "forward",
    "compare_lists": "overlap",
    "contrasts_fit": "differential",
    "differential_expression": "contrast",
    "direction_probabilities": "effects",
    "duplicate_correlation": "blocking",
    "e_bayes": "differential",
    "endpoint": "survival",
    "evidence": "two_groups",
    "false_bounds": "stability",
    "filter_by_expr": "normalization",
    "fit_reference": "single_sample",
    "fit_variance_prior": "base",
    "forward_order": "forward",
    "group_terms": "base",
    "jaccard": "overlap",
    "kaplan_meier": "base",
    "lasso_order": "lars",
    "lm_fit": "base",
    "log_cpm": "normalization",
    "log_levels": "two_groups",
    "lowess": "base",
    "over_representation": "enrichment",
    "posterior": "effects",
    "preranked": "gsea",
    "rank_concordance": "concordance",
    "rank_sum": "wilcoxon",
    "running_score": "gsea",
    "signed_lists": "overlap",
    "signed_rank": "wilcoxon",
    "suggest_method": "methods",
    "tmm_factors": "normalization",
    "top_table": "differential",
    "treat": "differential",
    "true_positive_rate": "overlap",
    "ttest_order": "forward",
    "uno_c_index": "ordering",
    "upset_counts": "overlap",
    "venn_counts": "overlap",
    "voom": "precision",
    "voom_with_quality_weights": "precision",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.stats.base import LinearFit as LinearFit
    from bulkwise.stats.base import Steps as Steps
    from bulkwise.stats.base import VariancePrior as VariancePrior
    from bulkwise.stats.base import adjust as adjust
    from bulkwise.stats.base import fit_variance_prior as fit_variance_prior
    from bulkwise.stats.base import group_terms as group_terms
    from bulkwise.stats.base import kaplan_meier as kaplan_meier
    from bulkwise.stats.base import lm_fit as lm_fit
    from bulkwise.stats.base import lowess as lowess
    from bulkwise.stats.blocking import DuplicateCorrelation as DuplicateCorrelation
    from bulkwise.stats.blocking import duplicate_correlation as duplicate_correlation
    from bulkwise.stats.concordance import RankConcordance as RankConcordance
    from bulkwise.stats.concordance import rank_concordance as rank_concordance
    from bulkwise.stats.contrast import differential_expression as differential_expression
    from bulkwise.stats.differential import ModeratedFit as ModeratedFit
    from bulkwise.stats.differential import contrasts_fit as contrasts_fit
    from bulkwise.stats.differential import e_bayes as e_bayes
    from bulkwise.stats.differential import top_table as top_table
    from bulkwise.stats.differential import treat as treat
    from bulkwise.stats.effects import GenePrior as GenePrior
    from bulkwise.stats.effects import adaptive_prior as adaptive_prior
    from bulkwise.stats.effects import direction_probabilities as direction_probabilities
    from bulkwise.stats.effects import posterior as posterior
    from bulkwise.stats.enrichment import Enrichment as Enrichment
    from bulkwise.stats.enrichment import over_representation as over_representation
    from bulkwise.stats.forward import class_f as class_f
    from bulkwise.stats.forward import forward_order as forward_order
    from bulkwise.stats.forward import ttest_order as ttest_order
    from bulkwise.stats.gsea import RankedEnrichment as RankedEnrichment
    from bulkwise.stats.gsea import RunningScore as RunningScore
    from bulkwise.stats.gsea import preranked as preranked
    from bulkwise.stats.gsea import running_score as running_score
    from bulkwise.stats.lars import lasso_order as lasso_order
    from bulkwise.stats.methods import suggest_method as suggest_method
    from bulkwise.stats.normalization import filter_by_expr as filter_by_expr
    from bulkwise.stats.normalization import log_cpm as log_cpm
    from bulkwise.stats.normalization import tmm_factors as tmm_factors
    from bulkwise.stats.ordering import auc_at as auc_at
    from bulkwise.stats.ordering import c_index as c_index
    from bulkwise.stats.ordering import uno_c_index as uno_c_index
    from bulkwise.stats.overlap import ListOverlap as ListOverlap
    from bulkwise.stats.overlap import compare_lists as compare_lists
    from bulkwise.stats.overlap import jaccard as jaccard
    from bulkwise.stats.overlap import signed_lists as signed_lists
    from bulkwise.stats.overlap import true_positive_rate as true_positive_rate
    from bulkwise.stats.overlap import upset_counts as upset_counts
    from bulkwise.stats.overlap import venn_counts as venn_counts
    from bulkwise.stats.panel import GenePanel as GenePanel
    from bulkwise.stats.panel import choose_panel as choose_panel
    from bulkwise.stats.precision import Voom as Voom
    from bulkwise.stats.precision import array_weights as array_weights
    from bulkwise.stats.precision import voom as voom
    from bulkwise.stats.precision import voom_with_quality_weights as voom_with_quality_weights
    from bulkwise.stats.results import ContrastResult as ContrastResult
    from bulkwise.stats.results import MeanVariance as MeanVariance
    from bulkwise.stats.single_sample import PatientProfile as PatientProfile
    from bulkwise.stats.single_sample import Reference as Reference
    from bulkwise.stats.single_sample import against_reference as against_reference
    from bulkwise.stats.single_sample import fit_reference as fit_reference
    from bulkwise.stats.stability import false_bounds as false_bounds
    from bulkwise.stats.survival import Endpoint as Endpoint
    from bulkwise.stats.survival import endpoint as endpoint
    from bulkwise.stats.two_groups import Evidence as Evidence
    from bulkwise.stats.two_groups import evidence as evidence
    from bulkwise.stats.two_groups import log_levels as log_levels
    from bulkwise.stats.wilcoxon import RankTest as RankTest
    from bulkwise.stats.wilcoxon import rank_sum as rank_sum
    from bulkwise.stats.wilcoxon import signed_rank as signed_rank
