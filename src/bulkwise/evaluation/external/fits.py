"""Fits in one cohort, predictions in another: genes, clinical columns, and both together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline

from bulkwise.checks.base import Finding
from bulkwise.evaluation.base import Fitted, Inputs, Judged
from bulkwise.evaluation.candidates import Candidate, line_up, taken_apart
from bulkwise.evaluation.external.clinical import Coded
from bulkwise.evaluation.fitting import cross_validate
from bulkwise.models import RowSpaceLogistic
from bulkwise.preprocess import Standardize
from bulkwise.randomness import Seeds
from bulkwise.split import Fold, grouped_folds

__all__ = ["CLINICAL", "Abroad", "Entry", "fit_abroad"]

CLINICAL = "clinical"
"""Name of the rival that sees all clinical columns and no gene."""

Floats = NDArray[np.float64]

_INNER = 5
_SMALLEST = 1e-6
_PENALTY = 1.0  # C of a logistic regression of a few standardised columns: hardly any penalty


@dataclass(frozen=True)
class Entry:
    """A model that was fitted in the training cohort.

    ``kind`` is ``"model"`` (the user's), ``"baseline"`` (on the genes), ``"clinical"`` (on
    clinical columns) or ``"joint"`` (the user's model and all clinical columns).
    """

    candidate: Candidate
    kind: str
    fitted: Fitted


@dataclass(frozen=True, eq=False)
class Abroad:
    """All models' predictions for the test cohort, whose rows are ``test``.

    Attributes
    ----------
    inputs
        Both cohorts on one matrix.
    fold
        The training cohort, and the test cohort.
    entries
        Name -> model; the user's first, then joint ones, then rivals.
    seconds
        Of the fits.
    findings
        What the fits had to say.
    """

    inputs: Inputs
    fold: Fold
    entries: dict[str, Entry]
    seconds: dict[str, float]
    findings: tuple[Finding, ...]

    def judged(self, name: str, known: NDArray[np.bool_]) -> Judged:
        """The predictions for the test samples whose class is known."""
        one = self.entries[name].fitted
        test = self.fold.test
        groups = np.unique(self.inputs.groups[test], return_inverse=True)[1]
        whole = Judged(
            observed=self.inputs.codes[test],
            predicted=one.predicted,
            probabilities=one.probabilities,
            fold=np.zeros(len(test), np.intp),
            repeat=np.zeros(len(test), np.intp),
            group=groups.astype(np.intp),
            calibrated=one.calibrated,
        )
        return whole.where(known)


def fit_abroad(
    inputs: Inputs,
    fold: Fold,
    models: Mapping[str, Any],
    baselines: Sequence[str],
    clinical: Sequence[Coded],
    seeds: Seeds,
) -> Abroad:
    """Fit every model in the training cohort and predict the test cohort.

    Parameters
    ----------
    inputs
        Both cohorts on one matrix; labels of test samples are never seen by a fit.
    fold
        Rows of the training and of the test cohort.
    models
        Name -> classifier or pipeline.
    baselines
        Names in ``bulkwise.baselines.BASELINES``.
    clinical
        Columns for the rivals without genes: each alone, all together, and all together with
        each model that gives probabilities. A joint model is a logistic regression of the columns
        and of the model's log-odds, which for the training cohort are out of fold; scores that
        aren't probabilities may have another scale in each fold.
    seeds
        Of everything random.
    """
    lined = line_up(models, baselines, inputs.unit, seeds)
    found = cross_validate(inputs, [fold], lined)
    entries = {
        candidate.name: Entry(candidate, candidate.role, found.models[candidate.name])
        for candidate in lined
    }
    seconds = dict(found.seconds)
    for name, columns in _sets(clinical).items():
        entries[name] = _on_columns(inputs, fold, name, columns, seeds)
    if clinical:
        for candidate in lined:
            if candidate.role == "model" and entries[candidate.name].fitted.calibrated:
                joint = _joint(inputs, fold, candidate, entries, clinical, seeds)
                if joint is not None:
                    entries[joint.candidate.name] = joint
    order = ("model", "joint", "baseline", "clinical")
    ordered = sorted(entries.items(), key=lambda item: order.index(item[1].kind))
    return Abroad(inputs, fold, dict(ordered), seconds, tuple(found.findings(1)))


def _sets(clinical: Sequence[Coded]) -> dict[str, list[Coded]]:
    """Each column alone, and all of them where there are several."""
    sets = {one.column.name: [one] for one in clinical}
    return sets | ({CLINICAL: list(clinical)} if len(clinical) > 1 else {})


def _stacked(columns: Sequence[Coded]) -> Floats:
    """Rows of both cohorts x numbers."""
    return np.vstack(
        [np.hstack([one.train for one in columns]), np.hstack([one.test for one in columns])]
    )


def _with_matrix(inputs: Inputs, X: Floats) -> Inputs:
    return replace(inputs, X=X, genes=tuple(f"x{j}" for j in range(X.shape[1])))


def _on_columns(
    inputs: Inputs, fold: Fold, name: str, columns: Sequence[Coded], seeds: Seeds
) -> Entry:
    candidate = _logistic(name, "baseline", seeds)
    found = cross_validate(_with_matrix(inputs, _stacked(columns)), [fold], [candidate])
    return Entry(candidate, "clinical", found.models[name])


def _logistic(name: str, role: Literal["model", "baseline"], seeds: Seeds) -> Candidate:
    """Logistic regression of a few columns, gaps filled with the training median."""
    model = make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True),
        Standardize(),
        RowSpaceLogistic(Cs=_PENALTY),
    )
    return taken_apart(name, role, model, None, seeds)


def _joint(
    inputs: Inputs,
    fold: Fold,
    candidate: Candidate,
    entries: Mapping[str, Entry],
    clinical: Sequence[Coded],
    seeds: Seeds,
) -> Entry | None:
    """The model and the clinical columns; None where a class has too few patients for folds."""
    home = _subset(inputs, fold.train)
    fewest = int(home.patients_by_class().min())
    if fewest < 2:
        return None
    folds = grouped_folds(
        home.labels,
        home.groups,
        n_splits=min(_INNER, fewest),
        random_state=seeds.sklearn("joint"),
    )
    inner = cross_validate(home, folds, [candidate]).models[candidate.name]
    outer = entries[candidate.name].fitted
    odds = np.vstack([_log_odds(inner.probabilities), _log_odds(outer.probabilities)])
    name = f"{candidate.name} + {CLINICAL}"
    joint = _logistic(name, "model", seeds)
    X = np.hstack([odds, _stacked(clinical)])
    found = cross_validate(_with_matrix(inputs, X), [fold], [joint]).models[name]
    found.seconds[0] += sum(inner.seconds)
    return Entry(joint, "joint", found)


def _log_odds(probabilities: Floats) -> Floats:
    """Log-odds of all classes but the first, against the first."""
    logs = np.log(np.clip(probabilities, _SMALLEST, 1.0))
    return np.asarray(logs[:, 1:] - logs[:, :1])


def _subset(inputs: Inputs, rows: NDArray[np.intp]) -> Inputs:
    sheet: pd.DataFrame = inputs.sheet.iloc[rows]
    return replace(
        inputs,
        X=inputs.X[rows],
        samples=inputs.samples[rows],
        sheet=sheet,
        labels=inputs.labels[rows],
        codes=inputs.codes[rows],
        groups=inputs.groups[rows],
        sources=None if inputs.sources is None else inputs.sources[rows],
    )
