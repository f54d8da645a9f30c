from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from bulkwise.errors import GeneError
from bulkwise.stats.concordance import rank_concordance


def test_rank_concordance_by_hand() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=4000)
    names = [f"g{k}" for k in range(4000)]
    first = pd.Series(truth + rng.normal(size=4000) / 2, index=names)
    second = pd.Series(truth + rng.normal(size=4000) / 2, index=names)
    shuffled = second.sample(frac=1, random_state=1)
    found = rank_concordance(first, shuffled)
    np.testing.assert_allclose(found.spearman, spearmanr(first, second).statistic)
    assert found.low < found.spearman < found.high
    assert found.same_sign == (np.sign(first) == np.sign(second)).mean()
    assert found.top["depth"].tolist() == [10, 20, 40, 80, 160, 320, 640, 1280, 2000]
    best = [set(s.abs().sort_values(ascending=False).index[:80]) for s in (first, second)]
    shared = [g for g in best[0] & best[1] if np.sign(first[g]) == np.sign(second[g])]
    row = found.top.set_index("depth").loc[80]
    assert row["shared"] == len(shared)
    assert row["low"] < row["share"] < row["high"]
    assert row["share"] > 10 * row["expected"]


def test_interval_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    names = [str(k) for k in range(200)]
    truth, covered = 6 / np.pi * np.arcsin(0.6 / 2), 0  # Spearman of a bivariate normal
    for _ in range(300):
        a = rng.normal(size=200)
        b = 0.6 * a + 0.8 * rng.normal(size=200)
        found = rank_concordance(dict(zip(names, a, strict=True)), dict(zip(names, b, strict=True)))
        covered += found.low <= truth <= found.high
    assert 0.91 < covered / 300 < 0.99


def test_interval_over_resampled_patients() -> None:
    rng = np.random.default_rng(3)
    names = [str(k) for k in range(300)]
    a = rng.normal(size=300)
    b = a + rng.normal(size=300)
    again = b + rng.normal(size=(200, 300)) * 0.3
    pairs = dict(zip(names, a, strict=True)), dict(zip(names, b, strict=True))
    found = rank_concordance(*pairs, resampled=again)
    expected = [spearmanr(a, row).statistic for row in again]
    np.testing.assert_allclose([found.low, found.high], np.quantile(expected, [0.025, 0.975]))


def test_rankings_that_do_not_meet_are_refused() -> None:
    with pytest.raises(GeneError, match="share 1; expected at least four"):
        rank_concordance({"a": 1.0, "b": 2.0}, {"a": 1.0, "c": 2.0})
    same = {str(k): float(k) for k in range(5)}
    with pytest.raises(ValueError, match="'depths' must be"):
        rank_concordance(same, same, depths=[6])
    with pytest.raises(ValueError, match="'confidence'"):
        rank_concordance(same, same, confidence=1)
    assert rank_concordance(same, same).high == pytest.approx(1)
