"""Translators between two conditions: estimators that take and give cohorts."""

from __future__ import annotations

from bulkwise.models.translator.estimator import ExpressionTranslator
from bulkwise.models.translator.transferor import ExpressionTransferor

__all__ = ["ExpressionTransferor", "ExpressionTranslator"]
