"""Train on some sources, test on another."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from bulkwise.checks.base import name_some
from bulkwise.errors import SampleError
from bulkwise.split.base import Fold, per_sample, tabulate

__all__ = ["leave_one_source_out"]


def leave_one_source_out(
    source: ArrayLike, y: ArrayLike | None = None, groups: ArrayLike | None = None
) -> list[Fold]:
    """One fold a source: train on all others, test on it.

    A patient with samples in several sources never stands on both sides: where one source is
    held out, its patients' samples in other sources are used on neither side, which
    :func:`fold_findings` tells, as it tells of classes that only one side has.

    Parameters
    ----------
    source
        Source (study, centre, batch) of each sample.
    y
        Label of each sample, to refuse a fold without two classes to train on.
    groups
        Patient of each sample; without it each sample stands for itself.

    Returns
    -------
    list of Fold
        One a source, in the order of their names, named by them.

    Raises
    ------
    SampleError
        If there is one source only, or if without one of them no sample or a single class would
        be left to train on.
    """
    n_samples = len(np.asarray(source))
    codes, names = per_sample(source, n_samples, "source")
    if len(names) < 2:
        raise SampleError(
            f"Can't hold out one source of several, because all {n_samples} samples have the "
            f"source {name_some(names)}; name another column, or use folds."
        )
    table = tabulate(np.zeros(n_samples, dtype=np.intp) if y is None else y, groups)
    if len(table.label) != n_samples:
        raise SampleError(
            f"There are {n_samples} sources and {len(table.label)} labels; give one of each for a "
            "sample."
        )
    classes = len(table.classes)
    folds = []
    for k, name in enumerate(names):
        held = codes == k
        train = np.flatnonzero(~np.isin(table.group, table.group[held]))
        left = [table.classes[c] for c in np.unique(table.label[train])]
        if len(left) < min(classes, 2):
            raise SampleError(
                f"Can't hold out the source {str(name)!r}, because there is too little to train "
                f"on: {train.size} samples of other patients in other sources"
                + (f", all of class {name_some(left)}" if classes > 1 and left else "")
                + "; leave that source out, or use folds."
            )
        folds.append(Fold(train, np.flatnonzero(held), 0, str(name)))
    return folds
