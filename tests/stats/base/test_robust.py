from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from bulkwise.errors import InputError
from bulkwise.stats.base import fit_variance_prior


@pytest.mark.parametrize("case", ["robust", "robust-trend", "robust-even"])
def test_equals_r(
    case: str, r_table: Callable[[str], pd.DataFrame], equal_to_r: Callable[..., None]
) -> None:
    table = r_table("limma/variances").query("case == @case")
    over = table["over"] if "trend" in case else None
    prior = fit_variance_prior(table["variance"], table["own_df"], covariate=over, robust=True)
    equal_to_r(prior.scale, table["prior"])
    equal_to_r(prior.df, table["df"])
    equal_to_r(prior.squeeze(table["variance"], table["own_df"]), table["post"])


def _variances(prior_df: float, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    truth = np.ones(2000) if np.isinf(prior_df) else prior_df / rng.chisquare(prior_df, 2000)
    return np.asarray(truth * rng.chisquare(6, 2000) / 6)


@pytest.mark.parametrize("truth", [8.0, np.inf])
def test_hypervariable_genes_neither_spoil_nor_are_spoilt(truth: float) -> None:
    own = _variances(truth)
    own[:20] = 300
    plain, robust = (fit_variance_prior(own, 6, robust=r) for r in (False, True))
    if np.isfinite(truth):
        assert abs(np.median(robust.df) - truth) < abs(plain.df[0] - truth)
    assert (robust.df[:20] < 0.5).all()
    assert (robust.squeeze(own, 6)[:20] > plain.squeeze(own, 6)[:20]).all()


def test_own_df_falls_with_the_variance() -> None:
    own = _variances(5.0)
    own[:5] = [50, 100, 200, 400, 800]
    df = fit_variance_prior(own, 6, robust=True).df
    assert (np.diff(df[np.argsort(own)]) <= 1e-12).all()


def test_genes_without_variance_take_the_curve() -> None:
    own, df = _variances(5.0), np.full(2000, 6.0)
    over = np.linspace(0, 10, 2000)
    own *= np.exp(over / 4)
    own[:2], df[:2] = np.nan, 0
    over[:2] = [0, 10]
    prior = fit_variance_prior(own, df, covariate=over, robust=True)
    assert np.isfinite(prior.scale).all()
    assert prior.scale[1] > 3 * prior.scale[0]


def test_few_genes_have_the_plain_prior() -> None:
    own = np.array([1.0, 2.0, 4.0, 3.0])
    plain, robust = (fit_variance_prior(own, 3, robust=r) for r in (False, True))
    np.testing.assert_allclose(robust.scale, plain.scale)


def test_mostly_zero_variances_are_refused() -> None:
    own = np.zeros(100)
    own[:10] = 1
    with pytest.raises(InputError, match="exactly zero"):
        fit_variance_prior(own, 3, robust=True)
