"""How right one model's probabilities are in the test cohort, before and after recalibration."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bulkwise.evaluation.base import Estimate, Judged, ModelResult
from bulkwise.evaluation.external.recalibration import (
    Reliability,
    cross_fitted,
    fit_map,
    intercept_and_slope,
    reliability,
)
from bulkwise.evaluation.external.results import Calibrated, Recalibrated
from bulkwise.evaluation.metrics import estimate, judge

__all__ = ["calibrated"]

_NOTHING = Estimate(float("nan"), float("nan"), float("nan"))


def calibrated(
    name: str,
    rows: Judged,
    result: ModelResult,
    *,
    groups: NDArray[np.str_],
    weights: NDArray[np.float64],
    random_state: int,
) -> Calibrated:
    """Calibration of one model.

    Parameters
    ----------
    name
        Of the model.
    rows
        Its predictions for the test samples whose class is known.
    result
        Its figures, for those before recalibration.
    groups
        Patient of each row.
    weights
        Draws of patients, weightings x patients.
    random_state
        Seed of the folds of the recalibration.
    """
    intercept = slope = _NOTHING
    if rows.n_classes == 2:
        intercept, slope = intercept_and_slope(rows.probabilities[:, 1], rows.observed == 1)
    found = cross_fitted(rows.probabilities, rows.observed, groups, random_state=random_state)
    return Calibrated(
        model=name,
        intercept=intercept,
        slope=slope,
        brier=result.metrics["brier"],
        calibration_error=result.metrics["calibration_error"],
        reliability=_reliability_of(rows),
        after=None if found is None else _after(rows, found, weights),
    )


def _after(rows: Judged, found: NDArray[np.float64], weights: NDArray[np.float64]) -> Recalibrated:
    after = replace(rows, probabilities=found, predicted=found.argmax(axis=1))
    overall, _ = judge(after, weights)
    slope, intercepts = fit_map(rows.probabilities, rows.observed)
    return Recalibrated(
        brier=estimate(overall["brier"]),
        calibration_error=estimate(overall["calibration_error"]),
        reliability=_reliability_of(after),
        slope=slope,
        intercepts=tuple(intercepts.tolist()),
    )


def _reliability_of(rows: Judged) -> Reliability:
    """Of the second of two classes; of the class predicted where there are more."""
    if rows.n_classes == 2:
        return reliability(rows.probabilities[:, 1], rows.observed == 1)
    confidence, hit = rows.confidence()
    return reliability(confidence, hit > 0)
