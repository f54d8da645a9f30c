"""What happens in one fold: fit on the training patients, translate and judge the others."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from sklearn.base import clone

from bulkwise.baselines.translation import NEEDS_PAIRS, RULES, Learned, learn
from bulkwise.evaluation.translation.critic import Critic
from bulkwise.evaluation.translation.measures import energy_distance, of_patients
from bulkwise.evaluation.translation.purity import PurityParts
from bulkwise.models.translator.pairing import Samples, to_logs
from bulkwise.split import Fold

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["Gathered", "Part", "run_fold"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


@dataclass(eq=False)
class Gathered:
    """What all folds gave, to be concatenated.

    Attributes
    ----------
    rows
        Rows of the held-out source samples.
    fold
        The fold of each.
    figures
        Model -> metric -> list of arrays, an entry a held-out pair.
    squares
        Model -> summed squared error of each gene; ``"variance"`` around the training mean.
    looks
        Model -> list of (condition, tissue) that the critic sees in the predictions; of
        ``"source"`` in the held-out source samples.
    groups
        Model -> list of (tissue, samples, figures) where nothing is paired.
    seconds
        Model -> seconds of fitting and predicting.
    purity
        Scores and what is left of truth and prediction.
    """

    rows: list[Array] = field(default_factory=list)
    fold: list[Array] = field(default_factory=list)
    figures: dict[str, dict[str, list[Array]]] = field(default_factory=dict)
    squares: dict[str, Array] = field(default_factory=dict)
    looks: dict[str, list[tuple[Array, Array | None]]] = field(default_factory=dict)
    groups: dict[str, list[tuple[str, int, dict[str, float]]]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    purity: list[PurityParts] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Part:
    """The fold's data.

    Attributes
    ----------
    cohort
        All samples.
    samples
        The same, checked; ``codes`` are the tissues' numbers in ``tissues``.
    paired
        Whether pairs judge.
    purity
        Positions of the genes of the purity score.
    """

    cohort: AnnData
    samples: Samples
    codes: Array
    tissues: Array
    paired: bool
    purity: Array | None
    seed: int


def run_fold(
    part: Part, fold: Fold, number: int, models: Mapping[str, Any], into: Gathered
) -> None:
    """Fit all models and rules on one training part and judge them on the held-out patients."""
    samples = part.samples
    inside = np.zeros(len(samples.source), dtype=bool)
    inside[fold.train] = True
    source, target = _tested(part, inside)
    if not len(source):
        return
    known = _learned(part, inside)
    logs, codes = samples.logs, part.codes
    new, where = logs[source], codes[source]
    critic = Critic(
        logs[inside], np.where(samples.target, "target", "source")[inside],
        samples.tissue[inside], part.seed,
    )  # fmt: skip
    into.rows.append(source)
    into.fold.append(np.full(len(source), number))
    into.looks.setdefault("source", []).append((critic.conditions(new), critic.tissues(new)))
    training = part.cohort[np.flatnonzero(inside)].copy()
    for name, model in models.items():
        begin = time.perf_counter()
        made = clone(model).fit(training).predict(part.cohort[source].copy())
        into.seconds[name] = into.seconds.get(name, 0.0) + time.perf_counter() - begin
        unit = str(part.cohort.uns["unit"])
        layers = made.layers
        interval = None
        if "low" in layers:
            interval = (to_logs(layers["low"], unit), to_logs(layers["high"], unit))
        values = to_logs(made.X, unit)
        _judge(name, values, interval, part, source, target, known, critic, into)
        if part.purity is not None and part.paired and name == next(iter(models)):
            into.purity.append(PurityParts.of(part.purity, known, values, logs[target], where))
    for name, rule in RULES.items():
        if name in NEEDS_PAIRS and len(known.x) < 3:
            continue
        begin = time.perf_counter()
        values = rule(known, new, where)
        into.seconds[name] = into.seconds.get(name, 0.0) + time.perf_counter() - begin
        _judge(name, values, None, part, source, target, known, critic, into)


def _tested(part: Part, inside: Array) -> tuple[Array, Array]:
    """Rows of the held-out source samples, and of the target samples that judge them."""
    if part.paired:
        pairs = part.samples.pairs
        held = pairs[~inside[pairs].any(axis=1)]
        return held[:, 0], held[:, 1]
    source, target = (
        np.flatnonzero(mask & ~inside) for mask in (part.samples.source, part.samples.target)
    )
    return source, target


def _learned(part: Part, inside: Array) -> Learned:
    samples, codes = part.samples, part.codes
    sides = [
        (samples.logs[mask & inside], codes[mask & inside])
        for mask in (samples.source, samples.target)
    ]
    pairs = samples.pairs[inside[samples.pairs].all(axis=1)]
    first, second = samples.logs[pairs[:, 0]], samples.logs[pairs[:, 1]]
    return learn(sides[0], sides[1], (first, second, codes[pairs[:, 0]]), len(part.tissues))


def _judge(
    name: str,
    values: Array,
    interval: tuple[Array, Array] | None,
    part: Part,
    source: Array,
    target: Array,
    known: Learned,
    critic: Critic,
    into: Gathered,
) -> None:
    logs, codes = part.samples.logs, part.codes
    into.looks.setdefault(name, []).append((critic.conditions(values), critic.tissues(values)))
    if not part.paired:
        into.groups.setdefault(name, []).extend(_groups(values, part, source, target))
        return
    centre = known.target[codes[source]]
    truth = logs[target]
    found = of_patients(values, truth, logs[source], centre, interval)
    kept = into.figures.setdefault(name, {key: [] for key in found})
    for key, figures in found.items():
        kept[key].append(figures)
    squares = np.square(values - truth).sum(axis=0)
    into.squares[name] = into.squares.get(name, 0.0) + squares


def _groups(
    values: Array, part: Part, source: Array, target: Array
) -> list[tuple[str, int, dict[str, float]]]:
    """How far the predicted group lies from the real one, in each tissue that has both."""
    logs, codes, found = part.samples.logs, part.codes, []
    for code in np.unique(codes[source]).tolist():
        own, real = codes[source] == code, logs[target[codes[target] == code]]
        predicted, before = values[own], logs[source[own]]
        if min(len(predicted), len(real)) < 2:
            continue
        apart = energy_distance(before, real)
        figures = {
            "mean_error": float(np.square(predicted.mean(axis=0) - real.mean(axis=0)).mean()),
            "energy": energy_distance(predicted, real) / max(apart, 1e-9),
            "spread": float(predicted.var(axis=0).mean() / max(real.var(axis=0).mean(), 1e-9)),
        }
        found.append((str(part.tissues[code]), len(predicted), figures))
    return found
