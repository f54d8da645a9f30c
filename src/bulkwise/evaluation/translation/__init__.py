"""Translators judged by patients who gave both tissues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "PAIRED_METRICS": "results",
    "TranslationResult": "results",
    "UNPAIRED_METRICS": "results",
    "judge_translation": "conduct",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.evaluation.translation.conduct import judge_translation as judge_translation
    from bulkwise.evaluation.translation.results import PAIRED_METRICS as PAIRED_METRICS
    from bulkwise.evaluation.translation.results import UNPAIRED_METRICS as UNPAIRED_METRICS
    from bulkwise.evaluation.translation.results import TranslationResult as TranslationResult
