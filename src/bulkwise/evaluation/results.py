"""The whole result of an evaluation, and its folder on disk.

A results folder holds ``metrics.json`` (figures of merit, tests, controls, findings),
``predictions.csv`` (out-of-fold predictions of the user's models), ``baseline_predictions.csv``
(those of the rivals), ``figures.json`` (points of curves and pictures) and ``run.json`` (how it
was made; also the list of the folder's files).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_type_hints

import numpy as np
import pandas as pd

from bulkwise.checks.base import Finding
from bulkwise.errors import InputError
from bulkwise.evaluation.base import (
    FOLLOW_UP_METRICS,
    METRICS,
    Comparison,
    Controls,
    ModelResult,
    Predictions,
    Projection,
    Question,
    plain,
    read_table,
    restored,
)
from bulkwise.storage import (
    PathLike,
    atomic_folder,
    read_json,
    write_csv,
    write_json,
)

__all__ = ["Evaluation", "documents", "probability_column", "restore"]

FORMAT = 1
MARKER = "run.json"
_OURS = "predictions.csv"
_RIVALS = "baseline_predictions.csv"


def probability_column(label: str) -> str:
    """Name of the column of ``predictions.csv`` that holds a class's probability."""
    return f"p({label})"


@dataclass(eq=False)
class Evaluation:
    """Everything that an evaluation found; equal to another if all numbers are.

    Attributes
    ----------
    models
        Name -> result; the user's models first, then the baselines.
    run
        Versions, seed, threads, data hash, command, seconds by stage.
    verdict
        One sentence a model: what the comparison with its rivals allows to say.
    """

    question: Question
    models: dict[str, ModelResult]
    comparisons: tuple[Comparison, ...]
    controls: Controls
    findings: tuple[Finding, ...]
    projections: tuple[Projection, ...]
    predictions: Predictions
    verdict: tuple[str, ...]
    run: dict[str, Any]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Evaluation):
            return NotImplemented
        return documents(self) == documents(other) and all(
            _table(self, role).equals(_table(other, role)) for role in ("model", "baseline")
        )

    __hash__ = None  # type: ignore[assignment]

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Findings that belong on the first page, errors first."""
        return tuple(
            finding
            for level in ("error", "warning")
            for finding in self.findings
            if finding.level == level
        )

    def to_frame(self, role: Literal["model", "baseline"] = "model") -> pd.DataFrame:
        """Out-of-fold predictions as a table, as in ``predictions.csv`` but not escaped."""
        return _table(self, role)

    def save(self, folder: PathLike, *, draw: Callable[[Path], object] | None = None) -> Path:
        """Write the results folder, whole or not at all.

        Parameters
        ----------
        folder
            A new or empty folder, or one that holds earlier results.
        draw
            Called with the staging folder before it is swapped in, to add what belongs to these
            results: a report, say.

        Raises
        ------
        InputError
            If the folder is somebody else's or can't be written.
        """
        folder = Path(folder)
        metrics, figures, run = documents(self)
        # A report that was drawn into the folder later is ours too, and stale from now on.
        with atomic_folder(folder, marker=MARKER, drop=("report.html",)) as stage:
            write_json(stage / "metrics.json", metrics, schema="metrics", version=FORMAT)
            write_json(stage / "figures.json", figures, schema="figures", version=FORMAT)
            for name, role in ((_OURS, "model"), (_RIVALS, "baseline")):
                write_csv(stage / name, _table(self, role))
            if draw is not None:
                draw(stage)
            files = sorted({MARKER, *(path.name for path in stage.iterdir())})
            write_json(stage / MARKER, run | {"files": files}, schema="run", version=FORMAT)
        return folder

    @classmethod
    def load(cls, folder: PathLike) -> Evaluation:
        """Read a results folder that :meth:`save` wrote.

        Raises
        ------
        InputError
            If it isn't one, a file is missing, or its content was changed.
        """
        folder = Path(folder)
        if not (folder / MARKER).is_file():
            raise InputError(
                f"{str(folder)!r} isn't a results folder: there is no {MARKER} in it; expected "
                "a folder that an evaluation wrote."
            )
        parts = {
            name: read_json(folder / f"{name}.json", schema=name, newest=FORMAT)
            for name in ("metrics", "figures", "run")
        }
        try:
            return restore(parts, read_table(folder / _OURS), read_table(folder / _RIVALS))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(
                f"Can't read the results in {str(folder)!r}: they don't fit together "
                f"({type(error).__name__}: {error}); make them again."
            ) from error

    def summary(self) -> str:
        """A table for the terminal, warnings first, with the verdict below."""
        shown = list(
            dict.fromkeys(["accuracy", "balanced_accuracy", "auroc", self.question.metric])
        )
        asked = self.question
        lines = [
            f"{asked.name}: {asked.target} in {asked.cohort} ({asked.n_samples} samples, "
            f"{asked.n_groups} patients or groups, {asked.n_genes} genes, {asked.scheme})"
        ]
        lines += [f"{finding.level}: {finding.message}" for finding in self.warnings]
        width = max(len(name) for name in self.models)
        first = next(iter(self.models.values()))
        known = METRICS | FOLLOW_UP_METRICS
        shown += [key for key in FOLLOW_UP_METRICS if key in first.metrics]
        heads = [*(f"{known[key].title:<20}" for key in shown), "tries", "seconds"]
        lines += ["", "  ".join([" " * width, *heads])]
        for name, result in self.models.items():
            cells = [f"{result.metrics[key]!s:<20}" for key in shown]
            cells += [f"{result.tries:>5}", f"{result.seconds:>7.1f}"]
            lines.append("  ".join([f"{name:<{width}}", *cells]))
        return "\n".join([*(line.rstrip() for line in lines), "", *self.verdict])


def documents(result: Evaluation) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The content of ``metrics.json``, ``figures.json`` and ``run.json``."""
    models: dict[str, dict[str, Any]] = {"metrics": {}, "figures": {}, "predictions": {}}
    for name, model in result.models.items():
        for part in models.values():
            part[name] = {}
        for item in fields(ModelResult):
            value = getattr(model, item.name)
            models[item.metadata.get("file", "metrics")][name][item.name] = plain(value)
    metrics = {
        "question": plain(result.question),
        "verdict": list(result.verdict),
        "models": models["metrics"],
        "comparisons": plain(result.comparisons),
        "controls": plain(result.controls),
        "findings": plain(result.findings),
    }
    figures = {"models": models["figures"], "projections": plain(result.projections)}
    return metrics, figures, plain(result.run)


def _table(result: Evaluation, role: str) -> pd.DataFrame:
    rows, labels = result.predictions, result.question.labels
    tables = []
    for name, model in result.models.items():
        if model.role != role:
            continue
        columns: dict[str, Any] = {
            "sample": rows.sample,
            "group": rows.group,
            "repeat": rows.repeat.astype(np.int64) + 1,  # for people, who count from 1
            "fold": rows.fold,
            "model": np.full(len(rows.sample), name),
            "observed": rows.observed,
            "predicted": model.predicted,
        }
        for index, label in enumerate(labels):
            columns[probability_column(label)] = model.probabilities[:, index]
        tables.append(
            pd.DataFrame({key: pd.Series(np.asarray(v).tolist()) for key, v in columns.items()})
        )
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def restore(
    parts: Mapping[str, Mapping[str, Any]], ours: pd.DataFrame, rivals: pd.DataFrame
) -> Evaluation:
    """The result from its documents and its two tables of predictions."""
    metrics, figures = parts["metrics"], parts["figures"]
    question = restored(Question, metrics["question"])
    columns = [probability_column(label) for label in question.labels]
    models: dict[str, ModelResult] = {}
    hints = get_type_hints(ModelResult)
    for name, document in metrics["models"].items():
        table = ours if document["role"] == "model" else rivals
        rows = table[table["model"] == name]
        drawn = document | figures["models"][name]
        values = {key: restored(hints[key], value) for key, value in drawn.items()}
        values["predicted"] = rows["predicted"].to_numpy(dtype=str)
        values["probabilities"] = rows[columns].to_numpy(dtype=np.float64)
        models[name] = ModelResult(**values)
    first = ours[ours["model"] == next(iter(models))]
    return Evaluation(
        question=question,
        models=models,
        comparisons=restored(tuple[Comparison, ...], metrics["comparisons"]),
        controls=restored(Controls, metrics["controls"]),
        findings=restored(tuple[Finding, ...], metrics["findings"]),
        projections=restored(tuple[Projection, ...], figures["projections"]),
        predictions=Predictions(
            sample=first["sample"].to_numpy(dtype=str),
            group=first["group"].to_numpy(dtype=str),
            repeat=first["repeat"].to_numpy(dtype=np.intp) - 1,
            fold=first["fold"].to_numpy(dtype=str),
            observed=first["observed"].to_numpy(dtype=str),
        ),
        verdict=tuple(metrics["verdict"]),
        run={
            key: value
            for key, value in parts["run"].items()
            if key not in {"schema", "format", "files"}
        },
    )
