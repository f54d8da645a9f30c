"""The variance prior when some genes are hypervariable.

The log variances are drawn in at both ends (winsorised), and the prior degrees of freedom are
those whose F distribution, drawn in the same way, has the same variance. A gene whose variance is
too large for that F gets prior degrees of freedom of its own, between those of the rest and those
that would make the largest variance ordinary, in proportion to how likely it is no outlier.

References
----------
Phipson B, Lee S, Majewski IJ, Alexander WS, Smyth GK. Robust hyperparameter estimation protects
against hypervariable genes and improves power to detect differential expression. Annals of
Applied Statistics 10, 946-963 (2016).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special
from scipy.optimize import brentq
from scipy.stats import rankdata

from bulkwise.errors import InputError
from bulkwise.stats.base.lowess import interpolate, lowess
from bulkwise.stats.base.matrices import Floats
from bulkwise.stats.base.probability import f_quantile, f_tail, log_f_tail

__all__ = ["robust_prior"]

_TREND_SPAN = 0.4
_NODES = 128


def robust_prior(
    variance: Floats,
    df: Floats,
    covariate: Floats | None,
    usable: NDArray[np.bool_],
    *,
    plain: tuple[Floats, float],
    winsor: tuple[float, float],
) -> tuple[Floats, Floats]:
    """Prior scale and prior degrees of freedom of each gene.

    Parameters
    ----------
    variance, df, covariate
        As in ``fit_variance_prior``, one a gene.
    usable
        Which genes have a variance.
    plain
        Scale (one a gene) and degrees of freedom of the ordinary prior.
    winsor
        Shares drawn in at the low and at the high end.

    Raises
    ------
    InputError
        If more than half of the variances are zero.
    """
    own, freedom = variance[usable], df[usable]
    over = None if covariate is None else covariate[usable]
    ordinary = (plain[0][usable], plain[1])
    scale, prior_df, common = _fit(own, freedom, over, ordinary, winsor)
    all_scale, all_df = np.full(len(variance), scale.flat[0]), np.full(len(variance), common)
    all_scale[usable], all_df[usable] = scale, prior_df
    if over is not None and covariate is not None and not usable.all():
        order = np.argsort(over, kind="stable")
        curve = (over[order], np.log(scale[order]))
        all_scale[~usable] = np.exp(interpolate(covariate[~usable], curve))
    return all_scale, all_df


def _fit(
    own: Floats,
    freedom: Floats,
    over: Floats | None,
    plain: tuple[Floats, float],
    winsor: tuple[float, float],
) -> tuple[Floats, Floats, float]:
    n = len(own)
    middle = float(np.median(own))
    if middle <= 0:
        raise InputError(
            "More than half of the genes have a residual variance of exactly zero, so that a "
            "robust prior can't be estimated; leave out genes that don't vary."
        )
    if max(winsor) < 1 / n:
        return plain[0], np.full(n, plain[1]), plain[1]
    own, df1 = _same_df(np.maximum(own, middle * 1e-12), freedom, plain)
    logs = np.log(own)
    trend = _trend(logs, over, winsor[1])
    low, high = np.quantile(logs - trend, [winsor[0], 1 - winsor[1]])
    drawn = np.clip(logs - trend, low, high)
    mean, spread = float(drawn.mean()), float(drawn.var(ddof=1))
    df2 = _matching_df(spread, df1, plain[1], winsor)
    if df2 is None:
        return plain[0], np.full(n, plain[1]), plain[1]
    corrected = trend + mean - _moments(df1, df2, winsor)[0]
    ratio = np.exp(logs - corrected)
    return np.exp(corrected), _own_df(ratio, df1, df2), df2


def _same_df(own: Floats, freedom: Floats, plain: tuple[Floats, float]) -> tuple[Floats, float]:
    """Variances on fewer degrees of freedom, moved to the same tail on the most."""
    most = float(freedom.max())
    fewer = freedom < most - 1e-14
    if not fewer.any():
        return own, most
    scale, df2 = plain[0][fewer], plain[1]
    ratio, df1 = own[fewer] / scale, freedom[fewer]
    upper, lower = f_tail(ratio, df1, df2), f_tail(ratio, df1, df2, upper=False)
    tiny = np.finfo(float).tiny
    moved = np.where(
        upper < lower,
        f_quantile(np.maximum(upper, tiny), most, df2),
        f_quantile(np.maximum(lower, tiny), most, df2, upper=False),
    )
    result = own.copy()
    result[fewer] = moved * scale
    return result, most


def _trend(logs: Floats, over: Floats | None, trim: float) -> Floats:
    if over is None:
        cut = int(np.floor(len(logs) * trim))
        inner = np.sort(logs)[cut : len(logs) - cut]
        return np.full(len(logs), inner.mean())
    trend = np.empty(len(logs))
    trend[np.argsort(over, kind="stable")] = lowess(over, logs, span=_TREND_SPAN)[1]
    return trend


def _log_density(f: Floats, df1: float, df2: float) -> Floats:
    half = df1 / 2
    if np.isinf(df2):
        return np.asarray(
            half * np.log(half) + (half - 1) * np.log(f) - half * f - special.gammaln(half)
        )
    ratio = df1 / df2
    return np.asarray(
        half * np.log(ratio)
        + (half - 1) * np.log(f)
        - (df1 + df2) / 2 * np.log1p(ratio * f)
        - special.betaln(half, df2 / 2)
    )


def _moments(df1: float, df2: float, winsor: tuple[float, float]) -> tuple[float, float]:
    """Mean and variance of log F, drawn in at both ends, by Gauss-Legendre quadrature."""
    ends = np.array(
        [
            float(f_quantile(winsor[0], df1, df2, upper=False)),
            float(f_quantile(winsor[1], df1, df2)),
        ]
    )
    shares = ends / (1 + ends)
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    width = shares[1] - shares[0]
    at = shares[0] + width * (nodes + 1) / 2
    f = at / (1 - at)
    mass = width * weights / 2 * np.exp(_log_density(f, df1, df2)) / (1 - at) ** 2
    edges, tails = np.log(ends), np.array(winsor)
    mean = float(mass @ np.log(f) + tails @ edges)
    return mean, float(mass @ (np.log(f) - mean) ** 2 + tails @ (edges - mean) ** 2)


def _matching_df(
    spread: float, df1: float, plain_df: float, winsor: tuple[float, float]
) -> float | None:
    """Prior df whose drawn-in log F has this variance; None: take the ordinary prior."""

    def excess(share: float) -> float:
        df2 = share / (1 - share) if share < 1 else np.inf
        return float(np.log(spread / _moments(df1, df2, winsor)[1]))

    if excess(1.0) <= 0:
        return float(np.inf)
    if np.isinf(plain_df):
        return None
    lowest = plain_df / (1 + plain_df)
    if excess(lowest) >= 0:
        return plain_df
    # R's own stopping rule, so that what it leaves undone is left undone here too
    share = float(brentq(excess, lowest, 1.0, xtol=1e-8, rtol=4 * np.finfo(float).eps))
    return share / (1 - share)


def _own_df(ratio: Floats, df1: float, df2: float) -> Floats:
    """Prior df of each gene from how likely its variance is no outlier; monotone in the tail."""
    n = len(ratio)
    log_empirical = np.log((n - rankdata(ratio) + 0.5) / n)
    if np.isinf(df2):
        tail = f_tail(ratio, df1, np.inf)
        share = np.minimum(tail / np.exp(log_empirical), 1.0)
        own = np.where(share < 1, share * n * df1, np.inf)
        order = np.argsort(tail, kind="stable")
        own[order] = np.maximum.accumulate(own[order])
        return own
    log_tail = log_f_tail(ratio, df1, df2)
    log_share = np.minimum(log_tail - log_empirical, 0.0)
    if not (log_share < 0).any():
        return np.full(n, df2)
    share = np.exp(log_share)
    smallest = float(log_tail.min())
    outlier_df = 0.0
    if np.isfinite(smallest):
        # the df at which the largest variance would be a median one, in two secant steps
        outlier_df = float(np.log(0.5) / smallest * df2)
        again = float(log_f_tail(ratio.max(), df1, outlier_df))
        outlier_df *= float(np.log(0.5)) / again
    own = share * df2 - np.expm1(log_share) * outlier_df
    order = np.argsort(log_tail, kind="stable")
    sorted_df = own[order]
    running = np.cumsum(sorted_df) / np.arange(1, n + 1)
    lowest = int(np.argmin(running))
    sorted_df[: lowest + 1] = running[lowest]
    own[order] = np.maximum.accumulate(sorted_df)
    return own
