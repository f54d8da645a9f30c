from __future__ import annotations

import numpy as np
import pytest

from bulkwise.evaluation.external import ExternalValidation
from bulkwise.evaluation.external.recalibration import cross_fitted, intercept_and_slope


def test_before_and_after_are_those_of_the_predictions(found: ExternalValidation) -> None:
    observed = found.evaluation.predictions.observed == "yes"
    groups = found.evaluation.predictions.group
    for one in found.external.calibration:
        p = found.models[one.model].probabilities
        assert one.brier.value == pytest.approx(np.mean((p[:, 1] - observed) ** 2))
        assert one.slope == intercept_and_slope(p[:, 1], observed)[1]
        assert one.after is not None
        briers = []
        for seed in range(5):
            after = cross_fitted(p, observed.astype(int), groups, random_state=seed)
            assert after is not None
            briers.append(np.mean((after[:, 1] - observed) ** 2))
        assert min(briers) - 0.01 < one.after.brier.value < max(briers) + 0.01


def test_the_map_for_further_patients_makes_the_risk_right_on_average(
    found: ExternalValidation,
) -> None:
    observed = found.evaluation.predictions.observed == "yes"
    for one in found.external.calibration:
        assert one.after is not None
        p = found.models[one.model].probabilities
        odds = one.after.slope * np.log(p[:, 1] / p[:, 0]) + one.after.intercepts[1]
        assert np.mean(1 / (1 + np.exp(-odds))) == pytest.approx(observed.mean(), abs=0.02)


def test_intervals_hold_their_values(found: ExternalValidation) -> None:
    for one in found.external.calibration:
        assert one.after is not None
        for estimate in (one.brier, one.after.brier, one.after.calibration_error):
            assert estimate.low <= estimate.value <= estimate.high
