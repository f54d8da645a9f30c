"""The pieces of an evaluation's result: plain data that a report takes and shows.

``results.Evaluation`` holds them together and knows their folder on disk.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "FOLLOW_UP_METRICS",
    "METRICS",
    "N_BINS",
    "Association",
    "Calibration",
    "Comparison",
    "Controls",
    "Curve",
    "Estimate",
    "FoldScores",
    "Judged",
    "LeakPair",
    "MetricInfo",
    "ModelResult",
    "PermutationControl",
    "Predictions",
    "Projection",
    "Question",
    "SourceProbe",
]

Strings = NDArray[np.str_]
Floats = NDArray[np.float64]
Integers = NDArray[np.intp]


@dataclass(frozen=True)
class MetricInfo:
    """How a metric is called, which direction is better, and what it is."""

    title: str
    higher_is_better: bool
    meaning: str


METRICS: dict[str, MetricInfo] = {
    "accuracy": MetricInfo("Accuracy", True, "share of samples predicted right"),
    "balanced_accuracy": MetricInfo(
        "Balanced accuracy", True, "recall averaged over the classes, each counting the same"
    ),
    "macro_f1": MetricInfo("Macro F1", True, "F1 averaged over the classes"),
    "mcc": MetricInfo("MCC", True, "Matthews correlation coefficient, 0 for guessing"),
    "auroc": MetricInfo(
        "AUROC",
        True,
        "area under the ROC curve, each class against the rest, by fold, then averaged",
    ),
    "auprc": MetricInfo(
        "AUPRC",
        True,
        "average precision, each class against the rest, by fold, then averaged",
    ),
    "brier": MetricInfo(
        "Brier score", False, "squared error of the probabilities, summed over the classes"
    ),
    "calibration_error": MetricInfo(
        "Calibration error",
        False,
        "gap between confidence in the predicted class and how often it is right (10 bins)",
    ),
}
"""Every metric of an evaluation: key in ``metrics.json`` -> its title, direction and meaning."""

FOLLOW_UP_METRICS: dict[str, MetricInfo] = {
    "time_dependent_auroc": MetricInfo(
        "AUC at the endpoint",
        True,
        "area under the cumulative/dynamic ROC curve, censored patients weighed in",
    ),
    "c_index": MetricInfo("C-index", True, "Harrell's concordance over all of the follow-up"),
    "uno_c_index": MetricInfo(
        "Uno's C", True, "concordance up to the endpoint, free of the pattern of censoring"
    ),
}
"""Metrics of a survival endpoint, beside those of every evaluation."""


N_BINS = 10
"""Bins of confidence, of equal width, for the calibration."""


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval; NaN where it can't be computed."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True)
class Curve:
    """A ROC curve (x false, y true positive rate) or a PR curve (x recall, y precision).

    Averaged over folds at fixed x; ``label`` is a class, or ``"macro"`` for the mean over
    classes; ``area`` is the area by fold, then averaged.
    """

    label: str
    area: float
    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True)
class Calibration:
    """Bins of confidence in the predicted class; bins without samples are left out."""

    confidence: tuple[float, ...]
    accuracy: tuple[float, ...]
    count: tuple[int, ...]


@dataclass(frozen=True)
class FoldScores:
    """Point values in one fold; ``metrics`` has every key of :data:`METRICS`."""

    name: str
    repeat: int
    n_train: int
    n_test: int
    seconds: float
    metrics: dict[str, float]


@dataclass(frozen=True)
class Judged:
    """Out-of-fold predictions of one model as numbers; a row is a test sample in one fold.

    Attributes
    ----------
    observed, predicted
        Class codes, 0 to K - 1.
    probabilities
        Rows x K.
    fold, repeat, group
        Integers of the row's fold, repeat and patient.
    calibrated
        Whether ``probabilities`` are probabilities, not only scores that rank.
    """

    observed: Integers
    predicted: Integers
    probabilities: Floats
    fold: Integers
    repeat: Integers
    group: Integers
    calibrated: bool = True

    def where(self, rows: NDArray[Any]) -> Judged:
        """The rows that a mask or an index picks."""
        picked = {
            name: getattr(self, name)[rows]
            for name in ("observed", "predicted", "probabilities", "fold", "repeat", "group")
        }
        return replace(self, **picked)

    @property
    def n_classes(self) -> int:
        """K, how many classes the cohort has."""
        return int(self.probabilities.shape[1])

    def parts(self, code: Integers) -> Iterator[Judged]:
        """The rows of each value of ``code`` (``fold`` or ``repeat``), in order."""
        for value in np.unique(code):
            yield self.where(code == value)

    def confidence(self) -> tuple[Floats, Floats]:
        """Probability of the predicted class, and whether that is the observed one (0 or 1)."""
        confidence = self.probabilities[np.arange(len(self.predicted)), self.predicted]
        return confidence, (self.predicted == self.observed).astype(np.float64)

    def bins(self) -> Integers:
        """The calibration bin of each row's confidence."""
        return np.clip((self.confidence()[0] * N_BINS).astype(np.intp), 0, N_BINS - 1)


@dataclass(eq=False)
class ModelResult:
    """One model's out-of-fold results.

    Attributes
    ----------
    role
        ``"model"`` (the user's) or ``"baseline"``.
    description
        The estimator as it was declared, on one line.
    metrics
        A key of :data:`METRICS` -> estimate with its interval.
    per_class
        Class -> ``precision``, ``recall``, ``f1``, ``auroc``, ``auprc`` -> estimate.
    confusion
        Observed (rows) x predicted (columns) in the order of ``Question.labels``; counts of
        samples, averaged over the repeats.
    histories
        By fold, what the estimator's ``history_`` held (losses by epoch); empty if none.
    tries
        How many settings it chose from on inner folds, the most of any fold; 1 if it tuned
        nothing.
    predicted
        Length of the rows of :class:`Predictions`.
    probabilities
        Rows of :class:`Predictions` x classes.
    """

    name: str
    role: Literal["model", "baseline"]
    description: str
    seconds: float
    metrics: dict[str, Estimate]
    per_class: dict[str, dict[str, Estimate]]
    confusion: tuple[tuple[float, ...], ...]
    folds: tuple[FoldScores, ...]
    roc: tuple[Curve, ...] = field(metadata={"file": "figures"})
    pr: tuple[Curve, ...] = field(metadata={"file": "figures"})
    calibration: Calibration = field(metadata={"file": "figures"})
    histories: tuple[dict[str, Any], ...] = field(metadata={"file": "figures"})
    predicted: Strings = field(metadata={"file": "predictions"})
    probabilities: Floats = field(metadata={"file": "predictions"})
    tries: int = 1


@dataclass(frozen=True)
class Comparison:
    """The difference ``model - rival`` in one metric, and what may be said about it.

    Attributes
    ----------
    method
        The test's name, ``assumes`` what it takes for granted.
    p_value, adjusted_p_value
        Of no difference; adjusted by Holm over the rivals of the same model, metric and method.
    margin
        Difference that is taken for no loss; ``"as good as"`` means that the whole interval lies
        above ``-margin``.
    verdict
        Of the model: ``"better"``, ``"as good as"``, ``"worse"`` or ``"undecided"``.
    rival_suffices
        Whether the rival is not worse than the model by more than the margin.
    decides
        Whether the evaluation's verdict rests on this row.
    """

    model: str
    rival: str
    metric: str
    difference: Estimate
    p_value: float
    adjusted_p_value: float
    method: str
    assumes: str
    margin: float
    verdict: Literal["better", "as good as", "worse", "undecided"]
    rival_suffices: bool
    decides: bool


@dataclass(frozen=True)
class PermutationControl:
    """The model refitted on permuted labels: balanced accuracy must fall to ``chance``.

    ``chance`` is what the source alone can give when labels are permuted within the source
    (1 / classes without a source).
    """

    model: str
    observed: float
    values: tuple[float, ...]
    chance: float
    p_value: float
    within: str | None


@dataclass(frozen=True)
class SourceProbe:
    """How well the source is told apart within one label; 0.5 is what one hopes for."""

    label: str
    counts: dict[str, int]
    linear_auc: float
    forest_auc: float
    warns: bool


@dataclass(frozen=True)
class Association:
    """A column of the sample sheet that goes with the target.

    ``measure`` is ``"Cramér's V"`` (columns of categories) or ``"eta squared"`` (numbers, on
    ranks); ``p_value`` by chi-squared or Kruskal-Wallis, one row a patient and label.
    """

    column: str
    measure: str
    strength: float
    p_value: float
    adjusted_p_value: float
    names_label: bool


@dataclass(frozen=True)
class LeakPair:
    """Two samples that are, or look like, the same material.

    ``kind`` is ``"same patient"``, ``"identical"`` or ``"near-identical"``; ``both_sides`` says
    whether some split had one in training and the other in its test part.
    """

    kind: str
    first: str
    second: str
    correlation: float
    both_sides: bool


@dataclass(frozen=True)
class Controls:
    """What was done to catch the evaluation out."""

    permutation: PermutationControl | None
    source_probes: tuple[SourceProbe, ...]
    associations: tuple[Association, ...]
    leaks: tuple[LeakPair, ...]


@dataclass(frozen=True)
class Projection:
    """Samples on a plane: one point a sample of the cohort (``method`` is PCA or UMAP)."""

    method: str
    axes: tuple[str, ...]
    sample: tuple[str, ...]
    label: tuple[str, ...]
    source: tuple[str, ...] | None
    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True)
class Question:
    """What was asked, of which data, and how it was split."""

    name: str
    cohort: str
    unit: str
    target: str
    labels: tuple[str, ...]
    counts: dict[str, int]
    n_samples: int
    n_genes: int
    n_groups: int
    groups: str | None
    source: str | None
    sources: dict[str, int]
    scheme: str
    holdout_by: str | None
    n_folds: int
    n_repeats: int
    metric: str
    margin: float
    preprocessing: str
    baseline_preprocessing: str


@dataclass(eq=False)
class Predictions:
    """Who was tested when: one row a test sample and repeat; the same for all models."""

    sample: Strings
    group: Strings
    repeat: Integers
    fold: Strings
    observed: Strings
