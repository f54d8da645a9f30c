"""What a search found: a row a trial, what each setting did, and what held on new patients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bulkwise.errors import InputError
from bulkwise.evaluation.base import METRICS, Estimate
from bulkwise.storage import PathLike, read_json, write_csv, write_json
from bulkwise.study.base import Array
from bulkwise.study.random_search.space import SPACES

__all__ = ["FORMAT", "Importance", "Search", "importance", "table_of"]

FORMAT = 1
_METRICS, _TRIALS, _RUN, _SEARCH = "metrics.json", "trials.csv", "run.json", "search.json"
_COLUMNS = ("trial", "ended", "loss", "accuracy", "balanced_accuracy", "best_epoch", "epochs")
_FOLDS, _SHUFFLES, _TREES = 5, 2, 50


@dataclass(frozen=True)
class Importance:
    """How much of what a forest knows about the accuracy is lost without a setting.

    ``share`` is the fall of R squared on networks that the forest hasn't seen when the setting is
    shuffled; ``low`` and ``high`` are the ends over the folds.
    """

    setting: str
    share: float
    low: float
    high: float


@dataclass(kw_only=True)
class Search:
    """A random search.

    Attributes
    ----------
    asked
        Cohort, target, unit, samples, patients, classes, space, epochs, halving, trials.
    trials
        A row a network, as it was drawn: settings, how its training ended (``epochs``,
        ``patience``, ``dropped``, ``diverged``), loss, accuracy and balanced accuracy on the
        samples held back for the choice.
    best
        Numbers of the best trials, the best first.
    importance
        Of each setting, the most important first.
    explained
        R squared of the forest behind ``importance``, on networks that it hasn't seen.
    models
        Name -> metric -> estimate, on patients who took no part in the search.
    difference, p_value
        Balanced accuracy of the best network minus that of the logistic regression, on the same
        patients.
    verdict
        In words.
    findings
        What limits the answer.
    run
        Versions, seeds, seconds.
    """

    asked: dict[str, Any]
    trials: pd.DataFrame
    best: tuple[int, ...]
    importance: tuple[Importance, ...]
    explained: float
    models: dict[str, dict[str, Estimate]]
    difference: Estimate
    p_value: float
    verdict: tuple[str, ...]
    findings: tuple[dict[str, str], ...]
    run: dict[str, Any]

    def save(self, folder: PathLike) -> Path:
        """Write ``search.json``, ``metrics.json``, ``trials.csv`` and ``run.json`` into a folder.

        Raises
        ------
        InputError
            If it can't be written.
        """
        folder = Path(folder)
        metrics = {
            name: {"metrics": {key: asdict(one) for key, one in found.items()}}
            for name, found in self.models.items()
        }
        document = {
            "asked": self.asked,
            "best": self.best,
            "importance": [asdict(one) for one in self.importance],
            "explained": self.explained,
            "difference": asdict(self.difference),
            "p_value": self.p_value,
            "verdict": self.verdict,
            "findings": self.findings,
        }
        write_csv(folder / _TRIALS, self.trials)
        write_json(folder / _METRICS, {"models": metrics}, schema="metrics", version=FORMAT)
        write_json(folder / _SEARCH, document, schema="search", version=FORMAT)
        write_json(folder / _RUN, self.run, schema="run", version=FORMAT)
        return folder

    @classmethod
    def load(cls, folder: PathLike) -> Search:
        """Read what :meth:`save` wrote.

        Raises
        ------
        InputError
            If the folder holds no finished search.
        """
        folder = Path(folder)
        if not (folder / _SEARCH).is_file():
            raise InputError(
                f"There is no finished search in {str(folder)!r}: expected a folder that "
                "`bulkwise search` wrote; if it was broken off, `bulkwise study resume` goes on."
            )
        found = read_json(folder / _SEARCH, schema="search", newest=FORMAT)
        models = read_json(folder / _METRICS, schema="metrics", newest=FORMAT)["models"]
        trials = pd.read_csv(folder / _TRIALS, dtype={"widths": str})
        return cls(
            asked=found["asked"],
            trials=trials,
            best=tuple(found["best"]),
            importance=tuple(
                Importance(one["setting"], *(_number(one[k]) for k in ("share", "low", "high")))
                for one in found["importance"]
            ),
            explained=_number(found["explained"]),
            models={
                name: {key: _estimate(one) for key, one in model["metrics"].items()}
                for name, model in models.items()
            },
            difference=_estimate(found["difference"]),
            p_value=_number(found["p_value"]),
            verdict=tuple(found["verdict"]),
            findings=tuple(found["findings"]),
            run=read_json(folder / _RUN, schema="run", newest=FORMAT),
        )

    def summary(self) -> str:
        """The verdict, the models on new patients and what mattered, as plain text."""
        lines = [*self.verdict, ""]
        keys = ("balanced_accuracy", "accuracy", "auroc")
        width = max(len(name) for name in self.models)
        lines.append("  ".join(["".ljust(width), *(METRICS[key].title.ljust(22) for key in keys)]))
        for name, metrics in self.models.items():
            cells = [str(metrics[key]).ljust(22) for key in keys]
            lines.append("  ".join([name.ljust(width), *cells]).rstrip())
        return "\n".join(lines)


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _estimate(document: Mapping[str, float | None]) -> Estimate:
    return Estimate(*(_number(document[key]) for key in ("value", "low", "high")))


def table_of(results: Sequence[Any], drawn: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """A row a trial: its settings and what became of it.

    Parameters
    ----------
    results
        Of all units, in order.
    drawn
        Settings of each trial, by its number.
    """
    rows = [row for unit in results for row in unit]
    table = pd.DataFrame(rows, columns=list(_COLUMNS))
    settings = pd.DataFrame([drawn[row[0]] for row in rows])
    settings["widths"] = ["-".join(map(str, widths)) for widths in settings["widths"]]
    for name in ("loss", "accuracy", "balanced_accuracy"):
        table[name] = table[name].astype(float)
    return pd.concat([table, settings], axis=1)


def importance(
    trials: pd.DataFrame, space: str, chance: float, seed: int
) -> tuple[tuple[Importance, ...], float]:
    """How much each setting explains of the networks' balanced accuracy.

    A random forest predicts the balanced accuracy from the settings. On folds of networks that it
    hasn't seen, each setting is shuffled in turn (Breiman 2001).

    Parameters
    ----------
    trials
        From :func:`table_of`.
    space
        Name of the space.
    chance
        What a network that diverged counts as.
    seed
        Of the forest, the folds and the shuffles.

    Returns
    -------
    tuple
        Of each setting, the most important first; and R squared on unseen networks.
    """
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.inspection import permutation_importance
    from sklearn.model_selection import KFold

    names = list(SPACES[space].settings)
    X = _numbers(trials, space)
    y = trials["balanced_accuracy"].fillna(chance).to_numpy()
    if len(y) < 4 * _FOLDS or np.ptp(y) == 0:
        return (), float("nan")
    found, scores = [], []
    for train, test in KFold(_FOLDS, shuffle=True, random_state=seed).split(X):
        forest = RandomForestRegressor(_TREES, min_samples_leaf=3, random_state=seed)
        forest.fit(X[train], y[train])
        scores.append(forest.score(X[test], y[test]))
        shuffled = permutation_importance(
            forest, X[test], y[test], n_repeats=_SHUFFLES, random_state=seed
        )
        found.append(shuffled["importances_mean"])
    means, lows, highs = np.mean(found, axis=0), np.min(found, axis=0), np.max(found, axis=0)
    order = np.argsort(-means, kind="stable")
    ranked = tuple(
        Importance(names[i], float(means[i]), float(lows[i]), float(highs[i])) for i in order
    )
    return ranked, float(np.mean(scores))


def _numbers(trials: pd.DataFrame, space: str) -> Array:
    """Settings as columns of numbers: choices that are words by their place."""
    columns = []
    for name, setting in SPACES[space].settings.items():
        values = trials[name]
        if values.dtype == object or values.dtype == "string":
            values = values.map({value: place for place, value in enumerate(setting.values)})
        columns.append(np.log(values) if setting.logarithmic else values.astype(float))
    return np.column_stack(columns)
