"""Kernel regression in closed form: every penalty, every patient left out, from one eigenbasis.

For a kernel matrix K over the training samples, centred in feature space, with
``K = Q diag(w) Q'``, the fitted values of ridge regression with an intercept are ``H Y``,
``H = Q diag(w / (w + a)) Q' + 1 / n``. Another penalty ``a`` changes the diagonal only. What the
model would have predicted for the samples ``B`` of a patient, had it been fitted without them,
needs no refit either:

    Y_B - prediction = (I - H_BB)^-1 (Y - H Y)_B

exactly, for all targets at once. With ``K = X X'`` this is linear ridge regression.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from scipy.linalg import eigh, get_blas_funcs

from bulkwise.errors import InputError

__all__ = ["Chosen", "Penalties", "Smoother"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_PILOTS = 24  # targets for which all penalties are tried


@dataclass(frozen=True, eq=False)
class Chosen:
    """What choosing a penalty for each target by the samples left out leaves.

    Attributes
    ----------
    index
        Which of the penalties, one a target.
    missed
        The target minus its prediction by the model fitted without the sample's patient, targets x
        samples.
    squared_error
        Mean squared error of these, one a target, float64.
    rotated
        The centred targets in the basis of the eigenvectors, targets x rank.
    """

    index: Array
    missed: Array
    squared_error: Array
    rotated: Array


@dataclass(frozen=True, eq=False, repr=False)
class Smoother:
    """The eigenbasis of a centred kernel matrix. Make one with :meth:`of`.

    Attributes
    ----------
    vectors
        Eigenvectors, samples x rank, float64.
    values
        Eigenvalues, above zero, float64.
    mean
        Mean of each column of the kernel matrix.
    blocks
        Positions of the samples of one patient: for each number of samples, patients x samples.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(6, 3))
    >>> smoother = Smoother.of(X @ X.T)
    >>> smoother.values.shape
    (3,)
    """

    vectors: Array
    values: Array
    mean: Array
    blocks: tuple[Array, ...]

    @classmethod
    def of(cls, kernel: Array, groups: Array | None = None) -> Smoother:
        """Decompose a kernel matrix.

        Parameters
        ----------
        kernel
            Samples x samples, symmetric, positive semidefinite.
        groups
            Patient of each sample; each sample for itself by default.

        Raises
        ------
        InputError
            If the matrix isn't square, or all samples belong to one patient.
        """
        n = len(kernel)
        if kernel.ndim != 2 or kernel.shape != (n, n) or n < 2:
            raise InputError(
                f"A kernel matrix is samples x samples, two at least; got {kernel.shape}."
            )
        kernel = np.asarray(kernel, dtype=np.float64)
        mean = kernel.mean(axis=0)
        centred = kernel - mean - mean[:, None] + mean.mean()
        values, vectors = eigh(centred, overwrite_a=True, check_finite=False, driver="evd")
        kept = values > max(values[-1], 0.0) * n * np.finfo(np.float64).eps
        return cls(vectors[:, kept], values[kept], mean, _blocks(n, groups))

    @classmethod
    def linear(cls, X: Array, groups: Array | None = None) -> Smoother:
        """The same for the kernel ``X X'`` of centred rows, by whichever side is shorter.

        Parameters
        ----------
        X
            Samples x genes, each gene of mean 0.
        groups
            Patient of each sample.
        """
        n, p = X.shape
        if n <= p:
            return cls.of(X @ X.T, groups)
        values, vectors = eigh(X.T @ X, overwrite_a=True, check_finite=False, driver="evd")
        kept = values > max(values[-1], 0.0) * n * np.finfo(np.float64).eps
        values = values[kept]
        return cls(X @ vectors[:, kept] / np.sqrt(values), values, np.zeros(n), _blocks(n, groups))

    @property
    def scale(self) -> float:
        """Mean eigenvalue: the unit of the penalties."""
        return float(self.values.sum() / len(self.mean)) or 1.0

    def left_out(self, Y: Array, penalty: float) -> Array:
        """Predictions of each sample by the model fitted without its patient.

        Parameters
        ----------
        Y
            Samples x targets.
        penalty
            In units of :attr:`scale`.
        """
        centred = np.array((Y - Y.mean(axis=0)).T, order="C")
        predicted: Array = Y - self.penalties([penalty], dtype=Y.dtype).choose(centred).missed.T
        return predicted

    def penalties(
        self, penalties: Sequence[float], *, dtype: np.dtype[Any] | type = np.float64
    ) -> Penalties:
        """Penalties to choose from, with all that they share over targets.

        Parameters
        ----------
        penalties
            In units of :attr:`scale`, in increasing order.
        dtype
            Precision to compute in: that of the targets.
        """
        alphas = np.asarray(penalties, dtype=np.float64) * self.scale
        shares = self.values / (self.values + alphas[:, None])
        inverses = [self._inverses(share, np.dtype(dtype)) for share in shares]
        vectors = np.ascontiguousarray(self.vectors.astype(dtype))
        return Penalties(vectors, alphas, shares, inverses)

    def rows(self, kernel: Array, penalty: float) -> Array:
        """How much each training sample counts in the prediction of new ones.

        Parameters
        ----------
        kernel
            New samples x training samples.
        penalty
            In units of :attr:`scale`.

        Returns
        -------
        ndarray of float64
            New x training samples; each row sums to 1. Times the targets, it predicts.
        """
        kernel = np.asarray(kernel, dtype=np.float64)
        centred = kernel - kernel.mean(axis=1, keepdims=True) - self.mean + self.mean.mean()
        inner = (centred @ self.vectors) / (self.values + penalty * self.scale)
        rows: Array = inner @ self.vectors.T + 1.0 / len(self.mean)
        return rows

    def _inverses(self, share: Array, dtype: np.dtype[Any]) -> list[tuple[Array, Array]]:
        """For each size of patients: samples, and ``(I - H_BB)^-1``."""
        parts = []
        for index in self.blocks:
            rows = self.vectors[index]
            hat = (rows * share) @ rows.transpose(0, 2, 1) + 1.0 / len(self.mean)
            inverse = np.linalg.inv(np.eye(index.shape[1]) - hat)
            parts.append((index, inverse.astype(dtype)))
        return parts


@dataclass(eq=False, repr=False)
class Penalties:
    """Penalties to choose from for any number of targets. Make one with :meth:`Smoother.penalties`.

    Attributes
    ----------
    vectors
        Eigenvectors, samples x rank, in the precision of the targets.
    alphas
        The penalties in the unit of the eigenvalues, in increasing order.
    shares
        What each penalty leaves of each eigenvector, penalties x rank.
    inverses
        For each penalty and each size of patients: samples, and ``(I - H_BB)^-1``.
    level
        Left-out error over that of generalised cross-validation, one a penalty, from some targets
        of the first block.
    """

    vectors: Array
    alphas: Array
    shares: Array
    inverses: list[list[tuple[Array, Array]]]
    level: Array | None = None

    def choose(self, centred: Array) -> Chosen:
        """The penalty of each target with the least squared error over samples left out.

        All penalties are tried on a few targets. Generalised cross-validation, which costs next
        to nothing and is brought to the level of theirs, says where to begin with the others;
        from there each goes to the neighbour of less error until there is none.

        Parameters
        ----------
        centred
            Targets x samples (a target a row, in one piece of memory), each of mean 0; float32 or
            float64, computed in that precision. Not changed.
        """
        search = _Search(self, centred, centred @ self.vectors)
        if len(self.alphas) > 1:
            search.walk(self._start(search))
        else:
            search.look(0, np.arange(len(centred)))
        return Chosen(search.index, search.missed, search.least, search.rotated)

    def _start(self, search: _Search) -> Array:
        """The penalty that generalised cross-validation expects to be best, for each target."""
        squares = np.square(search.rotated)
        outside = np.einsum("tn,tn->t", search.centred, search.centred) - squares.sum(axis=1)
        error = np.square(1.0 - self.shares).astype(squares.dtype) @ squares.T
        error += np.maximum(outside, np.finfo(error.dtype).tiny)
        if self.level is None:
            pilot = np.arange(len(squares))[:: max(1, len(squares) // _PILOTS)]
            for number in range(len(self.alphas)):
                search.look(number, pilot)
            self.level = np.median(search.errors[:, pilot] / error[:, pilot], axis=1)
        index: Array = (error * self.level[:, None]).argmin(axis=0)
        return index

    def _missed(self, number: int, centred: Array, rotated: Array) -> Array:
        """What predictions of samples left out miss by, targets x samples; writes in both."""
        rotated *= self.shares[number].astype(centred.dtype)
        (product,) = get_blas_funcs(("gemm",), (centred,))
        missed: Array = product(
            -1.0, self.vectors.T, rotated.T, 1.0, centred.T, trans_a=True, overwrite_c=True
        ).T
        for samples, weights in self.inverses[number]:
            if samples.shape[1] > 1:
                missed[:, samples] = np.einsum("bij,tbj->tbi", weights, missed[:, samples])
            elif len(samples) == missed.shape[1]:
                missed *= weights[:, 0, 0]
            else:
                missed[:, samples[:, 0]] *= weights[:, 0, 0]
        return missed


class _Search:
    """Errors of targets (rows) at the penalties looked at so far, and the best of them."""

    def __init__(self, penalties: Penalties, centred: Array, rotated: Array) -> None:
        self.penalties = penalties
        self.centred = centred
        self.rotated = rotated
        self.errors = np.full((len(penalties.alphas), len(centred)), np.nan)
        self.least = np.full(len(centred), np.inf)
        self.index = np.zeros(len(centred), dtype=np.int64)
        self.missed = np.empty_like(centred)

    def look(self, number: int, rows: Array) -> None:
        """Compute the errors of some targets at one penalty."""
        missed = self.penalties._missed(number, self.centred[rows], self.rotated[rows])
        squared = np.einsum("tn,tn->t", missed, missed) / missed.shape[1]
        self.errors[number, rows] = squared
        better = squared < self.least[rows]
        rows = rows[better]
        self.least[rows], self.index[rows] = squared[better], number
        self.missed[rows] = missed[better]

    def walk(self, start: Array) -> None:
        """Go from a penalty to its better neighbour, for each target, until there is none."""
        every = np.arange(len(start))
        fresh = np.isinf(self.least)
        self.index[fresh] = start[fresh]
        for ways in (np.zeros(1, dtype=np.int64), *[np.array([-1, 1])] * len(self.errors)):
            wanted = np.zeros(self.errors.shape, dtype=bool)
            around = np.clip(self.index + ways[:, None], 0, len(wanted) - 1)
            wanted[around, every] = True
            wanted &= np.isnan(self.errors)
            for number in np.flatnonzero(wanted.any(axis=1)):
                self.look(int(number), np.flatnonzero(wanted[number]))


def _blocks(n: int, groups: Array | None) -> tuple[Array, ...]:
    if groups is None:
        return (np.arange(n)[:, None],)
    _, codes, counts = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)
    if len(counts) < 2:
        raise InputError(
            "Can't leave a patient out: all samples belong to one; give the patient of each sample."
        )
    order = np.argsort(codes, kind="stable")
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    return tuple(
        order[starts[counts == size][:, None] + np.arange(size)] for size in np.unique(counts)
    )
