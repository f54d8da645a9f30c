"""What the judgement of inference leaves, and its folder on disk."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bulkwise.errors import InputError
from bulkwise.evaluation.base import Estimate, read_figures
from bulkwise.storage import PathLike, atomic_folder, read_json, write_csv, write_json

__all__ = ["Downstream", "InferenceEvaluation", "Rivalry", "Scenario", "Scores"]

FORMAT = 1
MARKER = "run.json"
_SCHEMA = "inference"
_ABOUT = ("ours", "cohort", "unit", "n_landmarks", "merged")


@dataclass(frozen=True)
class Scores:
    """How one model did in one scenario.

    Attributes
    ----------
    mae
        Mean absolute error over samples and genes, each gene in units of its standard deviation
        over the training samples; interval by bootstrap over patients.
    correlation
        Median over genes of the correlation within a test part, averaged over parts.
    coverage
        Share of values inside the model's intervals; NaN without intervals.
    seconds
        Processor seconds of all fits and predictions.
    """

    mae: Estimate
    correlation: float
    coverage: float
    seconds: float


@dataclass(frozen=True)
class Rivalry:
    """The model under test beside one rival, in one scenario.

    Attributes
    ----------
    rival
        Its name.
    difference
        Error of the model minus that of the rival: below 0 the model is better.
    p
        Wilcoxon's signed-rank test of the patients' mean errors, after Holm over the rivals.
    improved
        Share of the genes, among those expressed in a tenth of the samples or more, of which the
        model's error is lower.
    """

    rival: str
    difference: Estimate
    p: float
    improved: float


@dataclass(frozen=True)
class Scenario:
    """One way of dividing training and test samples."""

    name: str
    n_train: int
    n_test: int
    n_patients: int
    models: dict[str, Scores]
    rivals: tuple[Rivalry, ...]


@dataclass(frozen=True)
class Downstream:
    """Whether analyses of inferred genes give what those of measured genes give.

    Attributes
    ----------
    label
        The column that was classified.
    measured, inferred
        Balanced accuracy of logistic regression, trained on measured targets, on measured and on
        inferred targets of test samples; NaN if there was no column.
    contrast
        The two conditions compared, or empty.
    fold_changes
        Correlation of the log2 fold changes of measured and inferred targets.
    same_sign
        Share of the genes significant in the measured ones (5 %) whose inferred change has the
        same sign; NaN if none is significant.
    top
        Share of the 100 genes of the smallest P (of all, where there are fewer) that both lists
        have.
    """

    label: str = ""
    measured: float = float("nan")
    inferred: float = float("nan")
    contrast: str = ""
    fold_changes: float = float("nan")
    same_sign: float = float("nan")
    top: float = float("nan")


@dataclass(eq=False)
class InferenceEvaluation:
    """Everything that :func:`evaluate_inference` found.

    Attributes
    ----------
    scenarios
        ``"within"`` first, then the shifts.
    genes
        A row a target: ``gene``, ``expressed`` (share of samples above zero), for each model
        ``error(model)`` in the first scenario, and of the model under test ``expected`` (its own
        estimate, mean over the fits) and ``inferable``.
    ours
        Name of the model under test.
    cohort, unit, n_landmarks, merged
        What it was judged on; ``merged`` says how many near-duplicate samples were put on one
        side with another patient's.
    """

    scenarios: tuple[Scenario, ...]
    genes: pd.DataFrame
    ours: str
    cohort: str
    unit: str
    n_landmarks: int
    merged: int
    downstream: Downstream
    run: dict[str, Any] = field(default_factory=dict)

    def metrics(self) -> dict[str, Any]:
        """``models.<name>.metrics.<scenario>`` with value, low and high."""
        first = self.scenarios[0].models
        return {
            "models": {
                name: {
                    "metrics": {one.name: asdict(one.models[name].mae) for one in self.scenarios}
                }
                for name in first
            }
        }

    def flagged_error(self) -> tuple[float, float]:
        """Error of the model under test in genes it flags as not inferable, and in the others."""
        error = self.genes[f"error({self.ours})"].to_numpy()
        good = self.genes["inferable"].to_numpy(dtype=bool)
        return (float(error[~good].mean()) if (~good).any() else float("nan")), float(
            error[good].mean()
        )

    def save(self, folder: PathLike) -> Path:
        """Write ``metrics.json``, ``genes.csv`` and ``run.json``, whole or not at all."""
        folder = Path(folder)
        with atomic_folder(folder, marker=MARKER) as stage:
            document = {
                **self.metrics(),
                "scenarios": [asdict(one) for one in self.scenarios],
                "downstream": asdict(self.downstream),
                **{name: getattr(self, name) for name in _ABOUT},
            }
            write_json(stage / "metrics.json", document, schema=_SCHEMA, version=FORMAT)
            write_csv(stage / "genes.csv", self.genes)
            files = ["genes.csv", "metrics.json", MARKER]
            about = {**self.run, "files": files}
            write_json(stage / MARKER, about, schema="inference-run", version=FORMAT)
        return folder

    @classmethod
    def load(cls, folder: PathLike) -> InferenceEvaluation:
        """Read what :meth:`save` wrote.

        Raises
        ------
        InputError
            If the folder doesn't hold it, a file is missing, or its content was changed.
        """
        folder = Path(folder)
        document = read_json(folder / "metrics.json", schema=_SCHEMA, newest=FORMAT)
        run = read_json(folder / MARKER, schema="inference-run", newest=FORMAT)
        try:
            return cls(
                scenarios=tuple(_scenario(one) for one in document["scenarios"]),
                genes=read_figures(folder / "genes.csv", ("gene",)),
                downstream=Downstream(**_numbers(document["downstream"])),
                run={k: v for k, v in run.items() if k not in {"schema", "format", "files"}},
                **{name: document[name] for name in _ABOUT},
            )
        except (KeyError, TypeError, ValueError, AttributeError, OSError) as error:
            raise InputError(
                f"Can't read the results in {str(folder)!r}: they don't fit together "
                f"({type(error).__name__}: {error}); make them again."
            ) from error


def _numbers(document: dict[str, Any]) -> dict[str, Any]:
    """JSON has no NaN: null stands for it."""
    return {name: np.nan if value is None else value for name, value in document.items()}


def _scenario(document: dict[str, Any]) -> Scenario:
    models = {
        name: Scores(**{**_numbers(one), "mae": Estimate(**_numbers(one["mae"]))})
        for name, one in document["models"].items()
    }
    rivals = tuple(
        Rivalry(**{**_numbers(one), "difference": Estimate(**_numbers(one["difference"]))})
        for one in document["rivals"]
    )
    return Scenario(**{**document, "models": models, "rivals": rivals})
