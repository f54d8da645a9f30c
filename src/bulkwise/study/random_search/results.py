"""What a search found: a row a trial, what each setting did, and what held on new patients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bulkwise.errors import InputError
from bulkwise.evaluation.base import Estimate, MetricInfo
from bulkwise.storage import PathLike, read_json, write_csv, write_json
from bulkwise.study.base import Array
from bulkwise.study.random_search.space import Setting

__all__ = ["FLEET_COLUMNS", "FORMAT", "Importance", "Search", "importance", "table_of"]

FORMAT = 1
_METRICS, _TRIALS, _RUN, _SEARCH = "metrics.json", "trials.csv", "run.json", "search.json"
FLEET_COLUMNS = (
    *("trial", "ended", "loss", "accuracy", "balanced_accuracy", "best_epoch", "epochs"),
)
"""What a fleet says of each network, before its settings."""

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
        Cohort, question, samples, patients, trials; ``vary``, what was drawn from; ``score``, what
        the trials were ranked by; ``metrics``, title and direction of each figure in ``models``.
    trials
        A row a trial: its settings, how it ended (a network of a fleet by ``epochs``, ``patience``,
        ``dropped`` or ``diverged``; another estimator ``fitted`` or ``failed``), and its figures on
        the samples held back for the choice.
    best
        Numbers of the best trials, the best first.
    importance
        Of each setting, the most important first.
    explained
        R squared of the forest behind ``importance``, on networks that it hasn't seen.
    models
        Name -> metric -> estimate, on patients who took no part in the search.
    difference, p_value
        Score of the best trial minus that of the rival that needs no search (``asked["rival"]``),
        on the same patients.
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

    @property
    def settings(self) -> dict[str, Setting]:
        """What was drawn from: name -> setting."""
        return {
            name: Setting(one["title"], one["draw_from"], tuple(one["values"]))
            for name, one in self.asked["vary"].items()
        }

    @property
    def score(self) -> MetricInfo:
        """What the trials were ranked by; ``asked["score"]`` is its key."""
        return self.metrics[self.asked["score"]]

    @property
    def metrics(self) -> dict[str, MetricInfo]:
        """Key -> title, direction and meaning of the figures that are shown."""
        return {key: MetricInfo(*one) for key, one in self.asked["metrics"].items()}

    def scores(self) -> pd.Series[float]:
        """Score of every trial; one that failed or diverged counts as chance or as the worst."""
        column = self.trials[self.asked["score"]]
        worst = column.min() if self.score.higher_is_better else column.max()
        filled: pd.Series[float] = column.fillna(self.asked.get("chance", worst))
        return filled

    def summary(self) -> str:
        """The verdict, the models on new patients and what mattered, as plain text."""
        lines = [*self.verdict, ""]
        keys = list(self.metrics)[:3]
        width = max(len(name) for name in self.models)
        titles = (self.metrics[key].title.ljust(22) for key in keys)
        lines.append("  ".join(["".ljust(width), *titles]))
        for name, metrics in self.models.items():
            cells = [str(metrics[key]).ljust(22) for key in keys]
            lines.append("  ".join([name.ljust(width), *cells]).rstrip())
        return "\n".join(lines)


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _estimate(document: Mapping[str, float | None]) -> Estimate:
    return Estimate(*(_number(document[key]) for key in ("value", "low", "high")))


def table_of(
    results: Sequence[Any], columns: Sequence[str], settings: Sequence[str]
) -> pd.DataFrame:
    """A row a trial: what became of it, and its settings.

    Parameters
    ----------
    results
        Of all units, in order: rows that end in what was drawn.
    columns
        Names of a row's entries before that.
    settings
        Names of the settings to show.
    """
    rows = [row for unit in results for row in unit]
    table = pd.DataFrame([row[:-1] for row in rows], columns=list(columns))
    drawn = pd.DataFrame([{name: row[-1][name] for name in settings} for row in rows])
    for name in drawn.columns[drawn.map(lambda value: isinstance(value, list)).any()]:
        drawn[name] = ["-".join(map(str, value)) for value in drawn[name]]
    for name in set(columns) - {"trial", "ended", "best_epoch", "epochs", "fault"}:
        table[name] = table[name].astype(float)
    return pd.concat([table, drawn], axis=1)


def importance(
    trials: pd.DataFrame, settings: Mapping[str, Setting], scores: pd.Series[float], seed: int
) -> tuple[tuple[Importance, ...], float]:
    """How much each setting explains of the trials' scores.

    A random forest predicts the score from the settings. On folds of trials that it hasn't seen,
    each setting is shuffled in turn (Breiman 2001).

    Parameters
    ----------
    trials
        From :func:`table_of`.
    settings
        Those that vary.
    scores
        One a trial, failed ones included.
    seed
        Of the forest, the folds and the shuffles.

    Returns
    -------
    tuple
        Of each setting, the most important first; and R squared on unseen trials.
    """
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.inspection import permutation_importance
    from sklearn.model_selection import KFold

    names = list(settings)
    X, y = _numbers(trials, settings), scores.to_numpy()
    if len(y) < 4 * _FOLDS or np.ptp(y) == 0:
        return (), float("nan")
    found, explained = [], []
    for train, test in KFold(_FOLDS, shuffle=True, random_state=seed).split(X):
        forest = RandomForestRegressor(_TREES, min_samples_leaf=3, random_state=seed)
        forest.fit(X[train], y[train])
        explained.append(forest.score(X[test], y[test]))
        shuffled = permutation_importance(
            forest, X[test], y[test], n_repeats=_SHUFFLES, random_state=seed
        )
        found.append(shuffled["importances_mean"])
    means, lows, highs = np.mean(found, axis=0), np.min(found, axis=0), np.max(found, axis=0)
    order = np.argsort(-means, kind="stable")
    ranked = tuple(
        Importance(names[i], float(means[i]), float(lows[i]), float(highs[i])) for i in order
    )
    return ranked, float(np.mean(explained))


def _numbers(trials: pd.DataFrame, settings: Mapping[str, Setting]) -> Array:
    """Settings as columns of numbers: choices that are words by their place."""
    columns = []
    for name, setting in settings.items():
        values = trials[name]
        if values.dtype == object or values.dtype == "string":
            words = ["-".join(map(str, v)) if isinstance(v, list) else v for v in setting.values]
            values = values.map({value: place for place, value in enumerate(words)})
        columns.append(np.log(values) if setting.logarithmic else values.astype(float))
    return np.column_stack(columns)
