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

from bulkwise.checks.base import name_some
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
)
from bulkwise.stats.base.solver import Solver

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
    everyone, every = np.arange(len(values)), np.arange(len(genes))
    full = Solver.of(X, everyone, scale, shared)
    fit = _empty(genes, names, full.covariance)
    if own is None:  # a gene with a gap comes out without a mean, and is done again
        _fill(fit, full, values, None, every)
        every = np.flatnonzero(~np.isfinite(fit.mean))
        seen = np.isfinite(values[:, every])
    else:
        seen = observed_values(values, own)
    for samples, members in patterns(seen, (len(values), len(every))):
        part = full
        if len(samples) < len(values):
            part = Solver.of(X, samples, scale, shared)
        _fill(fit, part, values, own, every[members])
    if own is not None:  # values without weight count here, as in limma
        _fill_means(fit, values)
    return fit


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
    part: Solver,
    values: NDArray[Any],
    own: NDArray[Any] | None,
    genes: NDArray[np.intp],
) -> None:
    left = len(part.samples) - len(part.kept)
    fit.df_residual[genes], fit.mean[genes] = left, np.nan
    if not len(part.samples):
        return
    found = part.plain(values, genes) if own is None else part.weighted(values, own, genes)
    where = np.ix_(genes, part.kept)
    fit.coefficients[where], fit.stdev_unscaled[where] = found.coefficients, found.unscaled
    fit.mean[genes] = found.mean
    if left:
        fit.sigma[genes] = np.sqrt(found.squares / left)


def _fill_means(fit: LinearFit, values: NDArray[Any]) -> None:
    for genes in blocks_of_genes(values.shape[1], len(values)):
        part = values[:, genes].astype(np.float64)
        seen = np.isfinite(part)
        with np.errstate(invalid="ignore"):
            fit.mean[genes] = np.where(seen, part, 0.0).sum(axis=0) / seen.sum(axis=0)
