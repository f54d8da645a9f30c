"""Directions of genes from few samples: the estimator, and the networks that it averages."""

from __future__ import annotations

from bulkwise.models.direction.estimator import DirectionModel

__all__ = ["DirectionModel"]
