"""One judgement of a translator for the tests that look at it."""

from __future__ import annotations

import pytest

from bulkwise.evaluation import TranslationResult, judge_translation
from bulkwise.models import ExpressionTranslator


def translator(**settings) -> ExpressionTranslator:
    return ExpressionTranslator(**{"tissue": "tissue", "pairs": "patient"} | settings)


@pytest.fixture
def result(pairs_cohort) -> TranslationResult:
    return judge_translation(translator(), pairs_cohort, n_splits=3)
