"""Least squares of many genes in one design.

The design is whitened (weights of samples, correlation within blocks) and brought to an orthonormal
basis once; then each block of genes costs a few products that stay in the cache.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from bulkwise.checks.linear_model import independent_columns
from bulkwise.stats.base.matrices import Floats, blocks_of_genes, take

__all__ = ["Solution", "Solver"]


@dataclass
class Solution:
    """What least squares gives for some genes.

    Parameters
    ----------
    coefficients
        Genes x kept coefficients.
    unscaled
        Their standard errors over the residual standard deviation, genes x kept or one for all.
    squares
        Residual sum of squares of each gene.
    mean
        Mean of each gene, without weights.
    """

    coefficients: Floats
    unscaled: Floats
    squares: Floats
    mean: Floats


@dataclass(frozen=True)
class Solver:
    """The design of some samples.

    Parameters
    ----------
    samples
        Their positions.
    kept
        Positions of the coefficients that they can estimate.
    Q
        Samples x kept: orthonormal basis of the whitened design.
    back
        Kept x kept: from the basis to the coefficients.
    design
        Samples x kept: the basis before whitening.
    scale
        Square roots of the samples' own weights; None without.
    whiten
        Inverse Cholesky factor of the samples' correlation; None without.
    """

    samples: NDArray[np.intp]
    kept: NDArray[np.intp]
    Q: Floats
    back: Floats
    design: Floats
    scale: Floats | None
    whiten: Floats | None

    @classmethod
    def of(
        cls,
        X: Floats,
        samples: NDArray[np.intp],
        scale: Floats | None,
        correlation: Floats | None,
    ) -> Solver:
        """Prepare the rows ``samples`` of a design."""
        own = None if scale is None else scale[samples]
        rows = X[samples] if own is None else X[samples] * own[:, None]
        kept = independent_columns(rows)
        design, whiten = rows[:, kept], None
        if correlation is not None:
            lower = np.linalg.cholesky(correlation[np.ix_(samples, samples)])
            whiten = solve_triangular(lower, np.eye(len(lower)), lower=True)
            design = whiten @ design
        Q, R = np.linalg.qr(design)
        back = solve_triangular(R, np.eye(len(kept))) if len(kept) else R
        return cls(samples, kept, Q, back, rows[:, kept] @ back, own, whiten)

    @property
    def covariance(self) -> Floats:
        """Unscaled covariance of the coefficients."""
        return np.asarray(self.back @ self.back.T)

    def plain(self, values: NDArray[Any], genes: NDArray[np.intp]) -> Solution:
        """Solve for these genes, all with the same weights."""
        effects = np.empty((len(self.kept), len(genes)))
        squares, mean = np.empty(len(genes)), np.empty(len(genes))
        across, even = np.ascontiguousarray(self.Q.T), np.full(len(self.samples), 1.0)
        for block in blocks_of_genes(len(genes), len(self.samples)):
            y = take(values, self.samples, genes[block])
            mean[block] = even @ y
            if self.scale is not None:
                y *= self.scale[:, None]
            if self.whiten is not None:
                y = self.whiten @ y
            effects[:, block] = part = across @ y
            y -= self.Q @ part
            squares[block] = np.einsum("ij,ij->j", y, y)
        mean /= len(self.samples)
        unscaled = np.sqrt((self.back**2).sum(axis=1))
        return Solution((self.back @ effects).T, unscaled, squares, mean)

    def weighted(
        self, values: NDArray[Any], weights: NDArray[Any], genes: NDArray[np.intp]
    ) -> Solution:
        """Solve for these genes, with a weight for each value (samples x genes)."""
        shape = (len(genes), len(self.kept))
        found = Solution(np.empty(shape), np.empty(shape), np.empty(shape[0]), np.empty(shape[0]))
        for block in blocks_of_genes(len(genes), len(self.samples) * (shape[1] + 2)):
            at = genes[block]
            y, roots = take(values, self.samples, at), np.sqrt(take(weights, self.samples, at))
            found.mean[block] = y.mean(axis=0)
            y *= roots
            stack = np.ascontiguousarray(roots.T)[:, :, None] * self.design
            if self.whiten is not None:
                y, stack = self.whiten @ y, self.whiten @ stack
            rest = np.ascontiguousarray(y.T)[:, :, None]
            across = stack.transpose(0, 2, 1)
            inverse = np.linalg.inv(across @ stack)
            solved = np.zeros((len(at), shape[1], 1))
            for _ in range(2):  # the second time refines what rounding left
                step = inverse @ (across @ rest)
                solved += step
                rest = rest - stack @ step
            flat = rest[:, :, 0]
            found.coefficients[block] = solved[:, :, 0] @ self.back.T
            found.unscaled[block] = np.sqrt(((self.back @ inverse) * self.back).sum(axis=2))
            found.squares[block] = np.einsum("gi,gi->g", flat, flat)
        return found
