"""Corrected tests: known numbers, the level under no difference, and what may be said."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bulkwise.evaluation.base import Estimate
from bulkwise.evaluation.corrected import (
    BOOTSTRAP,
    RESAMPLED_T,
    bootstrap_difference,
    compared,
    holm,
    resampled_t,
    verdict_sentence,
    with_holm,
)


def test_the_corrected_t_by_hand():
    differences = np.array([0.02, 0.00, 0.05, 0.01, 0.03])
    found, p = resampled_t(differences, np.full(5, 80.0), np.full(5, 20.0))
    error = np.sqrt((1 / 5 + 0.25) * differences.var(ddof=1))
    assert p == pytest.approx(2 * stats.t.sf(0.022 / error, 4))
    assert found.value == pytest.approx(0.022)
    assert found.high - found.value == pytest.approx(stats.t.ppf(0.975, 4) * error)


def test_it_is_more_careful_than_a_paired_t_test():
    rng = np.random.default_rng(0)
    differences = rng.normal(0.02, 0.02, 50)
    _, p = resampled_t(differences, np.full(50, 80.0), np.full(50, 20.0))
    assert p > 10 * stats.ttest_1samp(differences, 0).pvalue


def test_folds_without_a_score_are_left_out():
    scores = np.array([0.1, np.nan, 0.3])
    found, _ = resampled_t(scores, np.full(3, 8.0), np.full(3, 2.0))
    assert found.value == pytest.approx(0.2)
    nothing, p = resampled_t(np.array([np.nan, 0.1]), np.ones(2), np.ones(2))
    assert np.isnan(p)
    assert np.isnan(nothing.low)


@pytest.mark.parametrize(("gap", "expected"), [(0.0, 1.0), (0.1, np.nan)])
def test_differences_that_are_all_the_same_arent_certain(gap, expected):
    _, p = resampled_t(np.array([gap, gap + 1e-9, gap, gap]), np.full(4, 80.0), np.full(4, 20.0))
    assert p == pytest.approx(expected, nan_ok=True)


def test_bootstrap_under_no_difference_rejects_at_about_the_level():
    rng = np.random.default_rng(1)
    p_values = []
    for _ in range(300):
        difference = rng.normal(size=60)
        draws = rng.multinomial(60, np.full(60, 1 / 60), 400) / 60
        values = np.append(difference.mean(), draws @ difference)
        p_values.append(bootstrap_difference(values, np.zeros(401))[1])
    assert np.mean(np.array(p_values) < 0.05) == pytest.approx(0.055, abs=0.04)


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03, float("nan")])[:3] == pytest.approx([0.03, 0.06, 0.06])
    assert np.isnan(holm([0.5, float("nan")])[1])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
@settings(max_examples=60, deadline=None)
def test_holm_keeps_the_order_and_never_shrinks(p_values):
    adjusted = holm(p_values)
    assert all(a >= p for a, p in zip(adjusted, p_values, strict=True))
    assert max(adjusted) <= 1
    order = np.argsort(p_values, kind="stable")
    assert (np.diff(np.array(adjusted)[order]) >= 0).all()


def row(value, low, high, p, metric="accuracy", rival="logistic", method=BOOTSTRAP, margin=0.02):
    return compared(
        ("mlp", rival),
        metric,
        (Estimate(value, low, high), p),
        method=method,
        margin=margin,
        open_share=0.05,
        decides=True,
    )


@pytest.mark.parametrize(
    ("value", "low", "high", "p", "verdict", "suffices"),
    [
        (0.05, 0.03, 0.07, 0.001, "better", False),
        (0.01, 0.005, 0.015, 0.001, "better", True),
        (0.00, -0.01, 0.01, 0.9, "as good as", True),
        (0.02, -0.01, 0.05, 0.2, "as good as", False),
        (-0.05, -0.07, -0.03, 0.001, "worse", True),
        (0.00, -0.06, 0.06, 0.9, "undecided", False),
    ],
)
def test_what_may_be_said(value, low, high, p, verdict, suffices):
    found = row(value, low, high, p)
    assert (found.verdict, found.rival_suffices) == (verdict, suffices)


def test_lower_is_better_for_the_brier_score():
    assert row(-0.1, -0.12, -0.08, 0.001, metric="brier").verdict == "better"
    assert row(0.1, 0.08, 0.12, 0.001, metric="brier").verdict == "worse"


def test_never_differing_on_few_patients_proves_nothing():
    found = row(0.0, 0.0, 0.0, 1.0)
    assert (found.difference.low, found.difference.high) == (-0.05, 0.05)
    assert found.verdict == "undecided"
    assert found.p_value == 1.0


def test_holm_takes_back_a_verdict_that_rests_on_one_of_many_rivals():
    rows = [row(0.05, 0.001, 0.1, 0.03, rival=name) for name in ("logistic", "knn", "majority")]
    assert {one.verdict for one in rows} == {"better"}
    adjusted = with_holm(rows)
    assert [one.adjusted_p_value for one in adjusted] == pytest.approx([0.09] * 3)
    assert {one.verdict for one in adjusted} == {"as good as"}


def test_families_are_by_metric_and_method():
    rows = [row(0.1, 0.05, 0.2, 0.02), row(0.1, 0.05, 0.2, 0.02, method=RESAMPLED_T)]
    assert [one.adjusted_p_value for one in with_holm(rows)] == [0.02, 0.02]


def test_the_sentence_says_that_something_simpler_does_as_well():
    model, rival = Estimate(0.987, 0.98, 0.99), Estimate(0.99, 0.985, 0.995)
    said = verdict_sentence(row(-0.003, -0.01, 0.004, 0.4), model, rival)
    assert "mlp 0.987 [0.980, 0.990] vs logistic 0.990" in said
    assert "as good as logistic (margin 0.02)" in said
    assert "logistic does as well and is simpler" in said
    assert verdict_sentence(row(-0.1, -0.2, -0.05, 0.001), model, rival).endswith(
        ": logistic is better."
    )
