from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bulkwise.errors import InputError
from bulkwise.stats import auc_at, c_index, uno_c_index

Followed = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]

AUC = 0.5307681176657152
HARRELL = 0.5521541950113379
UNO = 0.5447750330174206


def followed(n: int = 40) -> Followed:
    """Patients made by a formula: distinct times, a score that helps."""
    i = np.arange(n)
    time = 1.0 + (i * 37 % 101) / 7
    event = (i * 13 % 10) < 6
    score = np.round(-0.12 * time + np.sin(i * i * 0.7) * 2, 1)
    return time, event, score


def test_equal_to_scikit_survival_and_lifelines() -> None:
    time, event, score = followed()
    # scikit-survival 0.28.0: cumulative_dynamic_auc, concordance_index_censored and
    # concordance_index_ipcw, each with these patients for the censoring; lifelines 0.30.3
    # gives the same concordance_index.
    assert auc_at(time, event, score, 8.0) == pytest.approx(AUC, abs=1e-12)
    assert c_index(time, event, score) == pytest.approx(HARRELL, abs=1e-12)
    assert uno_c_index(time, event, score, 8.0) == pytest.approx(UNO, abs=1e-12)


def test_auc_by_hand_with_one_censored() -> None:
    # cases at 1 and 3; the one at 3 stands for the censored one at 2 too: weights 1 and 3/2
    time, event = [1, 2, 3, 9, 9], [True, False, True, False, False]
    # case 1 beats one control and ties with the other, case 3 beats none
    score = [2.0, 9.0, 0.0, 1.0, 2.0]
    staying = 1 - 1 / 4
    weights = np.array([1.0, 1 / staying])
    expected = (weights * np.array([1.5, 0.0])).sum() / (weights.sum() * 2)
    assert auc_at(time, event, score, 5) == pytest.approx(expected)


def test_auc_without_censoring_is_the_ordinary_one() -> None:
    from sklearn.metrics import roc_auc_score

    time, _, score = followed()
    found = auc_at(time, np.ones(len(time), dtype=bool), score, 8.0)
    assert found == pytest.approx(roc_auc_score(time <= 8.0, score))


def test_censoring_weights_undo_censoring_that_depends_on_nothing() -> None:
    rng = np.random.default_rng(0)
    n = 6000
    score = rng.normal(size=n)
    failing, leaving = rng.exponential(np.exp(-score) * 6), rng.uniform(0, 9, n)
    truth = auc_at(failing, np.ones(n, dtype=bool), score, 5.0)
    found = auc_at(np.minimum(failing, leaving), failing <= leaving, score, 5.0)
    assert found == pytest.approx(truth, abs=0.015)


def test_c_index_by_hand() -> None:
    # known pairs: (1, 2), (1, 3), (1, 4), (3, 4); at equal times the event comes first
    time, event = [1, 2, 3, 3], [True, False, True, False]
    score = [3.0, 1.0, 3.0, 2.0]  # right, tie, right, right
    assert c_index(time, event, score) == pytest.approx(3.5 / 4)


def test_uno_is_harrell_without_censoring() -> None:
    time, _, score = followed()
    all_seen = np.ones(len(time), dtype=bool)
    late = float(time.max()) + 1
    assert uno_c_index(time, all_seen, score, late) == pytest.approx(c_index(time, all_seen, score))


Measure = Callable[..., Any]
MEASURES: list[Measure] = [
    lambda *args: auc_at(*args[:3], 8.0, *args[3:]),
    c_index,
    lambda *args: uno_c_index(*args[:3], 8.0, *args[3:]),
]


@pytest.mark.parametrize("measure", MEASURES, ids=["auc", "harrell", "uno"])
def test_the_reverse_score_gives_the_rest_and_no_score_a_half(measure: Measure) -> None:
    time, event, score = followed()
    assert measure(time, event, -score) == pytest.approx(1 - measure(time, event, score))
    assert measure(time, event, np.zeros(len(time))) == pytest.approx(0.5)
    assert measure(time, event, np.exp(score)) == pytest.approx(measure(time, event, score))


@pytest.mark.parametrize("measure", MEASURES, ids=["auc", "harrell", "uno"])
def test_whole_weights_are_repeated_patients(measure: Measure) -> None:
    time, event, score = followed()
    weights = np.random.default_rng(0).integers(0, 3, (4, len(time))).astype(float)
    found = measure(time, event, score, weights)
    for value, own in zip(found, weights.astype(int), strict=True):
        repeated = (np.repeat(part, own) for part in (time, event, score))
        assert value == pytest.approx(measure(*repeated))


def test_nothing_to_compare_is_nan() -> None:
    assert np.isnan(auc_at([1, 2], [True, True], [1.0, 2.0], 5))
    assert np.isnan(c_index([1, 2], [False, False], [1.0, 2.0]))


def test_a_score_that_is_no_number_is_refused() -> None:
    with pytest.raises(InputError, match=r"one finite score for each of 2 .* 1 that aren't"):
        c_index([1, 2], [True, False], [1.0, np.nan])
    with pytest.raises(InputError, match="weightings x 2"):
        c_index([1, 2], [True, False], [1.0, 2.0], np.ones((3, 4)))
