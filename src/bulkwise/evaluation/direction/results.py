"""What a judgement of directions gives, with intervals over cohorts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bulkwise.evaluation.direction.scores import METRICS, calibration_error
from bulkwise.storage import PathLike, atomic_folder, read_json, write_csv, write_json

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MODEL", "DirectionEvaluation"]

MODEL = "model"
"""Name of the model under test among the methods."""

FORMAT = 1
_MARKER = "run.json"
_RESAMPLES = 2000
_PARTS = ("value", "low", "high")


@dataclass(frozen=True, eq=False)
class DirectionEvaluation:
    """Figures of each method, cohort, size and draw.

    Attributes
    ----------
    scores
        A row a cohort, size, draw and method: the six metrics, and ``ranking``, the area under
        the precision-recall curve of "significant in the whole cohort, and which way".
    calibration
        A row a cohort, size and tenth of P(up | up or down): ``count``, ``said``, ``seen``.
    families
        Cohort -> its family; the families were held out together.
    run
        How it was made.
    """

    scores: pd.DataFrame
    calibration: pd.DataFrame
    families: dict[str, str]
    run: dict[str, Any] = field(default_factory=dict)

    @property
    def methods(self) -> list[str]:
        """Names of the methods, the model first."""
        return list(dict.fromkeys(self.scores["method"]))

    @property
    def sizes(self) -> list[int]:
        """Samples a side."""
        return sorted(self.scores["size"].unique().tolist())

    def by_cohort(self, metric: str, size: int) -> pd.DataFrame:
        """Mean over draws, cohorts x methods."""
        part = self.scores[self.scores["size"] == size]
        table = part.pivot_table(index="cohort", columns="method", values=metric, aggfunc="mean")
        return table[[name for name in self.methods if name in table]]

    def estimate(self, method: str, metric: str, size: int) -> tuple[float, float, float]:
        """Mean over cohorts, and its 95 % interval by resampling cohorts (families whole)."""
        return self._over_cohorts(self.by_cohort(metric, size)[method])

    def _over_cohorts(self, values: pd.Series[float]) -> tuple[float, float, float]:
        means = values.dropna()
        counts = self._resampled(means.index.tolist())
        spread = counts @ means.to_numpy() / counts.sum(axis=1)
        low, high = np.quantile(spread, [0.025, 0.975])
        return float(means.mean()), float(low), float(high)

    def calibration_estimate(self, size: int | None = None) -> tuple[float, float, float]:
        """Error of P(up | up or down), pooled over cohorts, and its interval over cohorts."""
        part = self.calibration
        if size is not None:
            part = part[part["size"] == size]
        cohorts = part["cohort"].unique().tolist()
        sums = np.stack([_sums(part[part["cohort"] == cohort]) for cohort in cohorts])
        pooled = np.einsum("rc,ctk->rtk", self._resampled(cohorts), sums)
        errors = [_error(one) for one in pooled]
        low, high = np.quantile(errors, [0.025, 0.975])
        return _error(sums.sum(axis=0)), float(low), float(high)

    def _resampled(self, cohorts: list[str]) -> NDArray[np.float64]:
        """How often each cohort stands in a resample of whole families, resamples x cohorts."""
        names = [self.families.get(cohort, cohort) for cohort in cohorts]
        groups, which = np.unique(names, return_inverse=True)
        rng = np.random.default_rng(0)
        picks = rng.multinomial(len(groups), np.full(len(groups), 1 / len(groups)), _RESAMPLES)
        return picks[:, which].astype(np.float64)

    def metrics(self) -> dict[str, Any]:
        """The figures in the layout of ``metrics.json``."""
        models: dict[str, Any] = {name: {"metrics": {}} for name in self.methods}
        for size in self.sizes:
            for metric in (*METRICS, "ranking"):
                for method, values in self.by_cohort(metric, size).items():
                    if values.notna().any():
                        told = zip(_PARTS, self._over_cohorts(values), strict=True)
                        models[str(method)]["metrics"][f"{metric}_{size}"] = dict(told)
            error = zip(_PARTS, self.calibration_estimate(size), strict=True)
            models[MODEL]["metrics"][f"calibration_error_{size}"] = dict(error)
        return {"models": models}

    def save(self, folder: PathLike) -> Path:
        """Write ``metrics.json``, ``scores.csv``, ``calibration.csv`` and ``run.json``."""
        folder = Path(folder)
        with atomic_folder(folder, marker=_MARKER) as stage:
            write_json(stage / "metrics.json", self.metrics(), schema="metrics", version=FORMAT)
            write_csv(stage / "scores.csv", self.scores)
            write_csv(stage / "calibration.csv", self.calibration)
            files = sorted({_MARKER, *(path.name for path in stage.iterdir())})
            document = {**self.run, "families": self.families, "files": files}
            write_json(stage / _MARKER, document, schema="direction-evaluation", version=FORMAT)
        return folder

    @classmethod
    def load(cls, folder: PathLike) -> DirectionEvaluation:
        """Read what :meth:`save` wrote."""
        import pandas as pd

        folder = Path(folder)
        run = read_json(folder / _MARKER, schema="direction-evaluation", newest=FORMAT)
        scores, calibration = (
            pd.read_csv(folder / f"{name}.csv") for name in ("scores", "calibration")
        )
        return cls(scores, calibration, dict(run["families"]), run)


def _sums(part: pd.DataFrame) -> np.ndarray[Any, Any]:
    """Counts and weighted sums by tenth, tenths x (count, said, seen)."""
    table = np.zeros((10, 3))
    at = part["tenth"].to_numpy(dtype=int)
    count = part["count"].to_numpy()
    np.add.at(table[:, 0], at, count)
    np.add.at(table[:, 1], at, count * part["said"].to_numpy())
    np.add.at(table[:, 2], at, count * part["seen"].to_numpy())
    return table


def _error(sums: np.ndarray[Any, Any]) -> float:
    count = np.maximum(sums[:, :1], 1)
    return calibration_error(np.column_stack([sums[:, 0], sums[:, 1:] / count]))
