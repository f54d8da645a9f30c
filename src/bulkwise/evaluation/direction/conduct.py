"""Leave families of cohorts out, draw a few samples of each, and compare with the whole cohort."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from bulkwise.baselines.direction import rule_scores, shrunken_probabilities
from bulkwise.checks.directions import require_agreement
from bulkwise.errors import InputError
from bulkwise.evaluation.direction.results import MODEL, DirectionEvaluation
from bulkwise.evaluation.direction.scores import (
    calibration_bins,
    directed_precision,
    sign_scores,
)
from bulkwise.models.direction import DirectionModel
from bulkwise.progress import task
from bulkwise.randomness import Seeds
from bulkwise.stats.two_groups import Evidence, evidence
from bulkwise.training.contrasts import (
    Contrast,
    draw_rows,
    open_contrast,
    reference_size,
    verdicts,
)

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["evaluate_direction"]

Array = NDArray[Any]
_SIGNS = {"down": -1, "neutral": 0, "up": 1}


def evaluate_direction(
    cohorts: Sequence[AnnData],
    *,
    column: str = "condition",
    contrast: str | tuple[str, str] = "tumour:normal",
    model: DirectionModel | None = None,
    sizes: Sequence[int] = (2, 3, 5, 10),
    draws: int = 20,
    truth: str | None = None,
    judged: str | None = None,
    test: Sequence[str] | None = None,
    random_state: int = 0,
) -> DirectionEvaluation:
    """Judge a model of directions beside the rules, on few samples of cohorts it hasn't seen.

    Each family of cohorts is held out in turn: the model, its gene prior, its calibration and the
    majority rule are learnt from the other families only.

    Parameters
    ----------
    cohorts
        Two families at least; ``.uns["cohort"]`` names them. Not changed.
    column, contrast
        The column of the conditions and ``"first:second"``.
    model
        Unfitted; ``None`` for ``DirectionModel(random_state=random_state)``.
    sizes
        Samples a side of the draws; a condition with fewer gives all it has.
    draws
        Draws of each size.
    truth
        Column of ``.var`` with ``"down"``, ``"neutral"`` and ``"up"``; by default the moderated t
        of the whole cohort at a false discovery rate of 0.01. Signs are judged on genes that
        aren't neutral, ranking always by the whole cohort's moderated t.
    judged
        Column of ``.var``, true for genes whose signs are judged; by default all.
    test
        Names of cohorts to test on; by default all.
    random_state
        Seed.

    Returns
    -------
    DirectionEvaluation

    Raises
    ------
    InputError
        If there are fewer than two families, labels aren't known words, or labels contradict the
        matrix in most genes.
    """
    seeds = Seeds(random_state)
    prototype = DirectionModel(random_state=random_state) if model is None else model
    opened = [open_contrast(one, column=column, contrast=contrast)[0] for one in cohorts]
    families = {one.name: one.family for one in opened}
    if len(families) < len(opened) or len(set(families.values())) < 2:
        raise InputError(
            "Expected cohorts with different names (.uns['cohort']) of two families at least; got "
            f"{len(opened)} cohorts, {len(families)} names, {len(set(families.values()))} families."
        )
    labels = {
        one.name: _labels(cohort, one, truth) for one, cohort in zip(opened, cohorts, strict=True)
    }
    scored = {
        one.name: np.ones(len(one.genes), dtype=bool)
        if judged is None
        else cohort.var[judged].to_numpy().astype(bool)
        for one, cohort in zip(opened, cohorts, strict=True)
    }
    wanted = set(families) if test is None else set(test)
    rows: list[dict[str, Any]] = []
    bins: list[dict[str, Any]] = []
    folds = sorted({families[name] for name in wanted})
    with task("holding families out", total=len(folds)) as bar:
        for family in folds:
            others = [one for one in opened if one.family != family]
            fitted = clone(prototype).fit_contrasts(others)
            majority = np.sign(sum(int(labels[one.name][scored[one.name]].sum()) for one in others))
            for one in opened:
                if one.family == family and one.name in wanted:
                    _judge(
                        one,
                        labels[one.name],
                        scored[one.name],
                        fitted,
                        float(majority or 1),
                        sizes,
                        draws,
                        seeds.numpy("draws", one.name),
                        rows,
                        bins,
                    )
            bar.advance(1)
    import pandas as pd

    about = {"draws": draws, "sizes": list(sizes), "seed": random_state, "folds": folds}
    return DirectionEvaluation(pd.DataFrame(rows), pd.DataFrame(bins), families, about)


def _labels(cohort: AnnData, contrast: Contrast, truth: str | None) -> Array:
    if truth is None:
        (whole, *_) = verdicts(contrast, 0.01, np.random.default_rng(0))
        return whole.direction
    words = cohort.var[truth].astype(str)
    odd = sorted(set(words) - set(_SIGNS))
    if odd:
        raise InputError(
            f"The column {truth!r} of the genes holds {odd[0]!r}; expected down, neutral or up."
        )
    direction: Array = words.map(_SIGNS).to_numpy().astype(np.int64)
    seen = evidence(contrast.values, contrast.unit, contrast.first)
    require_agreement(contrast.name, seen.change, direction)
    return direction


def _judge(
    contrast: Contrast,
    label: Array,
    judged: Array,
    model: DirectionModel,
    majority: float,
    sizes: Sequence[int],
    draws: int,
    rng: np.random.Generator,
    rows: list[dict[str, Any]],
    bins: list[dict[str, Any]],
) -> None:
    (whole, *_) = verdicts(contrast, 0.01, np.random.default_rng(0))
    known = reference_size(int(contrast.first.sum()), int((~contrast.first).sum()))
    signs = judged & (label != 0)
    for size in sizes:
        said: list[Array] = []
        for number in range(draws):
            at = draw_rows(contrast, (size, size), rng)
            values, first = contrast.values[at], contrast.first[at]
            seen = evidence(values, contrast.unit, first)
            prior = model.prior(contrast, seen)
            chance = model.probabilities(seen, prior, known)
            scores = {MODEL: chance[:, 2] - chance[:, 0]}
            scores |= rule_scores(values, contrast.unit, first)
            scores["other cohorts"] = prior.mean
            scores["majority"] = np.full(len(label), majority)
            claims = _claims(seen, chance, known)
            where = {"cohort": contrast.name, "size": size, "draw": number}
            for name, score in scores.items():
                told = sign_scores(score[signs], label[signs]) if signs.any() else {}
                rows.append({**where, "method": name, **told, "ranking": np.nan})
            for name, (up, down) in claims.items():
                area = directed_precision(up, down, whole.direction)
                if name in scores:
                    rows[-len(scores) + list(scores).index(name)]["ranking"] = area
                else:
                    rows.append({**where, "method": name, "ranking": area})
            changed = label != 0
            share = chance[changed, 2] / (chance[changed, 2] + chance[changed, 0])
            said.append(np.column_stack([share, label[changed] > 0]))
        pooled = np.concatenate(said)
        for tenth, (count, mean, happened) in enumerate(
            calibration_bins(pooled[:, 0], pooled[:, 1])
        ):
            bins.append(
                {
                    "cohort": contrast.name,
                    "size": size,
                    "tenth": tenth,
                    "count": count,
                    "said": mean,
                    "seen": happened,
                }
            )


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
