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

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from scipy.linalg import eigh

from bulkwise.errors import InputError

__all__ = ["Chosen", "Smoother"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, eq=False)
class Chosen:
    """What choosing a penalty for each target by the samples left out leaves.

    Attributes
    ----------
    index
        Which of the penalties, one a target.
    left_out
        Predictions of each sample by the model fitted without its patient, samples x targets.
    squared_error
        Mean squared error of these, one a target, float64.
    """

    index: Array
    left_out: Array
    squared_error: Array


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
        centred = Y - Y.mean(axis=0)
        predicted: Array = Y - self._missed(centred, self._rotated(centred), penalty)
        return predicted

    def choose(self, Y: Array, penalties: Sequence[float]) -> Chosen:
        """The penalty of each target with the least squared error over samples left out.

        Parameters
        ----------
        Y
            Samples x targets, float32 or float64; computed in that precision.
        penalties
            To choose from, in units of :attr:`scale`.
        """
        centred = Y - Y.mean(axis=0)
        rotated = self._rotated(centred)
        index = np.zeros(Y.shape[1], dtype=np.int64)
        best = np.full(Y.shape[1], np.inf)
        missed = np.empty_like(centred)
        for number, penalty in enumerate(penalties):
            residual = self._missed(centred, rotated, penalty)
            error = np.einsum("nt,nt->t", residual, residual).astype(np.float64) / len(Y)
            better = error < best
            index[better], best[better] = number, error[better]
            np.copyto(missed, residual, where=better)
        return Chosen(index, Y - missed, best)

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

    def _rotated(self, centred: Array) -> Array:
        rotated: Array = self.vectors.T.astype(centred.dtype) @ centred
        return rotated

    def _missed(self, centred: Array, rotated: Array, penalty: float) -> Array:
        """What the predictions of samples left out miss by."""
        share = self.values / (self.values + penalty * self.scale)
        residual: Array = (self.vectors * share).astype(centred.dtype) @ rotated
        np.subtract(centred, residual, out=residual)
        for index, inverse in self._inverses(share):
            weights = inverse.astype(centred.dtype)
            if index.shape[1] > 1:
                residual[index] = weights @ residual[index]
            elif len(index) == len(residual):
                residual *= weights[:, 0]
            else:
                residual[index[:, 0]] *= weights[:, 0]
        return residual

    def _inverses(self, share: Array) -> Iterator[tuple[Array, Array]]:
        """For each size of patients: samples, and ``(I - H_BB)^-1``."""
        for index in self.blocks:
            rows = self.vectors[index]
            hat = np.einsum("bir,r,bjr->bij", rows, share, rows, optimize=True) + 1.0 / len(
                self.mean
            )
            yield index, np.linalg.inv(np.eye(index.shape[1]) - hat)


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
