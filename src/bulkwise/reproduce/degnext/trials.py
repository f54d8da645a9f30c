"""What was found: both experiments, and what noise, order and library sizes do to each method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bulkwise.baselines import rule_scores
from bulkwise.evaluation.base import Estimate
from bulkwise.evaluation.direction.scores import sign_scores
from bulkwise.progress import track
from bulkwise.randomness import Seeds
from bulkwise.reproduce.degnext import paper
from bulkwise.reproduce.degnext.cohorts import Cohort
from bulkwise.reproduce.degnext.methods import (
    CNN,
    LOG_RULES,
    OURS,
    Scorer,
    contrast_of,
    network,
    ours,
    rivals,
    rules,
)
from bulkwise.training.contrasts import family_of
from bulkwise.training.gene_rows import GeneRows

__all__ = [
    "ACROSS",
    "SIZES",
    "WITHIN",
    "Found",
    "Judged",
    "mean_accuracy",
    "mean_metric",
    "run_trials",
]

Array = NDArray[Any]

WITHIN, ACROSS, SIZES = "columns within a condition", "all columns", "library sizes"
_DRAWS = 2000
_FOLDS = 5
_FOLD = 2.0  # log2: libraries between a quarter and four times as large


@dataclass(frozen=True, eq=False)
class Judged:
    """One cohort under one experiment.

    Attributes
    ----------
    cohort
        Its name.
    taught, tested
        What was learnt from, and on which genes the methods are judged.
    truth
        -1 or 1, one a gene.
    scores
        Method -> one score a gene, above zero for up.
    """

    cohort: str
    taught: str
    tested: str
    truth: Array
    scores: Mapping[str, Array]

    def metrics(self, method: str) -> dict[str, float]:
        """The six metrics."""
        return sign_scores(self.scores[method], self.truth)

    def right(self, method: str) -> Array:
        """Which genes were called right."""
        return np.asarray(np.sign(self.scores[method]) == self.truth)


@dataclass(frozen=True, eq=False)
class Found:
    """Everything.

    Attributes
    ----------
    general, transfer
        The two experiments, a cohort each.
    noise
        Level in per cent -> the cohorts of the general experiment.
    changed
        What was changed in the tested rows -> the same.
    """

    general: list[Judged]
    transfer: list[Judged]
    noise: dict[int, list[Judged]] = field(default_factory=dict)
    changed: dict[str, list[Judged]] = field(default_factory=dict)


def mean_accuracy(
    judged: Sequence[Judged], method: str, rival: str | None = None, *, seed: int = 0
) -> Estimate:
    """Mean accuracy over cohorts, or of its difference from a rival's, with a 95 % interval.

    The bootstrap draws cohorts, and genes within each.
    """
    rng = np.random.default_rng(seed)
    draws = []
    values = []
    for one in judged:
        lead = one.right(method).astype(np.int64)
        if rival is not None:
            lead = lead - one.right(rival)
        shares = [(lead == side).mean() for side in (-1, 0, 1)]
        counts = rng.multinomial(len(lead), shares, size=_DRAWS)
        draws.append((counts[:, 2] - counts[:, 0]) / len(lead))
        values.append(lead.mean())
    picked = rng.integers(len(draws), size=(_DRAWS, len(draws)))
    means = np.array(draws)[picked, np.arange(_DRAWS)[:, None]].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return Estimate(float(np.mean(values)), float(low), float(high))


def mean_metric(judged: Sequence[Judged], method: str, metric: str, *, seed: int = 0) -> Estimate:
    """Mean of one of the six metrics over cohorts, with a 95 % interval.

    Accuracy as :func:`mean_accuracy`; of the others the bootstrap draws cohorts only.
    """
    if metric == "accuracy":
        return mean_accuracy(judged, method, seed=seed)
    values = np.array([one.metrics(method)[metric] for one in judged])
    values = values[np.isfinite(values)]
    if not len(values):
        return Estimate(float("nan"), float("nan"), float("nan"))
    rng = np.random.default_rng(seed)
    means = values[rng.integers(len(values), size=(_DRAWS, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return Estimate(float(values.mean()), float(low), float(high))


def run_trials(cohorts: Sequence[Cohort], *, epochs: int, seeds: Seeds) -> Found:
    """Both experiments, then the changes on the genes of the general one."""
    transfer, other = _transfer(cohorts, epochs, seeds)
    found = Found([], transfer)
    tested = [one for one in cohorts if len(one.tested)]
    for cohort in track(tested, "learning and testing in each cohort", len(tested)):
        taught, scorers = _scorers(cohort, epochs, seeds.child("general", cohort.name))
        scorers |= {OURS: other(cohort.name)} if other is not None else {}
        at = cohort.tested
        base = {name: score(cohort.rows, at) for name, score in scorers.items()}
        base |= rules(cohort, at) | _of_others(cohort, cohorts, at)
        made = Judged(cohort.name, taught, "T3", cohort.sign[at], base)
        found.general.append(made)
        for level in paper.NOISE:
            rows = _noised(cohort.rows, level, seeds.numpy("noise", cohort.name, level))
            found.noise.setdefault(level, []).append(_on_levels(made, scorers, rows, at))
        for what, rows in _moved(cohort.rows, seeds.numpy("columns", cohort.name)).items():
            found.changed.setdefault(what, []).append(_on_levels(made, scorers, rows, at))
        factors = np.exp2(
            seeds.numpy("sizes", cohort.name).uniform(-_FOLD, _FOLD, len(cohort.first))
        )
        again = cohort.scaled(factors)
        scores = {name: score(again.rows, at) for name, score in scorers.items()}
        scores |= rules(again, at)
        found.changed.setdefault(SIZES, []).append(replace(made, scores=scores))
    return found


def _transfer(cohorts: Sequence[Cohort], epochs: int, seeds: Seeds) -> tuple[list[Judged], Any]:
    """The experiment, and the order-free model that suits each cohort."""
    taught = [one for name in paper.TAUGHT for one in cohorts if one.name == name]
    taught = [one for one in taught if len(one.learnt[0])]
    tested = [one for one in cohorts if one.name in paper.TESTED]
    if not taught or not tested:
        return [], None
    rows = [one.rows.take(one.learnt[0]) for one in taught]
    scorers = {CNN: network(rows, epochs, seeds.sklearn("transfer"))}
    scorers |= rivals(rows, seeds.sklearn("rivals"))
    forward = ours([contrast_of(one.rows) for one in taught], seeds.sklearn("ours"))
    own = {family_of(one.name) for one in taught}
    apart = [one for one in tested if family_of(one.name) not in own]
    back = ours([contrast_of(one.rows) for one in apart or tested], seeds.sklearn("back"))
    words = f"{len(taught)} other cohorts"
    judged = []
    for cohort in tested:
        at, parts = cohort.transferred
        scores = {name: score(cohort.rows, at) for name, score in scorers.items()}
        scores[OURS] = forward(cohort.name)(cohort.rows, at)
        scores |= rules(cohort, at) | _of_others(cohort, taught, at)
        judged.append(Judged(cohort.name, words, parts, cohort.sign[at], scores))
    names = {one.name for one in tested}
    return judged, lambda name: (forward if name in names else back)(name)


def _scorers(cohort: Cohort, epochs: int, seeds: Seeds) -> tuple[str, dict[str, Scorer]]:
    """What is fitted in a cohort; where it has T3 only, on four fifths of T3, five times."""
    at, parts = cohort.learnt
    if len(at):
        return parts, _fitted(cohort.rows.take(at), epochs, seeds)
    fold = np.full(len(cohort.split), -1)
    fold[cohort.tested] = seeds.numpy("folds").permutation(len(cohort.tested)) % _FOLDS
    unseen = replace(cohort.rows, validated=np.zeros(len(fold), dtype=bool))
    fits = [
        _fitted(unseen.take((fold >= 0) & (fold != k)), epochs, seeds.child(k))
        for k in range(_FOLDS)
    ]
    return f"T3, {_FOLDS} folds", {name: _joined(name, fits, fold) for name in fits[0]}


def _fitted(rows: GeneRows, epochs: int, seeds: Seeds) -> dict[str, Scorer]:
    made = {CNN: network([rows], epochs, seeds.sklearn("network"))}
    return made | rivals([rows], seeds.sklearn("rivals"))


def _joined(name: str, fits: Sequence[Mapping[str, Scorer]], fold: Array) -> Scorer:
    """A method of which each fold's genes see the fit without them."""

    def score(rows: GeneRows, at: Array) -> Array:
        scores = np.zeros(len(at))
        for k, scorers in enumerate(fits):
            own = fold[at] == k
            scores[own] = scorers[name](rows, at[own])
        return scores

    return score


def _of_others(cohort: Cohort, others: Sequence[Cohort], at: Array) -> dict[str, Array]:
    """The direction most genes take, and each gene's mean change in cohorts that aren't kin."""
    kin = family_of(cohort.name)
    apart = [one for one in others if family_of(one.name) != kin]
    most = np.sign(sum(int(one.sign.sum()) for one in apart)) or 1
    sums: dict[str, list[float]] = {}
    for one in apart:
        scaled = one.rows.change / np.maximum(one.rows.levels.std(axis=1), 1e-6)
        for gene, value in zip(one.rows.genes.tolist(), scaled.tolist(), strict=True):
            sums.setdefault(gene, []).append(value)
    mean = [float(np.mean(sums.get(gene, [0.0]))) for gene in cohort.rows.genes[at].tolist()]
    return {
        "majority": np.full(len(at), float(most)),
        "other cohorts' mean": np.where(np.array(mean) == 0, 1e-9 * most, mean),
    }


def _on_levels(made: Judged, scorers: Mapping[str, Scorer], rows: GeneRows, at: Array) -> Judged:
    scores = {name: score(rows, at) for name, score in scorers.items()}
    first = np.arange(rows.levels.shape[1]) >= rows.n_second
    simple = rule_scores(rows.levels[at].T, "log2", first)
    return replace(made, scores=scores | {name: simple[name] for name in LOG_RULES})


def _noised(rows: GeneRows, level: float, rng: np.random.Generator) -> GeneRows:
    """Gaussian noise on the log levels, its deviation a share of each gene's own."""
    deviation = rows.levels.std(axis=1, keepdims=True) * level / 100
    return replace(rows, levels=rows.levels + deviation * rng.normal(size=rows.levels.shape))


def _moved(rows: GeneRows, rng: np.random.Generator) -> dict[str, GeneRows]:
    """Columns permuted within the conditions, and all of them."""
    n = rows.levels.shape[1]
    sides = np.split(np.arange(n), [rows.n_second])
    inside = np.concatenate([rng.permutation(side) for side in sides])
    return {
        WITHIN: replace(rows, levels=rows.levels[:, inside]),
        ACROSS: replace(rows, levels=rows.levels[:, rng.permutation(n)]),
    }
