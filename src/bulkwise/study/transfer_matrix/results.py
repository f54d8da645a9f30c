"""What a transfer study found: a point for each way to transfer, answers with tests, words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd

from bulkwise.errors import InputError
from bulkwise.evaluation.base import Estimate, restored
from bulkwise.evaluation.corrected import holm, resampled_t
from bulkwise.storage import PathLike, read_json, write_csv, write_json
from bulkwise.study.base import Array
from bulkwise.study.transfer_matrix.units import COLUMNS

__all__ = [
    "FORMAT",
    "SAME",
    "Claim",
    "Mean",
    "Point",
    "Transfer",
    "points_of",
    "table_of",
    "tested",
]

FORMAT = 1
_TRANSFER, _FITS, _METRICS, _RUN = "transfer.json", "fits.csv", "metrics.json", "run.json"
_WAY = ["size", "target", "method", "source", "pretraining", "freeze"]


SAME = ["target", "repeat"]
"""What two fits must share to be compared: who was trained on, and who was tested."""


@dataclass(frozen=True)
class Point:
    """One way to get a classifier for a target, at one size.

    ``method`` is ``"transfer"``, ``"direct"`` (the source's classifier as it is), ``"scratch"``
    (the same network without a source) or a baseline's name. ``score`` is the mean balanced
    accuracy over the repeats; ``difference`` is to the network from scratch on the same samples.
    ``p_value`` is the corrected resampled t-test's; ``adjusted`` is it by Holm over one matrix
    (all sources and targets of a size, a pre-training and a freeze).
    """

    size: int
    target: str
    method: str
    source: str
    pretraining: str
    freeze: int
    score: Estimate
    accuracy: float
    difference: Estimate
    p_value: float
    adjusted: float
    n_repeats: int


@dataclass(frozen=True)
class Claim:
    """An answer to a general question, with its test.

    Attributes
    ----------
    question
        What is asked.
    answer
        ``"yes"``, ``"no"`` (the contrary is shown) or ``"not shown"``.
    difference
        In balanced accuracy, with its 95 % interval; above 0 speaks for yes.
    p_value, adjusted
        Of no difference; by Holm over the claims of a study.
    size
        Samples of the target that were trained on.
    n_targets
        How many targets stand behind it. From 3 on the test is a t-test over the targets, else
        the corrected resampled one over the repeats.
    """

    question: str
    answer: str
    difference: Estimate
    p_value: float
    adjusted: float
    size: int
    n_targets: int


@dataclass(frozen=True)
class Mean:
    """One way to get a classifier, averaged over the targets that have every size.

    ``source`` is ``"all others"``, ``"a single one"`` (their mean) or "". The interval is that of
    a mean over targets from 3 targets on; else there is none.
    """

    size: int
    method: str
    source: str
    pretraining: str
    freeze: int
    score: Estimate
    n_targets: int


@dataclass(kw_only=True)
class Transfer:
    """A transfer study.

    Attributes
    ----------
    asked
        Domains, sources, targets, sizes, settings.
    fits
        A row a fit: repeat, target, samples to draw from and tested, then
        :data:`~bulkwise.study.transfer_matrix.units.COLUMNS`.
    points
        Means with intervals and differences.
    means
        Over the targets.
    claims
        General questions answered.
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
    means: tuple[Mean, ...]
    claims: tuple[Claim, ...]
    verdict: tuple[str, ...]
    findings: tuple[dict[str, str], ...]
    run: dict[str, Any]

    def at(self, **given: Any) -> tuple[Point, ...]:
        """The points whose fields have these values."""
        return tuple(
            point
            for point in self.points
            if all(getattr(point, name) == value for name, value in given.items())
        )

    def save(self, folder: PathLike) -> Path:
        """Write ``transfer.json``, ``metrics.json``, ``fits.csv`` and ``run.json`` to a folder."""
        folder = Path(folder)
        document = {
            "asked": self.asked,
            "points": [asdict(point) for point in self.points],
            "means": [asdict(mean) for mean in self.means],
            "claims": [asdict(claim) for claim in self.claims],
            "verdict": self.verdict,
            "findings": self.findings,
        }
        models = {
            _name(point): {"metrics": {"balanced_accuracy": asdict(point.score)}}
            for point in self.points
        }
        write_csv(folder / _FITS, self.fits)
        write_json(folder / _METRICS, {"models": models}, schema="metrics", version=FORMAT)
        write_json(folder / _TRANSFER, document, schema="transfer", version=FORMAT)
        write_json(folder / _RUN, self.run, schema="run", version=FORMAT)
        return folder

    @classmethod
    def load(cls, folder: PathLike) -> Transfer:
        """Read what :meth:`save` wrote.

        Raises
        ------
        InputError
            If the folder holds no finished transfer study.
        """
        folder = Path(folder)
        if not (folder / _TRANSFER).is_file():
            raise InputError(
                f"There is no finished transfer study in {str(folder)!r}: expected a folder that "
                "`bulkwise transfer` wrote; if it was broken off, `bulkwise study resume` goes on."
            )
        found = read_json(folder / _TRANSFER, schema="transfer", newest=FORMAT)
        texts = dict.fromkeys(("source", "pretraining", "error"), str)
        fits = pd.read_csv(
            folder / _FITS,
            dtype=texts,
            keep_default_na=False,
            na_values={"balanced_accuracy": [""], "accuracy": [""]},
        )
        return cls(
            asked=found["asked"],
            fits=fits,
            points=restored(tuple[Point, ...], found["points"]),
            means=restored(tuple[Mean, ...], found["means"]),
            claims=restored(tuple[Claim, ...], found["claims"]),
            verdict=tuple(found["verdict"]),
            findings=tuple(found["findings"]),
            run=read_json(folder / _RUN, schema="run", newest=FORMAT),
        )

    def summary(self) -> str:
        """The verdict and a line a point, as plain text."""
        lines = [*self.verdict, ""]
        for point in self.points:
            if point.method == "transfer" and point.freeze != self.asked["freeze"][0]:
                continue
            lines.append(f"{_name(point)}\t{point.score}")
        return "\n".join(lines)


def _name(point: Point) -> str:
    """A point's name in ``metrics.json``."""
    how = point.method
    if point.method == "transfer":
        how = f"{point.source}, {point.pretraining}, freeze {point.freeze}"
    elif point.method == "direct":
        how = f"{point.source} as it is"
    return f"{how} -> {point.target}, n = {point.size}"


def table_of(results: Mapping[str, Any], where: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """A row a fit.

    Parameters
    ----------
    results
        Unit -> what it gave.
    where
        Unit -> its repeat and target.
    """
    rows = [
        (where[name]["repeat"], where[name]["target"], found["n_pool"], found["n_test"], *fit)
        for name, found in results.items()
        for fit in found["fits"]
    ]
    table = pd.DataFrame(rows, columns=["repeat", "target", "n_pool", "n_test", *COLUMNS])
    for column in ("balanced_accuracy", "accuracy"):
        table[column] = table[column].astype(float)
    return table.sort_values([*_WAY, "repeat"], kind="stable", ignore_index=True)


def points_of(fits: pd.DataFrame) -> tuple[Point, ...]:
    """Means over the repeats with intervals, and paired differences to the scratch network.

    Repeats overlap: their variance is corrected by the ratio of test to drawn-from samples
    (Nadeau and Bengio 2003). Subsamples share fewer samples than that, so intervals are rather
    too wide than too narrow.
    """
    found = []
    for place, rows in fits.groupby(["size", "target"], sort=False):
        size, target = cast(tuple[int, str], place)
        scratch = rows[rows["method"] == "scratch"].set_index("repeat")["balanced_accuracy"]
        for way, own in rows.groupby(["method", "source", "pretraining", "freeze"], sort=False):
            found.append(_point(int(size), target, way, own, scratch))
    return _adjusted(found)


def _point(size: int, target: str, way: Any, own: pd.DataFrame, scratch: pd.Series) -> Point:
    method, source, pretraining, freeze = way
    values = own["balanced_accuracy"].to_numpy()
    n_train, n_test = (own[name].to_numpy(float) for name in ("n_pool", "n_test"))
    score, _ = resampled_t(values, n_train, n_test)
    score = Estimate(score.value, max(score.low, 0.0), min(score.high, 1.0))
    nan = float("nan")
    difference, p_value = Estimate(nan, nan, nan), nan
    gaps = values - scratch.reindex(own["repeat"]).to_numpy()
    if method != "scratch" and np.isfinite(gaps).any():
        difference, p_value = tested(gaps, n_train, n_test)
    accuracy, n = float(own["accuracy"].mean()), int(np.isfinite(values).sum())
    place = (size, target, str(method), str(source), str(pretraining), int(freeze))
    return Point(*place, score, accuracy, difference, p_value, nan, n)


def tested(gaps: Array, n_train: Array, n_test: Array) -> tuple[Estimate, float]:
    """The corrected resampled t-test, its interval within what balanced accuracies can differ.

    Balanced accuracies of few samples take few values: where all repeats differ alike there is no
    interval either.
    """
    found, p_value = resampled_t(gaps, n_train, n_test)
    if np.isnan(p_value):
        return Estimate(found.value, np.nan, np.nan), p_value
    return Estimate(found.value, max(found.low, -1.0), min(found.high, 1.0)), p_value


def _adjusted(points: list[Point]) -> tuple[Point, ...]:
    """With P values adjusted over each matrix."""
    families: dict[tuple[Any, ...], list[int]] = {}
    for number, point in enumerate(points):
        family = (point.size, point.method, point.pretraining, point.freeze)
        families.setdefault(family, []).append(number)
    adjusted = np.full(len(points), np.nan)
    for numbers in families.values():
        adjusted[numbers] = holm([points[number].p_value for number in numbers])
    return tuple(
        Point(**{**vars(point), "adjusted": float(value)})
        for point, value in zip(points, adjusted, strict=True)
    )
