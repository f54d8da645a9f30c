"""Samples on a plane, so that a person can see what separates them."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from scipy.sparse.linalg import eigsh

from bulkwise.evaluation.base import Projection

__all__ = ["centred_gram", "pca", "project", "umap"]

_BLOCK_VALUES = 1 << 23
_UMAP_COMPONENTS = 50
_MOST_FOR_EIGH = 2_000


def centred_gram(values: NDArray[Any]) -> NDArray[np.float64]:
    """Inner products of all pairs of samples after centring each gene.

    Parameters
    ----------
    values
        Samples x genes on a log scale.

    Returns
    -------
    numpy.ndarray
        Samples x samples, float64; products of blocks of genes are taken in float32, which is
        enough for pictures and for finding twins, not for fitting.
    """
    n, p = values.shape
    gram = np.zeros((n, n))
    width = max(64, _BLOCK_VALUES // max(n, 1))
    for start in range(0, p, width):
        block = np.asarray(values[:, start : start + width], dtype=np.float32)
        block = block - block.mean(axis=0, dtype=np.float64).astype(np.float32)
        gram += block @ block.T
    return gram


def pca(
    gram: NDArray[np.float64], n_components: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Principal components from the Gram matrix of centred samples.

    Returns
    -------
    tuple
        Coordinates, samples x components (the largest entry of each component is positive), and
        the share of the variance of each.
    """
    n = len(gram)
    wanted = min(n_components, n)
    if n > _MOST_FOR_EIGH:
        roots, vectors = eigsh(gram, k=wanted, v0=np.linspace(0.5, 1.0, n))
        order = np.argsort(roots)
        roots, vectors = roots[order], vectors[:, order]
    else:
        roots, vectors = eigh(gram, subset_by_index=[n - wanted, n - 1])
    roots, vectors = np.maximum(roots[::-1], 0.0), vectors[:, ::-1]
    largest = vectors[np.abs(vectors).argmax(axis=0), np.arange(wanted)]
    coordinates = vectors * np.where(largest < 0, -1.0, 1.0) * np.sqrt(roots)
    return coordinates, roots / max(float(np.trace(gram)), 1e-300)


def umap(coordinates: NDArray[np.float64], random_state: int) -> NDArray[np.float64] | None:
    """UMAP of PCA coordinates, if the package umap-learn is installed; else None."""
    if find_spec("umap") is None or len(coordinates) < 20:
        return None
    from umap import UMAP

    placed = UMAP(random_state=random_state, n_jobs=1).fit_transform(coordinates)
    return np.asarray(placed, dtype=np.float64)


def project(
    gram: NDArray[np.float64],
    samples: NDArray[np.str_],
    labels: NDArray[np.str_],
    sources: NDArray[np.str_] | None,
    *,
    random_state: int,
) -> tuple[Projection, ...]:
    """PCA of all samples, and UMAP of its first 50 components where it is installed.

    Parameters
    ----------
    gram
        From :func:`centred_gram`.
    """
    coordinates, shares = pca(gram, _UMAP_COMPONENTS)
    if coordinates.shape[1] < 2:
        return ()
    axes = tuple(f"PC{i + 1} ({100 * shares[i]:.0f} % of the variance)" for i in range(2))
    drawn = [("PCA", axes, coordinates[:, :2])]
    placed = umap(coordinates, random_state)
    if placed is not None:
        drawn.append(("UMAP", ("UMAP 1", "UMAP 2"), placed))
    return tuple(
        Projection(
            method=method,
            axes=named,
            sample=tuple(samples.tolist()),
            label=tuple(labels.tolist()),
            source=None if sources is None else tuple(sources.tolist()),
            x=tuple(points[:, 0].tolist()),
            y=tuple(points[:, 1].tolist()),
        )
        for method, named, points in drawn
    )
