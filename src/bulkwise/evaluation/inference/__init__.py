"""Judging the inference of genes from landmarks: by gene, by patient, and under shift."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "InferenceEvaluation": "results",
    "Shift": "judge",
    "evaluate_inference": "judge",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.evaluation.inference.judge import Shift as Shift
    from bulkwise.evaluation.inference.judge import evaluate_inference as evaluate_inference
    from bulkwise.evaluation.inference.results import InferenceEvaluation as InferenceEvaluation
