"""Which genes differ: contrasts, moderated t and F, log odds and tests against a threshold.

The equal of limma's ``contrasts.fit``, ``eBayes``, ``treat`` and ``topTable`` on arrays; the
linear model itself is ``lm_fit``. ``tests/stats/test_differential.py`` holds the numbers against
tables made in R.

References
----------
Smyth GK. Linear models and empirical Bayes methods for assessing differential expression in
microarray experiments. Statistical Applications in Genetics and Molecular Biology 3, 3 (2004).

McCarthy DJ, Smyth GK. Testing significance relative to a fold-change threshold is a TREAT.
Bioinformatics 25, 765-771 (2009).

Ritchie ME et al. limma powers differential expression analyses for RNA-sequencing and microarray
studies. Nucleic Acids Research 43, e47 (2015).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from bulkwise.errors import InputError
from bulkwise.stats.base import (
    Floats,
    LinearFit,
    VariancePrior,
    adjust,
    f_tail,
    fit_variance_prior,
    log_t_tail,
    t_quantile,
    t_tail,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ModeratedFit", "contrasts_fit", "e_bayes", "top_table", "treat"]

_STDEV_LIMITS = (0.1, 4.0)
_LARGE_DF = 1e6


@dataclass(frozen=True)
class ModeratedFit:
    """Moderated statistics, a row a gene and a column a coefficient.

    Parameters
    ----------
    fit
        The linear models.
    prior
        Prior variance and its degrees of freedom.
    variance
        Posterior variance of each gene.
    df
        Total degrees of freedom of each gene's t.
    t, p_value
        Moderated t and its two-sided P, genes x coefficients.
    b
        Log odds that the gene differs, genes x coefficients; NaN after ``treat``.
    f, f_p_value
        Moderated F of all coefficients together, and its P; NaN after ``treat``.
    f_df
        Numerator degrees of freedom of F.
    coefficient_variance
        Variance of the true effects of differing genes over the gene's variance, one a
        coefficient; NaN after ``treat``.
    """

    fit: LinearFit
    prior: VariancePrior
    variance: Floats
    df: Floats
    t: Floats
    p_value: Floats
    b: Floats
    f: Floats
    f_p_value: Floats
    f_df: int
    coefficient_variance: Floats


def contrasts_fit(fit: LinearFit, contrasts: Any) -> LinearFit:
    """The same models in terms of contrasts of their coefficients.

    With gaps or weights that differ from gene to gene, the standard error of a contrast uses the
    correlation of the coefficients in a gene without them, as limma does; a design in which the
    contrast is itself a coefficient needs no such approximation.

    Parameters
    ----------
    fit
        From ``lm_fit``.
    contrasts
        Coefficients x contrasts (array or DataFrame), or name -> {coefficient: weight}.

    Returns
    -------
    LinearFit
        With one column a contrast.

    Raises
    ------
    InputError
        If a contrast names no coefficient of the fit, or its shape or values don't fit.
    """
    C, names = _contrast_matrix(fit, contrasts)
    used = np.abs(C).sum(axis=1) > 0
    C = C[used]
    coefficients, unscaled = fit.coefficients[:, used], fit.stdev_unscaled[:, used]
    covariance = fit.cov_coefficients[np.ix_(used, used)]
    scale = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(scale, scale)
    lost = np.isnan(coefficients)
    unknown = lost.astype(np.float64) @ (C != 0) > 0
    effects = np.where(lost, 0.0, coefficients) @ C
    spread = np.where(lost, 0.0, unscaled)[:, :, None] * C[None, :, :]
    variance = np.einsum("gic,ij,gjc->gc", spread, correlation, spread, optimize=True)
    effects[unknown], variance[unknown] = np.nan, np.nan
    return replace(
        fit,
        coefficients=effects,
        stdev_unscaled=np.sqrt(variance),
        cov_coefficients=C.T @ covariance @ C,
        names=names,
    )


def _contrast_matrix(fit: LinearFit, contrasts: Any) -> tuple[Floats, tuple[str, ...]]:
    if isinstance(contrasts, Mapping):
        C = np.zeros((len(fit.names), len(contrasts)))
        for j, weights in enumerate(contrasts.values()):
            for name, weight in weights.items():
                C[fit.position(str(name)), j] = weight
        names: Sequence[Any] = list(contrasts)
    else:
        C = np.asarray(contrasts, dtype=np.float64)
        C = C[:, None] if C.ndim == 1 else C
        names = contrasts.columns if hasattr(contrasts, "columns") else range(C.shape[1])
    if C.shape[0] != len(fit.names) or not C.shape[1] or not np.isfinite(C).all():
        raise InputError(
            f"The contrasts have shape {C.shape} and the fit {len(fit.names)} coefficients; give a "
            "matrix of finite numbers, coefficients x contrasts."
        )
    empty = [str(name) for name, column in zip(names, C.T, strict=True) if not column.any()]
    if empty:
        raise InputError(f"The contrast {empty[0]!r} gives no coefficient a weight.")
    return C, tuple(map(str, names))


def _moderate(
    fit: LinearFit, trend: bool | ArrayLike, robust: bool, winsor: tuple[float, float]
) -> tuple[VariancePrior, Floats, Floats]:
    """Prior, posterior variance and total degrees of freedom of each gene."""
    if not np.nanmax(fit.df_residual) > 0:
        raise InputError(
            f"There are no residual degrees of freedom: the design has as many coefficients "
            f"({len(fit.cov_coefficients)}) as samples; add replicates or drop a covariate."
        )
    covariate = (fit.mean if trend else None) if isinstance(trend, bool | np.bool_) else trend
    prior = fit_variance_prior(
        fit.sigma**2, fit.df_residual, covariate=covariate, robust=robust, winsor=winsor
    )
    variance = prior.squeeze(fit.sigma**2, fit.df_residual)
    df = np.minimum(fit.df_residual + prior.df, fit.df_residual.sum())
    return prior, variance, df


def e_bayes(
    fit: LinearFit,
    *,
    proportion: float = 0.01,
    trend: bool | ArrayLike = False,
    robust: bool = False,
    winsor: tuple[float, float] = (0.05, 0.1),
) -> ModeratedFit:
    """Moderated t, F and log odds, as ``limma::eBayes``.

    ``t = b / (u s~)`` with ``s~^2 = (d s^2 + d0 s0^2) / (d + d0)`` has ``d + d0`` degrees of
    freedom, at most those of all genes together.

    Parameters
    ----------
    fit
        From ``lm_fit`` or ``contrasts_fit``.
    proportion
        Assumed share of differing genes (for the log odds only).
    trend
        Let the prior variance follow the mean expression, or the given covariate (one a gene).
    robust
        Protect the prior against hypervariable genes, and these against the prior.
    winsor
        Shares of low and high variances drawn in by ``robust``.

    Returns
    -------
    ModeratedFit

    Raises
    ------
    InputError
        If there are no residual degrees of freedom.
    """
    if not 0 < proportion < 1:
        raise ValueError(
            f"The 'proportion' must be a number between 0 and 1. Got {proportion!r} instead."
        )
    prior, variance, df = _moderate(fit, trend, robust, winsor)
    t = fit.coefficients / fit.stdev_unscaled / np.sqrt(variance)[:, None]
    limits = np.square(_STDEV_LIMITS) / np.median(prior.scale)
    spread = np.array(
        [
            _effect_variance(t[:, j], fit.stdev_unscaled[:, j], df, proportion, limits)
            for j in range(t.shape[1])
        ]
    )
    f, f_df = _f_statistic(t, fit.cov_coefficients)
    f_p = f_tail(f, f_df, np.minimum(fit.df_residual + prior.df, np.inf))
    return ModeratedFit(
        fit,
        prior,
        variance,
        df,
        t,
        2 * t_tail(np.abs(t), df[:, None]),
        _log_odds(t, fit.stdev_unscaled, df, prior.df, spread, proportion),
        f,
        f_p,
        f_df,
        spread,
    )


def _effect_variance(
    t: Floats, unscaled: Floats, df: Floats, proportion: float, limits: Floats
) -> float:
    """Variance of true effects, from how far the largest t exceed what chance gives."""
    known = np.isfinite(t)
    size, unscaled, df = np.abs(t[known]), unscaled[known], df[known]
    n = len(size)
    target = int(np.ceil(proportion / 2 * n))
    if not target:
        return float(limits.mean())
    share = max(target / n, proportion)
    most = float(df.max())
    fewer = df < most
    if fewer.any():
        size[fewer] = t_quantile(log_t_tail(size[fewer], df[fewer]), most)
    top = np.argpartition(-size, target - 1)[:target]
    top = top[np.argsort(-size[top], kind="stable")]
    null = 2 * t_tail(size[top], most)
    expected = ((np.arange(1, target + 1) - 0.5) / n - (1 - share) * null) / share
    ratio = np.zeros(target)
    beyond = expected > null
    quantile = t_quantile(np.log(expected[beyond] / 2), most)
    ratio[beyond] = unscaled[top][beyond] ** 2 * ((size[top][beyond] / quantile) ** 2 - 1)
    return float(np.clip(ratio, limits[0], limits[1]).mean())


def _log_odds(
    t: Floats, unscaled: Floats, df: Floats, prior_df: Floats, spread: Floats, proportion: float
) -> Floats:
    ratio = (unscaled**2 + spread) / unscaled**2
    square, total = t**2, df[:, None]
    with np.errstate(invalid="ignore"):
        finite = (1 + total) / 2 * np.log((square + total) / (square / ratio + total))
    kernel = np.where(prior_df[:, None] > _LARGE_DF, square * (1 - 1 / ratio) / 2, finite)
    return np.asarray(np.log(proportion / (1 - proportion)) - np.log(ratio) / 2 + kernel)


def _f_statistic(t: Floats, covariance: Floats) -> tuple[Floats, int]:
    scale = np.sqrt(np.diag(covariance))
    values, vectors = np.linalg.eigh(covariance / np.outer(scale, scale))
    kept = values / values[-1] > 1e-8
    rank = int(kept.sum())
    rotated = t @ (vectors[:, kept] / np.sqrt(values[kept]))
    return np.asarray((rotated**2).sum(axis=1) / rank), rank


def treat(
    fit: LinearFit,
    *,
    fold_change: float = 1.2,
    trend: bool | ArrayLike = False,
    robust: bool = False,
    winsor: tuple[float, float] = (0.05, 0.1),
) -> ModeratedFit:
    """Test whether genes change by more than a fold change, as ``limma::treat``.

    Parameters
    ----------
    fit
        From ``lm_fit`` or ``contrasts_fit``.
    fold_change
        Threshold as a ratio, above 1 (1.2 is a log2 fold change of 0.263).
    trend, robust, winsor
        As in :func:`e_bayes`.

    Returns
    -------
    ModeratedFit
        ``t`` is 0 for genes within the threshold.

    Raises
    ------
    InputError
        If there are no residual degrees of freedom.
    """
    if not fold_change >= 1:
        raise ValueError(
            f"The 'fold_change' must be a number of at least 1. Got {fold_change!r} instead."
        )
    prior, variance, df = _moderate(fit, trend, robust, winsor)
    threshold = np.log2(fold_change)
    error = fit.stdev_unscaled * np.sqrt(variance)[:, None]
    size = np.abs(fit.coefficients)
    right, left = (size - threshold) / error, (size + threshold) / error
    t = np.where(size > threshold, np.sign(fit.coefficients) * np.maximum(right, 0), 0.0)
    p = t_tail(right, df[:, None]) + t_tail(left, df[:, None])
    lost = np.isnan(fit.coefficients)
    t[lost], none = np.nan, np.full(len(df), np.nan)
    empty = np.full(t.shape, np.nan)
    return ModeratedFit(fit, prior, variance, df, t, p, empty, none, none, 0, empty[0])


def top_table(moderated: ModeratedFit, coefficient: str, *, ordered: bool = False) -> pd.DataFrame:
    """The table of one coefficient, every gene in it.

    Parameters
    ----------
    moderated
        From :func:`e_bayes` or :func:`treat`.
    coefficient
        Its name.
    ordered
        By P-value, then by the size of the statistic; otherwise in the order of the genes.

    Returns
    -------
    pandas.DataFrame
        ``gene``, ``log2_fold_change``, ``mean``, ``statistic`` (moderated t), ``p_value``,
        ``adjusted_p_value`` (Benjamini-Hochberg), ``b`` (log odds).

    Raises
    ------
    InputError
        If there is no such coefficient.
    """
    import pandas as pd

    at = moderated.fit.position(coefficient)
    p = moderated.p_value[:, at]
    table = pd.DataFrame(
        {
            "gene": moderated.fit.genes,
            "log2_fold_change": moderated.fit.coefficients[:, at],
            "mean": moderated.fit.mean,
            "statistic": moderated.t[:, at],
            "p_value": p,
            "adjusted_p_value": adjust(p),
            "b": moderated.b[:, at],
        }
    )
    if ordered:
        size = -table["statistic"].abs()
        table = table.iloc[np.lexsort((size, table["p_value"]))].reset_index(drop=True)
    return table
