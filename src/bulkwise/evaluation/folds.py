"""Which samples train and which test: by patient, by source, or as the user says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bulkwise.checks.base import name_some
from bulkwise.errors import InputError, SampleError
from bulkwise.split import Fold, check_folds, grouped_folds, leave_one_source_out

if TYPE_CHECKING:
    from bulkwise.randomness import Seeds

__all__ = ["SMALL_COHORT", "plan_folds"]

SMALL_COHORT = 200
"""Below this many samples the folds are drawn ten times by default."""

_REPEATS = 10


def plan_folds(
    labels: NDArray[np.str_],
    groups: NDArray[np.str_],
    *,
    n_splits: int,
    n_repeats: int | None,
    holdout: tuple[str, NDArray[np.str_]] | None,
    split: Iterable[tuple[Any, Any]] | None,
    seeds: Seeds,
) -> tuple[list[Fold], str]:
    """Make the folds, and say in words what they are.

    Parameters
    ----------
    labels, groups
        One entry a sample.
    n_splits, n_repeats
        For folds by patient; ``n_repeats=None`` means ten below 200 samples, else one.
    holdout
        Name and values of the column whose values are left out in turn.
    split
        The user's own pairs of training and test samples: positions, or masks.

    Raises
    ------
    LeakageError
        If a patient stands on both sides of the user's own split.
    SampleError
        If a class has too few patients, or a fold can't be made.
    """
    if split is not None and holdout is not None:
        raise InputError("Give either split or holdout_by, not both: each says how to split.")
    if split is not None:
        folds = _own(split, len(labels))
        check_folds(folds, groups)
        return folds, f"the user's own split ({_count(len(folds), 'part')})"
    if holdout is not None:
        name, values = holdout
        folds = leave_one_source_out(values, labels, groups)
        return folds, f"each of {len(folds)} values of {name!r} left out in turn"
    n = len(labels)
    repeats = n_repeats if n_repeats is not None else (_REPEATS if n < SMALL_COHORT else 1)
    folds = grouped_folds(
        labels,
        groups,
        n_splits=n_splits,
        n_repeats=repeats,
        random_state=seeds.sklearn("folds"),
    )
    often = f"{repeats} x {n_splits}" if repeats > 1 else f"{n_splits}"
    return folds, f"{often} folds, patients apart"


def _count(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def _own(split: Iterable[tuple[Any, Any]], n: int) -> list[Fold]:
    """The user's pairs as folds; a sample tested again opens another repeat."""
    tested: list[NDArray[np.bool_]] = []
    folds = []
    for index, pair in enumerate(split):
        if not isinstance(pair, Sequence) or len(pair) < 2:
            raise InputError(
                f"Part {index + 1} of the split must be a pair of training and test samples; got "
                f"{type(pair).__name__}."
            )
        train, test = (_positions(side, n, index) for side in pair[:2])
        repeat = next((r for r, seen in enumerate(tested) if not seen[test].any()), len(tested))
        if repeat == len(tested):
            tested.append(np.zeros(n, dtype=bool))
        tested[repeat][test] = True
        folds.append(Fold(train, test, repeat, f"part {index + 1}"))
    if not folds:
        raise InputError("The split is empty: expected pairs of training and test samples.")
    return folds


def _positions(side: Any, n: int, index: int) -> NDArray[np.intp]:
    values = np.asarray(side)
    if values.dtype.kind == "b" and values.shape == (n,):
        values = np.flatnonzero(values)
    if values.ndim != 1 or values.dtype.kind not in "iu" or not len(values):
        raise InputError(
            f"Part {index + 1} of the split must name samples by position (or by a mask of {n} "
            f"true or false values), at least one on each side; got {values.dtype} of shape "
            f"{values.shape}."
        )
    beyond = values[(values < 0) | (values >= n)]
    if len(beyond):
        raise SampleError(
            f"Part {index + 1} of the split names positions that aren't there: "
            f"{name_some(beyond)} of {n} samples (0 to {n - 1})."
        )
    return values.astype(np.intp)
