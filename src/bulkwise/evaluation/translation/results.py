"""The result of judging translators, and its folder on disk.

A results folder holds ``metrics.json`` (figures, comparisons, findings), ``patients.csv`` (the
figures of every held-out patient under every model), ``genes.csv`` (the error of every gene) and
``run.json`` (how it was made; also the list of the folder's files).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from bulkwise.checks.base import Finding
from bulkwise.errors import InputError
from bulkwise.evaluation.base import Estimate, MetricInfo, plain, read_figures, restored
from bulkwise.storage import PathLike, atomic_folder, read_json, write_csv, write_json

__all__ = [
    "PAIRED_METRICS",
    "UNPAIRED_METRICS",
    "Coverage",
    "Purity",
    "Sensitivity",
    "TranslationComparison",
    "TranslationQuestion",
    "TranslationResult",
    "Translator",
]

_CRITIC_METRICS = {
    "condition_f1": MetricInfo(
        "Condition F1",
        True,
        "macro F1 of an independent classifier on held-out source samples and predicted targets",
    ),
    "tissue_f1": MetricInfo(
        "Tissue F1", True, "macro F1 of an independent classifier on the predicted targets"
    ),
}

PAIRED_METRICS: dict[str, MetricInfo] = {
    "error": MetricInfo(
        "Squared error", False, "mean over genes, then over patients, squared log2 units"
    ),
    "median_error": MetricInfo(
        "Median error", False, "mean over genes, then the median over patients"
    ),
    "profile_correlation": MetricInfo(
        "Profile correlation", True, "of predicted and true profile over the genes"
    ),
    "change_correlation": MetricInfo(
        "Change correlation", True, "of predicted and true change from the source sample"
    ),
    "personal_correlation": MetricInfo(
        "Personal correlation",
        True,
        "of predicted and true deviation from the tissue's mean target profile in training",
    ),
    "direction": MetricInfo(
        "Directions right", True, "share of a patient's genes changed at least twofold"
    ),
    "coverage": MetricInfo("Coverage", True, "share of true values inside their interval"),
    **_CRITIC_METRICS,
}
"""Metrics where held-out patients gave both samples."""

UNPAIRED_METRICS: dict[str, MetricInfo] = {
    "mean_error": MetricInfo(
        "Error of the mean", False, "squared difference of mean predicted and mean real profile"
    ),
    "energy": MetricInfo(
        "Energy distance",
        False,
        "between predicted and real target samples, as a share of that between the conditions",
    ),
    "spread": MetricInfo(
        "Spread", True, "variance of the predicted targets as a share of the real ones'"
    ),
    **_CRITIC_METRICS,
}
"""Metrics without pairs: they compare groups, never a person."""

FORMAT = 1
MARKER = "run.json"
_SCHEMA = "translation"
_WORDS = ("sample", "patient", "tissue", "model", "gene")


@dataclass(frozen=True)
class TranslationQuestion:
    """What was asked of which cohort, and how it was split.

    Attributes
    ----------
    paired
        Whether held-out patients with both samples judge.
    tissues
        Tissue -> held-out pairs (samples of the source condition where nothing is paired).
    level
        Share of values that the intervals are to hold.
    """

    cohort: str
    unit: str
    column: str
    source: str
    target: str
    tissue: str | None
    pairs: str | None
    paired: bool
    n_samples: int
    n_genes: int
    n_patients: int
    n_pairs: int
    tissues: dict[str, int]
    scheme: str
    n_folds: int
    level: float


@dataclass(frozen=True)
class Coverage:
    """Share of held-out values inside intervals of a nominal level, by tissue."""

    tissue: str
    n: int
    nominal: float
    held: float


@dataclass(frozen=True)
class Sensitivity:
    """The figures again without some of the held-out patients."""

    without: str
    n: int
    error: Estimate
    rival_error: Estimate
    personal_correlation: Estimate


@dataclass(frozen=True)
class Purity:
    """How much of the personal part a score of admixed cells explains.

    Attributes
    ----------
    explained
        Share of the true deviations' variance that the score explains (fitted in training).
    before, after
        Personal correlation, and that of what is left of truth and prediction when each one's
        own score is regressed out.
    """

    genes: tuple[str, ...]
    explained: Estimate
    before: Estimate
    after: Estimate


@dataclass(frozen=True)
class Translator:
    """One model's held-out figures.

    Attributes
    ----------
    metrics
        A key of :data:`PAIRED_METRICS` or :data:`UNPAIRED_METRICS` -> estimate.
    per_tissue
        Tissue -> ``error`` and ``personal_correlation`` (or ``mean_error`` and ``energy``).
    """

    name: str
    role: Literal["model", "rule"]
    description: str
    seconds: float
    metrics: dict[str, Estimate]
    per_tissue: dict[str, dict[str, Estimate]]


@dataclass(frozen=True)
class TranslationComparison:
    """Error of the model minus that of a rule, over the same patients (below 0: better).

    ``p_value`` is of the paired t-test, ``adjusted_p_value`` its adjustment by Holm over the
    rules, ``rank_p_value`` of Wilcoxon's signed-rank test.
    """

    model: str
    rival: str
    difference: Estimate
    p_value: float
    adjusted_p_value: float
    rank_p_value: float
    verdict: Literal["better", "worse", "undecided"]


@dataclass(eq=False)
class TranslationResult:
    """Everything that a judgement of translators found.

    Attributes
    ----------
    models
        Name -> figures; the model first, then the rules.
    patients
        A row a held-out patient and model: ``sample``, ``patient``, ``tissue``, ``fold``,
        ``model`` and the patient's figures (log2 units).
    genes
        A row a gene: squared error of the model and of the best rule, the variance around the
        tissue's mean, and the share of it that the model explains.
    run
        Versions, seed, threads, data hash, command, seconds by stage.
    """

    question: TranslationQuestion
    models: dict[str, Translator]
    comparisons: tuple[TranslationComparison, ...]
    coverage: tuple[Coverage, ...]
    sensitivity: tuple[Sensitivity, ...]
    purity: Purity | None
    findings: tuple[Finding, ...]
    verdict: tuple[str, ...]
    patients: pd.DataFrame
    genes: pd.DataFrame
    run: dict[str, Any]

    @property
    def metrics(self) -> dict[str, MetricInfo]:
        """The metrics of this kind of judgement."""
        return PAIRED_METRICS if self.question.paired else UNPAIRED_METRICS

    @property
    def best_rule(self) -> str | None:
        """The rule with the smallest error; ``None`` where there is none."""
        key = "error" if self.question.paired else "energy"
        rules = {n: m.metrics[key].value for n, m in self.models.items() if m.role == "rule"}
        return min(rules, key=lambda name: rules[name], default=None)

    def save(self, folder: PathLike, *, draw: Callable[[Path], object] | None = None) -> Path:
        """Write the results folder, whole or not at all.

        Parameters
        ----------
        folder
            A new or empty folder, or one that holds earlier results.
        draw
            Called with the staging folder before it is swapped in, to add a report.

        Raises
        ------
        InputError
            If the folder is somebody else's or can't be written.
        """
        folder = Path(folder)
        document = {
            "question": plain(self.question),
            "verdict": list(self.verdict),
            "models": {name: plain(model) for name, model in self.models.items()},
            "comparisons": plain(self.comparisons),
            "coverage": plain(self.coverage),
            "sensitivity": plain(self.sensitivity),
            "purity": None if self.purity is None else plain(asdict(self.purity)),
            "findings": [item.to_dict() for item in self.findings],
        }
        with atomic_folder(folder, marker=MARKER, drop=("report.html",)) as stage:
            write_json(stage / "metrics.json", document, schema=_SCHEMA, version=FORMAT)
            write_csv(stage / "patients.csv", self.patients)
            write_csv(stage / "genes.csv", self.genes)
            if draw is not None:
                draw(stage)
            files = sorted({MARKER, *(path.name for path in stage.iterdir())})
            write_json(stage / MARKER, self.run | {"files": files}, schema="run", version=FORMAT)
        return folder

    @classmethod
    def load(cls, folder: PathLike) -> TranslationResult:
        """Read a results folder that :meth:`save` wrote.

        Raises
        ------
        InputError
            If it isn't one, a file is missing, or its content was changed.
        """
        folder = Path(folder)
        document = read_json(folder / "metrics.json", schema=_SCHEMA, newest=FORMAT)
        run = read_json(folder / MARKER, schema="run", newest=FORMAT)
        try:
            purity = document["purity"]
            return cls(
                question=restored(TranslationQuestion, document["question"]),
                models=restored(dict[str, Translator], document["models"]),
                comparisons=restored(tuple[TranslationComparison, ...], document["comparisons"]),
                coverage=restored(tuple[Coverage, ...], document["coverage"]),
                sensitivity=restored(tuple[Sensitivity, ...], document["sensitivity"]),
                purity=None if purity is None else restored(Purity, purity),
                findings=restored(tuple[Finding, ...], document["findings"]),
                verdict=tuple(document["verdict"]),
                patients=read_figures(folder / "patients.csv", _WORDS),
                genes=read_figures(folder / "genes.csv", _WORDS),
                run={k: v for k, v in run.items() if k not in {"schema", "format", "files"}},
            )
        except (KeyError, TypeError, ValueError, AttributeError, OSError) as error:
            raise InputError(
                f"Can't read the results in {str(folder)!r}: they don't fit together "
                f"({type(error).__name__}: {error}); make them again."
            ) from error

    def summary(self) -> str:
        """A table for the terminal, with the verdict below."""
        asked = self.question
        shown = [key for key in self.metrics if key != "median_error"]
        whom = f"{asked.n_pairs} pairs" if asked.paired else f"{asked.n_samples} samples, unpaired"
        width = max(len(name) for name in self.models)
        lines = [
            f"{asked.source} to {asked.target} in {asked.cohort} ({whom}, {len(asked.tissues)} "
            f"tissues, {asked.n_genes} genes, {asked.scheme})",
            "",
            "  ".join([" " * width, *(f"{self.metrics[key].title:<22}" for key in shown)]),
        ]
        for name, model in self.models.items():
            cells = (f"{_cell(model.metrics[key]):<22}" for key in shown)
            lines.append("  ".join([f"{name:<{width}}", *cells]))
        return "\n".join([*(line.rstrip() for line in lines), "", *self.verdict])


def _cell(value: Estimate) -> str:
    if value.value != value.value:
        return "-"
    return str(value) if value.low == value.low else f"{value.value:.3f}"
