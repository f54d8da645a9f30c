"""Genes that could stand for one another: chosen genes and their close correlates, as groups.

A list of genes hides that another gene might have been chosen in the place of any of them. Here
each chosen gene is shown with those that it is highly correlated with, and chosen genes that are
correlated stand in one group. Correlations are taken within the classes, so that two genes aren't
called alike for both differing between them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from bulkwise.errors import InputError
from bulkwise.explain.base import Floats

__all__ = ["GeneGroup", "correlated_groups", "within_class_correlations"]

_BLOCK = 1 << 21  # float64 numbers of one block of genes: 16 MiB


@dataclass(frozen=True)
class GeneGroup:
    """Genes that are correlated within the classes.

    Attributes
    ----------
    chosen
        The chosen genes in it, in the order they were given.
    others
        Further genes, the most correlated first.
    correlations
        One for each of ``others``: with the chosen gene that it is most correlated with, signed.
    """

    chosen: tuple[str, ...]
    others: tuple[str, ...]
    correlations: tuple[float, ...]


def within_class_correlations(
    X: NDArray[Any], codes: NDArray[np.intp], genes: Sequence[int]
) -> Floats:
    """Correlations of some genes with all, after taking the class means off.

    Parameters
    ----------
    X
        Samples x genes.
    codes
        Class of each sample, 0 to K - 1.
    genes
        Positions of the genes.

    Returns
    -------
    numpy.ndarray
        ``len(genes)`` x all genes, float64; 0 with a gene that doesn't vary within the classes.
    """
    members = np.eye(int(codes.max()) + 1)[:, codes]
    members /= members.sum(axis=1, keepdims=True)
    own = _residuals(np.asarray(X[:, list(genes)]), codes, members)
    found = np.empty((len(genes), X.shape[1]))
    for block in _gene_blocks(*X.shape):
        found[:, block] = own.T @ _residuals(X[:, block], codes, members)
    clipped: Floats = np.clip(found, -1.0, 1.0)
    return clipped


def _residuals(values: NDArray[Any], codes: NDArray[np.intp], members: Floats) -> Floats:
    """Values less the class means, each gene to length 1 (0 where nothing is left)."""
    residuals = values.astype(np.float64)
    size = np.abs(residuals).max(axis=0, initial=0.0)
    residuals -= (members @ residuals)[codes]
    length = np.sqrt(np.einsum("ij,ij->j", residuals, residuals))
    varies = length > 1e-6 * size
    residuals *= np.divide(1.0, length, out=np.zeros_like(length), where=varies)
    return residuals


def _gene_blocks(n: int, p: int) -> Iterator[slice]:
    width = max(64, _BLOCK // max(n, 1))
    for start in range(0, p, width):
        yield slice(start, min(start + width, p))


def correlated_groups(
    X: NDArray[Any],
    codes: NDArray[np.intp],
    chosen: Sequence[int],
    names: Sequence[str],
    *,
    least: float = 0.7,
    most: int = 10,
) -> list[GeneGroup]:
    """Group chosen genes and their close correlates.

    The chosen genes, and up to ``most`` others for each whose correlation with it is at least
    ``least``, are clustered by average linkage on ``1 - |correlation|`` and cut at ``1 - least``.

    Parameters
    ----------
    X
        Samples x genes, on a log scale.
    codes
        Class of each sample, 0 to K - 1.
    chosen
        Positions of the chosen genes.
    names
        Of all genes.
    least
        Smallest size of a correlation that counts as close, in (0, 1).
    most
        Others for each chosen gene.

    Returns
    -------
    list of GeneGroup
        In the order of their first chosen gene; every chosen gene stands in exactly one.

    Raises
    ------
    InputError
        If ``least`` is out of its range.
    """
    if not 0 < least < 1:
        raise InputError(f"The least correlation of a group must lie in (0, 1); got {least!r}.")
    chosen = list(chosen)
    if not chosen:
        return []
    with_all = within_class_correlations(X, codes, chosen)
    genes = [*chosen, *_close(np.abs(with_all), chosen, least, most)]
    cluster = _clusters(within_class_correlations(X[:, genes], codes, range(len(genes))), least)
    groups = []
    for number in dict.fromkeys(cluster[: len(chosen)].tolist()):
        inside = np.flatnonzero(cluster == number)
        first, more = inside[inside < len(chosen)], inside[inside >= len(chosen)]
        others = np.array(genes, dtype=np.intp)[more]
        best = np.abs(with_all[np.ix_(first, others)]).argmax(axis=0)
        r = with_all[first[best], others]
        order = np.argsort(-np.abs(r), kind="stable")
        groups.append(
            GeneGroup(
                tuple(names[chosen[i]] for i in first),
                tuple(names[gene] for gene in others[order]),
                tuple(float(value) for value in r[order]),
            )
        )
    return groups


def _close(sizes: Floats, chosen: Sequence[int], least: float, most: int) -> list[int]:
    """Genes that aren't chosen and are close to one that is."""
    taken = set(chosen)
    found: dict[int, None] = {}
    for row in sizes:
        near = [g for g in np.argsort(-row, kind="stable")[: most + len(chosen)] if row[g] >= least]
        for gene in [int(g) for g in near if g not in taken][:most]:
            found[gene] = None
    return list(found)


def _clusters(correlations: Floats, least: float) -> NDArray[np.int32]:
    if len(correlations) == 1:
        return np.ones(1, dtype=np.int32)
    apart = 1.0 - np.abs(correlations)
    apart = (apart + apart.T) / 2
    np.fill_diagonal(apart, 0.0)
    tree = linkage(squareform(apart, checks=False), method="average")
    labels: NDArray[np.int32] = fcluster(tree, 1.0 - least, criterion="distance")
    return labels
