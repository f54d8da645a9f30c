"""The paper's claims about settings and sample size, each put to a test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from bulkwise.evaluation.corrected import holm
from bulkwise.study import Curve, Search, Transfer

__all__ = ["Claim", "claims_of_curve", "claims_of_search", "claims_of_transfer"]

_LEVEL = 0.05
_FEW = 300  # samples below which the paper's networks lose
_MARGIN = 0.02  # of balanced accuracy, that is no loss
_SGD = "sgd"


@dataclass(frozen=True)
class Claim:
    """One claim on one task.

    Attributes
    ----------
    text
        The paper's claim.
    task
        Where it was tested.
    answer
        ``"holds"``, ``"doesn't hold"`` or ``"undecided"``.
    evidence
        What was measured, in words.
    p_value
        Of the test, adjusted where several belong together; NaN without one.
    """

    text: str
    task: str
    answer: str
    evidence: str
    p_value: float


def claims_of_search(task: str, found: Search) -> list[Claim]:
    """SGD and small batches are stable; the rate matters, architecture and penalties don't.

    Parameters
    ----------
    task
        Title of the task.
    found
        A search of the space ``hanczar``.
    """
    table = found.trials.assign(score=found.scores())
    best, chance = float(table["score"].max()), float(found.asked["chance"])
    useless = table["score"] < (best + chance) / 2
    sgd = table["optimizer"] == _SGD
    return [
        _stable(task, useless, sgd),
        _small_batches(task, table[sgd]),
        _depth(task, table[~useless]),
        _penalties(task, table[~useless]),
        _what_matters(task, found),
    ]


def _stable(task: str, useless: pd.Series[bool], sgd: pd.Series[bool]) -> Claim:
    """Fisher's exact test on networks that stay below the middle of chance and the best."""
    counts = np.array([[(useless & who).sum(), (~useless & who).sum()] for who in (sgd, ~sgd)])
    p = float(stats.fisher_exact(counts)[1])
    shares = counts[:, 0] / np.maximum(counts.sum(axis=1), 1)
    answer = _said(p, shares[0] < shares[1])
    evidence = f"useless networks: SGD {shares[0]:.0%}, Adam and RMSprop {shares[1]:.0%}"
    return Claim("SGD is more stable than Adam and RMSprop", task, answer, evidence, p)


def _small_batches(task: str, table: pd.DataFrame) -> Claim:
    rho, p = _ranks(table["batch_size"], table["score"])
    evidence = f"rank correlation of batch size with balanced accuracy, SGD: {rho:+.2f}"
    return Claim("Small batches are better", task, _said(p, rho < 0), evidence, p)


def _depth(task: str, table: pd.DataFrame) -> Claim:
    """Among networks that learnt something, those beyond five layers against the others."""
    deep = table["depth"] > 5
    shallow, beyond = table.loc[~deep, "score"], table.loc[deep, "score"]
    text = "Beyond five hidden layers accuracy falls"
    if min(len(shallow), len(beyond)) < 2:
        return Claim(text, task, "undecided", "too few networks learnt anything", np.nan)
    p = float(stats.mannwhitneyu(shallow, beyond)[1])
    fall = float(shallow.median() - beyond.median())
    evidence = f"medians {shallow.median():.3f} (up to five) and {beyond.median():.3f}"
    return Claim(text, task, _said(p, fall > 0), evidence, p)


def _penalties(task: str, table: pd.DataFrame) -> Claim:
    """A rank correlation above zero that survives Holm's correction is a gain, below it a loss."""
    names = {"dropout": "dropout", "l1": "L1", "weight_decay": "L2"}
    found = {word: _ranks(table[name], table["score"]) for name, word in names.items()}
    adjusted = holm([p for _, p in found.values()])
    better = [
        word for (word, (rho, _)), p in zip(found.items(), adjusted, strict=True)
        if rho > 0 and p < _LEVEL
    ]  # fmt: skip
    evidence = "rank correlation with balanced accuracy: " + ", ".join(
        f"{word} {rho:+.2f}" for word, (rho, _) in found.items()
    )
    adverse = any(
        rho < 0 and p < _LEVEL for (rho, _), p in zip(found.values(), adjusted, strict=True)
    )
    answer = "doesn't hold" if better else "holds" if adverse else "undecided"
    least = min((p for p in adjusted if np.isfinite(p)), default=np.nan)
    return Claim("Dropout, L1 and L2 don't help", task, answer, evidence, least)


def _what_matters(task: str, found: Search) -> Claim:
    text = "The learning rate matters, depth and width hardly do"
    shares = {one.setting: one for one in found.importance}
    if not shares:
        return Claim(text, task, "undecided", "too few networks", np.nan)
    rate = shares["learning_rate"]
    others = max((shares["depth"], shares["width"]), key=lambda one: one.share)
    evidence = (
        f"fall of R² when shuffled: learning rate {rate.share:.2f} [{rate.low:.2f}, "
        f"{rate.high:.2f}], {others.setting} {others.share:.2f} [{others.low:.2f}, "
        f"{others.high:.2f}]; ends over five folds"
    )
    answer = "undecided"
    if rate.low > others.high:
        answer = "holds"
    elif others.low > rate.high:
        answer = "doesn't hold"
    return Claim(text, task, answer, evidence, np.nan)


def claims_of_curve(task: str, found: Curve) -> list[Claim]:
    """Networks lose below 300 samples, and are equal from there on.

    Parameters
    ----------
    task
        Title of the task.
    found
        A learning curve with the network and rivals; each rival's P is adjusted over the rivals
        of a size.
    """
    rivals = [point for point in found.points if point.method != "network"]
    few = [point for point in rivals if point.size < _FEW]
    many = [point for point in rivals if point.size >= _FEW]
    return [
        _below(task, found, few),
        _equal(task, many),
    ]


def _below(task: str, found: Curve, points: list[Any]) -> Claim:
    """By size: does a rival beat the network, all rivals and sizes corrected for?"""
    text = f"Networks lose below {_FEW} training samples"
    if not points:
        return Claim(text, task, "undecided", "no such size", np.nan)
    level = _LEVEL / len({p.size for p in points})  # P is adjusted within a size
    wins = [p for p in points if p.difference.value > 0 and p.p_value < level]
    losses = [p for p in points if p.difference.value < 0 and p.p_value < level]
    best = {
        size: max((p for p in points if p.size == size), key=lambda p: p.score.value)
        for size in sorted({p.size for p in points})
    }
    gaps = ", ".join(
        f"{size:,}: {point.difference.value:+.3f} ({point.method})" for size, point in best.items()
    )
    evidence = (
        f"best rival minus network by samples: {gaps}; a rival is better in {len(wins)} of "
        f"{len(points)} comparisons by its test, worse in {len(losses)}"
    )
    answer = "holds" if wins else "doesn't hold" if losses else "undecided"
    if wins and len(losses) >= len(wins):
        answer = "doesn't hold"
    return Claim(text, task, answer, evidence, _least(points))


def _equal(task: str, points: list[Any]) -> Claim:
    text = f"From {_FEW} samples on networks are as good as the others"
    if not points:
        return Claim(text, task, "undecided", "no such size", np.nan)
    level = _LEVEL / len({p.size for p in points})
    worse = [p for p in points if p.difference.value > 0 and p.p_value < level]
    widest = max(points, key=lambda p: p.difference.value)
    evidence = (
        f"the largest lead of a rival is {widest.difference.value:+.3f} ({widest.method}, "
        f"{widest.size:,} samples, P {widest.p_value:.2g}); better by its test in {len(worse)} of "
        f"{len(points)}"
    )
    answer = "doesn't hold" if worse else "undecided"
    if all(p.difference.high < _MARGIN for p in points):
        answer = "holds"
        evidence += f"; every interval ends below {_MARGIN}"
    return Claim(text, task, answer, evidence, _least(points))


_NO_GAIN = "Denoising pre-training doesn't help"
_ASKED = (
    ("Does it help to start from networks", "Transfer helps at few samples", True),
    ("Does it help to start from a denoising", _NO_GAIN, False),
    ("Is it better to freeze 0 layers", "Freezing no layer (F = 0) is best", True),
    ("Are all other domains", "Pan-cancer is a better source than one cancer", True),
    ("Is the network from scratch better", "Networks lose at few samples", False),
)
"""Beginning of a question of a transfer study, the paper's claim, whether a yes supports it."""


def claims_of_transfer(task: str, found: Transfer) -> list[Claim]:
    """The paper's claims on transfer, all sizes of a question together.

    Parameters
    ----------
    task
        Title of the task.
    found
        A transfer study; P is adjusted over all its questions and sizes.
    """
    claims = []
    for question in dict.fromkeys(one.question for one in found.claims):
        for start, text, supports in _ASKED:
            if question.startswith(start):
                own = [one for one in found.claims if one.question == question]
                claims.append(_of_question(task, text, question, own, supports=supports))
    return claims


def _of_question(
    task: str, text: str, question: str, own: Sequence[Any], *, supports: bool
) -> Claim:
    """An answer at some size that none contradicts; no gain also by intervals below a margin."""
    signs = {"yes": supports, "no": not supports}
    given = {signs[one.answer] for one in own if one.answer in signs}
    answer = "undecided"
    if len(given) == 1:
        answer = "holds" if given.pop() else "doesn't hold"
    elif text == _NO_GAIN and all(one.difference.high < _MARGIN for one in own):
        answer = "holds"
    gaps = ", ".join(
        f"{one.size}: {one.difference.value:+.3f} [{one.difference.low:.3f}, "
        f"{one.difference.high:.3f}]"
        for one in own
    )
    known = [one.adjusted for one in own if np.isfinite(one.adjusted)]
    evidence = f"{question} Difference by samples: {gaps}; {own[0].n_targets} targets"
    return Claim(text, task, answer, evidence, min(known, default=np.nan))


def _least(points: list[Any]) -> float:
    values = [p.p_value for p in points if np.isfinite(p.p_value)]
    return min(values) if values else float("nan")


def _ranks(x: pd.Series[float], y: pd.Series[float]) -> tuple[float, float]:
    if len(x) < 3 or x.nunique() < 2 or y.nunique() < 2:
        return float("nan"), float("nan")
    rho, p = stats.spearmanr(x, y)
    return float(rho), float(p)


def _said(p: float, as_claimed: bool) -> str:
    if not p < _LEVEL:
        return "undecided"
    return "holds" if as_claimed else "doesn't hold"
