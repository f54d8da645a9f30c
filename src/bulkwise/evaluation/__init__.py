"""Judging a model: out-of-fold figures with intervals, beside rivals and controls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "Agreement": "overlaps",
    "DirectionEvaluation": "direction",
    "Evaluation": "results",
    "ExternalValidation": "external",
    "InferenceEvaluation": "inference",
    "METRICS": "base",
    "MultitaskEvaluation": "multitask",
    "Outliers": "outlying",
    "Shift": "inference",
    "TranslationResult": "translation",
    "agreement": "overlaps",
    "compare": "crossval",
    "evaluate": "crossval",
    "evaluate_direction": "direction",
    "evaluate_inference": "inference",
    "judge_translation": "translation",
    "outliers": "outlying",
    "validate": "external",
    "with_endpoint": "external",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.evaluation.base import METRICS as METRICS
    from bulkwise.evaluation.crossval import compare as compare
    from bulkwise.evaluation.crossval import evaluate as evaluate
    from bulkwise.evaluation.direction import DirectionEvaluation as DirectionEvaluation
    from bulkwise.evaluation.direction import evaluate_direction as evaluate_direction
    from bulkwise.evaluation.external import ExternalValidation as ExternalValidation
    from bulkwise.evaluation.external import validate as validate
    from bulkwise.evaluation.external import with_endpoint as with_endpoint
    from bulkwise.evaluation.inference import InferenceEvaluation as InferenceEvaluation
    from bulkwise.evaluation.inference import Shift as Shift
    from bulkwise.evaluation.inference import evaluate_inference as evaluate_inference
    from bulkwise.evaluation.multitask import MultitaskEvaluation as MultitaskEvaluation
    from bulkwise.evaluation.outlying import Outliers as Outliers
    from bulkwise.evaluation.outlying import outliers as outliers
    from bulkwise.evaluation.overlaps import Agreement as Agreement
    from bulkwise.evaluation.overlaps import agreement as agreement
    from bulkwise.evaluation.results import Evaluation as Evaluation
    from bulkwise.evaluation.translation import TranslationResult as TranslationResult
    from bulkwise.evaluation.translation import judge_translation as judge_translation
