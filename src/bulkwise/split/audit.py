"""Whether folds are sound: nothing on both sides, nothing tested that couldn't be learned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bulkwise.checks.base import Finding, name_some
from bulkwise.errors import LeakageError, SampleError
from bulkwise.split.base import Fold, Indices, group_codes, tabulate

__all__ = ["check_folds", "fold_findings"]


def check_folds(
    folds: Iterable[Sequence[Any]],
    groups: ArrayLike | None = None,
    *,
    n_samples: int | None = None,
) -> list[Fold]:
    """Check a split, the user's own for one, and return it as folds.

    Parameters
    ----------
    folds
        Folds, or pairs of integer indices (train, test), as scikit-learn's splitters yield them.
    groups
        Patient of each sample; without it each sample stands for itself.
    n_samples
        Number of samples, where there are no groups to count.

    Raises
    ------
    LeakageError
        If a sample or a patient stands on both sides of a fold; the message names them.
    SampleError
        If there are no folds, a side is empty, or indices aren't integers in range or are repeated.
    """
    size = n_samples if groups is None else len(np.asarray(groups))
    group, names = (None, None) if groups is None else group_codes(groups, size or 0)
    checked = []
    for number, given in enumerate(folds, start=1):
        fold = given if isinstance(given, Fold) else Fold(given[0], given[1])
        name = fold.name or f"fold {number}"
        train = _side(fold.train, f"training part of {name}", size)
        test = _side(fold.test, f"test part of {name}", size)
        both = np.intersect1d(train, test)
        if both.size:
            raise LeakageError(
                f"In {name}, samples stand both in the training and in the test part ({both.size}, "
                f"at positions {name_some(both)}); keep each on one side."
            )
        if group is not None and names is not None:
            shared = np.intersect1d(group[train], group[test])
            if shared.size:
                raise LeakageError(
                    f"In {name}, patients have samples both in the training and in the test part "
                    f"({shared.size}: {name_some(names[g] for g in shared)}); keep all samples of "
                    "a patient on one side."
                )
        checked.append(Fold(train, test, fold.repeat, name))
    if not checked:
        raise SampleError("There are no folds in the split; give at least one (train, test) pair.")
    return checked


def _side(indices: ArrayLike, where: str, n_samples: int | None) -> Indices:
    side = np.asarray(indices)
    if side.ndim != 1 or not side.size or side.dtype.kind not in "iu":
        raise SampleError(
            f"The {where} must be a list of at least one integer index, got shape {side.shape} of "
            f"{side.dtype}."
        )
    wrong = side[(side < 0) | (side >= (np.inf if n_samples is None else n_samples))]
    if wrong.size:
        raise SampleError(
            f"The {where} has indices out of range ({name_some(wrong)}); expected 0 to "
            f"{'the number of samples' if n_samples is None else n_samples} - 1."
        )
    ordered = np.sort(side).astype(np.intp)
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    if twice.size:
        raise SampleError(
            f"The {where} has indices more than once ({name_some(np.unique(twice))})."
        )
    return ordered


def fold_findings(
    folds: Iterable[Fold], y: ArrayLike | None = None, groups: ArrayLike | None = None
) -> list[Finding]:
    """What a reader of the results should know about the folds.

    Parameters
    ----------
    folds
        Sound folds.
    y
        Label of each sample; without classes only left-out samples are told.
    groups
        Patient of each sample.

    Returns
    -------
    list of Finding
        ``class-not-in-training`` (warning: its test samples can't be predicted right),
        ``one-class-in-test`` (warning: ranking metrics have no meaning), ``class-not-in-test``
        (note) and ``samples-on-neither-side`` (note; items are the patients).
    """
    findings: list[Finding] = []
    if y is None and groups is None:
        return findings
    table = tabulate(y, groups)
    for fold in folds:
        if len(table.classes) > 1:
            findings += _class_findings(fold, table.label, [str(name) for name in table.classes])
        idle = np.setdiff1d(np.arange(len(table.group)), np.concatenate([fold.train, fold.test]))
        if idle.size:
            who = tuple(str(table.groups[g]) for g in np.unique(table.group[idle]))
            message = (
                f"In fold {fold.name!r}, some samples are neither trained on nor tested "
                f"({idle.size}, of the {table.word}s {name_some(who)})."
            )
            findings.append(Finding("samples-on-neither-side", "note", message, who))
    return findings


def _class_findings(fold: Fold, label: Indices, classes: list[str]) -> list[Finding]:
    trained, tested = np.unique(label[fold.train]), np.unique(label[fold.test])
    unknown = tuple(classes[c] for c in np.setdiff1d(tested, trained))
    untested = tuple(classes[c] for c in np.setdiff1d(trained, tested))
    where = f"fold {fold.name!r}"
    findings = []
    if unknown:
        lost = int(np.isin(label[fold.test], np.setdiff1d(tested, trained)).sum())
        message = (
            f"The training part of {where} has no sample of {name_some(unknown)}, so its "
            f"test samples of that class can't be predicted right ({lost} of them)."
        )
        findings.append(Finding("class-not-in-training", "warning", message, unknown))
    if len(tested) == 1:
        message = (
            f"The test part of {where} has the class {classes[tested[0]]!r} only, so AUROC and "
            "other metrics of ranking can't be computed there."
        )
        findings.append(Finding("one-class-in-test", "warning", message, (classes[tested[0]],)))
    elif untested:
        message = f"The test part of {where} has no sample of {name_some(untested)}."
        findings.append(Finding("class-not-in-test", "note", message, untested))
    return findings
