import numpy as np
import pytest
from scipy import stats

from bulkwise.errors import SampleError
from bulkwise.stats import evidence, lm_fit, log_levels, tmm_factors
from bulkwise.stats.differential import e_bayes
from bulkwise.stats.two_groups import EVEN, ODD


@pytest.fixture
def counts():
    rng = np.random.default_rng(1)
    values = rng.negative_binomial(5, 0.02, size=(9, 40)).astype(float)
    values[:4, :10] *= 3
    return values, np.arange(9) < 4


def test_the_moderated_t_is_limmas(counts):
    values, first = counts
    logs = log_levels(values, "counts")
    design = np.column_stack([np.ones(9), first])
    wanted = e_bayes(lm_fit(logs, design))
    seen = evidence(values, "counts", first)
    np.testing.assert_allclose(seen.t, wanted.t[:, 1], rtol=1e-8)
    np.testing.assert_allclose(seen.p_value, wanted.p_value[:, 1], rtol=1e-8)


def test_the_rank_is_mann_whitneys(counts):
    values, first = counts
    logs = log_levels(values, "counts")
    wanted = [
        stats.mannwhitneyu(logs[first, j], logs[~first, j]).statistic / 20 - 0.5 for j in range(40)
    ]
    seen = evidence(values, "counts", first)
    np.testing.assert_allclose(seen.odd[:, ODD.index("rank")], wanted, atol=1e-12)


def test_the_order_of_the_samples_changes_nothing_at_all(counts):
    values, first = counts
    seen = evidence(values, "counts", first)
    order = np.random.default_rng(2).permutation(9)
    again = evidence(values[order], "counts", first[order])
    np.testing.assert_array_equal(again.odd, seen.odd)
    np.testing.assert_array_equal(again.even, seen.even)
    np.testing.assert_array_equal(again.change, seen.change)


def test_exchanging_the_conditions_negates_odd_numbers_only(counts):
    values, first = counts
    seen, turned = evidence(values, "counts", first), evidence(values, "counts", ~first)
    np.testing.assert_allclose(turned.odd, -seen.odd, atol=1e-12)
    np.testing.assert_allclose(turned.even, seen.even, atol=1e-12)
    assert seen.odd.shape == (40, len(ODD))
    assert seen.even.shape == (40, len(EVEN))


@pytest.mark.parametrize("scaled", [False, True])
def test_the_depth_of_a_library_changes_nothing(counts, scaled):
    values, _ = counts
    deep = values * np.linspace(1, 4, 9)[:, None]
    both = [
        log_levels(one, "counts", factors=tmm_factors(one) if scaled else None)
        for one in (deep, values)
    ]
    np.testing.assert_allclose(*both, atol=0.02)


def test_logarithms_are_left_as_they_are():
    logs = np.array([[-2.0, 3.5], [1.0, 2.0]])
    np.testing.assert_array_equal(log_levels(logs, "log2_rsem"), logs)
    np.testing.assert_allclose(
        log_levels(logs, "log2_rsem", normalisation="median").mean(axis=1), 0, atol=1e-12
    )


def test_constant_genes_say_nothing():
    values = np.column_stack([np.full(6, 4.0), np.random.default_rng(0).normal(size=(6, 5))])
    seen = evidence(values, "log2", np.arange(6) < 3)
    assert seen.change[0] == 0
    assert np.isfinite(seen.odd).all()
    assert np.isfinite(seen.even).all()


def test_one_sample_in_a_group_is_refused(counts):
    values, _ = counts
    with pytest.raises(SampleError, match="two samples or more in each condition, got 1 and 8"):
        evidence(values, "counts", np.arange(9) < 1)


def test_an_empty_library_is_refused(counts):
    values, first = counts
    values[2] = 0
    with pytest.raises(SampleError, match="1 of 9 samples have no counts"):
        evidence(values, "counts", first)


def test_what_moves_like_samples_of_one_condition_lies_along_them(counts):
    values, first = counts
    seen = evidence(values, "counts", first)
    among = np.arange(40) < 30
    inside = 0.7 * seen.apart[0] - 2 * seen.apart[5]
    part = seen.along_samples(inside, among)
    np.testing.assert_allclose(part, np.where(among, inside, 0), atol=1e-9)
    other = np.random.default_rng(0).normal(size=40)
    rest = other - seen.along_samples(other, among)
    np.testing.assert_allclose(seen.apart[:, among] @ rest[among], 0, atol=1e-9)


def test_a_shift_of_all_levels_lies_along_the_levels(counts):
    values, first = counts
    seen = evidence(values, "counts", first)
    among = np.arange(40) >= 10
    shift = 0.3 / seen.deviation
    np.testing.assert_allclose(
        seen.along_levels(shift, among), np.where(among, shift, 0), atol=1e-9
    )
    bend = seen.even[:, EVEN.index("level")] ** 3 / seen.deviation
    assert np.abs(seen.along_levels(bend, among) - bend)[among].max() > 0.01
    assert not seen.along_levels(shift, among & False).any()
    assert not seen.along_samples(shift, among & False).any()
