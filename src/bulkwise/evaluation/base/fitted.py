"""Predictions out of fold, as they come from the fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bulkwise.checks.base import Finding
from bulkwise.evaluation.base.pieces import Judged, Predictions
from bulkwise.split import Fold

if TYPE_CHECKING:
    from bulkwise.evaluation.base.inputs import Inputs

__all__ = ["CrossValidated", "Fitted"]

Codes = NDArray[np.intp]


@dataclass(eq=False)
class Fitted:
    """One model's predictions; rows as in :class:`CrossValidated`.

    ``seconds`` by fold are the model's own (fit and predict), without what is shared;
    ``reduction`` says whether it was fitted on the row space; ``tries`` is the most settings that
    it chose from in a fold; ``notes`` are what its fits had to say (``note_``), with the folds.
    """

    predicted: Codes
    probabilities: NDArray[np.float64]
    calibrated: bool = True
    seconds: list[float] = field(default_factory=list)
    histories: list[dict[str, Any]] = field(default_factory=list)
    reduction: str = ""
    tries: int = 1
    notes: dict[str, list[str]] = field(default_factory=dict)


@dataclass(eq=False)
class CrossValidated:
    """Out-of-fold predictions: a row is a sample in the test part of a fold.

    Rows go by repeat, then by the samples' order in the cohort. ``permuted`` holds the codes
    predicted after fitting on each set of permuted labels, for the rows of the first repeat.
    """

    sample: Codes
    fold: Codes
    repeat: Codes
    models: dict[str, Fitted]
    permuted: NDArray[np.intp]
    seconds: dict[str, float]

    def first(self, n_samples: int) -> CrossValidated:
        """The rows of the cohort's first so many samples."""
        rows = self.sample < n_samples
        models = {
            name: replace(one, predicted=one.predicted[rows], probabilities=one.probabilities[rows])
            for name, one in self.models.items()
        }
        return CrossValidated(
            sample=self.sample[rows],
            fold=self.fold[rows],
            repeat=self.repeat[rows],
            models=models,
            permuted=self.permuted[:, rows[self.repeat == 0]],
            seconds=self.seconds,
        )

    def judged(self, name: str, inputs: Inputs) -> Judged:
        """One model's predictions as numbers."""
        one = self.models[name]
        return Judged(
            observed=inputs.codes[self.sample],
            predicted=one.predicted,
            probabilities=one.probabilities,
            fold=self.fold,
            repeat=self.repeat,
            group=inputs.group_codes[self.sample],
            calibrated=one.calibrated,
        )

    def findings(self, n_folds: int) -> list[Finding]:
        """What the fits had to say, once for each model and thing said."""
        return [
            Finding(
                "fit-note",
                "warning",
                f"{name}: {note} ({len(folds)} of {n_folds} fits).",
                (name, *folds),
            )
            for name, one in self.models.items()
            for note, folds in one.notes.items()
        ]

    def who(self, inputs: Inputs, folds: Sequence[Fold]) -> Predictions:
        """Who was tested when."""
        names = np.array([fold.name for fold in folds], dtype=str)
        return Predictions(
            sample=inputs.samples[self.sample],
            group=inputs.groups[self.sample],
            repeat=self.repeat,
            fold=names[self.fold],
            observed=inputs.labels[self.sample],
        )
