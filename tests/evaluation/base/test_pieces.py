"""The pieces of a result."""

from __future__ import annotations

import numpy as np

from bulkwise.evaluation.base import METRICS, Estimate, Judged


def test_the_metrics_are_the_promised_ones():
    assert list(METRICS) == [
        "accuracy",
        "balanced_accuracy",
        "macro_f1",
        "mcc",
        "auroc",
        "auprc",
        "brier",
        "calibration_error",
    ]
    lower = [key for key, info in METRICS.items() if not info.higher_is_better]
    assert lower == ["brier", "calibration_error"]


def test_an_estimate_is_read_at_a_glance():
    assert str(Estimate(0.98712, 0.98, 0.9911)) == "0.987 [0.980, 0.991]"


def test_rows_are_picked_and_binned_together():
    probabilities = np.array([[0.95, 0.05], [0.3, 0.7], [0.5, 0.5], [0.0, 1.0]])
    code = np.array([0, 1, 0, 1])
    rows = Judged(np.array([0, 0, 0, 1]), code, probabilities, code, code * 0, np.arange(4))
    assert rows.n_classes == 2
    assert rows.bins().tolist() == [9, 7, 5, 9]
    confidence, hit = rows.confidence()
    assert confidence.tolist() == [0.95, 0.7, 0.5, 1.0]
    assert hit.tolist() == [1, 0, 1, 1]
    first, second = rows.parts(rows.fold)
    assert first.group.tolist() == [0, 2]
    assert second.probabilities.tolist() == [[0.3, 0.7], [0.0, 1.0]]
