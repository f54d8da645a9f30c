"""General questions about transfer, answered by tests, and the study's verdict in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import pandas as pd

from bulkwise.evaluation.base import Estimate
from bulkwise.evaluation.corrected import holm
from bulkwise.study.base import Array
from bulkwise.study.transfer_matrix.results import SAME, Claim, Mean, Point, tested
from bulkwise.study.transfer_matrix.units import OTHERS

__all__ = ["SINGLE", "claims_of", "means_of", "verdict"]

SINGLE = "a single one"
"""Stands for every source that is one domain."""

_LEVEL = 0.05
_LEAST_TARGETS = 3
_WORDS = {
    "classes": "networks trained on the source's classes",
    "denoising": "a denoising autoencoder of the source",
    "layerwise": "a denoising autoencoder trained layer by layer",
}


def claims_of(asked: Mapping[str, Any], fits: pd.DataFrame) -> tuple[Claim, ...]:
    """Answer what the study can answer, at every size.

    Targets that stand apart aren't counted, nor are sources.

    Parameters
    ----------
    asked
        What was asked.
    fits
        A row a fit.
    """
    apart = set(asked["apart"])
    rows = fits[~fits["target"].isin(apart) & ~fits["source"].isin(apart)]
    found = []
    for size in asked["sizes"]:
        own = rows[rows["size"] == size]
        for question, one, other in _questions(asked):
            claim = _claim(question, size, _scores(own, one), _scores(own, other), own)
            if claim is not None:
                found.append(claim)
    adjusted = holm([claim.p_value for claim in found])
    return tuple(
        Claim(**{**vars(claim), "adjusted": p_value, "answer": _answer(claim.difference, p_value)})
        for claim, p_value in zip(found, adjusted, strict=True)
    )


def means_of(asked: Mapping[str, Any], fits: pd.DataFrame) -> tuple[Mean, ...]:
    """Every way to get a classifier, averaged over the targets that have every size."""
    apart = set(asked["apart"])
    rows = fits[~fits["target"].isin(apart) & ~fits["source"].isin(apart)]
    n_sizes = rows.groupby("target")["size"].nunique()
    rows = rows[rows["target"].isin(n_sizes.index[n_sizes == n_sizes.max()])]
    kind = rows["source"].where(rows["source"].isin([OTHERS, ""]), SINGLE)
    way = ["size", "method", "kind", "pretraining", "freeze"]
    found = []
    for place, own in rows.assign(kind=kind).groupby(way, sort=False):
        size, method, source, pretraining, freeze = cast(tuple[int, str, str, str, int], place)
        by_target = own.groupby("target")["balanced_accuracy"].mean().dropna().to_numpy()
        score = Estimate(float("nan"), float("nan"), float("nan"))
        if len(by_target):
            score, _ = _over_targets(by_target)
        score = Estimate(score.value, max(score.low, 0.0), min(score.high, 1.0))
        if len(by_target) < _LEAST_TARGETS:
            score = Estimate(score.value, float("nan"), float("nan"))
        where = (int(size), method, source, pretraining, int(freeze))
        found.append(Mean(*where, score, len(by_target)))
    return tuple(found)


def _over_targets(values: Array) -> tuple[Estimate, float]:
    """A plain t-test: targets share no samples."""
    nobody = np.zeros(len(values))
    return tested(values, nobody + 1, nobody)


def _questions(asked: Mapping[str, Any]) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Question, and the fits that are compared."""
    others = OTHERS in asked["sources"]
    source = {"source": OTHERS} if others else {}
    called = "all other domains" if others else "another domain"
    freeze = asked["freeze"][0]
    scratch = {"method": "scratch"}
    found: list[tuple[str, dict[str, Any], dict[str, Any]]] = []
    ways = {
        one: {"method": "transfer", "pretraining": one, "freeze": freeze, **source}
        for one in asked["pretraining"]
    }
    for name, way in ways.items():
        found.append((f"Does it help to start from {_WORDS[name]} ({called})?", way, scratch))
    first = next(iter(ways.values()))
    every = {"method": "transfer", "pretraining": first["pretraining"]}
    for deeper in asked["freeze"][1:]:
        question = f"Is it better to freeze {freeze} layers than {deeper}?"
        found.append((question, {**every, "freeze": freeze}, {**every, "freeze": deeper}))
    if others and len(asked["sources"]) > 1:
        single = {**first, "source": [name for name in asked["sources"] if name != OTHERS]}
        found.append(("Are all other domains a better source than a single one?", first, single))
    for name in asked["baselines"]:
        found.append((f"Is the network from scratch better than {name}?", scratch, _method(name)))
        found.append((f"Is the fine-tuned network better than {name}?", first, _method(name)))
    return found


def _method(name: str) -> dict[str, Any]:
    return {"method": name}


def _scores(rows: pd.DataFrame, chosen: Mapping[str, Any]) -> pd.Series:
    """Mean balanced accuracy of the chosen fits, by target and repeat."""
    keep = np.ones(len(rows), dtype=bool)
    for name, value in chosen.items():
        keep &= rows[name].isin(value if isinstance(value, list) else [value]).to_numpy()
    return rows[keep].groupby(SAME)["balanced_accuracy"].mean()


def _claim(
    question: str, size: int, one: pd.Series, other: pd.Series, rows: pd.DataFrame
) -> Claim | None:
    gaps = (one - other).dropna()
    targets = gaps.groupby("target").mean()
    if targets.empty:
        return None
    if len(targets) >= _LEAST_TARGETS:
        difference, p_value = _over_targets(targets.to_numpy())
    else:
        by_repeat = gaps.groupby("repeat").mean()
        parts = rows.groupby("repeat")[["n_pool", "n_test"]].mean().loc[by_repeat.index]
        sizes = (parts[name].to_numpy(float) for name in ("n_pool", "n_test"))
        difference, p_value = tested(by_repeat.to_numpy(), *sizes)
    return Claim(question, "", difference, p_value, float("nan"), size, len(targets))


def _answer(difference: Estimate, adjusted: float) -> str:
    if not adjusted < _LEVEL:
        return "not shown"
    return "yes" if difference.value > 0 else "no"


def verdict(
    asked: Mapping[str, Any], points: Sequence[Point], claims: Sequence[Claim]
) -> tuple[str, ...]:
    """The study in words: what transfer brings, where it harms, what does as well."""
    sentences = []
    for claim in claims:
        how = "over the targets" if claim.n_targets >= _LEAST_TARGETS else "over the repeats"
        p_value = f"{claim.adjusted:.2g}" if claim.adjusted >= 0.001 else "<0.001"
        p_value = p_value if np.isfinite(claim.adjusted) else "unknown"
        sentences.append(
            f"n = {claim.size}: {claim.question} {claim.answer.capitalize()}: "
            f"{_signed(claim.difference)} in balanced accuracy (P {p_value}, t-test {how}, "
            f"adjusted by Holm; {claim.n_targets} target{'s' * (claim.n_targets > 1)})."
        )
    return (*sentences, *_negative(asked, points))


def _negative(asked: Mapping[str, Any], points: Sequence[Point]) -> list[str]:
    """Where a source makes the network worse than none."""
    found = []
    for size in asked["sizes"]:
        pairs = [
            point
            for point in points
            if point.size == size
            and point.method == "transfer"
            and point.pretraining == asked["pretraining"][0]
            and point.freeze == asked["freeze"][0]
            and np.isfinite(point.difference.value)
        ]
        below = sorted(
            (p for p in pairs if p.difference.value < 0), key=lambda p: p.difference.value
        )
        shown = [point for point in below if point.adjusted < _LEVEL]
        text = (
            f"n = {size}: negative transfer (a source makes the network worse than none) in "
            f"{len(below)} of {len(pairs)} pairs by the mean, in {len(shown)} beyond chance"
        )
        named = shown or below[:3]
        if named:
            listed = "; ".join(
                f"{p.source} to {p.target} {_signed(p.difference)}" for p in named[:10]
            )
            text += f" ({'' if shown else 'the lowest: '}{listed})"
        if pairs:
            found.append(text + ".")
    return found


def _signed(one: Estimate) -> str:
    known = np.isfinite(one.low)
    text = f"{one.value:+.3f}" + (f" [{one.low:+.3f}, {one.high:+.3f}]" if known else "")
    return text.replace("-", "\N{MINUS SIGN}")
