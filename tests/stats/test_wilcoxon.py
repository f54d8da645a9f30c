from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy.stats import mannwhitneyu, rankdata, wilcoxon

from bulkwise.errors import InputError, SampleError
from bulkwise.stats.wilcoxon import rank_sum, signed_rank

Draw = Callable[[np.random.Generator, tuple[int, int]], np.ndarray]

DRAWS: dict[str, Draw] = {
    "continuous": lambda rng, shape: rng.normal(size=shape),
    "tied": lambda rng, shape: np.log2(1 + rng.poisson(3, size=shape)),
    "float32": lambda rng, shape: rng.normal(size=shape).astype(np.float32),
    "constant": lambda rng, shape: np.full(shape, 2.5),
    # neighbours among floats, and both zeros
    "last bit": lambda rng, shape: 1 + rng.integers(0, 4, size=shape) * np.finfo(float).eps,
    "zeros": lambda rng, shape: rng.choice([0.0, -0.0, 1.0, -1.0], size=shape),
}


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize(("n1", "n2"), [(1, 4), (4, 3), (8, 25), (9, 10), (30, 41)])
def test_rank_sum_equals_scipy(draw: str, n1: int, n2: int) -> None:
    values = DRAWS[draw](np.random.default_rng(n1), (n1 + n2, 40))
    first = np.arange(n1 + n2) < n1
    ours = rank_sum(values, first)
    wide = values.astype(float)
    for g in range(40):
        theirs = mannwhitneyu(wide[first, g], wide[~first, g])
        assert ours.statistic[g] == theirs.statistic
        np.testing.assert_allclose(ours.p_value[g], theirs.pvalue, rtol=1e-12)


@pytest.mark.parametrize("draw", ["continuous", "tied", "last bit", "zeros"])
@pytest.mark.parametrize(("n", "genes"), [(4, 12), (8, 12), (13, 1), (14, 25), (50, 25), (51, 25)])
def test_signed_rank_equals_scipy(draw: str, n: int, genes: int) -> None:
    rng = np.random.default_rng(n)
    a, b = (DRAWS[draw](rng, (n, genes)) for _ in range(2))
    ours = signed_rank(a, b)
    for g in range(genes):
        if (a[:, g] == b[:, g]).all():
            continue
        theirs = wilcoxon(a[:, g], b[:, g])
        assert ours.statistic[g] == theirs.statistic
        np.testing.assert_allclose(ours.p_value[g], theirs.pvalue, rtol=1e-12)


def test_exact_with_ties_is_the_permutation_distribution() -> None:
    values = np.array([[1.0, 1, 2, 2, 2, 3, 5]]).T
    first = np.array([False, True, False, False, True, True, True])
    ranks = rankdata(values[:, 0])
    sums = np.array([ranks[list(c)].sum() for c in itertools.combinations(range(7), 4)])
    observed = ranks[first].sum()
    expected = 2 * min((sums >= observed).mean(), (sums <= observed).mean())
    np.testing.assert_allclose(rank_sum(values, first, method="exact").p_value, [expected])


def test_exact_signs_with_ties_are_the_permutation_distribution() -> None:
    a = np.arange(20.0)[:, None] % 5 + 1
    b = np.where(np.arange(20) % 3 == 0, 8.0, 0.0)[:, None]
    ours = signed_rank(a, b, method="exact").p_value[0]
    d = (a - b)[:, 0]
    ranks, rng = rankdata(np.abs(d)), np.random.default_rng(0)
    signs = rng.choice([-1, 1], size=(100_000, 20))
    sums, observed = (ranks * (signs > 0)).sum(axis=1), ranks[d > 0].sum()
    expected = 2 * min((sums >= observed).mean(), (sums <= observed).mean())
    assert abs(ours - expected) < 0.01


def test_gaps_are_left_out_gene_by_gene() -> None:
    rng = np.random.default_rng(1)
    values, first = rng.normal(size=(30, 50)), np.arange(30) < 14
    values[rng.random(values.shape) < 0.1] = np.nan
    values[:, 7] = np.nan
    ours = rank_sum(values, first)
    assert np.isnan(ours.p_value[7])
    for g in (0, 20, 49):
        a, b = (values[part, g][np.isfinite(values[part, g])] for part in (first, ~first))
        assert ours.p_value[g] == mannwhitneyu(a, b).pvalue
    pairs = signed_rank(values[:15], values[15:])
    keep = np.isfinite(values[:15, 3]) & np.isfinite(values[15:, 3])
    assert pairs.p_value[3] == wilcoxon(values[:15, 3][keep], values[15:, 3][keep]).pvalue
    whole = np.nan_to_num(values)
    one_sided = signed_rank(values[:15], whole[15:])
    keep = np.isfinite(values[:15, 3])
    assert one_sided.p_value[3] == wilcoxon(values[:15, 3][keep], whole[15:, 3][keep]).pvalue


def test_direction_effect_and_names() -> None:
    values = pd.DataFrame({"up": [5.0, 6, 7, 1, 2, 3], "flat": 1.0, "half": [1.0, 3, 5, 1, 3, 5]})
    first = np.array([True] * 3 + [False] * 3)
    ours = rank_sum(values, first)
    assert ours.genes == ("up", "flat", "half")
    assert ours.effect.tolist() == [1.0, 0.5, 0.5]
    assert ours.z[0] > 0
    assert ours.p_value.tolist() == [0.1, 1.0, 1.0]
    pairs = signed_rank(values.iloc[:3], values.iloc[3:])
    assert pairs.effect.tolist() == [1.0, 0.0, 0.0]
    assert pairs.p_value.tolist() == [0.25, 1.0, 1.0]


def test_a_monotone_scale_changes_nothing() -> None:
    rng = np.random.default_rng(5)
    values, first = rng.normal(size=(40, 30)), np.arange(40) < 21
    np.testing.assert_array_equal(
        rank_sum(values, first).p_value, rank_sum(np.exp(values), first).p_value
    )


def test_null_data_give_uniform_p() -> None:
    values = np.random.default_rng(6).normal(size=(60, 5000))
    p = rank_sum(values, np.arange(60) < 30).p_value
    for level in (0.01, 0.05, 0.5):
        assert abs((p <= level).mean() - level) < 5 * np.sqrt(level * (1 - level) / 5000)


def test_bad_input_is_refused() -> None:
    values = np.ones((4, 2))
    with pytest.raises(SampleError, match="first group is empty"):
        rank_sum(values, np.zeros(4, dtype=bool))
    with pytest.raises(SampleError, match="truth value for each of the 4"):
        rank_sum(values, [1, 0, 1, 0])
    with pytest.raises(SampleError, match="one shape"):
        signed_rank(values, values[:3])
    with pytest.raises(ValueError, match="'method' must be"):
        rank_sum(values, np.arange(4) < 2, method="fast")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="infinite"):
        rank_sum(np.log(values - 1, where=False, out=np.full((4, 2), -np.inf)), np.arange(4) < 2)
    with pytest.raises(InputError, match="at most 100"):
        signed_rank(np.ones((101, 1)), np.zeros((101, 1)), method="exact")
