"""What the files of this room share: the linear model, the variance prior, lowess, tails."""

from __future__ import annotations

from bulkwise.stats.base.linear import LinearFit, lm_fit
from bulkwise.stats.base.lowess import interpolate, lowess
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

__all__ = [
    "Floats",
    "LinearFit",
    "VariancePrior",
    "adjust",
    "as_design",
    "as_expression",
    "as_weights",
    "block_correlation",
    "blocks_of_genes",
    "f_tail",
    "fit_variance_prior",
    "interpolate",
    "lm_fit",
    "log_t_tail",
    "lowess",
    "observed_values",
    "patterns",
    "t_quantile",
    "t_tail",
    "take",
    "trigamma_inverse",
]
