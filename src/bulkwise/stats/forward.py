"""Which genes tell classes apart, in many parts of the samples at once, one gene after another.

The first gene of a part is the one with the largest F (for two classes, squared t). From then on
a gene counts as much as it tells beyond any one of the chosen genes: its F is taken again after
adjusting it, within the classes, for each chosen gene that it is correlated with, and the smallest
of these counts. So a gene that differs only because it goes with a chosen one falls back, while one
of two equals that both tell something keeps most of its F, and nothing is fitted to noise.

For a part with classes k of n_k samples, gene g has the class means m_gk (centred so that their
weighted sum is 0) and residuals w_g from them. Given gene j::

    b = w_g'w_j / |w_j|^2
    F_g|j  ~  sum_k n_k (m_gk - b m_jk)^2 / |w_g - b w_j|^2       if |cor(w_g, w_j)| is
                                                                  above z / sqrt(n - K)
    next gene: the largest min(F_g, F_g|j over the chosen j)

All parts take their steps together, so that the products with the genes are one multiplication
of matrices.

The smallest of what is left given one chosen feature is the criterion of Fleuret, Fast binary
feature selection with conditional mutual information, J Mach Learn Res 5, 1531 (2004), here with
normal residuals; adjusting only for high correlations follows the tilting of Cho and
Fryzlewicz, High dimensional variable selection via tilting, J R Stat Soc B 74, 593 (2012).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["class_f", "forward_order", "ttest_order"]

Floats = NDArray[np.float64]
Order = NDArray[np.int32]

_LEFT = 1e-3  # share of a gene's variance that is taken to be left, at least, after adjusting
_VALUES = 1 << 22  # float64 numbers of one matrix of parts x genes: 32 MiB
_BLOCK = 1 << 18  # float64 numbers of a block of genes: 2 MiB


@dataclass(eq=False)
class _Parts:
    """Parts of the samples in numbers, parts x genes unless said."""

    inside: NDArray[np.bool_]  # parts x samples
    sizes: Floats  # classes x parts
    means: Floats  # classes x parts x genes, their weighted sum over classes is 0
    squares: Floats  # within classes
    there: NDArray[np.bool_]  # genes that vary within the classes

    @property
    def f(self) -> Floats:
        """Sum of squares between over that within classes; 0 for what doesn't vary."""
        between = np.einsum("kb,kbg,kbg->bg", self.sizes, self.means, self.means)
        ratio: Floats = np.zeros_like(between)
        np.divide(between, self.squares, out=ratio, where=self.there)
        return ratio


def class_f(X: NDArray[Any], codes: NDArray[np.intp]) -> Floats:
    """F of one-way analysis of variance for each gene (for two classes: squared Student's t).

    Parameters
    ----------
    X
        Samples x genes.
    codes
        Class of each sample, 0 to K - 1.
    """
    everything = np.ones((1, len(codes)), dtype=bool)
    parts = _parts(_standardised(X, np.float64), codes, everything)
    n_classes = len(parts.sizes)
    f: Floats = parts.f[0] * max(len(codes) - n_classes, 0) / (n_classes - 1)
    return f


def ttest_order(
    X: NDArray[Any], codes: NDArray[np.intp], parts: NDArray[np.bool_], n_genes: int
) -> Order:
    """The genes with the largest F in each part, each gene by itself.

    Parameters and result are those of :func:`forward_order`.
    """
    X = _standardised(X)
    order = np.zeros((len(parts), X.shape[1]), dtype=np.int32)
    for chunk in _chunks(len(parts), X.shape[1]):
        found = _parts(X, codes, parts[chunk])
        f = np.where(found.there, found.f, -1.0)
        best = np.argsort(-f, axis=1, kind="stable")[:, :n_genes]
        places = np.where(np.take_along_axis(found.there, best, 1), 1 + np.arange(best.shape[1]), 0)
        np.put_along_axis(order[chunk], best, places.astype(np.int32), axis=1)
    return order


def forward_order(
    X: NDArray[Any],
    codes: NDArray[np.intp],
    parts: NDArray[np.bool_],
    n_genes: int,
    *,
    noise: float = 2.5,
) -> Order:
    """The genes that forward selection takes in each part, each for what it adds to the others.

    Parameters
    ----------
    X
        Samples x genes, on a scale where means make sense; the scale of a gene doesn't matter.
    codes
        Class of each sample, 0 to K - 1. Every part needs each class and more samples than K.
    parts
        Parts x samples: which samples each part has.
    n_genes
        How many genes to take in each part.
    noise
        Genes are adjusted for a chosen one if their correlation with it within classes is more
        than this many times ``1 / sqrt(n - K)``, about its standard error between unrelated genes.

    Returns
    -------
    numpy.ndarray
        Parts x genes: 1 for the gene that was taken first, 2 for the second, ...; 0 for the rest.
    """
    X = _standardised(X)
    order = np.zeros((len(parts), X.shape[1]), dtype=np.int32)
    for chunk in _chunks(len(parts), X.shape[1]):
        found = _parts(X, codes, parts[chunk])
        order[chunk] = _forward(X, codes, found, min(n_genes, X.shape[1]), noise)
    return order


def _forward(
    X: NDArray[np.float32], codes: NDArray[np.intp], parts: _Parts, n_genes: int, noise: float
) -> Order:
    each = np.arange(len(parts.inside))
    order = np.zeros(parts.squares.shape, dtype=np.int32)
    weighted = parts.sizes[:, :, None] * parts.means
    between = np.einsum("kbg,kbg->bg", weighted, parts.means)
    squares = np.where(parts.there, parts.squares, 1.0)
    degrees = parts.sizes.sum(axis=0) - len(parts.sizes)
    cut = (noise**2 / degrees)[:, None]  # of squared correlations
    counts = np.where(parts.there, between / squares, -1.0)
    for step in range(n_genes):
        gene = counts.argmax(axis=1)
        left = counts[each, gene] >= 0  # parts that have a gene left
        order[each[left], gene[left]] = step + 1
        counts[each, gene] = -1.0
        if step + 1 == n_genes or not left.any():
            break
        residuals = _residuals(X, codes, parts.inside, gene)
        own = squares[each, gene][:, None]
        means = parts.means[:, each, gene]
        tells = between[each, gene][:, None]
        for genes in _gene_blocks(8 * len(each), X.shape[1]):  # eight matrices stay in the cache
            slope = (residuals @ X[:, genes]) / own
            explained = np.square(slope) * own
            shared = np.einsum("kb,kbg->bg", means, weighted[:, :, genes])
            rest = (slope * tells - 2 * shared) * slope + between[:, genes]
            rest /= np.maximum(squares[:, genes] - explained, _LEFT * squares[:, genes])
            hit = (explained > cut * squares[:, genes]) & (counts[:, genes] > 0)
            np.minimum(counts[:, genes], np.maximum(rest, 0.0), out=counts[:, genes], where=hit)
    return order


def _residuals(
    X: NDArray[np.float32],
    codes: NDArray[np.intp],
    inside: NDArray[np.bool_],
    gene: NDArray[np.intp],
) -> NDArray[np.float32]:
    """A gene of each part less its class means, parts x samples; 0 outside the part."""
    w: NDArray[np.float32] = np.where(inside, X[:, gene].T, np.float32(0))
    for code in range(int(codes.max()) + 1):
        of_class = inside & (codes == code)
        mean = w.sum(axis=1, where=of_class) / of_class.sum(axis=1)
        w -= np.where(of_class, mean[:, None], np.float32(0))
    return w


def _standardised(X: NDArray[Any], kind: type = np.float32) -> NDArray[Any]:
    """Each gene to mean 0 and variance 1 (0 where it is constant), as a new matrix."""
    result: NDArray[Any] = np.empty(X.shape, dtype=kind)
    for genes in _gene_blocks(*X.shape):
        block = X[:, genes].astype(np.float64)
        block -= block.mean(axis=0)
        deviation = np.sqrt(np.einsum("ij,ij->j", block, block) / len(block))
        size = np.abs(X[:, genes]).max(axis=0).astype(np.float64)
        varies = deviation > 1e-7 * size
        block *= np.divide(1.0, deviation, out=np.zeros_like(deviation), where=varies)
        result[:, genes] = block
    return result


def _parts(X: NDArray[Any], codes: NDArray[np.intp], inside: NDArray[np.bool_]) -> _Parts:
    """Class means and sums of squares of every part, in float64."""
    n_classes, p = int(codes.max()) + 1, X.shape[1]
    members = np.stack([inside & (codes == code) for code in range(n_classes)]).astype(np.float64)
    sizes = members.sum(axis=2)
    means = np.empty((n_classes, len(inside), p))
    squares = np.empty((len(inside), p))
    for genes in _gene_blocks(*X.shape):
        block = X[:, genes].astype(np.float64)
        means[:, :, genes] = (members @ block) / sizes[:, :, None]
        squares[:, genes] = inside.astype(np.float64) @ np.square(block)
    total = squares.copy()
    squares -= np.einsum("kb,kbg,kbg->bg", sizes, means, means)
    means -= np.einsum("kb,kbg->bg", sizes / sizes.sum(axis=0), means)
    return _Parts(
        inside=inside,
        sizes=sizes,
        means=means,
        squares=squares,
        there=squares > 1e-10 * np.maximum(total, 1e-30),
    )


def _gene_blocks(n: int, p: int) -> Iterator[slice]:
    width = max(64, _BLOCK // max(n, 1))
    for start in range(0, p, width):
        yield slice(start, min(start + width, p))


def _chunks(n_parts: int, numbers: int) -> Iterator[slice]:
    """Parts that step together, so many that the numbers each needs fit into memory."""
    size = max(1, min(n_parts, _VALUES // max(numbers, 1)))
    for start in range(0, n_parts, size):
        yield slice(start, min(start + size, n_parts))
