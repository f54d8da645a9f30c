"""Near-duplicate samples, which must not stand on both sides of a division."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

__all__ = ["NEAR", "merge_near_duplicates"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

NEAR = 0.97
"""Correlation of two samples' log values, each gene centred, above which they are duplicates."""


def merge_near_duplicates(logs: Array, patients: Array) -> tuple[Array, int]:
    """Groups that hold patients and their near-duplicates.

    Parameters
    ----------
    logs
        Samples x genes, on a log scale.
    patients
        Name of each sample's patient.

    Returns
    -------
    groups : ndarray of int
        One a sample: patients, joined where samples of theirs are near-duplicates.
    merged : int
        How many samples have a near-duplicate of another patient.
    """
    _, codes = np.unique(patients, return_inverse=True)
    centred = logs - logs.mean(axis=0)
    lengths = np.sqrt(np.square(centred).sum(axis=1))
    lengths[lengths == 0] = 1.0
    close = (centred @ centred.T) / np.outer(lengths, lengths) > NEAR
    close &= codes[:, None] != codes
    rows, columns = np.nonzero(close)
    size = int(codes.max()) + 1
    links = csr_array((np.ones(len(rows)), (codes[rows], codes[columns])), shape=(size, size))
    _, joined = connected_components(links, directed=False)
    return joined[codes], int(close.any(axis=1).sum())
