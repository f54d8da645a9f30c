"""From a cohort and several targets to checked arrays and folds that hold all their classes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bulkwise.errors import InputError, SampleError
from bulkwise.evaluation.base import Inputs
from bulkwise.evaluation.folds import SMALL_COHORT, SMALL_REPEATS, plan_folds
from bulkwise.evaluation.inputs import held_out, open_inputs

if TYPE_CHECKING:
    from anndata import AnnData

    from bulkwise.randomness import Seeds
    from bulkwise.split import Fold

__all__ = ["Opened", "open_targets", "plan"]

_BETWEEN = " \N{MIDDLE DOT} "


@dataclass(frozen=True)
class Opened:
    """A cohort with several targets.

    Attributes
    ----------
    targets
        Target -> the cohort as arrays with that target's labels; all share the rest.
    together
        The same with one label a sample that stands for all targets; preprocessing that looks at
        labels sees this one.
    """

    targets: dict[str, Inputs]
    together: Inputs

    def table(self, rows: NDArray[np.intp], joint: NDArray[np.str_] | None = None) -> pd.DataFrame:
        """Labels of some samples, a column a target.

        Parameters
        ----------
        rows
            Which samples.
        joint
            Other labels of the whole cohort, in the form of ``together.labels``.
        """
        if joint is None:
            return pd.DataFrame({name: one.labels[rows] for name, one in self.targets.items()})
        first = dict(zip(self.together.labels.tolist(), range(len(joint)), strict=True))
        givers = np.array([first[label] for label in joint[rows].tolist()])
        return self.table(givers)


def open_targets(
    cohort: AnnData,
    targets: Sequence[str],
    *,
    groups: str | None,
    source: str | None,
    holdout_by: str | None,
) -> Opened:
    """Read the columns of every target and check what can be asked of them.

    Raises
    ------
    InputError
        If fewer than two targets are named, or one twice.
    SampleError, UnitError
        As :func:`bulkwise.evaluation.inputs.open_inputs`, for each target.
    """
    names = list(targets)
    if len(names) < 2 or len(set(names)) < len(names):
        raise InputError(
            "Several targets must be two or more columns, each named once; got "
            f"{', '.join(map(repr, names)) or 'none'}."
        )
    if groups is None and "patient" in cohort.obs.columns and "patient" not in names:
        groups = "patient"
    opened = {
        name: open_inputs(cohort, target=name, groups=groups, source=source, holdout_by=holdout_by)
        for name in names
    }
    parts = zip(*(one.labels.tolist() for one in opened.values()), strict=True)
    labels = np.array([_BETWEEN.join(part) for part in parts], dtype=str)
    classes, codes = np.unique(labels, return_inverse=True)
    together = replace(
        opened[names[0]],
        target=" and ".join(names),
        labels=labels,
        classes=tuple(map(str, classes)),
        codes=codes.astype(np.intp),
        findings=(),
    )
    return Opened(opened, together)


def plan(
    opened: Opened,
    sheet: pd.DataFrame,
    *,
    folds: int,
    repeats: int | None,
    holdout_by: str | None,
    split: Iterable[Sequence[Any]] | None,
    seeds: Seeds,
) -> tuple[list[Fold], str]:
    """Folds by patient in which the classes of every target are dealt evenly.

    Each sample is dealt once for each target, with its patient, so a patient's label of one target
    counts like another label of the same patient.

    Raises
    ------
    SampleError
        If a class has too few patients, or a target is constant in a training part.
    """
    inputs = list(opened.targets.values())
    n = len(inputs[0].samples)
    if split is not None:
        found, scheme = plan_folds(
            inputs[0].labels,
            inputs[0].groups,
            n_splits=folds,
            n_repeats=repeats,
            holdout=held_out(sheet, holdout_by),
            split=split,
            seeds=seeds,
        )
    else:
        labels = np.concatenate(
            [np.char.add(f"{one.target}: ", one.labels.astype(str)) for one in inputs]
        )
        holdout = held_out(sheet, holdout_by)
        few = SMALL_REPEATS if n < SMALL_COHORT else 1
        dealt, scheme = plan_folds(
            labels,
            np.tile(inputs[0].groups, len(inputs)),
            n_splits=folds,
            n_repeats=few if repeats is None else repeats,
            holdout=None if holdout is None else (holdout[0], np.tile(holdout[1], len(inputs))),
            split=None,
            seeds=seeds,
        )
        found = [
            fold._replace(train=fold.train[fold.train < n], test=fold.test[fold.test < n])
            for fold in dealt
        ]
    _refuse_constant(inputs, found)
    return found, scheme


def _refuse_constant(inputs: Sequence[Inputs], folds: Sequence[Fold]) -> None:
    for fold in folds:
        for one in inputs:
            there = np.unique(one.labels[fold.train])
            if len(there) < 2:
                raise SampleError(
                    f"The target {one.target!r} is constant in the training part of {fold.name}: "
                    f"its {len(fold.train)} samples are all {str(there[0])!r}, so nothing can be "
                    "learned of it there; split in another way, or leave that target out."
                )
