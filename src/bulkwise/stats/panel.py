"""A panel of genes that tells most about all the others, chosen one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from bulkwise.errors import InputError
from bulkwise.progress import track

__all__ = ["GenePanel", "choose_panel"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_FACTORS = 100
_LEAST_NOISE = 0.05


@dataclass(frozen=True, eq=False)
class GenePanel:
    """Genes in the order they were chosen.

    Attributes
    ----------
    index
        Positions of the genes.
    explained
        Share of the genes' common variance that the genes up to this one explain, by the model.
    """

    index: Array
    explained: Array


def choose_panel(X: Array, k: int, *, candidates: Array | None = None) -> GenePanel:
    """Choose genes greedily: each next one lowers the variance left in all genes most.

    The genes are taken as jointly normal: what the first 100 principal components (a third of
    the samples, if fewer) hold of a standardised gene is common, the rest noise of its own. After
    a gene u is measured, the common covariance C becomes ``C - C_u C_u' / (C_uu + noise_u)``, and
    the gene is chosen for which the trace falls most, by ``|C_u|^2 / (C_uu + noise_u)``. C itself
    (genes x genes) is never made: what is needed follows from products of two vectors with
    components x genes.

    Parameters
    ----------
    X
        Samples x genes, on a log scale. Not changed.
    k
        How many genes.
    candidates
        Positions of the genes that may be chosen; all that vary by default.

    Raises
    ------
    InputError
        If there are fewer candidates that vary than ``k``.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> source = rng.normal(size=(200, 2))
    >>> X = source[:, [0, 0, 0, 1]] + 0.1 * rng.normal(size=(200, 4))
    >>> choose_panel(X, 2).index[1]
    np.int64(3)
    """
    n, p = X.shape
    scale = X.std(axis=0, dtype=np.float64)
    varies = scale > 1e-6 * np.maximum(np.abs(X.mean(axis=0, dtype=np.float64)), 1.0)
    allowed = varies if candidates is None else varies & np.isin(np.arange(p), candidates)
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or not 1 <= k <= allowed.sum():
        raise InputError(
            f"A panel has from 1 to {allowed.sum():,} genes, as many as vary in these samples; "
            f"got {k!r}."
        )
    values = np.zeros((n, p), dtype=np.float32)
    values[:, varies] = (X[:, varies] - X[:, varies].mean(axis=0)) / (scale[varies] * np.sqrt(n))
    common = _factors(values, min(_FACTORS, n // 3))
    noise = np.maximum(1 - np.square(common).sum(axis=0, dtype=np.float64), _LEAST_NOISE)
    return _greedy(common, noise, int(k), allowed)


def _factors(values: Array, number: int) -> Array:
    """What the first principal components hold of each gene: components x genes."""
    spread, vectors = np.linalg.eigh((values @ values.T).astype(np.float64))
    first = vectors[:, np.argsort(spread)[::-1][: max(number, 1)]]
    common: Array = first.T.astype(np.float32) @ values
    return common


def _greedy(values: Array, noise: Array, k: int, allowed: Array) -> GenePanel:
    """The steps, on what genes have in common (components x genes) and the noise of each."""
    n = len(values)
    products = (values @ values.T).astype(np.float64)
    total = float(np.trace(products))
    seen = np.eye(n)  # what is unexplained is seen @ values
    length = np.square(values).sum(axis=0, dtype=np.float64)
    spread = np.einsum("ij,ij->j", values, products.astype(np.float32) @ values).astype(np.float64)
    free = allowed.copy()
    chosen, explained = [], []
    for _ in track(range(k), "choosing genes"):
        gene = int(np.where(free, spread / (length + noise), -np.inf).argmax())
        residual = seen @ values[:, gene].astype(np.float64)
        own = float(residual @ residual)
        u = residual / np.sqrt(own) if own > 0 else residual
        share = own / (own + noise[gene])
        pull = products @ u
        along = (values.T @ (seen.T @ u).astype(np.float32)).astype(np.float64)
        pulled = (values.T @ (seen.T @ pull).astype(np.float32)).astype(np.float64)
        spread += -2 * share * along * pulled + share**2 * along**2 * float(u @ pull)
        length -= share * along**2
        shrink = 1 - np.sqrt(1 - share)
        products += shrink**2 * float(u @ pull) * np.outer(u, u)
        products -= shrink * (np.outer(u, pull) + np.outer(pull, u))
        seen -= shrink * np.outer(u, u @ seen)
        free[gene] = False
        chosen.append(gene)
        explained.append(1 - float(np.trace(products)) / total)
    return GenePanel(np.array(chosen), np.array(explained))
