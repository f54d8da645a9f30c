"""Labels that tell nothing, made of the labels there are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bulkwise.checks.base import name_some
from bulkwise.errors import SampleError
from bulkwise.randomness import RandomState, Seeds
from bulkwise.split.base import Indices, group_codes, per_sample

__all__ = ["permute_labels"]


def permute_labels(
    y: ArrayLike,
    groups: ArrayLike | None = None,
    within: ArrayLike | None = None,
    *,
    random_state: RandomState,
) -> NDArray[Any]:
    """Permute labels by patient within each source.

    Within a source,

    - a patient whose samples share one label exchanges it as a whole, whatever the number of
      samples: each label keeps its number of patients;
    - where *all* patients have several labels, they exchange their sets of labels with others of
      as many samples, and inside each the set falls on the samples in random order. Tumour/normal
      pairs are thus swapped or not, at even odds;
    - where some patients have one label and others several, the samples of the latter count as
      patients of their own. (Swapping inside pairs alone would leave half of their labels true
      and those of all other patients too: a model would still do better than chance.)

    No label leaves its source. From any of the labellings this can give, the same ones can be
    reached with the same chances; so if labels say nothing about expression within a source, the
    true labelling is one of these at random, and the share of permutations that score as high as
    it (itself included) is a valid P value.

    Parameters
    ----------
    y
        Label or value of each sample.
    groups
        Patient of each sample; without it each sample stands for itself.
    within
        Source of each sample; without it all are of one source.
    random_state
        Seed.

    Returns
    -------
    numpy.ndarray
        New labels, in the type of ``y``.

    Raises
    ------
    SampleError
        If a value is missing, or no label could change: each source has one label.
    """
    labels = np.asarray(y)
    n_samples = len(labels)
    code, _ = per_sample(labels, n_samples, "label")
    group, _ = group_codes(groups, n_samples)
    source, sources = (
        (np.zeros(n_samples, dtype=np.intp), ["all"])
        if within is None
        else per_sample(within, n_samples, "source")
    )
    pools: dict[tuple[int, int], list[Indices]] = {}
    for place in range(len(sources)):
        _pool(np.flatnonzero(source == place), place, code, group, pools)
    if not any(several or _differ(code, pool) for (_, several), pool in pools.items()):
        raise SampleError(
            "Labels can't be permuted by patient within source, because all samples of each of the "
            f"{len(sources)} sources ({name_some(sources)}) have the same label; permute without "
            "the source, and read the result as a difference between sources."
        )
    rng = Seeds(random_state).numpy("permutation")
    permuted = labels.copy()
    for _, pool in sorted(pools.items(), key=lambda item: item[0]):
        for rows, giver in zip(pool, rng.permutation(len(pool)), strict=True):
            given = labels[pool[giver]]
            permuted[rows] = rng.permutation(given) if len(given) == len(rows) else given[0]
    return permuted


def _pool(
    rows: Indices,
    place: int,
    code: Indices,
    group: Indices,
    pools: dict[tuple[int, int], list[Indices]],
) -> None:
    """Put one source's units into pools that exchange labels: 0, or by size if all are mixed."""
    patients = [rows[group[rows] == one] for one in np.unique(group[rows])]
    mixed = [bool(np.any(code[one] != code[one[0]])) for one in patients]
    for one, several in zip(patients, mixed, strict=True):
        if all(mixed):
            pools.setdefault((place, len(one)), []).append(one)
        else:
            parts = np.split(one, len(one)) if several else [one]
            pools.setdefault((place, 0), []).extend(parts)


def _differ(code: Indices, pool: list[Indices]) -> bool:
    return len({int(code[rows[0]]) for rows in pool}) > 1
