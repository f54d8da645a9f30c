"""Directions judged: few samples drawn from large cohorts, families of cohorts held out."""

from __future__ import annotations

from bulkwise.evaluation.direction.conduct import evaluate_direction
from bulkwise.evaluation.direction.reading import DirectionReading, read_directions
from bulkwise.evaluation.direction.results import DirectionEvaluation

__all__ = ["DirectionEvaluation", "DirectionReading", "evaluate_direction", "read_directions"]
