from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkwise.errors import InputError
from bulkwise.stats.base import LinearFit, lm_fit
from bulkwise.stats.differential import ModeratedFit, contrasts_fit, e_bayes, top_table, treat
from bulkwise.stats.precision import voom, voom_with_quality_weights

BLOCK = {"correlation": 0.35}


def _blocked(s: SimpleNamespace, y: Any, **more: Any) -> ModeratedFit:
    return e_bayes(lm_fit(y, s.design, block=s.patient, **BLOCK, **more))


def _means_contrasts(s: SimpleNamespace) -> LinearFit:
    wanted = {"B": {"A": -1, "B": 1}, "rest": {"A": -0.5, "B": -0.5, "C": 1}}
    return contrasts_fit(lm_fit(s.y, s.means), wanted)


def _skew_contrast(s: SimpleNamespace, y: Any, **more: Any) -> LinearFit:
    wanted = pd.DataFrame({"B": [0.3, 0, 1, -0.2]}, index=s.skew.columns)
    return contrasts_fit(lm_fit(y, s.skew, **more), wanted)


def _voom(s: SimpleNamespace) -> ModeratedFit:
    v = voom(s.counts, s.design)
    return e_bayes(lm_fit(v.log_cpm, s.design, weights=v.weights))


def _voom_quality(s: SimpleNamespace) -> ModeratedFit:
    v = voom_with_quality_weights(s.counts, s.design)
    return e_bayes(lm_fit(v.log_cpm, s.design, weights=v.weights))


def _voom_blocked(s: SimpleNamespace) -> ModeratedFit:
    v = voom(s.counts, s.design, sizes=900 + 1000 * np.arange(1, 13), block=s.patient, **BLOCK)
    return _blocked(s, v.log_cpm, weights=v.weights)


CASES: dict[str, Callable[[SimpleNamespace], ModeratedFit]] = {
    "plain": lambda s: e_bayes(lm_fit(s.y, s.design)),
    "trend": lambda s: e_bayes(lm_fit(s.y, s.design), trend=True),
    "robust": lambda s: e_bayes(lm_fit(s.y, s.design), robust=True),
    "robust-trend": lambda s: e_bayes(lm_fit(s.y, s.design), robust=True, trend=True),
    "treat": lambda s: treat(lm_fit(s.y, s.design), fold_change=1.5),
    "proportion": lambda s: e_bayes(lm_fit(s.y, s.design), proportion=0.2),
    "coefficients": lambda s: e_bayes(lm_fit(s.y, s.design).select("B", "C")),
    "endless": lambda s: e_bayes(lm_fit(s.even, s.design)),
    "weights": lambda s: e_bayes(lm_fit(s.y, s.design, weights=s.weights)),
    "sample-weights": lambda s: e_bayes(lm_fit(s.y, s.design, weights=s.sample_weights)),
    "gaps": lambda s: e_bayes(lm_fit(s.gaps, s.design)),
    "gaps-robust": lambda s: e_bayes(lm_fit(s.gaps, s.design), robust=True),
    "gaps-weights": lambda s: e_bayes(lm_fit(s.gaps, s.design, weights=s.weights)),
    "zero-weights": lambda s: e_bayes(lm_fit(s.y, s.design, weights=s.zero)),
    "contrasts": lambda s: e_bayes(_means_contrasts(s)),
    "contrasts-weights": lambda s: e_bayes(_skew_contrast(s, s.y, weights=s.weights)),
    "contrasts-gaps": lambda s: e_bayes(_skew_contrast(s, s.gaps)),
    "blocked": lambda s: _blocked(s, s.y),
    "blocked-gaps": lambda s: _blocked(s, s.gaps),
    "blocked-weights": lambda s: _blocked(s, s.y, weights=s.weights),
    "blocked-sample-weights": lambda s: _blocked(s, s.y, weights=s.sample_weights),
    "blocked-gaps-weights": lambda s: _blocked(s, s.gaps, weights=s.weights),
    "voom": _voom,
    "voom-quality": _voom_quality,
    "voom-blocked": _voom_blocked,
}


@pytest.mark.parametrize("case", CASES)
def test_equals_r(
    case: str,
    small: SimpleNamespace,
    r_table: Callable[[str], pd.DataFrame],
    equal_to_r: Callable[..., None],
) -> None:
    theirs = r_table("limma/genes").query("case == @case")
    ours = CASES[case](small)
    table = top_table(ours, "B")
    for column in ("log2_fold_change", "mean", "statistic", "b"):
        equal_to_r(table[column], theirs[column])
    equal_to_r(np.log10(table["p_value"]), np.log10(theirs["p_value"]))
    equal_to_r(ours.fit.sigma, theirs["sigma"])
    equal_to_r(ours.df, theirs["df"])
    equal_to_r(ours.prior.scale, theirs["prior_scale"])
    equal_to_r(ours.prior.df, theirs["prior_df"])
    equal_to_r(ours.f, theirs["f"])
    equal_to_r(np.log10(ours.f_p_value), np.log10(theirs["f_p_value"]))


def test_every_case_of_the_table_is_tried(r_table: Callable[[str], pd.DataFrame]) -> None:
    assert set(r_table("limma/genes")["case"]) == set(CASES)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10**6), scale=st.floats(0.1, 30))
def test_sign_and_scale_carry_through(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    y = rng.normal(size=(8, 40)) * np.exp(rng.normal(size=40) / 2)
    design = np.column_stack([np.ones(8), np.repeat([0, 1], 4)])
    one = e_bayes(lm_fit(y, design))
    two = e_bayes(lm_fit(-scale * y, design))
    np.testing.assert_allclose(two.fit.coefficients, -scale * one.fit.coefficients, rtol=1e-9)
    np.testing.assert_allclose(two.t, -one.t, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(two.p_value, one.p_value, rtol=1e-5)


def test_contrast_equals_the_coefficient_of_another_design(small: SimpleNamespace) -> None:
    by_contrast = contrasts_fit(lm_fit(small.y, small.means), {"B": {"A": -1, "B": 1}})
    direct = lm_fit(small.y, small.design[["A", "B", "C"]])
    for ours, same in (("coefficients", 1e-12), ("stdev_unscaled", 1e-12)):
        left, right = getattr(by_contrast, ours)[:, 0], getattr(direct, ours)[:, 1]
        np.testing.assert_allclose(left, right, atol=same)


def test_treat_without_threshold_is_the_t_test(small: SimpleNamespace) -> None:
    fit = lm_fit(small.y, small.design)
    np.testing.assert_allclose(treat(fit, fold_change=1).p_value, e_bayes(fit).p_value)


def test_null_data_give_uniform_p() -> None:
    rng = np.random.default_rng(3)
    y = rng.normal(size=(10, 20_000)) * np.sqrt(5 / rng.chisquare(5, 20_000))
    design = np.column_stack([np.ones(10), np.repeat([0, 1], 5)])
    p = e_bayes(lm_fit(y, design)).p_value[:, 1]
    for level in (0.001, 0.01, 0.05, 0.5):
        error = np.sqrt(level * (1 - level) / p.size)
        assert abs((p <= level).mean() - level) < 5 * error


def test_table_is_ordered_on_wish(small: SimpleNamespace) -> None:
    table = top_table(e_bayes(lm_fit(small.y, small.design)), "B", ordered=True)
    assert table["p_value"].is_monotonic_increasing
    assert set(table["gene"]) == set(small.y.columns)


def test_zero_residual_df_is_refused() -> None:
    fit = lm_fit(np.arange(6.0).reshape(2, 3), np.eye(2))
    with pytest.raises(InputError, match="no residual degrees of freedom"):
        e_bayes(fit)


def test_wrong_contrasts_are_refused(small: SimpleNamespace) -> None:
    fit = lm_fit(small.y, small.means)
    with pytest.raises(InputError, match="no coefficient 'D'"):
        contrasts_fit(fit, {"x": {"D": 1}})
    with pytest.raises(InputError, match="coefficients x contrasts"):
        contrasts_fit(fit, np.ones((4, 1)))
    with pytest.raises(InputError, match="gives no coefficient a weight"):
        contrasts_fit(fit, {"x": {}})
    with pytest.raises(InputError, match="no coefficient 'D'"):
        top_table(e_bayes(fit), "D")


def test_wrong_numbers_are_refused(small: SimpleNamespace) -> None:
    fit = lm_fit(small.y, small.design)
    with pytest.raises(ValueError, match="proportion"):
        e_bayes(fit, proportion=0)
    with pytest.raises(ValueError, match="fold_change"):
        treat(fit, fold_change=0.5)
