"""The methods, each as a score of genes: above zero for up, below for down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bulkwise.baselines import row_means, row_rivals, rule_scores
from bulkwise.models import DirectionModel, GeneDirectionClassifier
from bulkwise.stats.two_groups import evidence
from bulkwise.training import Training
from bulkwise.training.contrasts import Contrast, family_of
from bulkwise.training.gene_rows import DOWN, NEUTRAL, UP, GeneRows, standardised

if TYPE_CHECKING:
    from bulkwise.reproduce.degnext.cohorts import Cohort

__all__ = [
    "CNN",
    "LOG_RULES",
    "OURS",
    "Scorer",
    "contrast_of",
    "network",
    "ours",
    "rivals",
    "rules",
]

Array = NDArray[Any]
Scorer: TypeAlias = Callable[[GeneRows, Array], Array]
"""From a cohort's rows and positions of genes to scores of these."""

CNN, OURS = "DEGnext", "order-free (ours)"
LOG_RULES = ("mean, CPM", "trimmed mean", "Wilcoxon")
"""The rules that work on log levels as they are."""

_STAGES = 50, 31  # epochs of the paper
_BINS = 9  # as many as the smallest group has samples
_REFERENCE = 50


def network(learnt: Sequence[GeneRows], epochs: int, seed: int) -> Scorer:
    """DEGnext, fitted on one cohort or on several one after another."""
    model = GeneDirectionClassifier.preset("degnext", random_state=seed)
    if epochs != _STAGES[0]:
        second = max(1, round(epochs * _STAGES[1] / _STAGES[0]))
        model.set_params(training=_short(epochs), tuning=_short(second))
    model.fit_rows(learnt)

    def score(rows: GeneRows, at: Array) -> Array:
        chance = model.probabilities(rows.take(at))
        return np.asarray(chance[:, UP] - chance[:, DOWN])

    return score


def _short(epochs: int) -> Training:
    return Training(
        optimizer="adam",
        learning_rate=1e-4,
        weight_decay=0.0,
        batch_size=64,
        epochs=epochs,
        patience=None,
    )


def rivals(learnt: Sequence[GeneRows], seed: int) -> dict[str, Scorer]:
    """The paper's rivals, fitted on the genes that change.

    They see the rows that the network sees; several cohorts are brought to rows of one length.
    """
    binned = len(learnt) > 1

    def seen(rows: GeneRows) -> Array:
        values = standardised(rows.levels, rows.n_second)
        return row_means(values, rows.n_second, _BINS) if binned else values

    changed = [one.take(_label(one) != NEUTRAL) for one in learnt]
    X = np.concatenate([seen(one) for one in changed])
    up = np.concatenate([_label(one) == UP for one in changed]).astype(np.int64)
    return {name: _score_of(model.fit(X, up), seen) for name, model in row_rivals(seed).items()}


def _score_of(model: Any, seen: Callable[[GeneRows], Array]) -> Scorer:
    def score(rows: GeneRows, at: Array) -> Array:
        X = seen(rows.take(at))
        if hasattr(model, "decision_function"):
            return np.asarray(model.decision_function(X))
        lead = np.asarray(model.predict_proba(X), dtype=np.float64)[:, 1] - 0.5
        return np.where(lead == 0, -1e-9, lead)  # a tie goes to the first class, as in predict

    return score


def ours(learnt: Sequence[Contrast], seed: int) -> Callable[[str], Scorer]:
    """The order-free model, fitted on other cohorts; near relatives have no say in its prior."""
    model = DirectionModel(random_state=seed).fit_contrasts(learnt)

    def of(cohort: str) -> Scorer:
        def score(rows: GeneRows, at: Array) -> Array:
            one = contrast_of(rows)
            seen = evidence(one.values, one.unit, one.first)
            prior = model.prior(one, seen, without=[family_of(cohort)])
            chance = model.probabilities(seen, prior, _REFERENCE)[at]
            return np.asarray(chance[:, UP] - chance[:, DOWN])

        return score

    return of


def contrast_of(rows: GeneRows) -> Contrast:
    """Rows as the order-free model takes them, log levels."""
    n = rows.levels.shape[1]
    return Contrast(
        rows.name,
        family_of(rows.name),
        rows.levels.T,
        "log2_cpm",
        np.arange(n) >= rows.n_second,
        rows.genes,
        np.ones(len(rows.genes), dtype=bool),
        rows.pair,
    )


def rules(cohort: Cohort, at: Array) -> dict[str, Array]:
    """All rules without parameters, with each normalisation."""
    scores = rule_scores(cohort.values, cohort.rows.unit, cohort.first)
    return {name: score[at] for name, score in scores.items()}


def _label(rows: GeneRows) -> Array:
    return np.zeros(0) if rows.label is None else rows.label
