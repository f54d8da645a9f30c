"""The result of an external validation, and its folder on disk.

It is an evaluation whose one test part is another cohort, with what only such a test can say
beside it: the two cohorts, calibration before and after recalibration, figures within strata,
and measures that take censored patients in. The folder is a results folder with ``external.json``
and, for a survival endpoint, ``risks.csv`` (every test patient's follow-up and predicted risk).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bulkwise.checks.base import Finding
from bulkwise.errors import InputError
from bulkwise.evaluation.base import (
    FOLLOW_UP_METRICS,
    METRICS,
    Estimate,
    MetricInfo,
    ModelResult,
    plain,
    read_table,
    restored,
)
from bulkwise.evaluation.external.clinical import ClinicalColumn
from bulkwise.evaluation.external.recalibration import Reliability
from bulkwise.evaluation.results import (
    FORMAT,
    Evaluation,
)
from bulkwise.storage import PathLike, read_json, write_csv, write_json

__all__ = [
    "FOLLOW_UP_METRICS",
    "Calibrated",
    "CohortFacts",
    "EndpointFacts",
    "External",
    "ExternalValidation",
    "Recalibrated",
    "Stratum",
]

EXTERNAL = "external.json"
_RISKS = "risks.csv"


@dataclass(frozen=True)
class CohortFacts:
    """One of the two cohorts.

    Attributes
    ----------
    platform
        As stated; None where nobody said.
    ids
        Kind of its gene names.
    n_genes
        Before they were matched.
    counts
        Samples of each class.
    censored, dropped
        Patients censored before the endpoint; samples without follow-up.
    risk
        Share with the event by the endpoint, by Kaplan and Meier; NaN without follow-up.
    """

    name: str
    unit: str
    platform: str | None
    ids: str
    n_samples: int
    n_genes: int
    counts: dict[str, int]
    censored: int
    dropped: int
    risk: float


@dataclass(frozen=True)
class EndpointFacts:
    """Which columns the endpoint was made from."""

    time: str
    event: str
    years: float
    time_unit: str


@dataclass(frozen=True)
class Recalibrated:
    """Probabilities after recalibration, each by a map that other patients were used for.

    ``slope`` and ``intercepts`` are those of the map fitted to all test patients, for use on
    further patients like them: ``softmax(slope * log p + intercepts)``, classes in order.
    """

    brier: Estimate
    calibration_error: Estimate
    reliability: Reliability
    slope: float
    intercepts: tuple[float, ...]


@dataclass(frozen=True)
class Calibrated:
    """How right a model's probabilities are in the test cohort.

    ``intercept`` and ``slope`` (ideal: 0 and 1) are NaN for more than two classes; ``after`` is
    None where a class has too few patients to recalibrate.
    """

    model: str
    intercept: Estimate
    slope: Estimate
    brier: Estimate
    calibration_error: Estimate
    reliability: Reliability
    after: Recalibrated | None


@dataclass(frozen=True)
class Stratum:
    """AUROC of every model within one value of a column of the test cohort.

    ``supports`` says whether there are enough patients of each class for a claim.
    """

    column: str
    level: str
    counts: dict[str, int]
    supports: bool
    auroc: dict[str, Estimate]


@dataclass(frozen=True)
class External:
    """What an external validation knows beside the evaluation.

    Attributes
    ----------
    unit
        Of the values that the models saw; ``scaling`` says where their scale came from.
    shift
        See :class:`bulkwise.evaluation.external.pairing.Pair`.
    clinical
        How the clinical columns were read.
    supports_claim
        Whether the test cohort has ten patients of each class.
    """

    train: CohortFacts
    test: CohortFacts
    n_shared: int
    unit: str
    scaling: str
    shift: float
    endpoint: EndpointFacts | None
    clinical: tuple[ClinicalColumn, ...]
    calibration: tuple[Calibrated, ...]
    strata: tuple[Stratum, ...]
    supports_claim: bool


@dataclass(eq=False)
class ExternalValidation:
    """Everything that a validation in another cohort found.

    Attributes
    ----------
    evaluation
        Models, comparisons, findings and predictions, as of any evaluation; the test part is the
        test cohort. Metrics of :data:`FOLLOW_UP_METRICS` stand beside the others.
    external
        The rest.
    risks
        For a survival endpoint: every test patient with its follow-up and, a column a model, the
        predicted risk. Empty otherwise.
    """

    evaluation: Evaluation
    external: External
    risks: pd.DataFrame

    @property
    def models(self) -> dict[str, ModelResult]:
        """Name -> result; the user's models first."""
        return self.evaluation.models

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What to know before the figures are read."""
        return self.evaluation.findings

    @property
    def verdict(self) -> tuple[str, ...]:
        """What the comparisons allow to say."""
        return self.evaluation.verdict

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ExternalValidation):
            return NotImplemented
        return (
            self.evaluation == other.evaluation
            and plain(self.external) == plain(other.external)
            and self.risks.equals(other.risks)
        )

    __hash__ = None  # type: ignore[assignment]

    def save(self, folder: PathLike, *, draw: Callable[[Path], object] | None = None) -> Path:
        """Write the results folder, whole or not at all.

        Parameters
        ----------
        folder
            A new or empty folder, or one that holds earlier results.
        draw
            Called with the staging folder before it is swapped in, to add a report, say.

        Raises
        ------
        InputError
            If the folder is somebody else's or can't be written.
        """

        def add(stage: Path) -> None:
            document = {"external": plain(self.external), "risks": list(self.risks.columns)}
            write_json(stage / EXTERNAL, document, schema="external", version=FORMAT)
            if len(self.risks):
                write_csv(stage / _RISKS, self.risks)
            if draw is not None:
                draw(stage)

        return self.evaluation.save(folder, draw=add)

    @classmethod
    def load(cls, folder: PathLike) -> ExternalValidation:
        """Read a folder that :meth:`save` wrote.

        Raises
        ------
        InputError
            If it isn't one, a file is missing, or its content was changed.
        """
        folder = Path(folder)
        evaluation = Evaluation.load(folder)
        document = read_json(folder / EXTERNAL, schema="external", newest=FORMAT)
        try:
            external = restored(External, document["external"])
            columns = document["risks"]
            risks = _risks(read_table(folder / _RISKS)) if columns else pd.DataFrame()
            if list(risks.columns) != columns:
                raise KeyError("the columns of the risks")
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(
                f"Can't read the results in {str(folder)!r}: they don't fit together "
                f"({type(error).__name__}: {error}); make them again."
            ) from error
        return cls(evaluation, external, risks)

    def summary(self) -> str:
        """Tables for the terminal, warnings first, with the verdict below."""
        external, asked = self.external, self.evaluation.question
        shown = {key: METRICS[key] for key in ("auroc", "brier", "calibration_error")}
        if external.endpoint is not None:
            shown |= FOLLOW_UP_METRICS
        lines = [
            f"{asked.name}: {asked.target}, trained on {_worded(external.train)} and tested on "
            f"{_worded(external.test)}; {external.n_shared} genes in common, {external.unit}"
        ]
        lines += [f"{finding.level}: {finding.message}" for finding in self.evaluation.warnings]
        lines += ["", *_grid("", list(shown.values()), self.models, list(shown))]
        for stratum in external.strata:
            few = "" if stratum.supports else ", too few for a claim"
            lines += ["", f"AUROC within {stratum.column} {stratum.level} ({_of(stratum)}{few}):"]
            lines += [f"  {name}  {value}" for name, value in stratum.auroc.items()]
        return "\n".join([*(line.rstrip() for line in lines), "", *self.verdict])


def _worded(facts: CohortFacts) -> str:
    parts = [f"{n} {label}" for label, n in facts.counts.items()]
    parts += [f"{facts.censored} censored"] if facts.censored else []
    return f"{facts.name} ({', '.join(parts)})"


def _of(stratum: Stratum) -> str:
    return ", ".join(f"{n} {label}" for label, n in stratum.counts.items())


def _grid(
    corner: str, heads: list[MetricInfo], models: dict[str, ModelResult], keys: list[str]
) -> list[str]:
    width = max(map(len, [corner, *models]))
    lines = ["  ".join([f"{corner:<{width}}", *(f"{head.title:<20}" for head in heads)])]
    for name, result in models.items():
        cells = (f"{result.metrics[key]!s:<20}" for key in keys)
        lines.append("  ".join([f"{name:<{width}}", *cells]))
    return lines


def _risks(table: pd.DataFrame) -> pd.DataFrame:
    """Types of the columns of ``risks.csv``."""
    text = {"sample", "patient", "endpoint"}
    typed: dict[str, NDArray[Any]] = {}
    for name in table.columns:
        values = table[name].to_numpy(dtype=str)
        if name == "event":
            typed[name] = values == "True"
        else:
            typed[name] = values.astype(object) if name in text else values.astype(np.float64)
    return pd.DataFrame(typed)
