from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy import special

from bulkwise.errors import InputError
from bulkwise.stats.base import fit_variance_prior, trigamma_inverse
from bulkwise.stats.base.prior import natural_splines


@pytest.mark.parametrize("case", ["plain", "trend", "endless"])
def test_equals_r(
    case: str, r_table: Callable[[str], pd.DataFrame], equal_to_r: Callable[..., None]
) -> None:
    table = r_table("limma/variances").query("case == @case")
    over = table["over"] if "trend" in case else None
    prior = fit_variance_prior(table["variance"], table["own_df"], covariate=over)
    equal_to_r(prior.scale, table["prior"])
    equal_to_r(prior.df, table["df"])
    equal_to_r(prior.squeeze(table["variance"], table["own_df"]), table["post"])


def test_known_prior_comes_out() -> None:
    rng = np.random.default_rng(0)
    truth = 0.2 * 8 / rng.chisquare(8, 100_000)
    prior = fit_variance_prior(truth * rng.chisquare(5, 100_000) / 5, 5)
    assert abs(prior.df[0] - 8) < 0.3
    assert abs(prior.scale[0] - 0.2) < 0.005


def test_squeezing_never_leaves_the_span_of_prior_and_sample() -> None:
    rng = np.random.default_rng(1)
    own = rng.chisquare(4, 500) * np.exp(rng.normal(size=500))
    prior = fit_variance_prior(own, 4)
    post = prior.squeeze(own, 4)
    low, high = np.minimum(own, prior.scale), np.maximum(own, prior.scale)
    assert ((low <= post + 1e-12) & (post <= high + 1e-12)).all()


@pytest.mark.parametrize("x", [1e-9, 1e-3, 0.7, 40.0, 1e9])
def test_trigamma_inverse(x: float) -> None:
    np.testing.assert_allclose(special.polygamma(1, trigamma_inverse(x)), x, rtol=1e-4)


def test_natural_splines_are_linear_beyond_the_ends() -> None:
    x = np.random.default_rng(2).normal(size=200)
    outside = np.array([x.max() + 1, x.max() + 2, x.max() + 3])
    inner, outer = natural_splines(x, outside, 4)
    assert inner.shape == (200, 4)
    np.testing.assert_allclose(outer[0] + outer[2], 2 * outer[1], rtol=1e-9)


def test_genes_without_variance_take_the_prior() -> None:
    own = np.array([0.5, 1.0, np.nan, 2.0, 0.7, 9.0])
    df = np.array([3.0, 3, 0, 3, 3, 3])
    prior = fit_variance_prior(own, df, covariate=[1.0, 2, np.inf, 4, 5, -np.inf])
    assert np.isfinite(prior.scale).all()
    assert prior.squeeze(own, df)[2] == prior.scale[2]


def test_one_gene_has_no_prior() -> None:
    prior = fit_variance_prior([2.0], 3)
    assert prior.squeeze([2.0], 3).tolist() == [2.0]
    prior = fit_variance_prior([2.0, np.nan], 3)
    assert prior.df.tolist() == [0.0, 0.0]


def test_constant_covariate_is_no_covariate() -> None:
    own = np.random.default_rng(3).chisquare(3, 50)
    flat, plain = (fit_variance_prior(own, 3, covariate=c) for c in (np.ones(50), None))
    np.testing.assert_allclose(flat.scale, plain.scale)


def test_no_variance_at_all_is_refused() -> None:
    with pytest.raises(InputError, match="No gene has a residual variance"):
        fit_variance_prior([np.nan, np.nan], 0)


def test_covariate_of_another_length_is_refused() -> None:
    with pytest.raises(InputError, match="2 values and there are 3 genes"):
        fit_variance_prior([1.0, 2.0, 3.0], 2, covariate=[1.0, 2.0])
