"""A linear model for each gene: least squares by gene, with weights, blocks and missing values.

For gene ``g`` the model is ``E(y_g) = X b_g`` with ``var(y_g) = s_g^2 V_g``, where ``V_g`` is the
identity, the inverse of given weights, a correlation between samples of one block, or both.
All genes with the same observed samples are solved together, block by block, in an orthonormal
basis of the design, so that the numbers equal those of a QR decomposition gene by gene.

References
----------
Smyth GK. Linear models and empirical Bayes methods for assessing differential expression in
microarray experiments. Statistical Applications in Genetics and Molecular Biology 3, 3 (2004).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import solve_triangular

from bulkwise.checks.base import name_some
from bulkwise.checks.linear_model import independent_columns
from bulkwise.errors import InputError
from bulkwise.stats.base.matrices import (
    Floats,
    as_design,
    as_expression,
    as_weights,
    block_correlation,
    blocks_of_genes,
    observed_values,
    patterns,
    take,
)

__all__ = ["LinearFit", "lm_fit"]


@dataclass(frozen=True)
class LinearFit:
    """One linear model a gene.

    Parameters
    ----------
    coefficients
        Genes x coefficients; NaN where a gene's observed samples can't estimate one.
    stdev_unscaled
        Genes x coefficients: standard error of a coefficient over the gene's ``sigma``.
    sigma
        Residual standard deviation of each gene; NaN without residual degrees of freedom.
    df_residual
        Residual degrees of freedom of each gene.
    mean
        Mean expression of each gene over its observed samples.
    cov_coefficients
        Coefficients x coefficients: unscaled covariance for a gene without gaps or own weights.
    names
        Names of the coefficients.
    genes
        Names of the genes.
    """

    coefficients: Floats
    stdev_unscaled: Floats
    sigma: Floats
    df_residual: Floats
    mean: Floats
    cov_coefficients: Floats
    names: tuple[str, ...]
    genes: tuple[str, ...]

    def position(self, name: str) -> int:
        """Where a coefficient stands.

        Raises
        ------
        InputError
            If there is no such coefficient.
        """
        if name not in self.names:
            raise InputError(
                f"The fit has no coefficient {name!r}; it has {name_some(self.names, 12)}."
            )
        return self.names.index(name)

    def select(self, *names: str) -> LinearFit:
        """The same fit with some of its coefficients only (for an F test of just these).

        Raises
        ------
        InputError
            If there is no such coefficient.
        """
        at = [self.position(name) for name in names]
        return replace(
            self,
            coefficients=self.coefficients[:, at],
            stdev_unscaled=self.stdev_unscaled[:, at],
            cov_coefficients=self.cov_coefficients[np.ix_(at, at)],
            names=names,
        )


@dataclass(frozen=True)
class _Solver:
    """The design of one pattern of observed samples, whitened and in an orthonormal basis."""

    Q: Floats  # samples x rank: basis of the whitened design
    back: Floats  # rank x rank: from the basis to the coefficients
    kept: NDArray[np.intp]
    whiten: Floats | None  # inverse Cholesky factor of the correlation
    design: Floats  # samples x rank: the basis before whitening

    @classmethod
    def of(cls, X: Floats, correlation: Floats | None) -> _Solver:
        kept = independent_columns(X)
        design, whiten = X[:, kept], None
        if correlation is not None:
            lower = np.linalg.cholesky(correlation)
            whiten = solve_triangular(lower, np.eye(len(lower)), lower=True)
            design = whiten @ design
        Q, R = np.linalg.qr(design)
        back = solve_triangular(R, np.eye(len(kept))) if len(kept) else R
        return cls(Q, back, kept, whiten, X[:, kept] @ back)

    def solve(self, Y: Floats) -> tuple[Floats, Floats, Floats]:
        """Coefficients, unscaled standard deviations and residual sums of squares."""
        if self.whiten is not None:
            Y = self.whiten @ Y
        effects = self.Q.T @ Y
        rest = Y - self.Q @ effects
        unscaled = np.sqrt((self.back**2).sum(axis=1))
        return (
            (self.back @ effects).T,
            np.broadcast_to(unscaled, (Y.shape[1], len(unscaled))),
            np.einsum("ij,ij->j", rest, rest),
        )

    def solve_weighted(self, Y: Floats, W: Floats) -> tuple[Floats, Floats, Floats]:
        """As :meth:`solve`, with a weight for each value (samples x genes)."""
        roots = np.sqrt(W)
        y = roots * Y
        stack = np.ascontiguousarray(roots.T)[:, :, None] * self.design
        if self.whiten is not None:
            y, stack = self.whiten @ y, self.whiten @ stack
        rest = np.ascontiguousarray(y.T)[:, :, None]
        across = stack.transpose(0, 2, 1)
        inverse = np.linalg.inv(across @ stack)
        solved = np.zeros((len(rest), len(self.kept), 1))
        for _ in range(2):  # the second time refines what rounding left
            step = inverse @ (across @ rest)
            solved = solved + step
            rest = rest - stack @ step
        spread = ((self.back @ inverse) * self.back).sum(axis=2)
        flat = rest[:, :, 0]
        return solved[:, :, 0] @ self.back.T, np.sqrt(spread), np.einsum("gi,gi->g", flat, flat)


def lm_fit(
    Y: Any,
    design: Any,
    *,
    weights: Any = None,
    block: ArrayLike | None = None,
    correlation: float | None = None,
) -> LinearFit:
    """Fit a linear model to each gene, as ``limma::lmFit``.

    Parameters
    ----------
    Y
        Samples x genes, values on a log scale; an array or a DataFrame. A NaN leaves that sample
        out for that gene only.
    design
        Samples x coefficients, of full rank; an array or a DataFrame.
    weights
        One a sample, or samples x genes; a value whose own weight is zero is left out.
    block
        A label a sample; samples of one block (a patient) share ``correlation``.
    correlation
        Correlation within a block, as ``duplicate_correlation`` finds it.

    Returns
    -------
    LinearFit

    Raises
    ------
    InputError
        If the shapes differ, the design isn't of full rank (the message names the columns), or
        only one of ``block`` and ``correlation`` is given.
    """
    values, genes = as_expression(Y)
    X, names = as_design(design, len(values))
    W = as_weights(weights, values.shape)
    if (block is None) != (correlation is None):
        raise InputError(
            "A blocked fit needs both the block of each sample and the correlation within blocks; "
            "duplicate_correlation estimates the latter."
        )
    shared = None
    if block is not None and correlation is not None:
        shared = block_correlation(block, correlation, len(values))
    own, scale = (W, None) if W is None or W.ndim == 2 else (None, np.sqrt(W.astype(np.float64)))
    full = _Solver.of(X if scale is None else X * scale[:, None], shared)
    fit = _empty(genes, names, np.asarray(full.back @ full.back.T))
    for samples, members in patterns(observed_values(values, own), values.shape):
        part = full
        if len(samples) < len(values):
            inner = X[samples] if scale is None else X[samples] * scale[samples, None]
            part = _Solver.of(inner, None if shared is None else shared[np.ix_(samples, samples)])
        _fill(fit, part, values, own, scale, samples, members)
    if own is not None:  # values without weight count here, as in limma
        _fill_means(fit, values)
    return fit


def _fill_means(fit: LinearFit, values: NDArray[Any]) -> None:
    for genes in blocks_of_genes(values.shape[1], len(values)):
        part = values[:, genes].astype(np.float64)
        seen = np.isfinite(part)
        with np.errstate(invalid="ignore"):
            fit.mean[genes] = np.where(seen, part, 0.0).sum(axis=0) / seen.sum(axis=0)


def _empty(genes: tuple[str, ...], names: tuple[str, ...], covariance: Floats) -> LinearFit:
    shape, nan = (len(genes), len(names)), np.nan
    return LinearFit(
        np.full(shape, nan),
        np.full(shape, nan),
        np.full(len(genes), nan),
        np.full(len(genes), nan),
        np.full(len(genes), nan),
        covariance,
        names,
        genes,
    )


def _fill(
    fit: LinearFit,
    part: _Solver,
    values: NDArray[Any],
    own: NDArray[Any] | None,
    scale: Floats | None,
    samples: NDArray[np.intp],
    members: NDArray[np.intp],
) -> None:
    left = len(samples) - len(part.kept)
    fit.df_residual[members] = left
    if not len(samples):
        return
    width = len(samples) * (1 if own is None else len(part.kept) + 2)
    for block in blocks_of_genes(len(members), width):
        genes = members[block]
        y = take(values, samples, genes)
        fit.mean[genes] = y.mean(axis=0)
        if scale is not None:
            y *= scale[samples, None]
        w = None if own is None else take(own, samples, genes)
        solved = part.solve(y) if w is None else part.solve_weighted(y, w)
        where = np.ix_(genes, part.kept)
        fit.coefficients[where], fit.stdev_unscaled[where] = solved[:2]
        if left:
            fit.sigma[genes] = np.sqrt(solved[2] / left)
