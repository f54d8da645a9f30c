"""How alike the samples of one patient are: the consensus correlation within blocks.

For each gene ``y = X b + Z u + e`` with ``u ~ N(0, s_b^2)`` one draw a block. What the design
leaves of the data is rotated so that its squares are independent with means ``s_e^2 + d_i s_b^2``;
REML is then a gamma regression of these squares on ``d``, identity link. The genes' correlations
``s_b^2 / (s_b^2 + s_e^2)`` are averaged, trimmed, on Fisher's z scale.

The scoring runs for all genes at once, with the damping and the stopping rule that statmod's
``mixedModel2Fit`` has, so that the consensus equals that of limma's ``duplicateCorrelation`` though
neither iterates to the end.

References
----------
Smyth GK, Michaud J, Scott HS. Use of within-array replicate spots for assessing differential
expression in microarray experiments. Bioinformatics 21, 2067-2075 (2005).

Smyth GK. An efficient algorithm for REML in heteroscedastic regression. Journal of Computational
and Graphical Statistics 11, 836-847 (2002).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bulkwise.errors import InputError, SampleError
from bulkwise.stats.base import (
    Floats,
    as_design,
    as_expression,
    as_weights,
    blocks_of_genes,
    observed_values,
    patterns,
    take,
)

__all__ = ["DuplicateCorrelation", "duplicate_correlation"]

_STEPS = 20
_TOLERANCE = 1e-6
_TINY = 1e-15
_NULL = 1e-12
_ROUNDING = 1e-28


@dataclass(frozen=True)
class DuplicateCorrelation:
    """The correlation within blocks.

    Parameters
    ----------
    consensus
        One correlation for all genes, for ``lm_fit`` and ``voom``.
    by_gene
        Each gene's own; NaN where it can't be estimated.
    """

    consensus: float
    by_gene: Floats


@dataclass
class _Squares:
    """Rotated residuals of some genes: squares ``y`` with mean ``b0 + d b1``, a row a gene.

    The directions without any block variance (``d = 0``) share one mean, so that they stand
    together: ``rest`` is the sum of their ``n_rest`` squares.
    """

    y: Floats
    d: Floats
    rest: Floats
    n_rest: NDArray[np.int_]

    def take(self, at: NDArray[Any]) -> _Squares:
        return _Squares(self.y[at], self.d[at], self.rest[at], self.n_rest[at])

    @property
    def live(self) -> NDArray[np.bool_]:
        """Which of the directions in ``y`` have block variance."""
        return self.d > 0


def duplicate_correlation(
    Y: Any,
    design: Any,
    block: ArrayLike,
    *,
    weights: Any = None,
    trim: float = 0.15,
) -> DuplicateCorrelation:
    """Estimate the correlation within blocks, as ``limma::duplicateCorrelation``.

    Parameters
    ----------
    Y
        Samples x genes, log values; NaN leaves a value out.
    design
        Samples x coefficients, of full rank, without the blocks.
    block
        A label a sample (the patient).
    weights
        One a sample, or samples x genes, as from ``voom``.
    trim
        Share of the genes left out at each end of the mean.

    Returns
    -------
    DuplicateCorrelation

    Raises
    ------
    SampleError
        If there isn't one label a sample, or no block has two samples.
    InputError
        If the design explains the blocks away, so that no gene has an estimate.
    """
    values, _ = as_expression(Y)
    X, _ = as_design(design, len(values))
    known = as_weights(weights, values.shape)
    if known is not None and known.ndim == 1:
        known = np.broadcast_to(known[:, None], values.shape)
    labels, size = _labels(block, len(values))
    rho = np.full(values.shape[1], np.nan)
    for samples, genes in patterns(observed_values(values, known), values.shape):
        own = np.unique(labels[samples], return_inverse=True)[1]
        n, n_blocks = len(samples), int(own.max(initial=-1)) + 1
        if not (n > X.shape[1] + 2 and 1 < n_blocks < n - 1):
            continue
        Z = np.eye(n_blocks)[own]
        for part in blocks_of_genes(len(genes), n * (n_blocks + 2 * X.shape[1])):
            y = take(values, samples, genes[part])
            w = None if known is None else take(known, samples, genes[part])
            rho[genes[part]] = _correlations(_rotate(y, w, X[samples], Z))
    if not np.isfinite(rho).any():
        raise InputError(
            "No gene gives an estimate of the correlation within blocks: the design explains the "
            "blocks, or there are too few samples; leave the block's own columns out of the design."
        )
    low, high = 1 / (1 - size) + 0.01, 0.99
    z = np.sort(np.arctanh(np.clip(rho[np.isfinite(rho)], low, high)))
    cut = int(np.floor(trim * len(z)))
    return DuplicateCorrelation(float(np.tanh(z[cut : len(z) - cut].mean())), rho)


def _labels(block: ArrayLike, n_samples: int) -> tuple[NDArray[np.int_], int]:
    given = np.asarray(block)
    if given.shape != (n_samples,):
        raise SampleError(
            f"There are {given.size} block labels and {n_samples} samples; give one a sample."
        )
    labels, counts = np.unique(given, return_inverse=True, return_counts=True)[1:]
    if counts.max() < 2:
        raise SampleError(
            "No block has two samples, so that there is nothing to correlate; expected a column "
            "that repeats, such as the patient."
        )
    return np.asarray(labels), int(counts.max())


def _rotate(y: Floats, w: Floats | None, X: Floats, Z: Floats) -> _Squares:
    """Squares of what the design leaves, along the axes of the blocks' variance."""
    genes = y.shape[1]
    if w is None:
        Q = np.linalg.qr(X)[0]
        left = (y - Q @ (Q.T @ y)).T
        blocks = (Z - Q @ (Q.T @ Z))[None]
    else:
        roots = np.sqrt(w).T
        Q = np.linalg.qr(roots[:, :, None] * X)[0]
        target = (roots * y.T)[:, :, None]
        across = Q.transpose(0, 2, 1)
        left = (target - Q @ (across @ target))[:, :, 0]
        blocks = Z - Q @ (across @ Z)  # the blocks themselves stay unweighted, as in statmod
    d, axes = np.linalg.eigh(blocks.transpose(0, 2, 1) @ blocks)
    d = np.where(d > _NULL * d[:, -1:], d, 0.0)
    along = (np.swapaxes(blocks @ axes, 1, 2) @ left[:, :, None])[:, :, 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        squares = np.where(d > 0, along**2 / d, 0.0)
    d = np.broadcast_to(d, squares.shape)
    total = np.einsum("gi,gi->g", left, left)
    size = (y**2 if w is None else w * y**2).sum(axis=0)
    squares[total <= _ROUNDING * size] = total[total <= _ROUNDING * size] = 0.0
    rest = np.maximum(total - squares.sum(axis=1), 0.0)
    n_rest = (y.shape[0] - X.shape[1]) - (d > 0).sum(axis=1)
    return _Squares(squares, d, np.where(n_rest > 0, rest, 0.0), np.broadcast_to(n_rest, genes))


def _correlations(squares: _Squares) -> Floats:
    """Correlation of each gene; NaN where the two variances can't be told apart."""
    n = squares.live.sum(axis=1) + squares.n_rest
    mean_d, mean_y = squares.d.sum(axis=1) / n, (squares.y.sum(axis=1) + squares.rest) / n
    spread = (squares.d**2).sum(axis=1) - n * mean_d**2
    usable = (n > 2) & (squares.live.sum(axis=1) > 1) & (spread / (n - 1) > _TINY) & (mean_y > 0)
    rho = np.full(len(n), np.nan)
    if usable.any():
        at = np.flatnonzero(usable)
        slope = (squares.d * squares.y).sum(axis=1)[at] - (n * mean_d * mean_y)[at]
        slope = slope / spread[at]
        start = np.column_stack([mean_y[at] - slope * mean_d[at], slope])
        part = squares.take(at)
        negative = np.where(part.live, _means(part, start)[0], 0.0).min(axis=1) < 0
        negative |= (start[:, 0] < 0) & (part.n_rest > 0)
        start[negative] = np.column_stack([mean_y[at], np.zeros(len(at))])[negative]
        beta = _gamma_regression(part, start)
        with np.errstate(invalid="ignore", divide="ignore"):
            rho[at] = beta[:, 1] / beta.sum(axis=1)
    return rho


def _means(squares: _Squares, beta: Floats) -> tuple[Floats, Floats]:
    """Fitted means along the axes (one where there is none) and of the rest."""
    along = beta[:, :1] + squares.d * beta[:, 1:]
    rest = np.where(
        squares.n_rest > 0, beta[:, 0], along.max(axis=1, where=squares.live, initial=0)
    )
    return np.where(squares.live, along, 1.0), rest


def _deviance(squares: _Squares, beta: Floats) -> Floats:
    """Gamma deviance up to what depends on the data only; infinite for a negative mean."""
    along, rest = _means(squares, beta)
    impossible = (along < 0).any(axis=1) | (rest < 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        own = np.where(squares.live, squares.y / along + np.log(along), 0.0).sum(axis=1)
        own += np.where(squares.n_rest > 0, squares.rest / rest + squares.n_rest * np.log(rest), 0)
    return np.asarray(np.where(impossible | np.isnan(own), np.inf, 2 * own))


def _scoring(squares: _Squares, beta: Floats) -> tuple[Floats, Floats]:
    """Information (genes x 2 x 2) and score (genes x 2)."""
    along, rest = _means(squares, beta)
    variance, rest_variance = along**2, rest**2
    largest = np.maximum(
        np.where(squares.live, variance, 0.0).max(axis=1),
        np.where(squares.n_rest > 0, rest_variance, 0.0),
    )
    weight = squares.live / np.maximum(variance, largest[:, None] / 1e3)
    rest_weight = squares.n_rest / np.maximum(rest_variance, largest / 1e3)
    d = squares.d
    across = (weight * d).sum(axis=1)
    info = np.empty((len(d), 2, 2))
    info[:, 0, 0] = weight.sum(axis=1) + rest_weight
    info[:, 0, 1] = info[:, 1, 0] = across
    info[:, 1, 1] = (weight * d**2).sum(axis=1)
    error = weight * (squares.y - along)
    mean_rest = np.divide(
        squares.rest, squares.n_rest, out=np.zeros(len(d)), where=squares.n_rest > 0
    )
    score = np.column_stack(
        [error.sum(axis=1) + rest_weight * (mean_rest - rest), (error * d).sum(axis=1)]
    )
    return info, score


def _gamma_regression(squares: _Squares, start: Floats) -> Floats:
    """Fisher scoring with Levenberg's damping, each gene at its own pace."""
    beta, result = start.copy(), start.copy()
    active = np.arange(len(beta))
    damping = np.zeros(len(beta))
    deviance = _deviance(squares, beta)
    for turn in range(_STEPS + 1):
        info, score = _scoring(squares, beta)
        diagonal = info[:, [0, 1], [0, 1]]
        if turn == 0:
            damping = diagonal.mean(axis=1) / 2
        largest = diagonal.max(axis=1)
        beta, step, deviance, damping, stuck = _damped_step(
            squares, beta, info, score, deviance, damping, largest
        )
        result[active] = beta
        going = ~(stuck | ((score * step).sum(axis=1) < _TOLERANCE))
        active, squares = active[going], squares.take(going)
        beta, deviance, damping = beta[going], deviance[going], damping[going]
        if not len(active):
            break
    return result


def _damped_step(
    squares: _Squares,
    beta: Floats,
    info: Floats,
    score: Floats,
    deviance: Floats,
    damping: Floats,
    largest: Floats,
) -> tuple[Floats, Floats, Floats, Floats, NDArray[np.bool_]]:
    """Damp each gene's step until its deviance doesn't grow."""
    new, step, best, damping = beta.copy(), np.zeros_like(beta), deviance.copy(), damping.copy()
    stuck = np.zeros(len(beta), dtype=bool)
    trying = np.arange(len(beta))
    first = True
    while len(trying):
        damped = info[trying] + damping[trying, None, None] * np.eye(2)
        trial_step = np.linalg.solve(damped, score[trying][:, :, None])[:, :, 0]
        trial = beta[trying] + trial_step
        reached = _deviance(squares.take(trying), trial)
        good = reached <= deviance[trying]
        hopeless = ~good & (damping[trying] / largest[trying] > 1e15)
        done = trying[good]
        new[done], step[done], best[done] = trial[good], trial_step[good], reached[good]
        stuck[trying[hopeless]] = True
        if first:
            damping[done] /= 10
            first = False
        trying = trying[~good & ~hopeless]
        damping[trying] *= 2
    return new, step, best, damping, stuck
