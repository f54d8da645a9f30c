"""The result of judging several targets in one run, and its folder on disk.

The folder has the files of every results folder. ``metrics.json`` and ``figures.json`` hold under
``targets`` what an evaluation of that target alone holds; the tables of predictions have a column
``target``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pandas as pd

from bulkwise.checks.base import Finding
from bulkwise.errors import InputError
from bulkwise.evaluation.base import METRICS, Projection, plain, read_table, restored
from bulkwise.evaluation.results import (
    FORMAT,
    MARKER,
    Evaluation,
    documents,
    restore,
)
from bulkwise.storage import PathLike, atomic_folder, read_json, write_csv, write_json

__all__ = ["MultitaskEvaluation", "holds_several"]

_SCHEMA = "metrics_of_targets"
_TABLES = {"model": "predictions.csv", "baseline": "baseline_predictions.csv"}


@dataclass(eq=False)
class MultitaskEvaluation:
    """Everything that an evaluation of several targets found.

    Attributes
    ----------
    targets
        Target -> its evaluation: one model of all targets, on the same folds for all, beside
        baselines of that target alone.
    embeddings
        Target -> the codes of held-out samples on a plane, with that target's labels (the same
        points for all); empty for a model without a code.
    """

    targets: dict[str, Evaluation]
    embeddings: dict[str, Projection]

    @property
    def run(self) -> dict[str, Any]:
        """Versions, seed, threads, data hash, command, seconds by stage."""
        return next(iter(self.targets.values())).run

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What to know before the figures are read, each once."""
        found = (finding for one in self.targets.values() for finding in one.findings)
        return tuple(dict.fromkeys(found))

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Findings that belong on the first page, errors first."""
        return tuple(
            finding
            for level in ("error", "warning")
            for finding in self.findings
            if finding.level == level
        )

    @property
    def verdict(self) -> tuple[str, ...]:
        """What the comparisons allow to say, target by target."""
        return tuple(
            f"{name}: {sentence}" for name, one in self.targets.items() for sentence in one.verdict
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, MultitaskEvaluation):
            return NotImplemented
        same = plain(self.embeddings) == plain(other.embeddings)
        return same and self.targets == other.targets

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
        folder = Path(folder)
        written = {name: documents(one) for name, one in self.targets.items()}
        metrics = {"targets": {name: found[0] for name, found in written.items()}}
        figures = {
            "targets": {name: found[1] for name, found in written.items()},
            "embeddings": plain(self.embeddings),
        }
        with atomic_folder(folder, marker=MARKER, drop=("report.html",)) as stage:
            write_json(stage / "metrics.json", metrics, schema=_SCHEMA, version=FORMAT)
            write_json(stage / "figures.json", figures, schema="figures", version=FORMAT)
            for role, name in _TABLES.items():
                write_csv(stage / name, self.to_frame(role))
            if draw is not None:
                draw(stage)
            files = sorted({MARKER, *(path.name for path in stage.iterdir())})
            run = plain(self.run) | {"files": files}
            write_json(stage / MARKER, run, schema="run", version=FORMAT)
        return folder

    def to_frame(self, role: str = "model") -> pd.DataFrame:
        """Out-of-fold predictions of the models (or baselines), a row a target and sample."""
        tables = []
        for name, one in self.targets.items():
            table = one.to_frame(cast(Any, role))
            if len(table):
                table.insert(0, "target", name)
                tables.append(table)
        return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()

    @classmethod
    def load(cls, folder: PathLike) -> MultitaskEvaluation:
        """Read a folder that :meth:`save` wrote.

        Raises
        ------
        InputError
            If it isn't one, a file is missing, or its content was changed.
        """
        folder = Path(folder)
        metrics, figures, run = (
            read_json(folder / f"{name}.json", schema=schema, newest=FORMAT)
            for name, schema in (("metrics", _SCHEMA), ("figures", "figures"), ("run", "run"))
        )
        tables = [read_table(folder / name) for name in _TABLES.values()]
        try:
            targets = {}
            for name, document in metrics["targets"].items():
                own = [_of(table, name) for table in tables]
                parts = {"metrics": document, "figures": figures["targets"][name], "run": run}
                targets[name] = restore(parts, *own)
            embeddings = restored(dict[str, Projection], figures["embeddings"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(
                f"Can't read the results in {str(folder)!r}: they don't fit together "
                f"({type(error).__name__}: {error}); make them again."
            ) from error
        return cls(targets, embeddings)

    def summary(self) -> str:
        """A table a target for the terminal, warnings first, with the verdicts below."""
        shown = ("accuracy", "balanced_accuracy", "macro_f1", "auroc")
        asked = next(iter(self.targets.values())).question
        lines = [
            f"{asked.name}: {', '.join(self.targets)} in {asked.cohort} ({asked.n_samples} "
            f"samples, {asked.n_groups} patients or groups, {asked.n_genes} genes, "
            f"{asked.scheme})"
        ]
        lines += [f"{finding.level}: {finding.message}" for finding in self.warnings]
        for target, one in self.targets.items():
            width = max(map(len, [target, *one.models]))
            heads = (f"{METRICS[key].title:<20}" for key in shown)
            lines += ["", "  ".join([f"{target:<{width}}", *heads])]
            for name, result in one.models.items():
                cells = (f"{result.metrics[key]!s:<20}" for key in shown)
                lines.append("  ".join([f"{name:<{width}}", *cells]))
        return "\n".join([*(line.rstrip() for line in lines), "", *self.verdict])


def _of(table: pd.DataFrame, target: str) -> pd.DataFrame:
    """The rows of one target."""
    return table[table["target"] == target] if len(table) else table


def holds_several(folder: PathLike) -> bool:
    """Whether a folder holds results of several targets."""
    try:
        read_json(Path(folder) / "metrics.json", schema=_SCHEMA, newest=FORMAT)
    except InputError:
        return False
    return True
