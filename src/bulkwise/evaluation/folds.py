"""Which samples train and which test: by patient, by source, or as the user says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bulkwise.checks.base import Finding
from bulkwise.errors import InputError
from bulkwise.split import Fold, check_folds, grouped_folds, leave_one_source_out

if TYPE_CHECKING:
    from bulkwise.randomness import Seeds

__all__ = [
    "SMALL_COHORT",
    "SMALL_REPEATS",
    "condensed",
    "first_repeat",
    "once",
    "plan_folds",
]

SMALL_COHORT = 200
"""Below this many samples the folds are drawn ten times by default."""

SMALL_REPEATS = 10
"""How often the folds of a small cohort are drawn."""


def plan_folds(
    labels: NDArray[np.str_],
    groups: NDArray[np.str_],
    *,
    n_splits: int,
    n_repeats: int | None,
    holdout: tuple[str, NDArray[np.str_]] | None,
    split: Iterable[Sequence[Any]] | None,
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
        The user's own pairs of positions of training and test samples.

    Raises
    ------
    LeakageError
        If a patient stands on both sides of the user's own split.
    SampleError
        If a class has too few patients, or a fold can't be made.
    InputError
        If both ``split`` and ``holdout`` are given.
    """
    if split is not None and holdout is not None:
        raise InputError("Give either split or holdout_by, not both: each says how to split.")
    if split is not None:
        folds = _with_repeats(check_folds(split, groups), len(labels))
        parts = "one part" if len(folds) == 1 else f"{len(folds)} parts"
        return folds, f"a split of the user's own ({parts})"
    if holdout is not None:
        name, values = holdout
        folds = leave_one_source_out(values, labels, groups)
        return folds, f"each of {len(folds)} values of {name!r} left out in turn"
    n = len(labels)
    repeats = n_repeats if n_repeats is not None else (SMALL_REPEATS if n < SMALL_COHORT else 1)
    folds = grouped_folds(
        labels,
        groups,
        n_splits=n_splits,
        n_repeats=repeats,
        random_state=seeds.sklearn("folds"),
    )
    often = f"{repeats} x {n_splits}" if repeats > 1 else f"{n_splits}"
    return folds, f"{often} folds, patients apart"


def condensed(findings: Sequence[Finding]) -> list[Finding]:
    """One finding for each kind of thing that holds for several folds."""
    by_code: dict[str, list[Finding]] = {}
    for finding in findings:
        by_code.setdefault(finding.code, []).append(finding)
    joined = []
    for first, *others in by_code.values():
        message = first.message
        if others:
            message += " The same kind of thing holds for " + (
                "one other fold." if len(others) == 1 else f"{len(others)} other folds."
            )
        items = dict.fromkeys(item for one in (first, *others) for item in one.items)
        joined.append(replace(first, message=message, items=tuple(items)))
    return joined


def first_repeat(parts: Sequence[Fold]) -> list[Fold]:
    """The folds of the first repeat."""
    return [fold for fold in parts if fold.repeat == 0]


def once(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The worst first, each once."""
    order = ("error", "warning", "note")
    return tuple(sorted(dict.fromkeys(findings), key=lambda finding: order.index(finding.level)))


def _with_repeats(folds: Iterable[Fold], n_samples: int) -> list[Fold]:
    """The user's folds with a number of repeat: a sample that is tested again opens another."""
    tested: list[NDArray[np.bool_]] = []
    numbered = []
    for fold in folds:
        repeat = next((r for r, seen in enumerate(tested) if not seen[fold.test].any()), None)
        if repeat is None:
            repeat = len(tested)
            tested.append(np.zeros(n_samples, dtype=bool))
        tested[repeat][fold.test] = True
        numbered.append(fold._replace(repeat=repeat))
    return sorted(numbered, key=lambda fold: fold.repeat)
