"""Metrics against scikit-learn's, and intervals against what is known of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as reference

from bulkwise.evaluation.base import METRICS, Judged
from bulkwise.evaluation.metrics import (
    bootstrap_weights,
    combined,
    estimates,
    fold_scores,
    judge,
    mean_confusion,
    unseen_share,
)
from bulkwise.split import Fold


def rows(n=200, k=4, n_folds=5, n_repeats=1, seed=0, ties=False):
    rng = np.random.default_rng(seed)
    parts = []
    for repeat in range(n_repeats):
        observed = np.arange(n) % k
        probabilities = rng.dirichlet(np.ones(k), n)
        probabilities[np.arange(n), observed] += 0.2
        if ties:
            probabilities = np.round(probabilities, 1) + 0.05
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        fold = repeat * n_folds + rng.permutation(n) % n_folds
        parts.append((observed, probabilities, fold, np.full(n, repeat)))
    observed, probabilities, fold, repeat = map(np.concatenate, zip(*parts, strict=True))
    group = np.tile(np.arange(n) // 2, n_repeats)
    return Judged(observed, probabilities.argmax(axis=1), probabilities, fold, repeat, group)


def ones(judged):
    return np.ones((1, judged.group.max() + 1))


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("k", [2, 4])
def test_values_are_those_of_scikit_learn(k, ties):
    judged = rows(k=k, ties=ties)
    overall, by_class = judge(judged, ones(judged))
    y, hat, p = judged.observed, judged.predicted, judged.probabilities
    folds = [judged.fold == f for f in range(5)]
    roc = [[reference.roc_auc_score(y[f] == c, p[f, c]) for f in folds] for c in range(k)]
    pr = [[reference.average_precision_score(y[f] == c, p[f, c]) for f in folds] for c in range(k)]
    brier = np.square(p - np.eye(k)[y]).sum(axis=1).mean() / (2 if k == 2 else 1)
    expected = {
        "accuracy": reference.accuracy_score(y, hat),
        "balanced_accuracy": reference.balanced_accuracy_score(y, hat),
        "macro_f1": reference.f1_score(y, hat, average="macro"),
        "mcc": reference.matthews_corrcoef(y, hat),
        "auroc": np.mean(roc),
        "auprc": np.mean(pr),
        "brier": brier,
    }
    assert {key: overall[key][0] for key in expected} == pytest.approx(expected, abs=1e-6)
    f1 = reference.f1_score(y, hat, average=None)
    precision = reference.precision_score(y, hat, average=None, zero_division=0)
    assert by_class["f1"][0] == pytest.approx(f1)
    assert by_class["precision"][0] == pytest.approx(precision)
    assert by_class["recall"][0] == pytest.approx(reference.recall_score(y, hat, average=None))
    assert by_class["auroc"][0] == pytest.approx(np.mean(roc, axis=1), abs=1e-6)


def test_weights_count_patients_as_often_as_they_were_drawn():
    judged = rows(n=60)
    weights = np.ones((2, 30))
    weights[1] = np.random.default_rng(1).integers(0, 3, 30)
    overall, _ = judge(judged, weights)
    again = judged.where(np.repeat(np.arange(60), weights[1][judged.group].astype(int)))
    repeated, _ = judge(again, np.ones((1, 30)))
    for key in METRICS:
        assert overall[key][1] == pytest.approx(repeated[key][0], abs=1e-6), key


def test_repeats_are_averaged_not_pooled():
    judged = rows(n_repeats=3)
    overall, _ = judge(judged, ones(judged))
    alone = [judge(part, ones(judged))[0]["mcc"][0] for part in judged.parts(judged.repeat)]
    assert overall["mcc"][0] == pytest.approx(np.mean(alone))


def test_calibration_error_of_ten_bins_by_hand():
    probabilities = np.array([[0.95, 0.05], [0.95, 0.05], [0.35, 0.65], [0.45, 0.55]])
    zero = np.zeros(4, int)
    judged = Judged(
        np.array([0, 1, 1, 1]), np.array([0, 0, 1, 1]), probabilities, zero, zero, np.arange(4)
    )
    overall, _ = judge(judged, ones(judged))
    by_hand = (2 * abs(0.95 - 0.5) + abs(0.65 - 1) + abs(0.55 - 1)) / 4
    assert overall["calibration_error"][0] == pytest.approx(by_hand)


def test_scores_that_only_rank_have_no_brier_score():
    judged = rows()
    ranked = Judged(**(vars(judged) | {"calibrated": False}))
    overall, _ = judge(ranked, ones(judged))
    assert np.isnan(overall["brier"]).all()
    assert np.isnan(overall["calibration_error"]).all()
    assert np.isfinite(overall["auroc"]).all()


def test_a_class_that_was_not_drawn_is_left_out_of_averages():
    judged = rows(n=40, k=4)
    weights = ones(judged)
    weights[0, np.unique(judged.group[judged.observed == 3])] = 0
    weights[0, np.unique(judged.group[judged.observed == 2])] = 0
    overall, by_class = judge(judged, weights)
    assert np.isnan(by_class["recall"][0, 2:]).all()
    assert overall["balanced_accuracy"][0] == pytest.approx(by_class["recall"][0, :2].mean())


def test_the_interval_of_an_accuracy_covers_the_truth():
    rng = np.random.default_rng(3)
    covered = 0
    for _ in range(150):
        observed = np.arange(80) % 2
        right = rng.random(80) < 0.8
        predicted = np.where(right, observed, 1 - observed)
        zero = np.zeros(80, int)
        judged = Judged(observed, predicted, np.eye(2)[predicted], zero, zero, np.arange(80))
        overall, by_class = judge(judged, bootstrap_weights(80, rng, draws=300))
        found, _ = estimates(overall, by_class, np.array([40, 40]), 80)
        covered += found["accuracy"].low <= 0.8 <= found["accuracy"].high
    assert covered / 150 == pytest.approx(0.94, abs=0.05)


def test_two_samples_of_a_patient_are_not_two_observations():
    judged = rows(n=200)
    twice = judged.where(np.repeat(np.arange(200), 4))
    rng = np.random.default_rng(0)
    weights = bootstrap_weights(100, rng)
    one, four = (judge(each, weights)[0]["accuracy"] for each in (judged, twice))
    assert one == pytest.approx(four)


def test_no_error_seen_is_not_certainty():
    observed = np.arange(30) % 3
    zero = np.zeros(30, int)
    judged = Judged(observed, observed, np.eye(3)[observed], zero, zero, np.arange(30))
    overall, by_class = judge(judged, bootstrap_weights(30, np.random.default_rng(0)))
    found, classes = estimates(overall, by_class, np.array([10, 10, 10]), 30)
    exact = stats.binomtest(30, 30).proportion_ci(0.95, "exact").low
    assert found["accuracy"].low == pytest.approx(exact)
    exact = stats.binomtest(10, 10).proportion_ci(0.95, "exact").low
    assert classes[0]["recall"].low == pytest.approx(exact)
    assert exact < found["balanced_accuracy"].low < 1
    assert found["balanced_accuracy"].high == 1


@given(st.integers(1, 5000))
@settings(max_examples=50, deadline=None)
def test_the_share_left_open_shrinks_with_the_number_of_patients(n):
    assert 0 < unseen_share(n + 1) < unseen_share(n) < 1
    assert combined(np.full(4, unseen_share(n))) == pytest.approx(unseen_share(n) / 2)


def test_confusion_and_folds():
    judged = rows(n=40, k=4, n_repeats=2, n_folds=2)
    confusion = np.array(mean_confusion(judged))
    expected = reference.confusion_matrix(judged.observed, judged.predicted) / 2
    assert confusion == pytest.approx(expected)
    parts = [
        Fold(np.arange(3), np.flatnonzero(judged.fold[:40] == i), i // 2, f"part {i}")
        for i in range(4)
    ]
    scores = fold_scores(judged, parts, [0.0, 1.0, 2.0, 3.0])
    assert [one.repeat for one in scores] == [0, 0, 1, 1]
    own = judged.fold == 2
    assert scores[2].metrics["accuracy"] == pytest.approx(
        np.mean(judged.observed[own] == judged.predicted[own])
    )
    assert scores[2].seconds == 2.0
