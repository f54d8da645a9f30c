from __future__ import annotations

import numpy as np
import pytest

from bulkwise.stats.gsea.scores import row_scores
from bulkwise.stats.gsea.tail import tail_probability


def _exact(n: int, size: int, score: float) -> float:
    """P(score >= this) with equal weights, by counting paths that cross the line."""
    hits = np.arange(size + 1)
    inside, crossed = np.zeros(size + 1), 0.0
    inside[0] = 1.0
    for at in range(n):
        up = inside * np.clip((size - hits) / (n - at), 0, 1)
        inside = inside - up
        inside[1:] += up[:-1]
        over = hits / size - (at + 1 - hits) / (n - size) >= score - 1e-12
        crossed += inside[over].sum()
        inside[over] = 0
    return float(crossed)


@pytest.mark.parametrize(
    ("size", "score"),
    [(50, 0.25), (50, 0.45), (50, 0.7), (200, 0.2), (20, 0.6), (20, 0.9), (100, 0.5)],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_equal_weights_give_the_exact_probability(size: int, score: float, sign: int) -> None:
    exact = np.log(_exact(2000, size, score))
    rng = np.random.default_rng(size)
    log_p, error = tail_probability(np.ones(2000), size, sign * score, rng)
    assert error < 0.35
    assert abs(log_p - exact) < 5 * max(error, 0.08)


@pytest.mark.parametrize("sign", [1, -1])
def test_weights_give_what_many_permutations_give(sign: int) -> None:
    rng = np.random.default_rng(3)
    statistic = np.sort(rng.normal(size=500) ** 3)[::-1]
    weights = np.abs(statistic)
    drawn = np.sort(np.argsort(rng.random((40_000, 500)), axis=1)[:, :25], axis=1)
    scores = sign * row_scores(weights, drawn)
    for level in (0.01, 0.001):
        score = float(np.quantile(scores, 1 - level))
        log_p, error = tail_probability(weights, 25, sign * score, rng)
        brute = 1 / np.sqrt(40_000 * level)
        assert abs(log_p - np.log(level)) < 4.5 * np.hypot(error, brute)


def test_the_error_is_what_repetition_shows() -> None:
    weights = np.abs(np.sort(np.random.default_rng(4).normal(size=4000))[::-1])
    runs = np.array(
        [tail_probability(weights, 40, 0.6, np.random.default_rng(seed)) for seed in range(24)]
    )
    z = (runs[:, 0] - runs[:, 0].mean()) / runs[:, 1]
    assert 0.5 < z.std() < 1.7


def test_a_higher_score_is_less_likely() -> None:
    weights = np.ones(3000)
    rng = np.random.default_rng(5)
    logs = [tail_probability(weights, 60, score, rng)[0] for score in (0.2, 0.35, 0.5, 0.65)]
    assert (np.diff(logs) < 0).all()


def test_the_utmost_score_ends() -> None:
    # all genes of the set at the very top: nothing but that one set reaches it
    log_p, _ = tail_probability(np.ones(500), 30, 1.0, np.random.default_rng(6))
    assert log_p < -50
