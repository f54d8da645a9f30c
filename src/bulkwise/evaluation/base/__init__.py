"""What the files of this room share: the pieces of a result, and how they are written down."""

from __future__ import annotations

from bulkwise.evaluation.base.documents import plain, read_figures, read_table, restored
from bulkwise.evaluation.base.fitted import CrossValidated, Fitted
from bulkwise.evaluation.base.inputs import LEAST_PATIENTS, Inputs
from bulkwise.evaluation.base.pieces import (
    FOLLOW_UP_METRICS,
    METRICS,
    N_BINS,
    Association,
    Calibration,
    Comparison,
    Controls,
    Curve,
    Estimate,
    FoldScores,
    Judged,
    LeakPair,
    MetricInfo,
    ModelResult,
    PermutationControl,
    Predictions,
    Projection,
    Question,
    SourceProbe,
)

__all__ = [
    "FOLLOW_UP_METRICS",
    "LEAST_PATIENTS",
    "METRICS",
    "N_BINS",
    "Association",
    "Calibration",
    "Comparison",
    "Controls",
    "CrossValidated",
    "Curve",
    "Estimate",
    "Fitted",
    "FoldScores",
    "Inputs",
    "Judged",
    "LeakPair",
    "MetricInfo",
    "ModelResult",
    "PermutationControl",
    "Predictions",
    "Projection",
    "Question",
    "SourceProbe",
    "plain",
    "read_figures",
    "read_table",
    "restored",
]
