"""Halves of the patients, many times over, for methods that ask what returns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bulkwise.checks.base import name_some
from bulkwise.errors import SampleError
from bulkwise.randomness import RandomState, Seeds
from bulkwise.split.base import tabulate

__all__ = ["complementary_halves"]

_TRIES = 50


def complementary_halves(
    y: ArrayLike, groups: ArrayLike | None = None, *, n_pairs: int, random_state: RandomState = 0
) -> NDArray[np.bool_]:
    """Split the patients into two halves, class by class, many times.

    Parameters
    ----------
    y
        Class of each sample.
    groups
        Patient of each sample; without it each sample stands for itself.
    n_pairs
        How many times.
    random_state
        Seed.

    Returns
    -------
    numpy.ndarray
        2 n_pairs x samples: which samples the first half has, then the second half of the same
        split, then the next split.

    Raises
    ------
    SampleError
        If the halves can't both have all classes and a variance within them.
    """
    table = tabulate(np.asarray(y).astype(str), groups)
    _, kind = np.unique(table.counts > 0, axis=0, return_inverse=True)
    kinds = [np.flatnonzero(kind == number) for number in range(int(kind.max()) + 1)]
    rng = Seeds(random_state).numpy("halves")
    halves = np.empty((2 * n_pairs, len(table.group)), dtype=bool)
    for pair in range(n_pairs):
        for _ in range(_TRIES):
            first = np.zeros(len(table.groups), dtype=bool)
            for patients in kinds:
                first[rng.permutation(patients)[rng.integers(2) :: 2]] = True
            if _sound(table.counts, first) and _sound(table.counts, ~first):
                break
        else:
            raise SampleError(_too_few(table.counts, table.classes, table.word))
        halves[2 * pair] = first[table.group]
        halves[2 * pair + 1] = ~halves[2 * pair]
    return halves


def _sound(counts: NDArray[np.int64], chosen: NDArray[np.bool_]) -> bool:
    sizes = counts[chosen].sum(axis=0)
    return bool((sizes > 0).all() and sizes.sum() > len(sizes))


def _too_few(counts: NDArray[np.int64], classes: list[Any], word: str) -> str:
    holders = (counts > 0).sum(axis=0)
    few = [f"{name} ({n})" for name, n in zip(classes, holders, strict=True) if n < 4]
    listed = name_some(few or [f"{n} of {c}" for c, n in zip(classes, holders, strict=True)])
    return (
        f"The {word}s can't be split into two halves that both have every class and a variance "
        f"within the classes; {word}s by class: {listed}. Leave out classes with fewer than four."
    )
