"""Learning curves: how much each method gains from more samples, and where they cross."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "Curve": "results",
    "METHODS": "units",
    "curve": "verb",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.study.learning_curve.results import Curve as Curve
    from bulkwise.study.learning_curve.units import METHODS as METHODS
    from bulkwise.study.learning_curve.verb import curve as curve
