"""Fit in the training part, predict the test part: the only place where models meet data.

In each fold equal preprocessing is fitted once for all models that declare it, and its lossless
reduction to the row space is made once for all that can use it (``fit_rows``), the refits on
permuted labels included. The reduction belongs to one fit of the preprocessing: another fold has
its own.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn import config_context
from sklearn.base import clone
from sklearn.utils import get_tags
from sklearn.utils.metadata_routing import get_routing_for_object

from bulkwise.errors import FitError
from bulkwise.evaluation.base import CrossValidated, Fitted
from bulkwise.progress import Task, task
from bulkwise.split import Fold
from bulkwise.training.rowspace import RowSpace, worth_reducing

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from bulkwise.evaluation.base import Inputs
    from bulkwise.evaluation.candidates import Candidate

__all__ = [
    "REDUCED",
    "FoldData",
    "Prepared",
    "codes_of",
    "cross_validate",
    "fit_candidate",
    "in_order",
    "judge_fold",
    "stays_in_row_space",
    "uses_labels",
]

Codes = NDArray[np.intp]

REDUCED = "row space"


@dataclass(eq=False)
class Prepared:
    """A fold's data after one fit of the preprocessing."""

    train: Any
    test: Any

    @cached_property
    def rows(self) -> RowSpace | None:
        """The reduction of the training rows, where it pays."""
        train = np.asarray(self.train)
        return RowSpace.of(train) if worth_reducing(*train.shape) else None

    def data_for(self, model: Any) -> tuple[Any, Any]:
        """Training and test rows for a model: the row space if it can take one."""
        if hasattr(model, "fit_rows") and self.rows is not None:
            return self.rows, np.asarray(self.test)
        return self.train, self.test

    @cached_property
    def coordinates(self) -> tuple[RowSpace, NDArray[np.float64]]:
        """Training and test rows as coordinates of the row space.

        What is trained in the row space and sees new rows through products with its weights
        predicts from these what it predicts from genes, at the width of the samples.
        """
        rows = self.rows
        if rows is None:
            raise TypeError("these rows aren't reduced")
        narrow = RowSpace(X=rows.Z, mean=np.zeros(rows.rank), U=rows.U, s=rows.s)
        return narrow, rows.project(np.asarray(self.test))


class FoldData:
    """One fold's samples, prepared as the models ask, each way once."""

    def __init__(self, inputs: Inputs, fold: Fold) -> None:
        self.inputs, self.fold = inputs, fold
        self.groups = inputs.groups[fold.train]
        self.labels = inputs.labels[fold.train]
        self._prepared: dict[str, Prepared] = {}

    def of(self, inputs: Inputs) -> FoldData:
        """The same samples with other labels: preparation that needs no labels serves both."""
        other = FoldData(inputs, self.fold)
        other._prepared = self._prepared
        return other

    def prepared(self, candidate: Candidate) -> Prepared:
        """The data behind the candidate's preprocessing, fitted on the training part."""
        if candidate.key not in self._prepared:
            self._prepared[candidate.key] = self.prepare(candidate.steps, self.labels)
        return self._prepared[candidate.key]

    def prepare(self, steps: Pipeline | None, labels: NDArray[np.str_]) -> Prepared:
        """Fit preprocessing on the training part with these labels."""
        train, test = (
            pd.DataFrame(self.inputs.X[side], columns=list(self.inputs.genes), copy=False)
            for side in (self.fold.train, self.fold.test)
        )
        if steps is None:
            return Prepared(train, test)
        steps = clone(steps)
        fitted = steps.fit_transform(train, labels, **_routed(steps, "fit_transform", self.groups))
        return Prepared(np.asarray(fitted), np.asarray(steps.transform(test)))


def cross_validate(
    inputs: Inputs,
    folds: Sequence[Fold],
    candidates: Sequence[Candidate],
    permuted: Sequence[NDArray[np.str_]] = (),
) -> CrossValidated:
    """Fit every candidate in every training part and predict its test part.

    Parameters
    ----------
    inputs
        The cohort.
    folds
        Training and test parts.
    candidates
        Models to judge; the first is the one refitted on permuted labels.
    permuted
        Sets of permuted labels, each of the whole cohort; used in the first repeat.

    Raises
    ------
    FitError
        If a model predicts something else than numbers.
    """
    n_rows = sum(len(fold.test) for fold in folds)
    n_first = sum(len(fold.test) for fold in folds if fold.repeat == 0)
    k = len(inputs.classes)
    models = {
        candidate.name: Fitted(np.zeros(n_rows, np.intp), np.zeros((n_rows, k)))
        for candidate in candidates
    }
    null = np.zeros((len(permuted), n_first), np.intp)
    seconds = {"preprocessing": 0.0, "permutations": 0.0}
    n_fits = len(folds) * len(candidates) + len(permuted) * sum(f.repeat == 0 for f in folds)
    start = 0
    by_label: bool | None = None
    with config_context(enable_metadata_routing=True), task("Fitting", n_fits) as bar:
        for fold in sorted(folds, key=lambda fold: fold.repeat):
            data = FoldData(inputs, fold)
            rows = slice(start, start + len(fold.test))
            for candidate in candidates:
                seconds["preprocessing"] += judge_fold(
                    candidate, data, models[candidate.name], rows
                )
                bar.advance(note=f"{fold.name}: {candidate.name}")
            if len(permuted) and fold.repeat == 0:
                begin = time.perf_counter()
                if by_label is None:
                    by_label = uses_labels(candidates[0], data, permuted[0])
                null[:, rows] = _permuted(
                    candidates[0],
                    data,
                    permuted,
                    by_label=by_label,
                    reduced=stays_in_row_space(models[candidates[0].name]),
                    bar=bar,
                )
                seconds["permutations"] += time.perf_counter() - begin
            start += len(fold.test)
    return in_order(sorted(folds, key=lambda fold: fold.repeat), models, null, seconds)


def judge_fold(candidate: Candidate, data: FoldData, found: Fitted, rows: slice) -> float:
    """Fit and predict one fold into ``found``; return the seconds that went into shared data."""
    begin = time.perf_counter()
    train, test = data.prepared(candidate).data_for(candidate.final)
    ready = time.perf_counter()
    model = fit_candidate(candidate, train, data.labels, data.groups)
    codes, probabilities, calibrated = _predict(model, test, data)
    if not np.isfinite(probabilities).all():
        raise FitError(
            f"{candidate.name} predicted something else than numbers in {data.fold.name}: expected "
            "finite probabilities; look at its settings (a learning rate too large?)."
        )
    found.predicted[rows], found.probabilities[rows] = codes, probabilities
    found.calibrated = calibrated
    found.reduction = getattr(
        model, "reduction_", REDUCED if isinstance(train, RowSpace) else "full width"
    )
    found.seconds.append(time.perf_counter() - ready)
    found.tries = max(found.tries, _tries(model))
    note = getattr(model, "note_", "")
    if note:
        found.notes.setdefault(note, []).append(data.fold.name)
    history = getattr(model, "history_", None)
    if isinstance(history, dict) and history:
        found.histories.append({"fold": data.fold.name, **history})
    return ready - begin


def _permuted(
    candidate: Candidate,
    data: FoldData,
    permuted: Sequence[NDArray[np.str_]],
    *,
    by_label: bool,
    reduced: bool,
    bar: Task,
) -> NDArray[np.intp]:
    """Codes predicted after fitting on each set of permuted labels."""
    found = np.zeros((len(permuted), len(data.fold.test)), np.intp)
    for index, labels in enumerate(permuted):
        own = labels[data.fold.train]
        prepared = data.prepare(candidate.steps, own) if by_label else data.prepared(candidate)
        train, test = prepared.coordinates if reduced else prepared.data_for(candidate.final)
        model = fit_candidate(candidate, train, own, data.groups)
        found[index] = codes_of(model.predict(test), data.inputs.classes)
        bar.advance(note=f"{data.fold.name}: permuted labels")
    return found


def fit_candidate(
    candidate: Candidate, train: Any, labels: NDArray[np.str_], groups: NDArray[np.str_]
) -> Any:
    """The candidate's last step, fitted on prepared rows of genes or of the row space."""
    model = clone(candidate.final)
    if isinstance(train, RowSpace):
        return model.fit_rows(train, labels, groups=groups)
    return model.fit(train, labels, **_routed(model, "fit", groups))


def _routed(model: Any, method: str, groups: NDArray[np.str_]) -> dict[str, Any]:
    """``groups`` for a method that asked for them by metadata routing."""
    asked = get_routing_for_object(model).consumes(method, ["groups"])
    return {"groups": groups} if "groups" in asked else {}


def _tries(model: Any) -> int:
    """Settings that a fitted model chose from: its own count, or a search's of scikit-learn."""
    searched = getattr(model, "cv_results_", {}).get("params", ())
    return int(getattr(model, "n_tries_", len(searched) or 1))


def stays_in_row_space(found: Fitted) -> bool:
    """Whether the model says itself that its fit was on the row space, so that nothing is lost."""
    return found.reduction.startswith(f"{REDUCED} of rank")


def uses_labels(candidate: Candidate, data: FoldData, permuted: NDArray[np.str_]) -> bool:
    """Whether the preprocessing depends on the labels, and must be fitted anew on permuted ones."""
    if candidate.steps is None:
        return False
    if any(get_tags(step).target_tags.required for _, step in candidate.steps.steps):
        return True
    other = data.prepare(candidate.steps, permuted[data.fold.train])
    return not np.array_equal(other.train, data.prepared(candidate).train)


def codes_of(predicted: Any, classes: tuple[str, ...]) -> Codes:
    """The places of labels among the classes."""
    places = {label: code for code, label in enumerate(classes)}
    return np.array([places[str(label)] for label in np.asarray(predicted)], dtype=np.intp)


def _predict(model: Any, test: Any, data: FoldData) -> tuple[Codes, NDArray[np.float64], bool]:
    """Predicted codes, and a column of probabilities (or scores that rank) for every class."""
    classes = data.inputs.classes
    codes = codes_of(model.predict(test), classes)
    known = codes_of(getattr(model, "classes_", np.unique(data.labels)), classes)
    calibrated = hasattr(model, "predict_proba")
    if calibrated:
        scores = np.asarray(model.predict_proba(test), np.float64)
    elif hasattr(model, "decision_function"):
        decision = np.asarray(model.decision_function(test), np.float64)
        two = decision.ndim == 1
        scores = softmax(np.column_stack([-decision, decision]) if two else decision, axis=1)
    else:
        scores = np.eye(len(classes))[codes][:, known]
    probabilities = np.zeros((len(codes), len(classes)))
    probabilities[:, known] = scores
    return codes, probabilities, calibrated


def in_order(
    folds: Sequence[Fold],
    models: dict[str, Fitted],
    null: NDArray[np.intp],
    seconds: dict[str, float],
) -> CrossValidated:
    """The predictions by repeat, then as the samples stand in the cohort."""
    sample = np.concatenate([fold.test for fold in folds])
    fold_code = np.repeat(np.arange(len(folds)), [len(fold.test) for fold in folds])
    repeat = np.repeat([fold.repeat for fold in folds], [len(fold.test) for fold in folds])
    order = np.lexsort((sample, repeat))
    for found in models.values():
        found.predicted = found.predicted[order]
        found.probabilities = found.probabilities[order]
    return CrossValidated(
        sample=sample[order],
        fold=fold_code[order],
        repeat=repeat[order],
        models=models,
        permuted=null[:, order[repeat[order] == 0]],
        seconds=seconds,
    )
