import numpy as np
import pytest
from sklearn import metrics

from bulkwise.evaluation.direction.scores import (
    calibration_bins,
    calibration_error,
    directed_precision,
    sign_scores,
)


def test_the_six_metrics_are_scikit_learns():
    rng = np.random.default_rng(0)
    truth = rng.choice([-1, 1], 200, p=[0.3, 0.7])
    score = truth * 0.8 + rng.normal(size=200)
    called = np.sign(score)
    told = sign_scores(score, truth)
    weighted = metrics.precision_recall_fscore_support(truth, called, average="weighted")
    assert told["accuracy"] == pytest.approx(metrics.accuracy_score(truth, called))
    assert [told["precision"], told["recall"], told["f_measure"]] == pytest.approx(weighted[:3])
    assert told["mcc"] == pytest.approx(metrics.matthews_corrcoef(truth, called))
    assert told["auroc"] == pytest.approx(metrics.roc_auc_score(truth, score))


def test_saying_nothing_is_wrong():
    assert sign_scores(np.zeros(4), np.array([1, 1, -1, -1]))["accuracy"] == 0


def test_which_way_counts_in_the_ranking():
    truth = np.array([1, -1, 0, 0])
    right = directed_precision(np.array([0.9, 0, 0, 0]), np.array([0, 0.8, 0, 0]), truth)
    wrong = directed_precision(np.array([0, 0.8, 0, 0]), np.array([0.9, 0, 0, 0]), truth)
    assert right == 1
    assert wrong < 0.5


def test_calibration_error_of_known_numbers():
    said = np.array([0.05, 0.05, 0.95, 0.95])
    bins = calibration_bins(said, np.array([False, True, True, True]))
    assert calibration_error(bins) == pytest.approx((0.45 * 2 + 0.05 * 2) / 4)
