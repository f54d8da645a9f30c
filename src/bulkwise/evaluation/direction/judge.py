"""One cohort's draws of few samples, judged by every method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bulkwise.baselines.direction import drawn_to_mean, rule_scores, shrunken_probabilities
from bulkwise.evaluation.direction.results import MODEL
from bulkwise.evaluation.direction.scores import (
    calibration_bins,
    directed_precision,
    sign_scores,
)
from bulkwise.models.direction import DirectionModel
from bulkwise.stats.effects import GenePrior, posterior
from bulkwise.stats.two_groups import Evidence, evidence
from bulkwise.training.contrasts import Contrast, draw_rows, reference_size, verdicts

__all__ = ["Told", "judge"]

Array = NDArray[Any]
Rows = list[dict[str, Any]]


@dataclass(frozen=True, eq=False)
class Told:
    """What is known of a cohort's genes.

    Attributes
    ----------
    label
        -1 down, 0 neutral, 1 up.
    judged
        True for genes whose signs are judged.
    majority
        The more frequent direction in other families, -1 or 1.
    """

    label: Array
    judged: Array
    majority: float


def judge(
    contrast: Contrast,
    told: Told,
    model: DirectionModel,
    sizes: Sequence[int],
    draws: int,
    rng: np.random.Generator,
) -> tuple[Rows, Rows]:
    """Draw a few samples a side, again and again, and judge what each method says.

    Parameters
    ----------
    contrast
        The whole cohort.
    told
        What is known of its genes.
    model
        Fitted without this cohort.
    sizes, draws
        Samples a side, and draws of each size.
    rng
        Draws the samples.

    Returns
    -------
    rows, bins
        Rows of the scores, and of the calibration.
    """
    (whole, *_) = verdicts(contrast, 0.01, np.random.default_rng(0))
    known = reference_size(int(contrast.first.sum()), int((~contrast.first).sum()))
    signs, changed = told.judged & (told.label != 0), told.label != 0
    rows: Rows = []
    bins: Rows = []
    for size in sizes:
        said: list[Array] = []
        for number in range(draws):
            at = draw_rows(contrast, (size, size), rng)
            values, first = contrast.values[at], contrast.first[at]
            seen = evidence(values, contrast.unit, first)
            prior = model.prior(contrast, seen)
            chance = model.probabilities(seen, prior, known)
            scores = {MODEL: chance[:, 2] - chance[:, 0]}
            scores |= rule_scores(values, contrast.unit, first) | _from_others(seen, prior)
            scores["majority"] = np.full(len(told.label), told.majority)
            areas = {
                name: directed_precision(up, down, whole.direction)
                for name, (up, down) in _claims(seen, chance, known).items()
            }
            for name in dict.fromkeys([*scores, *areas]):
                right = (
                    sign_scores(scores[name][signs], told.label[signs])
                    if name in scores and signs.any()
                    else {}
                )
                row = {"cohort": contrast.name, "size": size, "draw": number, "method": name}
                rows.append({**row, **right, "ranking": areas.get(name, np.nan)})
            share = chance[changed, 2] / (chance[changed, 2] + chance[changed, 0])
            said.append(np.column_stack([share, told.label[changed] > 0]))
        bins += _bins(contrast.name, size, np.concatenate(said))
    return rows, bins


def _from_others(seen: Evidence, prior: GenePrior) -> dict[str, Array]:
    """What the other cohorts say: alone, and in closed forms with the samples."""
    return {
        "other cohorts": prior.plain,
        "drawn to their mean": drawn_to_mean(seen, prior),
        "adaptive prior": posterior(seen.effect, seen.noise, prior)[0],
    }


def _claims(seen: Evidence, chance: Array, reference: float) -> dict[str, tuple[Array, Array]]:
    """How sure each method is of "up" and of "down": the model, limma's P, the closed form."""
    closed = shrunken_probabilities(seen, reference)
    sure = 1 - seen.p_value / 2
    up = seen.change > 0
    return {
        MODEL: (chance[:, 2], chance[:, 0]),
        "limma": (np.where(up, sure, 1 - sure), np.where(up, 1 - sure, sure)),
        "closed form": (closed[:, 2], closed[:, 0]),
    }


def _bins(cohort: str, size: int, said: Array) -> Rows:
    """P(up | up or down) against what happened, tenth by tenth."""
    return [
        {"cohort": cohort, "size": size, "tenth": tenth, "count": n, "said": mean, "seen": share}
        for tenth, (n, mean, share) in enumerate(calibration_bins(said[:, 0], said[:, 1]))
    ]
