"""The lossless reduction: with far more genes than samples, work where the samples are.

The centred rows of a matrix with n samples and p genes span at most n - 1 of its p dimensions.
With the singular value decomposition

    X - mean = U S V'        U: n x r, S: r, V: p x r, V'V = I

the coordinates ``Z = U S`` hold all that a predictor can know that sees the genes through
products ``(x - mean) W`` only: ridge and logistic regression, linear support vector machines,
principal components, Euclidean neighbours, and a network trained by stochastic gradient
descent. The gradient of such a network's first layer is a combination of training rows, so the
layer never leaves the span of V when it starts there, and ``W = V W_z`` all along: the same
products, the same norm (L2 penalty), the same update, at r inputs instead of p. A layer drawn
over all p genes and projected on the span is drawn with the same spread at its r coordinates,
because V is orthonormal.

It isn't exact for what looks at single genes: batch norm, dropout or noise on the input, L1
penalties, and optimisers that scale each weight's step (Adam, RMSprop).

The mean counts: the coordinates are those of the *centred* rows, so a full-width network is
equal when it sees centred rows too. On rows as they are it has the bias ``b - mean V W_z``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from scipy.linalg import eigh

from bulkwise.errors import InputError

__all__ = ["MOST_SAMPLES", "RowSpace", "worth_reducing"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

MOST_SAMPLES = 8_000
"""Above this many samples the eigenvectors cost more than they save."""

_BLOCK_VALUES = 1 << 22  # float64 values of one block of genes: 32 MiB


def worth_reducing(n_samples: int, n_genes: int) -> bool:
    """Whether the reduction pays: at least two genes a sample, and at most 8,000 samples."""
    return 2 * n_samples <= n_genes and n_samples <= MOST_SAMPLES


def _blocks(n_rows: int, n_genes: int) -> Iterator[slice]:
    width = max(64, _BLOCK_VALUES // max(n_rows, 1))
    for start in range(0, n_genes, width):
        yield slice(start, min(start + width, n_genes))


@dataclass(frozen=True, eq=False, repr=False)
class RowSpace:
    """The space that the rows of a matrix span, and the way there and back.

    Make one with :meth:`of`. The right singular vectors V (p x r) are never formed: they are
    ``(X - mean)' U / s``, and only products with them are needed.

    Attributes
    ----------
    X
        The rows as they were given, n x p. Not copied: don't write into it.
    mean
        Mean of each gene, p, float64.
    U
        Left singular vectors, n x r, float64. The largest entry of each is positive.
    s
        Singular values, r, float64, largest first.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(5, 100))
    >>> rows = RowSpace.of(X)
    >>> rows.Z.shape
    (5, 4)
    >>> bool(np.allclose(rows.project(X), rows.Z))
    True
    """

    X: Array
    mean: Array
    U: Array
    s: Array

    @classmethod
    def of(cls, X: Array) -> RowSpace:
        """Decompose a matrix.

        The Gram matrix of the centred rows is summed over blocks of genes in float64.
        Directions whose eigenvalue is below the largest times n times the float64 epsilon are
        dropped: the Gram matrix can't tell them from rounding.

        Parameters
        ----------
        X
            Samples x genes, float32 or float64, finite.

        Raises
        ------
        InputError
            If ``X`` isn't a matrix of numbers with at least one sample and one gene.
        """
        X = np.asarray(X)
        if X.ndim != 2 or 0 in X.shape or X.dtype.kind != "f":
            raise InputError(
                "The reduction to the row space takes a matrix of floats, samples x genes, with "
                f"at least one of each; got shape {X.shape} of {X.dtype}."
            )
        n, p = X.shape
        gram = np.zeros((n, n))
        mean = np.empty(p)
        for genes in _blocks(n, p):
            block = X[:, genes].astype(np.float64)
            mean[genes] = block.mean(axis=0)
            block -= mean[genes]
            gram += block @ block.T
        values, vectors = eigh(gram, overwrite_a=True, check_finite=False, driver="evd")
        order = np.arange(n)[::-1][values[::-1] > max(values[-1], 0.0) * n * np.finfo(float).eps]
        U = np.ascontiguousarray(vectors[:, order])
        largest = U[np.abs(U).argmax(axis=0), np.arange(U.shape[1])]
        U *= np.sign(largest)
        return cls(X=X, mean=mean, U=U, s=np.sqrt(values[order]))

    @property
    def n_samples(self) -> int:
        """How many rows, n."""
        return int(self.X.shape[0])

    @property
    def n_genes(self) -> int:
        """How many genes, p."""
        return int(self.X.shape[1])

    @property
    def rank(self) -> int:
        """How many dimensions the centred rows span, r."""
        return int(self.s.shape[0])

    @cached_property
    def Z(self) -> Array:  # noqa: N802
        """Coordinates of the training rows, n x r, float64: ``(X - mean) V = U S``."""
        return self.U * self.s

    def part(self, index: Array) -> RowSpace:
        """The row space of some of the rows, in coordinates of this one; made once and kept.

        What inner folds need: their own principal components, at the width of the samples. The
        coordinates of other rows in it are ``part.project(rows.Z[others])``.

        Parameters
        ----------
        index
            Which rows.
        """
        index = np.asarray(index, dtype=np.intp)
        key = index.tobytes()
        if key not in self._parts:
            self._parts[key] = RowSpace.of(self.Z[index])
        return self._parts[key]

    @cached_property
    def _parts(self) -> dict[bytes, RowSpace]:
        return {}

    def __repr__(self) -> str:
        return f"RowSpace({self.n_samples} samples x {self.n_genes} genes, rank {self.rank})"

    def project(self, X_new: Array) -> Array:
        """Coordinates of other rows, ``(X_new - mean) V``.

        Parameters
        ----------
        X_new
            Samples x genes, the same genes in the same order.

        Returns
        -------
        ndarray
            Samples x r, float64. What lies outside the row space is left out; its length is
            :meth:`outside_norm`.
        """
        return self._inner(X_new) @ (self.U / self.s)

    def lift(self, W_z: Array, *, dtype: type[np.floating[Any]] = np.float64) -> Array:
        """Weights on the coordinates -> weights on the genes, ``V W_z``.

        Parameters
        ----------
        W_z
            r x k, or r.
        dtype
            Precision of the product with the rows; float32 is three times as fast.

        Returns
        -------
        ndarray
            p x k, or p, of ``dtype``. They belong to *centred* genes.
        """
        by_sample = ((self.U / self.s) @ np.asarray(W_z, dtype=np.float64)).astype(dtype)
        W = np.empty((self.n_genes, *by_sample.shape[1:]), dtype)
        for genes in _blocks(self.n_samples, self.n_genes):
            W[genes] = self._centred(self.X, genes, dtype).T @ by_sample
        return W

    def restrict(self, W: Array) -> Array:
        """Weights on the genes -> weights on the coordinates, ``V' W`` (what training sees).

        Parameters
        ----------
        W
            p x k, or p.

        Returns
        -------
        ndarray
            r x k, or r, float64.
        """
        W = np.asarray(W, dtype=np.float64)
        seen = np.zeros((self.n_samples, *W.shape[1:]))
        for genes in _blocks(self.n_samples, self.n_genes):
            seen += self._centred(self.X, genes) @ W[genes]
        restricted: Array = (self.U / self.s).T @ seen
        return restricted

    def outside_norm(self, X_new: Array) -> Array:
        """Euclidean length of what the row space misses of each new row.

        Append it to the coordinates (and 0 to those of training rows) to make the distances
        between a new and a training row exact, for Euclidean neighbours and RBF kernels.

        Parameters
        ----------
        X_new
            Samples x genes.

        Returns
        -------
        ndarray
            One length a sample, float64, to about 1e-8 of the length of the centred row.
        """
        X_new = self._checked(X_new)
        squares = np.zeros(len(X_new))
        for genes in _blocks(len(X_new), self.n_genes):
            block = self._centred(X_new, genes)
            squares += np.einsum("ij,ij->i", block, block)
        inside = np.square(self.project(X_new)).sum(axis=1)
        outside: Array = np.sqrt(np.maximum(squares - inside, 0.0))
        return outside

    def _inner(self, X_new: Array) -> Array:
        X_new = self._checked(X_new)
        products = np.zeros((len(X_new), self.n_samples))
        for genes in _blocks(max(self.n_samples, len(X_new)), self.n_genes):
            products += self._centred(X_new, genes) @ self._centred(self.X, genes).T
        return products

    def _centred(self, X: Array, genes: slice, dtype: type[np.floating[Any]] = np.float64) -> Array:
        block = X[:, genes].astype(dtype)
        block -= self.mean[genes].astype(dtype)
        return block

    def _checked(self, X_new: Array) -> Array:
        X_new = np.asarray(X_new)
        if X_new.ndim != 2 or X_new.shape[1] != self.n_genes:
            raise InputError(
                f"Can't project on the row space: expected samples x {self.n_genes} genes, got "
                f"shape {X_new.shape}."
            )
        return X_new
