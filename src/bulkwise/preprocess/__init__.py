"""Preprocessing as scikit-learn transformers that keep gene names.

Whatever learns from several samples learns it in ``fit``, so that inside a cross-validation it
is learned from the training samples only. float32 stays float32, statistics are summed in
float64, and nobody writes into the caller's matrix.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "ExpressionFilter": "expression_filter",
    "Log1p": "log1p",
    "LogCPM": "logcpm",
    "MaxScale": "max_scale",
    "QuantileNormalize": "quantile",
    "RidgeFill": "ridge_fill",
    "Standardize": "standardize",
    "TTestSelection": "ttest_selection",
    "VarianceFilter": "variance_filter",
    "for_unit": "defaults",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.preprocess.defaults import for_unit as for_unit
    from bulkwise.preprocess.expression_filter import ExpressionFilter as ExpressionFilter
    from bulkwise.preprocess.log1p import Log1p as Log1p
    from bulkwise.preprocess.logcpm import LogCPM as LogCPM
    from bulkwise.preprocess.max_scale import MaxScale as MaxScale
    from bulkwise.preprocess.quantile import QuantileNormalize as QuantileNormalize
    from bulkwise.preprocess.ridge_fill import RidgeFill as RidgeFill
    from bulkwise.preprocess.standardize import Standardize as Standardize
    from bulkwise.preprocess.ttest_selection import TTestSelection as TTestSelection
    from bulkwise.preprocess.variance_filter import VarianceFilter as VarianceFilter
