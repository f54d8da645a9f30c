"""A part of the training samples held out inside, for early stopping."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bulkwise.errors import SampleError
from bulkwise.randomness import RandomState, Seeds
from bulkwise.split.base import Indices, Table, tabulate

__all__ = ["inner_holdout"]


def inner_holdout(
    y: ArrayLike | None,
    groups: ArrayLike | None = None,
    *,
    share: float = 0.2,
    random_state: RandomState,
) -> tuple[Indices, Indices]:
    """Hold out a share of the patients of each class; keep one of every class to train on.

    Parameters
    ----------
    y
        Label of each sample, or None.
    groups
        Patient of each sample; without it each sample stands for itself.
    share
        Share of each class's patients to hold out, rounded (0.2 of two is none), in (0, 1). At
        least one patient in all is held out.
    random_state
        Seed.

    Returns
    -------
    train, held
        Sorted indices.

    Raises
    ------
    SampleError
        If no patient can be held out, because each is the only one of a class.
    """
    if not 0 < share < 1:
        raise ValueError(
            f"The 'share' parameter must be a float in the range (0, 1). Got {share!r} instead."
        )
    table = tabulate(y, groups)
    held = _choose(table, share, Seeds(random_state).numpy("holdout"))
    if not held.any():
        raise SampleError(
            f"Can't hold out a part of {len(table.groups)} {table.word}s for early stopping, "
            "because each of them is the only one of a class; train without early stopping, or "
            "join classes."
        )
    of_sample = held[table.group]
    return np.flatnonzero(~of_sample), np.flatnonzero(of_sample)


def _choose(table: Table, share: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Which groups to hold out."""
    has = table.counts > 0
    left = has.sum(axis=0)  # groups of each class that are still trained on
    wanted = np.floor(share * left + 0.5).astype(np.int64)
    order = rng.permutation(len(has))
    held = np.zeros(len(has), dtype=bool)

    def hold(column: int, number: int, *, exactly: bool) -> None:
        for group in order[has[order, column] & ~held[order]]:
            if number <= 0:
                return
            own = has[group]
            if (left[own] < 2).any() or (exactly and (wanted[own] < 1).any()):
                continue
            held[group] = True
            left[own] -= 1
            wanted[own] -= 1
            number -= 1

    # first patients none of whose classes gets more than it should, then whoever fills the rest
    by_size = np.argsort(left, kind="stable")
    for exactly in (True, False):
        for column in by_size:
            hold(column, int(wanted[column]), exactly=exactly)
    for column in by_size[::-1]:
        if not held.any():
            hold(column, 1, exactly=False)
    return held
