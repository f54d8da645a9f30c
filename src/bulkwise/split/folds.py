"""Folds by patient, stratified by label: outer ones and those for tuning inside them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bulkwise.errors import SampleError
from bulkwise.randomness import RandomState, Seeds
from bulkwise.split.base import Fold, Indices, Table, tabulate

__all__ = ["grouped_folds", "inner_folds"]

_TRIES = 20


def grouped_folds(
    y: ArrayLike | None,
    groups: ArrayLike | None = None,
    *,
    n_splits: int = 5,
    n_repeats: int = 1,
    random_state: RandomState = 0,
) -> list[Fold]:
    """Folds by patient, stratified by label, repeated.

    Small classes are dealt first and every class as evenly as its patients allow: where each
    patient has one label, folds differ by at most one patient of any class. Patients with
    several labels (a tumour and a normal sample) are dealt by all of them.

    Parameters
    ----------
    y
        Label of each sample, or None.
    groups
        Patient of each sample; without it each sample stands for itself.
    n_splits, n_repeats
        Folds a repeat, at least 2, and how often all is dealt anew.
    random_state
        Seed.

    Returns
    -------
    list of Fold
        ``n_splits`` folds for each repeat; in each repeat the test parts hold every sample once.

    Raises
    ------
    SampleError
        If a label or group is missing, a class has fewer patients than ``n_splits``, or patients
        with several labels can't be dealt so that each class stands on both sides.

    References
    ----------
    Sechidis K, Tsoumakas G, Vlahavas I. On the stratification of multi-label data. ECML PKDD
    (2011): the order of dealing, here with patients in the place of examples.
    """
    _check_whole("n_splits", n_splits, 2)
    _check_whole("n_repeats", n_repeats, 1)
    table = tabulate(y, groups)
    _refuse_small(table, n_splits)
    seeds, folds = Seeds(random_state), []
    for repeat in range(n_repeats):
        dealt = _spread(table.counts, n_splits, seeds.numpy("folds", repeat))
        _refuse_one_sided(table, dealt, n_splits)
        prefix = f"repeat {repeat + 1}, " if n_repeats > 1 else ""
        folds += _as_folds(dealt[table.group], n_splits, repeat, prefix)
    return folds


def inner_folds(
    y: ArrayLike | None,
    groups: ArrayLike | None = None,
    *,
    n_splits: int = 5,
    random_state: RandomState = 0,
) -> list[Fold]:
    """Folds of a training part, for tuning: the inner loop of a nested cross-validation.

    As :func:`grouped_folds` on what the training part holds, but small classes aren't refused:
    there are at most ``n_splits`` folds, and no more than the patients of any class that has two
    or more. A patient who is the only one of a class is trained on in every fold.

    Parameters
    ----------
    y, groups
        Label and patient of each sample of the training part.
    n_splits
        Most folds, at least 2.
    random_state
        Seed.

    Returns
    -------
    list of Fold
        Indices into the training part.

    Raises
    ------
    SampleError
        If fewer than two patients can be left out without losing a class.
    """
    _check_whole("n_splits", n_splits, 2)
    table = tabulate(y, groups)
    holds = table.counts > 0
    holders = holds.sum(axis=0)
    free = np.flatnonzero(~holds[:, holders < 2].any(axis=1))
    n_folds = min(n_splits, len(free), *holders[holders > 1].tolist())
    if n_folds < 2:
        raise SampleError(
            f"Can't tune inside a training part of {len(holds)} {table.word}s, because fewer than "
            "two of them can be left out without losing a class; leave out classes of one "
            f"{table.word} or join them."
        )
    fold = np.full(len(holds), -1, dtype=np.intp)
    fold[free] = _spread(table.counts[free], n_folds, Seeds(random_state).numpy("inner folds"))
    return _as_folds(fold[table.group], n_folds, 0, "inner ")


def _check_whole(name: str, value: object, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ValueError(
            f"The {name!r} parameter must be an int in the range [{least}, inf). Got {value!r} "
            "instead."
        )


def _refuse_small(table: Table, n_splits: int) -> None:
    holders = (table.counts > 0).sum(axis=0)
    fewest = int(holders.min())
    if fewest >= n_splits:
        return
    small = [
        ("there are " if name is None else f"class {str(name)!r} has ")
        + f"{holders[c]} ({table.holders(c)})"
        for c, name in enumerate(table.classes)
        if holders[c] < n_splits
    ]
    remedies = [f"ask for at most {fewest} folds (--folds {fewest})"] if fewest > 1 else []
    if table.classes != [None]:
        remedies.append("leave out small classes or join them")
    raise SampleError(
        f"Too few {table.word}s for {n_splits} folds, one for each test part: {', '.join(small)}; "
        f"{', or '.join(remedies) or f'more {table.word}s are needed'}."
    )


def _refuse_one_sided(table: Table, fold: Indices, n_splits: int) -> None:
    for c, name in enumerate(table.classes):
        if len(np.unique(fold[table.counts[:, c] > 0])) == 1:
            raise SampleError(
                f"Class {str(name)!r} can't stand on both sides of a split into {n_splits} folds, "
                f"because its {table.word}s {table.holders(c)} hold other small classes too; leave "
                "the class out or join it with another."
            )


def _deal(counts: NDArray[np.int64], n_folds: int, rng: np.random.Generator) -> Indices:
    """Fold of each group, given groups x classes.

    The class with the fewest groups left is dealt first, its largest groups first, each to the
    fold that has the fewest groups of the class, then of the group's other classes, then the
    fewest samples of them, then the fewest samples. Ties go by chance.
    """
    has = counts > 0
    order = rng.permutation(len(counts))
    order = order[np.argsort(-counts[order].sum(axis=1), kind="stable")]
    chance = rng.permutation(n_folds)
    groups = np.zeros((n_folds, counts.shape[1]), dtype=np.int64)
    samples = np.zeros_like(groups)
    fold = np.full(len(counts), -1, dtype=np.intp)
    while (fold < 0).any():
        left = has[fold < 0].sum(axis=0)
        rarest = int(np.argmin(np.where(left > 0, left, len(counts) + 1)))
        for group in order[(fold[order] < 0) & has[order, rarest]]:
            own = has[group]
            last_first = (
                chance,
                samples.sum(axis=1),
                samples[:, own].sum(axis=1),
                groups[:, own].sum(axis=1),
                groups[:, rarest],
            )
            best = np.lexsort(last_first)[0]
            fold[group] = best
            groups[best] += own
            samples[best] += counts[group]
    return fold


def _spread(counts: NDArray[np.int64], n_folds: int, rng: np.random.Generator) -> Indices:
    """Deal until each class is in every fold, or take the best of a few deals."""
    best, most = np.empty(0, dtype=np.intp), -1
    for _ in range(_TRIES):
        fold = _deal(counts, n_folds, rng)
        covered = sum(int(counts[fold == k].any(axis=0).sum()) for k in range(n_folds))
        if covered > most:
            best, most = fold, covered
        if most == n_folds * counts.shape[1]:
            break
    return best


def _as_folds(of_sample: Indices, n_folds: int, repeat: int, prefix: str) -> list[Fold]:
    return [
        Fold(
            np.flatnonzero(of_sample != k),
            np.flatnonzero(of_sample == k),
            repeat,
            f"{prefix}fold {k + 1}",
        )
        for k in range(n_folds)
    ]
