"""Fit one model of all targets and each target's baselines in every training part.

What a fold's preprocessing gives, and its reduction to the row space, is made once for all of
them, the refits on permuted labels included.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import config_context

from bulkwise.errors import FitError, InputError
from bulkwise.evaluation.base import CrossValidated, Fitted, Inputs
from bulkwise.evaluation.candidates import Candidate
from bulkwise.evaluation.fitting import (
    REDUCED,
    FoldData,
    Prepared,
    codes_of,
    fit_candidate,
    in_order,
    judge_fold,
    stays_in_row_space,
    uses_labels,
)
from bulkwise.evaluation.multitask.opened import Opened
from bulkwise.progress import Task, task
from bulkwise.split import Fold
from bulkwise.training.rowspace import RowSpace

__all__ = ["FittedTargets", "FoldCodes", "fit_targets"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FoldCodes:
    """The codes that one fold's model gives, samples x units."""

    fold: Fold
    train: Floats
    test: Floats


@dataclass(frozen=True, eq=False)
class FittedTargets:
    """Target -> out-of-fold predictions of all models, and the codes of the first repeat."""

    targets: dict[str, CrossValidated]
    codes: tuple[FoldCodes, ...]


def fit_targets(
    opened: Opened,
    folds: Sequence[Fold],
    model: Candidate,
    baselines: Sequence[Candidate],
    permuted: Sequence[NDArray[np.str_]],
) -> FittedTargets:
    """Fit the model once a fold for all targets, and each target's baselines.

    Parameters
    ----------
    opened
        The cohort.
    folds
        Training and test parts.
    model
        A classifier of several targets, in the manner of scikit-learn: ``predict`` gives samples x
        targets, ``predict_proba`` a list with an array a target.
    baselines
        Classifiers of one target.
    permuted
        Sets of permuted labels that stand for all targets; used in the first repeat.

    Raises
    ------
    FitError
        If a model predicts something else than numbers.
    InputError
        If the model can't take several targets.
    """
    folds = sorted(folds, key=lambda fold: fold.repeat)
    run = _Run(opened, model, baselines, permuted, folds)
    n_permuted = len(permuted) * sum(fold.repeat == 0 for fold in folds)
    n_fits = len(folds) * (1 + len(baselines) * len(opened.targets)) + n_permuted
    start = 0
    with config_context(enable_metadata_routing=True), task("Fitting", n_fits) as bar:
        for fold in folds:
            run.one_fold(fold, slice(start, start + len(fold.test)), bar)
            start += len(fold.test)
    return FittedTargets(
        {
            name: in_order(folds, found, run.null[name], dict(run.seconds))
            for name, found in run.found.items()
        },
        tuple(run.codes),
    )


class _Run:
    """What grows from fold to fold."""

    def __init__(
        self,
        opened: Opened,
        model: Candidate,
        baselines: Sequence[Candidate],
        permuted: Sequence[NDArray[np.str_]],
        folds: Sequence[Fold],
    ) -> None:
        self.opened, self.model, self.baselines, self.permuted = opened, model, baselines, permuted
        n_rows = sum(len(fold.test) for fold in folds)
        n_first = sum(len(fold.test) for fold in folds if fold.repeat == 0)
        self.found = {
            name: {
                one.name: Fitted(np.zeros(n_rows, np.intp), np.zeros((n_rows, len(inputs.classes))))
                for one in (model, *baselines)
            }
            for name, inputs in opened.targets.items()
        }
        self.null = {name: np.zeros((len(permuted), n_first), np.intp) for name in opened.targets}
        self.seconds = {"preprocessing": 0.0, "permutations": 0.0}
        self.codes: list[FoldCodes] = []
        self.by_label: bool | None = None

    def one_fold(self, fold: Fold, rows: slice, bar: Task) -> None:
        data = FoldData(self.opened.together, fold)
        begin = time.perf_counter()
        prepared = data.prepared(self.model)
        train, test = prepared.data_for(self.model.final)
        self.seconds["preprocessing"] += time.perf_counter() - begin
        self._judge_model(data, train, test, rows)
        bar.advance(note=f"{fold.name}: {self.model.name}")
        for name, inputs in self.opened.targets.items():
            own = data.of(inputs)
            for baseline in self.baselines:
                spent = judge_fold(baseline, own, self.found[name][baseline.name], rows)
                self.seconds["preprocessing"] += spent
                bar.advance(note=f"{fold.name}: {baseline.name}, {name}")
        if len(self.permuted) and fold.repeat == 0:
            begin = time.perf_counter()
            self._refit_permuted(data, prepared, rows, bar)
            self.seconds["permutations"] += time.perf_counter() - begin

    def _judge_model(self, data: FoldData, train: Any, test: Any, rows: slice) -> None:
        begin = time.perf_counter()
        fold, targets = data.fold, self.opened.targets
        fitted = fit_candidate(self.model, train, self.opened.table(fold.train), data.groups)  # type: ignore[arg-type]
        predicted = _predicted(fitted, test, targets)
        probabilities = fitted.predict_proba(test) if hasattr(fitted, "predict_proba") else None
        for number, (name, inputs) in enumerate(targets.items()):
            found = self.found[name][self.model.name]
            found.predicted[rows] = predicted[name]
            found.calibrated = probabilities is not None
            if probabilities is None:
                found.probabilities[rows] = np.eye(len(inputs.classes))[predicted[name]]
            else:
                known = codes_of(fitted.classes_[number], inputs.classes)
                found.probabilities[rows, known] = probabilities[number]
            if not np.isfinite(found.probabilities[rows]).all():
                raise FitError(
                    f"{self.model.name} predicted something else than numbers in {fold.name}: "
                    "expected finite probabilities; look at its settings (a learning rate too "
                    "large?)."
                )
            whole = REDUCED if isinstance(train, RowSpace) else "full width"
            found.reduction = getattr(fitted, "reduction_", whole)
        spent = time.perf_counter() - begin
        history = getattr(fitted, "history_", None)
        for one in (found[self.model.name] for found in self.found.values()):
            one.seconds.append(spent)
            if isinstance(history, dict) and history:
                one.histories.append({"fold": fold.name, **history})
        if fold.repeat == 0 and hasattr(fitted, "transform"):
            seen = train.X if isinstance(train, RowSpace) else train
            codes = (np.asarray(fitted.transform(part)) for part in (seen, test))
            self.codes.append(FoldCodes(fold, *codes))

    def _refit_permuted(self, data: FoldData, prepared: Prepared, rows: slice, bar: Task) -> None:
        """Codes predicted after fitting on each set of permuted labels."""
        if self.by_label is None:
            self.by_label = uses_labels(self.model, data, self.permuted[0])
        first = next(iter(self.found.values()))[self.model.name]
        for index, labels in enumerate(self.permuted):
            if self.by_label:
                prepared = data.prepare(self.model.steps, labels[data.fold.train])
            narrow = stays_in_row_space(first)
            train, test = prepared.coordinates if narrow else prepared.data_for(self.model.final)
            table = self.opened.table(data.fold.train, labels)
            fitted = fit_candidate(self.model, train, table, data.groups)  # type: ignore[arg-type]
            for name, codes in _predicted(fitted, test, self.opened.targets).items():
                self.null[name][index, rows] = codes
            bar.advance(note=f"{data.fold.name}: permuted labels")


def _predicted(fitted: Any, test: Any, targets: dict[str, Inputs]) -> dict[str, NDArray[np.intp]]:
    """Target -> predicted codes, or an ``InputError`` if it isn't a model of several targets."""
    table = np.asarray(fitted.predict(test))
    if table.ndim != 2 or table.shape[1] != len(targets):
        raise InputError(
            f"The model {type(fitted).__name__} doesn't predict {len(targets)} targets: expected a "
            f"column a target, got an array of shape {table.shape}; take "
            "bulkwise.models.MultitaskClassifier."
        )
    return {
        name: codes_of(table[:, number], inputs.classes)
        for number, (name, inputs) in enumerate(targets.items())
    }
