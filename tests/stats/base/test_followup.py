from __future__ import annotations

import numpy as np
import pytest

from bulkwise.errors import InputError
from bulkwise.stats.base import as_events, censoring_curve, follow_up, kaplan_meier


def test_kaplan_meier_is_the_empirical_share_without_censoring() -> None:
    time = np.array([3.0, 1.0, 2.0, 5.0, 2.0])
    curve = kaplan_meier(time, np.ones(5, dtype=bool))
    for t in (0.5, 1.0, 2.0, 4.0, 5.0):
        assert curve.at(t) == pytest.approx(np.mean(time > t))
        assert curve.before(t) == pytest.approx(np.mean(time >= t))


def test_kaplan_meier_by_hand() -> None:
    # at risk 6, 5, 3 (one of two at time 3 is censored), 1
    curve = kaplan_meier([1, 2, 3, 3, 4, 6], [True, False, True, False, False, True])
    np.testing.assert_allclose(curve.times, [1, 2, 3, 4, 6])
    np.testing.assert_allclose(curve.values, [5 / 6, 5 / 6, 5 / 6 * 3 / 4, 5 / 6 * 3 / 4, 0])


def test_an_event_comes_before_a_censoring_at_the_same_time() -> None:
    # at time 3 four are at risk, one has the event, so one of three is censored
    curve = censoring_curve([1, 2, 3, 3, 4, 6], [True, False, True, False, False, True])
    np.testing.assert_allclose(curve.at([1, 2, 3, 4]), [1, 4 / 5, 4 / 5 * 2 / 3, 4 / 15])
    assert curve.before(3) == pytest.approx(4 / 5)


def test_event_and_censoring_curves_multiply_to_who_is_still_there() -> None:
    rng = np.random.default_rng(0)
    time = rng.integers(1, 12, 80).astype(float)
    event = rng.random(80) < 0.5
    both = kaplan_meier(time, event).values * censoring_curve(time, event).values
    there = [np.mean(time > t) for t in np.unique(time)]
    np.testing.assert_allclose(both, there, atol=1e-12)


def test_whole_weights_are_repeated_patients() -> None:
    rng = np.random.default_rng(1)
    time, event = rng.integers(1, 9, 30).astype(float), rng.random(30) < 0.6
    weights = rng.integers(0, 4, (5, 30)).astype(float)
    stacked = censoring_curve(time, event, weights)
    for row, own in zip(stacked.values, weights.astype(int), strict=True):
        repeated = censoring_curve(np.repeat(time, own), np.repeat(event, own))
        np.testing.assert_allclose(row, repeated.at(stacked.times), atol=1e-12)


@pytest.mark.parametrize(
    "values",
    [[1, 0], [1.0, 0.0], ["yes", "no"], ["Dead", "alive "], [True, False], ["event", "censored"]],
)
def test_events_are_read_in_the_words_that_sheets_use(values: list[object]) -> None:
    assert as_events(values).tolist() == [True, False]


@pytest.mark.parametrize("bad", [["yes", "maybe"], [1, 2], [1.0, float("nan")], [None, "no"]])
def test_other_words_are_refused(bad: list[object]) -> None:
    with pytest.raises(InputError, match=r"event column has .*expected 1 or 0, yes or no"):
        as_events(bad)


@pytest.mark.parametrize(
    ("time", "event", "says"),
    [
        ([1.0, -2.0], [True, False], "at least 0 .* got -2"),
        ([1.0, np.nan], [True, False], "none may be missing; got nan"),
        ([1.0], [True, False], "shapes"),
        ([], np.array([], dtype=bool), "at least one patient"),
    ],
)
def test_follow_up_that_cannot_be_is_refused(time: list[float], event: object, says: str) -> None:
    with pytest.raises(InputError, match=says):
        follow_up(time, event)  # type: ignore[arg-type]
