"""The bounds of stability selection: by hand, against any distribution they speak of, in order."""

from __future__ import annotations

import numpy as np
import pytest

from bulkwise.errors import InputError
from bulkwise.stats.stability import ASSUMPTIONS, false_bounds, r_concave_tails


def test_the_first_bound_by_hand() -> None:
    """Meinshausen and Buehlmann: q^2 / ((2t - 1) p); their rule q = sqrt(0.8 p) gives 1 at 0.9."""
    p, pairs = 2000, 50
    bounds = false_bounds(p, 40, pairs, assumption="any")
    assert bounds[90] == pytest.approx(40**2 / (0.8 * p)) == pytest.approx(1.0)
    assert bounds[75] == pytest.approx(40**2 / (0.5 * p))
    assert (bounds[:51] == p).all()


def test_the_second_bound_by_hand() -> None:
    """Shah and Samworth, theorem 2, with theta = 0.02 and B = 50."""
    p, q = 1000, 20
    bounds = false_bounds(p, q, 50, assumption="unimodal")
    assert bounds[70] == pytest.approx(p * 0.02**2 / (2 * (0.4 - 0.01)))
    assert bounds[90] == pytest.approx(p * 0.02**2 * 4 * (0.1 + 0.01) / (1 + 1 / 50))


@pytest.mark.parametrize("assumption", ASSUMPTIONS)
def test_a_bound_falls_with_the_threshold_and_grows_with_what_is_picked(assumption: str) -> None:
    few, many = (false_bounds(1000, q, 20, assumption=assumption) for q in (10, 40))
    assert few.shape == (41,)
    assert (np.diff(few) <= 0).all()
    assert (few <= many + 1e-12).all()
    assert few[0] == many[0] == 1000


def test_stronger_assumptions_give_smaller_bounds() -> None:
    weak, middle, strong = (false_bounds(5000, 40, 50, assumption=a) for a in ASSUMPTIONS)
    assert (middle[60:] <= weak[60:]).all()
    assert (strong[60:] < middle[60:]).all()


@pytest.mark.parametrize("r", [-0.5, -0.25])
def test_no_concave_distribution_passes_its_tail(r: float) -> None:
    """Random distributions with f^r convex and at most the mean, cut off at random ends."""
    rng = np.random.default_rng(0)
    n, mean = 8, 0.15
    bounds = r_concave_tails(mean, n, r)
    tried = 0
    steps = np.arange(n + 1.0)
    for _ in range(4000):
        slopes = np.sort(rng.exponential(rng.choice([0.1, 1.0, 10.0]), n))
        powered = rng.exponential() + np.concatenate([[0.0], np.cumsum(slopes)])
        f = powered ** (1 / r)
        f[rng.integers(2, n + 2) :] = 0.0
        f /= f.sum()
        if f @ steps / n <= mean:
            tried += 1
            assert (np.cumsum(f[::-1])[::-1] <= bounds * (1 + 1e-6) + 1e-12).all()
    assert tried > 300
    assert bounds[0] == 1
    assert (np.diff(bounds) <= 0).all()


def test_a_binomial_choice_stays_far_below_the_bound() -> None:
    """Blind halves: each picks q of p genes at random, so frequencies are about binomial."""
    rng = np.random.default_rng(0)
    p, q, pairs = 400, 20, 20
    picked = np.zeros((2 * pairs, p), dtype=bool)
    for half in picked:
        half[rng.choice(p, q, replace=False)] = True
    counts = picked.sum(axis=0)
    bounds = false_bounds(p, q, pairs)
    for place in range(2 * pairs + 1):
        assert (counts >= place).sum() <= bounds[place] + 1e-9


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"n_picked": 0}, "got 0 of 100 genes"),
        ({"n_picked": 101}, "got 101 of 100 genes"),
        ({"n_pairs": 0}, "0 pairs"),
        ({"assumption": "none"}, "'none'"),
    ],
)
def test_numbers_out_of_range_are_refused(asked: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        false_bounds(**({"n_genes": 100, "n_picked": 5, "n_pairs": 10} | asked))  # type: ignore[arg-type]
