"""Curves: their areas, their ends, and what they leave out."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from bulkwise.evaluation.base import Judged
from bulkwise.evaluation.curves import calibration, curves
from bulkwise.evaluation.metrics import judge


def judged(n=900, k=3, n_folds=3, seed=0):
    rng = np.random.default_rng(seed)
    observed = np.arange(n) % k
    probabilities = rng.dirichlet(np.ones(k), n)
    probabilities[np.arange(n), observed] += 0.3
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    fold = rng.permutation(n) % n_folds
    return Judged(
        observed,
        probabilities.argmax(axis=1),
        probabilities,
        fold,
        np.zeros(n, int),
        np.arange(n),
    )


def test_the_drawn_roc_has_the_area_that_is_written_beside_it():
    rows = judged()
    _, by_class = judge(rows, np.ones((1, 900)))
    roc, pr = curves(rows, ("a", "b", "c"), by_class)
    assert [curve.label for curve in roc] == ["macro", "a", "b", "c"]
    for curve in roc:
        assert np.trapezoid(curve.y, curve.x) == pytest.approx(curve.area, abs=0.01)
        assert curve.y[-1] == 1.0
        assert (np.diff(curve.y) >= 0).all()
    for curve in pr:
        assert np.trapezoid(curve.y, curve.x) == pytest.approx(curve.area, abs=0.02)
        assert curve.y[-1] >= 0.33
        assert (np.diff(curve.y) <= 0).all()


def test_a_single_fold_gives_the_plain_curve():
    rows = judged(n_folds=1)
    _, by_class = judge(rows, np.ones((1, 900)))
    roc, _ = curves(rows, ("a", "b", "c"), by_class)
    area = roc_auc_score(rows.observed == 1, rows.probabilities[:, 1])
    assert roc[2].area == pytest.approx(area, abs=1e-6)


def test_a_class_that_no_fold_tests_has_no_curve():
    rows = judged()
    kept = rows.where(rows.observed != 2)
    _, by_class = judge(kept, np.ones((1, 900)))
    roc, pr = curves(kept, ("a", "b", "c"), by_class)
    assert [curve.label for curve in roc] == ["macro", "a", "b"]
    assert len(pr) == 3


def test_calibration_bins_hold_everyone_once():
    rows = judged()
    found = calibration(rows)
    assert sum(found.count) == 900
    weight = np.array(found.count) / 900
    assert weight @ found.confidence == pytest.approx(rows.confidence()[0].mean())
    assert weight @ found.accuracy == pytest.approx(np.mean(rows.observed == rows.predicted))
