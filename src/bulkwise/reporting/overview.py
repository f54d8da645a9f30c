"""What was asked, of which data, and what should be known before any result is read."""

from __future__ import annotations

from collections import Counter

from bulkwise.evaluation.base import METRICS, ModelResult, Question
from bulkwise.evaluation.results import Evaluation
from bulkwise.reporting.base import (
    PATTERNS,
    Block,
    Facts,
    Figure,
    Key,
    Notice,
    Section,
    Text,
    axis,
    count,
    interval,
    label,
    look,
    names_axis,
    p_equals,
)

__all__ = ["answer", "data", "question", "title", "warnings"]

_MOST_SOURCES = 8


def title(result: Evaluation) -> str:
    """The page's heading."""
    return f"Predicting {result.question.target} in {result.question.cohort}"


def _groups(asked: Question) -> str:
    if asked.groups is None:
        return ", each standing for itself,"
    word = "patients" if asked.groups == "patient" else f"groups by {asked.groups}"
    return f" of {count(asked.n_groups)} {word}"


def question(result: Evaluation) -> str:
    """What was asked, in a sentence."""
    asked = result.question
    return (
        f"Can {asked.target} ({len(asked.labels)} classes) be predicted from the expression of "
        f"{count(asked.n_genes)} genes ({asked.unit})? Asked of {count(asked.n_samples)} samples"
        f"{_groups(asked)} in {asked.cohort}; {asked.scheme}."
    )


def warnings(result: Evaluation) -> tuple[Notice, ...]:
    """Errors and warnings, or a line that there are none."""
    found = tuple(
        Notice(finding.level, finding.message, finding.items) for finding in result.warnings
    )
    none = "The checks of data, design, leaks and controls raised no warning."
    return found or (Notice("good", none),)


def _strongest(result: Evaluation) -> ModelResult | None:
    """The rival with the best value of the deciding metric."""
    key = result.question.metric
    sign = 1 if METRICS[key].higher_is_better else -1
    rivals = [model for model in result.models.values() if model.role == "baseline"]
    return max(rivals, key=lambda model: sign * model.metrics[key].value, default=None)


def _card(model: ModelResult, key: str) -> tuple[str, str]:
    estimate = model.metrics[key]
    return (
        f"{METRICS[key].title}, {model.name}",
        interval(estimate.value, estimate.low, estimate.high),
    )


def answer(result: Evaluation) -> list[Block]:
    """The verdict and the few numbers that carry it."""
    key = result.question.metric
    ours = [model for model in result.models.values() if model.role == "model"]
    rival = _strongest(result)
    cards = [_card(model, key) for model in [*ours[:3], *([rival] if rival else [])]]
    permuted = result.controls.permutation
    if permuted is not None:
        cards.append((f"Permuted labels, {permuted.model}", p_equals(permuted.p_value)))
    sentences = [Text(sentence, strong=not place) for place, sentence in enumerate(result.verdict)]
    return [*sentences, Facts(tuple(cards), large=True)]


def data(result: Evaluation) -> Section:
    """The cohort in numbers, the classes, and what else the checks had to say."""
    asked = result.question
    pairs = [
        ("Cohort", asked.cohort),
        ("Samples", f"{count(asked.n_samples)}{_groups(asked)}".rstrip(",")),
        ("Genes", count(asked.n_genes)),
        ("Unit", asked.unit),
        ("Target", f"{asked.target}, {len(asked.labels)} classes"),
    ]
    if asked.source is not None:
        named = ", ".join(f"{name} ({count(n)})" for name, n in asked.sources.items())
        pairs.append((f"Sources, by {asked.source}", named))
    blocks: list[Block] = [Facts(tuple(pairs)), _classes(result)]
    blocks += [
        Notice(finding.level, finding.message, finding.items)
        for finding in result.findings
        if finding.level == "note"
    ]
    return Section("Data", blocks)


def _by_source(result: Evaluation) -> dict[str, dict[str, int]]:
    """Source -> class -> samples, where each sample's source is known and there are few."""
    for drawn in result.projections:
        if drawn.source is not None and 1 < len(set(drawn.source)) <= _MOST_SOURCES:
            pairs = Counter(zip(drawn.source, drawn.label, strict=True))
            return {
                source: {name: pairs[source, name] for name in result.question.labels}
                for source in sorted(set(drawn.source))
            }
    return {"samples": dict(result.question.counts)}


def _classes(result: Evaluation) -> Figure:
    asked = result.question
    labels = list(asked.labels)
    parts = _by_source(result)
    traces = [
        {
            "type": "bar",
            "orientation": "h",
            "name": label(source),
            "y": list(range(len(labels))),
            "x": [counts.get(name, 0) for name in labels],
            "marker": {
                "color": look(index).colour,
                "pattern": {"shape": PATTERNS[index], "size": 6, "solidity": 0.25},
            },
            "hovertemplate": "%{x} samples",
        }
        for index, (source, counts) in enumerate(parts.items())
    ]
    keys = tuple(
        Key(source, (index,), look(index).colour, pattern=PATTERNS[index] or "plain")
        for index, source in enumerate(parts)
    )
    split = len(parts) > 1
    return Figure(
        title=f"Samples by {asked.target}" + (f" and {asked.source}" if split else ""),
        alt="Bars: "
        + "; ".join(f"{name} {count(n)}" for name, n in list(asked.counts.items())[:30])
        + " samples.",
        traces=traces,
        layout={
            "barmode": "stack",
            "bargap": 0.3,
            "xaxis": axis("Samples", rangemode="tozero"),
            "yaxis": names_axis(labels, autorange="reversed"),
        },
        caption="A class that comes from one source only can't be told from that source."
        if split
        else "",
        keys=keys if split else (),
        height=90 + 26 * len(labels),
    )
