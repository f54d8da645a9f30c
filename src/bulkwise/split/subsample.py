"""A number of samples, drawn by whole patients."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from bulkwise.randomness import Seeds
from bulkwise.split.base import Indices

__all__ = ["subsample"]


def subsample(y: ArrayLike, groups: ArrayLike, size: int, seeds: Seeds) -> Indices:
    """Whole patients with about ``size`` samples, classes in their shares.

    With the same seeds a smaller subsample is a part of every larger one.

    Parameters
    ----------
    y, groups
        Class and patient of each sample to draw from.
    size
        How many samples; the last patient may bring one or two more.
    seeds
        Seeds.

    Returns
    -------
    ndarray
        Sorted indices.
    """
    codes = np.asarray(y)
    rng = seeds.numpy("subsample")
    patients, first, of_sample = np.unique(groups, return_index=True, return_inverse=True)
    own = codes[first]
    key = np.empty(len(patients))
    for code in np.unique(own):
        members = rng.permutation(np.flatnonzero(own == code))
        key[members] = (np.arange(len(members)) + rng.uniform()) / len(members)
    counts = np.bincount(of_sample)
    order = np.argsort(key, kind="stable")
    enough = int(np.searchsorted(np.cumsum(counts[order]), size)) + 1
    chosen = np.zeros(len(patients), dtype=bool)
    chosen[order[:enough]] = True
    return np.flatnonzero(chosen[of_sample])
