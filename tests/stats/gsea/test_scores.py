from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ks_2samp

from bulkwise.stats.base import EncodedSets
from bulkwise.stats.gsea.scores import null_scores, observed_scores, row_scores, running_sum


def _sets(*members: list[int]) -> EncodedSets:
    starts = np.concatenate([[0], np.cumsum([len(part) for part in members])])
    flat = np.concatenate([np.array(part, dtype=np.intp) for part in members])
    return EncodedSets("", tuple(map(str, range(len(members)))), flat, starts)


def _plain(weights: np.ndarray, members: list[int]) -> tuple[float, int]:
    """The score by walking down the list."""
    n, k = len(weights), len(members)
    total = weights[members].sum()
    running, best, at = 0.0, 0.0, 0
    for gene in range(n):
        if gene in members:
            before = running
            running += weights[gene] / total if total else 1 / k
            if running > max(best, -best):
                best, at = running, gene
            if -before > abs(best) + 1e-15:
                best, at = before, gene
        else:
            running -= 1 / (n - k)
    return best, at


def test_a_score_by_hand() -> None:
    weights = np.array([4.0, 2, 1, 1, 2, 4])
    scores, peaks = observed_scores(weights, _sets([0, 1], [4, 5], [1, 3]))
    np.testing.assert_allclose(scores, [1.0, -1.0, 0.5])
    assert peaks.tolist() == [1, 4, 3]


def test_scores_equal_a_walk_down_the_list() -> None:
    rng = np.random.default_rng(0)
    weights = np.abs(np.sort(rng.normal(size=80))[::-1])
    members = [sorted(rng.choice(80, k, replace=False).tolist()) for k in (1, 2, 5, 20, 60, 79)]
    scores, peaks = observed_scores(weights, _sets(*members))
    for score, peak, part in zip(scores, peaks, members, strict=True):
        expected, at = _plain(weights, part)
        np.testing.assert_allclose(score, expected)
        assert peak == at
        np.testing.assert_allclose(row_scores(weights, np.array([part])), [score])
        curve = running_sum(weights, np.array(part))
        assert abs(curve[-1]) < 1e-12
        if score > 0:
            np.testing.assert_allclose(curve.max(), score)


def test_equal_weights_give_the_kolmogorov_smirnov_statistic() -> None:
    rng = np.random.default_rng(1)
    members = sorted(rng.choice(60, 12, replace=False).tolist())
    score = observed_scores(np.ones(60), _sets(members))[0][0]
    rest = np.setdiff1d(np.arange(60), members)
    np.testing.assert_allclose(abs(score), ks_2samp(members, rest).statistic)


def test_genes_without_weight_count_alike() -> None:
    weights = np.array([3.0, 1, 0, 0, 0, 2])
    assert observed_scores(weights, _sets([1, 2, 3]))[0][0] == pytest.approx(2 / 3)
    assert observed_scores(weights, _sets([2, 4]))[0][0] == pytest.approx(-0.5)
    assert row_scores(weights, np.array([[2, 4]]))[0] == pytest.approx(-0.5)
    assert running_sum(weights, np.array([2, 3]))[3] == pytest.approx(0.5)
    flat = null_scores(np.zeros(50), np.array([5]), 200, np.random.default_rng(0))[5]
    assert np.isfinite(flat).all()


def test_shared_permutations_have_the_distribution_of_single_ones() -> None:
    rng = np.random.default_rng(2)
    weights = np.abs(np.sort(rng.normal(size=300))[::-1])
    sizes = np.array([10, 11, 12, 40])
    shared = null_scores(weights, sizes, 3000, rng)
    assert sorted(shared) == sizes.tolist()
    for size in (10, 12, 40):
        drawn = np.sort(
            np.stack([rng.choice(300, size, replace=False) for _ in range(3000)]), axis=1
        )
        assert ks_2samp(shared[size], row_scores(weights, drawn)).pvalue > 1e-4
