"""What all splits share: a fold, and the table of who has which labels."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from bulkwise.checks.base import name_some
from bulkwise.errors import SampleError

__all__ = ["Fold", "Indices", "Table", "codes_of", "group_codes", "per_sample", "tabulate"]

Indices: TypeAlias = NDArray[np.intp]


class Fold(NamedTuple):
    """One split: sorted indices of the samples on either side."""

    train: Indices
    test: Indices
    repeat: int = 0
    name: str = ""


class Table(NamedTuple):
    """Group and class of each sample, and how many samples of each class each group has."""

    group: Indices
    groups: list[Any]
    label: Indices
    classes: list[Any]  # [None] where nothing is stratified
    counts: NDArray[np.int64]  # groups x classes
    word: str  # what a group is called in a message

    def holders(self, column: int) -> str:
        """The groups that have samples of a class, for a message."""
        return name_some(self.groups[g] for g in np.flatnonzero(self.counts[:, column]))


def codes_of(values: ArrayLike, what: str) -> tuple[Indices, list[Any]]:
    """A code for each sample, and the distinct values in the order of their text.

    Raises
    ------
    SampleError
        If a value is missing.
    """
    codes, names = pd.factorize(np.asarray(values))
    missing = np.flatnonzero(codes < 0)
    if missing.size:
        raise SampleError(
            f"The {what} is missing for {missing.size} of {len(codes)} samples (at positions "
            f"{name_some(missing)}); leave those samples out or fill it in."
        )
    order = sorted(range(len(names)), key=lambda i: str(names[i]))
    return np.argsort(order)[codes], [names[i] for i in order]


def per_sample(values: ArrayLike, n_samples: int, what: str) -> tuple[Indices, list[Any]]:
    """Codes and distinct values of a column that must have one value a sample."""
    array = np.asarray(values)
    if array.shape != (n_samples,):
        raise SampleError(
            f"The {what} has shape {array.shape} for {n_samples} samples; give one value a sample."
        )
    return codes_of(array, what)


def group_codes(groups: ArrayLike | None, n_samples: int) -> tuple[Indices, list[Any]]:
    """The group of each sample and the groups' names; positions where there are no groups."""
    if groups is None:
        return np.arange(n_samples), list(range(n_samples))
    return per_sample(groups, n_samples, "group (patient)")


def tabulate(y: ArrayLike | None, groups: ArrayLike | None) -> Table:
    """Count the samples of each class in each group.

    Raises
    ------
    SampleError
        If a label or a group is missing, or there aren't as many groups as labels.
    """
    known = groups if y is None else y
    if known is None:
        raise SampleError("Labels or groups must be given to know how many samples there are.")
    values = np.asarray(known)
    group, names = group_codes(groups, len(values))
    label, classes = np.zeros(len(values), dtype=np.intp), [None]
    if y is not None and values.ndim == 1:
        codes, found = codes_of(values, "label")
        if values.dtype.kind != "f" or not np.any(values != np.floor(values)):
            label, classes = codes, found
    counts = np.zeros((len(names), len(classes)), dtype=np.int64)
    np.add.at(counts, (group, label), 1)
    return Table(group, names, label, classes, counts, "sample" if groups is None else "patient")
