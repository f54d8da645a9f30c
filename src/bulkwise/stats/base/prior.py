"""What the variances of all genes say about the variance of one: an inverse chi-square prior.

If gene ``g`` has a sample variance on ``d_g`` degrees of freedom and its true variance comes from
``1 / sigma^2 ~ chi^2_{d0} / (d0 s0^2)``, then ``s_g^2 ~ s0^2 F(d_g, d0)``. The two parameters
follow from the mean and variance of ``log s^2``; with a covariate, ``s0^2`` is a smooth curve.

References
----------
Smyth GK. Linear models and empirical Bayes methods for assessing differential expression in
microarray experiments. Statistical Applications in Genetics and Molecular Biology 3, 3 (2004).

Phipson B, Lee S, Majewski IJ, Alexander WS, Smyth GK. Robust hyperparameter estimation protects
against hypervariable genes and improves power to detect differential expression. Annals of
Applied Statistics 10, 946-963 (2016).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from bulkwise.errors import InputError
from bulkwise.stats.base.matrices import Floats
from bulkwise.stats.base.robust import robust_prior

__all__ = ["VariancePrior", "fit_variance_prior", "trigamma_inverse"]


@dataclass(frozen=True)
class VariancePrior:
    """Where variances are pulled to, and how strongly.

    Parameters
    ----------
    scale
        Prior variance ``s0^2`` of each gene.
    df
        Prior degrees of freedom ``d0`` of each gene; infinite when the variances differ no more
        than chance lets them, 0 when nothing can be said.
    """

    scale: Floats
    df: Floats

    def squeeze(self, variance: ArrayLike, df: ArrayLike) -> Floats:
        """Posterior variances ``(d s^2 + d0 s0^2) / (d + d0)`` of sample variances on ``df``."""
        own = np.asarray(variance, dtype=np.float64)
        freedom = np.broadcast_to(np.asarray(df, dtype=np.float64), own.shape)
        own = np.where(freedom > 0, own, 0.0)
        endless = np.isinf(self.df)
        prior_df = np.where(endless, 1.0, self.df)
        mixed = (freedom * own + prior_df * self.scale) / (freedom + prior_df)
        return np.asarray(np.where(endless, self.scale, mixed))


def trigamma_inverse(x: float) -> float:
    """The ``y`` above 0 with ``trigamma(y) = x``, by Newton's method on ``1 / trigamma``."""
    if x > 1e7:
        return float(1 / np.sqrt(x))
    if x < 1e-6:
        return 1 / x
    y = 0.5 + 1 / x
    for _ in range(50):
        value = special.polygamma(1, y)
        step = value * (1 - value / x) / special.polygamma(2, y)
        y += step
        if -step / y < 1e-8:
            break
    return float(y)


def natural_splines(x: Floats, at: Floats, df: int) -> tuple[Floats, Floats]:
    """Natural cubic splines with ``df`` knots at quantiles of ``x``, for ``x`` and for ``at``."""
    low, high = float(x.min()), float(x.max())
    knots = np.unique((np.quantile(x, np.linspace(0, 1, df)) - low) / (high - low))

    def basis(values: Floats) -> Floats:
        scaled = (values - low) / (high - low)
        cubes = np.maximum(scaled[:, None] - knots, 0) ** 3
        slopes = (cubes[:, :-1] - cubes[:, -1:]) / (knots[-1] - knots[:-1])
        curved = slopes[:, :-1] - slopes[:, -1:]
        return np.column_stack([np.ones(len(values)), scaled, curved])

    return basis(x), basis(at)


def _finite_covariate(covariate: Floats) -> Floats:
    finite = covariate[np.isfinite(covariate)]
    if not finite.size:
        return np.nan_to_num(np.sign(covariate))
    return np.nan_to_num(
        covariate, nan=float(np.median(finite)), posinf=finite.max() + 1, neginf=finite.min() - 1
    )


def moment_prior(
    variance: Floats, df: Floats, covariate: Floats | None
) -> tuple[Floats, float, NDArray[np.bool_]]:
    """Prior scale (one a gene), prior df, and which genes had a say, by moments of log variance."""
    n = len(variance)
    usable = np.isfinite(variance) & (variance > -1e-15) & np.isfinite(df) & (df > 1e-15)
    count = int(usable.sum())
    if count == 0:
        raise InputError(
            "No gene has a residual variance, so that no prior can be estimated; the samples must "
            "outnumber the coefficients of the design in at least some genes."
        )
    if count == 1:
        return np.full(n, variance[usable][0]), 0.0, usable
    own, freedom = np.maximum(variance[usable], 0.0), df[usable]
    middle = float(np.median(own)) or 1.0
    own = np.maximum(own, 1e-5 * middle)
    # most genes share their degrees of freedom
    half, which = np.unique(freedom / 2, return_inverse=True)
    centred = np.log(own) + (np.log(half) - special.digamma(half))[which]
    trend, spread = np.full(n, centred.mean()), float(centred.var(ddof=1))
    curve = None
    if covariate is not None:
        x = _finite_covariate(covariate)
        knots = min(1 + (count >= 3) + (count >= 6) + (count >= 30), len(np.unique(x[usable])))
        curve = (x, knots) if knots > 1 else None
    if curve is not None:
        inner, outer = natural_splines(curve[0][usable], curve[0], curve[1])
        Q, R = np.linalg.qr(inner)
        effects = Q.T @ centred
        rest = centred - Q @ effects
        trend = outer @ np.linalg.solve(R, effects)
        trend[usable] = Q @ effects
        spread = float(rest @ rest) / (count - inner.shape[1])
    excess = spread - float(special.polygamma(1, half)[which].mean())
    if excess > 0:
        prior_df = 2 * trigamma_inverse(excess)
        scale = np.exp(trend + special.digamma(prior_df / 2) - np.log(prior_df / 2))
        return scale, prior_df, usable
    scale = np.exp(trend) if curve is not None else np.full(n, own.mean())
    return scale, np.inf, usable


def fit_variance_prior(
    variance: ArrayLike,
    df: ArrayLike,
    *,
    covariate: ArrayLike | None = None,
    robust: bool = False,
    winsor: tuple[float, float] = (0.05, 0.1),
) -> VariancePrior:
    """Estimate the prior of gene-wise variances, as limma's ``squeezeVar`` does.

    Parameters
    ----------
    variance
        Sample variance of each gene; genes without one (NaN, or ``df`` 0) have no say.
    df
        Its degrees of freedom, one number or one a gene.
    covariate
        Mean expression of each gene, say: the prior variance follows it on a natural spline.
    robust
        Let hypervariable genes neither spoil the prior nor be pulled to it fully: each gene gets
        its own prior degrees of freedom, fewer the less likely its variance is under the prior.
    winsor
        Shares of the lowest and highest variances drawn in for the robust estimate.

    Returns
    -------
    VariancePrior

    Raises
    ------
    InputError
        If no gene has a variance, or more than half are exactly zero and ``robust``.
    """
    own = np.array(variance, dtype=np.float64)
    freedom = np.array(np.broadcast_to(np.asarray(df, dtype=np.float64), own.shape))
    over = None if covariate is None else np.asarray(covariate, dtype=np.float64)
    if over is not None and over.shape != own.shape:
        raise InputError(
            f"The covariate has {over.size} values and there are {own.size} genes; give one a gene."
        )
    if own.size == 1:
        return VariancePrior(own, np.zeros(1))
    scale, prior_df, usable = moment_prior(own, freedom, over)
    if not robust or int(usable.sum()) < 3:
        return VariancePrior(scale, np.full(own.shape, prior_df))
    return VariancePrior(
        *robust_prior(own, freedom, over, usable, plain=(scale, prior_df), winsor=winsor)
    )
