"""Reports of directions: predicted ones beside a plain test, and the judgement of a model."""

from __future__ import annotations

from bulkwise.reporting.direction.judgement import judgement
from bulkwise.reporting.direction.prediction import prediction

__all__ = ["judgement", "prediction"]
