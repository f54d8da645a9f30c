"""What the files of this room share: linear model, variance prior, lowess, tails, follow-up."""

from __future__ import annotations

from bulkwise.stats.base.followup import (
    Bools,
    Steps,
    as_events,
    censoring_curve,
    follow_up,
    kaplan_meier,
)
from bulkwise.stats.base.hypergeometric import hypergeometric_tail
from bulkwise.stats.base.linear import LinearFit, lm_fit
from bulkwise.stats.base.lowess import interpolate, lowess, lowess_knots
from bulkwise.stats.base.matrices import (
    Floats,
    as_design,
    as_expression,
    as_weights,
    block_correlation,
    blocks_of_genes,
    observed_values,
    patterns,
    take,
)
from bulkwise.stats.base.prior import VariancePrior, fit_variance_prior, trigamma_inverse
from bulkwise.stats.base.probability import (
    adjust,
    f_tail,
    log_t_tail,
    t_quantile,
    t_tail,
)
from bulkwise.stats.base.sets import EncodedSets, encode_sets, group_terms, unique_genes

__all__ = [
    "Bools",
    "EncodedSets",
    "Floats",
    "LinearFit",
    "Steps",
    "VariancePrior",
    "adjust",
    "as_design",
    "as_events",
    "as_expression",
    "as_weights",
    "block_correlation",
    "blocks_of_genes",
    "censoring_curve",
    "encode_sets",
    "f_tail",
    "fit_variance_prior",
    "follow_up",
    "group_terms",
    "hypergeometric_tail",
    "interpolate",
    "kaplan_meier",
    "lm_fit",
    "log_t_tail",
    "lowess",
    "lowess_knots",
    "observed_values",
    "patterns",
    "t_quantile",
    "t_tail",
    "take",
    "trigamma_inverse",
    "unique_genes",
]
