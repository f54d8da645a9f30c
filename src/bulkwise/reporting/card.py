"""The model card, and how to get the same numbers again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bulkwise.evaluation.base import METRICS
from bulkwise.evaluation.results import Evaluation
from bulkwise.reporting.base import (
    Block,
    Code,
    Facts,
    Section,
    Table,
    Text,
    count,
    interval,
    seconds,
)

__all__ = ["card", "reproduce"]

_NAMES = {
    "data_sha256": "SHA-256 of the data",
    "row_space": "Reduced to the row space",
    "seconds": "Seconds by stage",
}


def card(result: Evaluation) -> Section:
    """What the model is, what it was judged on, and what it isn't meant for."""
    asked = result.question
    ours = [model for model in result.models.values() if model.role == "model"]
    key = asked.metric
    pairs = [
        *(
            (f"Model: {model.name}", f"{model.description}; {seconds(model.seconds)} in all folds")
            for model in ours[:3]
        ),
        (
            "Task",
            f"predict {asked.target} ({len(asked.labels)} classes) from the expression of "
            f"{count(asked.n_genes)} genes in the unit {asked.unit}",
        ),
        ("Preprocessing", asked.preprocessing),
        ("Judged on", f"{count(asked.n_samples)} samples of {asked.cohort}; {asked.scheme}"),
        *(
            (
                f"{METRICS[key].title}, {model.name}",
                interval(model.metrics[key].value, model.metrics[key].low, model.metrics[key].high)
                + " out of fold",
            )
            for model in ours[:3]
        ),
        (
            "Meant for",
            "research on samples of the same kind, measured and processed the same way as these",
        ),
        (
            "Not meant for",
            "decisions on patients; other tissues, platforms or units, about which these figures "
            "say nothing; classes that aren't listed here",
        ),
        (
            "Known limits",
            _limits(len(result.warnings)),
        ),
    ]
    rivals = [model for model in result.models.values() if model.role == "baseline"]
    blocks: list[Block] = [Facts(tuple((name, text) for name, text in pairs if text))]
    if rivals:
        blocks.append(
            Table(
                title="The baselines",
                columns=("Name", "Estimator", "Time"),
                words=(0, 1),
                rows=[(model.name, model.description, seconds(model.seconds)) for model in rivals],
                caption=f"Preprocessing of the baselines: {asked.baseline_preprocessing}"
                if asked.baseline_preprocessing
                else "",
            )
        )
    return Section("Model card", blocks)


def _limits(warnings: int) -> str:
    if not warnings:
        return "no warning was raised; that isn't proof of anything"
    return f"{count(warnings)} warning{'' if warnings == 1 else 's'} at the top of this page"


def reproduce(result: Evaluation) -> Section:
    """Command, versions, seed, threads, data hash and the time each stage took."""
    run = dict(result.run)
    command = run.pop("command", None)
    blocks: list[Block] = [
        Text(
            "The same machine, versions, threads and seed give the same numbers; another machine "
            "may differ in the last digits."
        )
    ]
    if command:
        text = command if isinstance(command, str) else " ".join(map(str, command))
        blocks.append(Code("Command", text))
    blocks.append(Facts(tuple(_flat(run))))
    return Section("How to reproduce", blocks)


def _flat(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (_NAMES.get(key, key.replace("_", " ").capitalize()), _worded(value))
        for key, value in values.items()
        if value is not None and value != [] and value != {}
    ]


def _worded(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(
            f"{str(key).replace('_', ' ')} {_worded(item)}" for key, item in value.items()
        )
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list | tuple):
        return ", ".join(map(_worded, value))
    return "none" if value is None else str(value)
