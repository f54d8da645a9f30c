"""What a learning curve found: points with intervals, crossings, and advice in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bulkwise.errors import InputError
from bulkwise.evaluation.base import Estimate
from bulkwise.evaluation.corrected import holm, resampled_t
from bulkwise.storage import PathLike, read_json, write_csv, write_json

__all__ = ["FORMAT", "Curve", "Point", "points_of", "table_of", "verdict"]

FORMAT = 1
_LEVEL = 0.05
_CURVE, _FITS, _METRICS, _RUN = "curve.json", "fits.csv", "metrics.json", "run.json"


@dataclass(frozen=True)
class Point:
    """One method at one size.

    ``score`` is the mean balanced accuracy over the repeats; ``difference`` is the method minus
    the network on the same subsamples, its interval and ``p_value`` (Holm over the methods of a
    size) from the corrected resampled t-test; nan for the network itself.
    """

    size: int
    method: str
    score: Estimate
    accuracy: float
    difference: Estimate
    p_value: float
    n_repeats: int


@dataclass(kw_only=True)
class Curve:
    """A learning curve.

    Attributes
    ----------
    asked
        Cohort, target, methods, sizes, repeats.
    fits
        A row a fit: repeat, size, samples, method, balanced accuracy, accuracy, seconds, error.
    points
        Means with intervals.
    verdict
        In words.
    findings
        What limits the answer.
    run
        Versions, seeds, seconds.
    """

    asked: dict[str, Any]
    fits: pd.DataFrame
    points: tuple[Point, ...]
    verdict: tuple[str, ...]
    findings: tuple[dict[str, str], ...]
    run: dict[str, Any]

    def save(self, folder: PathLike) -> Path:
        """Write ``curve.json``, ``metrics.json``, ``fits.csv`` and ``run.json`` into a folder."""
        folder = Path(folder)
        document = {
            "asked": self.asked,
            "points": [asdict(point) for point in self.points],
            "verdict": self.verdict,
            "findings": self.findings,
        }
        largest = max(point.size for point in self.points)
        models = {
            point.method: {"metrics": {"balanced_accuracy": asdict(point.score)}}
            for point in self.points
            if point.size == largest
        }
        write_csv(folder / _FITS, self.fits)
        write_json(folder / _METRICS, {"models": models}, schema="metrics", version=FORMAT)
        write_json(folder / _CURVE, document, schema="curve", version=FORMAT)
        write_json(folder / _RUN, self.run, schema="run", version=FORMAT)
        return folder

    @classmethod
    def load(cls, folder: PathLike) -> Curve:
        """Read what :meth:`save` wrote.

        Raises
        ------
        InputError
            If the folder holds no finished curve.
        """
        folder = Path(folder)
        if not (folder / _CURVE).is_file():
            raise InputError(
                f"There is no finished learning curve in {str(folder)!r}: expected a folder that "
                "`bulkwise curve` wrote; if it was broken off, `bulkwise study resume` goes on."
            )
        found = read_json(folder / _CURVE, schema="curve", newest=FORMAT)
        return cls(
            asked=found["asked"],
            fits=pd.read_csv(folder / _FITS, keep_default_na=False, na_values=[""]),
            points=tuple(_point(one) for one in found["points"]),
            verdict=tuple(found["verdict"]),
            findings=tuple(found["findings"]),
            run=read_json(folder / _RUN, schema="run", newest=FORMAT),
        )

    def at(self, size: int) -> dict[str, Point]:
        """Method -> its point at a size."""
        return {point.method: point for point in self.points if point.size == size}

    def summary(self) -> str:
        """The verdict and the table, as plain text."""
        sizes = self.asked["sizes"]
        width = max(len(method) for method in self.asked["methods"])
        lines = [*self.verdict, "", "  ".join(["".ljust(width), *(f"{n:>6}" for n in sizes)])]
        for method in self.asked["methods"]:
            cells = [self.at(size).get(method) for size in sizes]
            values = ["     -" if one is None else f"{one.score.value:6.3f}" for one in cells]
            lines.append("  ".join([method.ljust(width), *values]))
        return "\n".join(lines)


def _estimate(document: Mapping[str, float | None]) -> Estimate:
    values = (document[key] for key in ("value", "low", "high"))
    return Estimate(*(float("nan") if value is None else value for value in values))


def _point(document: Mapping[str, Any]) -> Point:
    p_value = document["p_value"]
    return Point(
        document["size"],
        document["method"],
        _estimate(document["score"]),
        document["accuracy"],
        _estimate(document["difference"]),
        float("nan") if p_value is None else p_value,
        document["n_repeats"],
    )


def table_of(
    results: Mapping[str, Any], where: Mapping[str, Mapping[str, Any]], methods: Sequence[str]
) -> pd.DataFrame:
    """A row a fit.

    Parameters
    ----------
    results
        Unit -> what it gave.
    where
        Unit -> its repeat and size.
    methods
        In their order.
    """
    rows = []
    for name, found in results.items():
        for method in methods:
            got = found[method]
            scores = [None, None, None, got] if isinstance(got, str) else [*got, ""]
            place = where[name]
            n = (found["n"], found["n_test"], found["missing"])
            rows.append((place["repeat"], place["size"], *n, method, *scores))
    columns = ["repeat", "size", "n", "n_test", "missing", "method"]
    columns += ["balanced_accuracy", "accuracy", "seconds", "error"]
    table = pd.DataFrame(rows, columns=columns)
    for column in ("balanced_accuracy", "accuracy", "seconds"):
        table[column] = table[column].astype(float)
    return table.sort_values(["size", "repeat"], kind="stable", ignore_index=True)


def points_of(fits: pd.DataFrame) -> tuple[Point, ...]:
    """Means over the repeats, with intervals, and paired differences to the network.

    Repeats overlap, so their spread is too small for a t-test as it is. It is corrected by the
    ratio of test to training samples (Nadeau and Bengio 2003) of the largest size, at which they
    overlap most; smaller subsamples share less, and their intervals are too wide rather than too
    narrow.
    """
    points = []
    most = float(fits["n"].max())
    for size in sorted(fits["size"].unique().tolist()):
        rows = fits[fits["size"] == size]
        wide = rows.pivot_table(index="repeat", columns="method", values="balanced_accuracy")
        n_test = rows.groupby("repeat")["n_test"].first().loc[wide.index].to_numpy()
        n_train = np.full(len(n_test), most)
        found = {}
        for method in wide.columns:
            own = wide[method].to_numpy()
            score, _ = resampled_t(own, n_train, n_test)
            score = Estimate(score.value, max(score.low, 0.0), min(score.high, 1.0))
            gap = own - wide["network"].to_numpy() if "network" in wide else own * np.nan
            difference, p_value = (
                (Estimate(np.nan, np.nan, np.nan), np.nan)
                if method == "network" or np.isnan(gap).all()
                else resampled_t(gap, n_train, n_test)
            )
            found[method] = (score, difference, p_value)
        adjusted = holm([p for _, _, p in found.values()])
        for (method, (score, difference, _)), p_value in zip(found.items(), adjusted, strict=True):
            own = rows[rows["method"] == method]
            accuracy = float(own["accuracy"].mean())
            n = int(own["balanced_accuracy"].notna().sum())
            points.append(Point(size, method, score, accuracy, difference, p_value, n))
    return tuple(points)


def verdict(points: Sequence[Point], sizes: Sequence[int], n_samples: int) -> tuple[str, ...]:
    """What to use with so many samples, and from which size on the network leads, if ever.

    A rival that no test tells from the network is advised before it: it is simpler and faster.
    """
    by_size = {size: {p.method: p for p in points if p.size == size} for size in sizes}
    last = by_size[sizes[-1]]
    best = max(last.values(), key=lambda point: point.score.value)
    rivals = [point for name, point in last.items() if name != "network"]
    network = last.get("network")
    near = [] if network is None else [p for p in rivals if not p.p_value < _LEVEL]
    if best is network and near:
        use = max(near, key=lambda point: point.score.value)
        reason = (
            f"no test tells its balanced accuracy of {use.score} from the network's "
            f"{best.score}, and it is simpler."
        )
    else:
        use, reason = best, f"it has the highest balanced accuracy, {best.score}."
    sentences = [
        f"With your {n_samples:,} samples, use {_called(use.method)}: trained on {sizes[-1]:,} of "
        f"them, {reason}"
    ]
    if network is None:
        return tuple(sentences)
    others = [point.method for point in near if point is not use]
    if others:
        sentences.append(
            f"No test tells {_listed(others)} from the network at that size "
            "(corrected for the repeats and for the number of methods)."
        )
    for name in dict.fromkeys(p.method for p in points):
        if name != "network":
            sentences.append(_crossing(name, by_size, sizes))
    sentences.append("Who is ahead is read from the means; the report has the tests.")
    return tuple(sentences)


def _crossing(name: str, by_size: Mapping[int, Mapping[str, Point]], sizes: Sequence[int]) -> str:
    """Where the network overtakes a method for good, or the other way round."""
    gaps = {size: by_size[size][name].difference.value for size in sizes if name in by_size[size]}
    behind = [size for size, gap in gaps.items() if gap > 0]  # the network is
    called = _called(name)
    word = called[0].upper() + called[1:]
    known = list(gaps)
    if not behind:
        return f"{word} is never ahead of the network, from {known[0]:,} to {known[-1]:,} samples."
    if len(behind) == len(known):
        return f"{word} is ahead of the network at every size, up to {known[-1]:,} samples."
    if max(behind) == known[-1]:
        first = known[max(i for i, size in enumerate(known) if size not in behind) + 1]
        return f"{word} is ahead of the network from {first:,} samples on."
    first = known[known.index(max(behind)) + 1]
    return f"The network is ahead of {called} from {first:,} samples on, not before."


def _called(name: str) -> str:
    words = {
        "network": "the network",
        "linear-svm": "the linear support vector machine",
        "rbf-svm": "the support vector machine with an RBF kernel",
        "lasso": "the LASSO",
        "forest": "the random forest",
        "xgboost": "XGBoost",
        "logistic": "logistic regression",
    }
    return words.get(name, name)


def _listed(names: Sequence[str]) -> str:
    called = [_called(name) for name in names]
    return called[0] if len(called) == 1 else f"{', '.join(called[:-1])} and {called[-1]}"
