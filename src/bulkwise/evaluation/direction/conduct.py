"""Leave families of cohorts out, draw a few samples of each, and compare with the whole cohort."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from bulkwise.checks.directions import require_agreement
from bulkwise.errors import InputError
from bulkwise.evaluation.direction.judge import Told, judge
from bulkwise.evaluation.direction.results import DirectionEvaluation
from bulkwise.models.direction import DirectionModel
from bulkwise.progress import task
from bulkwise.randomness import Seeds
from bulkwise.stats.two_groups import evidence
from bulkwise.training.contrasts import Contrast, open_contrast, verdicts

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
    relatives: bool = False,
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
    relatives
        True holds out only the cohort itself, so that near relatives teach about it.
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
    if relatives:
        opened = [replace(one, family=one.name) for one in opened]
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
                    told = Told(labels[one.name], scored[one.name], float(majority or 1))
                    parts = judge(one, told, fitted, sizes, draws, seeds.numpy("draws", one.name))
                    rows += parts[0]
                    bins += parts[1]
            bar.advance(1)
    import pandas as pd

    about = {
        "draws": draws,
        "sizes": list(sizes),
        "seed": random_state,
        "folds": folds,
        "relatives": relatives,
    }
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
