"""The model card of a bundle: what it is, what it was made from, what it is not for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["write_card"]

_MOST_CLASSES = 60
_TITLES = {
    "infer": "genes that weren't measured",
    "translate": "expression in the other condition",
    "direction": "the direction of each gene's change",
}


def _cell(text: object) -> str:
    """Text that can't break a table or start markup."""
    plain = " ".join(str(text).split())
    for mark in "\\`*_[]<>|#":
        plain = plain.replace(mark, f"\\{mark}")
    return plain


def write_card(main: Mapping[str, Any], steps: Sequence[str], n_genes: int) -> str:
    """Write the card in Markdown.

    Parameters
    ----------
    main
        The bundle's main document.
    steps
        Each step of the pipeline, as declared.
    n_genes
        Genes the model was trained with.
    """
    training = main["training"]
    groups = training["groups"]
    who = f"patients (column {_cell(groups)})" if groups else "patients, for all that is known"
    cohort = f", cohort {_cell(training['cohort'])}" if training["cohort"] else ""
    what = " and ".join(_cell(target) for target in main["targets"]) or _TITLES[main["task"]]
    genes = f"over {n_genes:,} genes, matched by name" if n_genes else "whichever genes there are"
    lines = [
        f"# Model card: {what}",
        "",
        f"Predicts **{what}** from bulk gene expression in unit `{main['unit']}`, {genes}.",
        "",
        "## Trained on",
        "",
        f"- {training['n_samples']:,} samples of {training['n_patients']:,} {who}{cohort}",
        "",
        *_class_tables(training["classes"]),
        "## Steps",
        "",
        *(f"{i}. `{' '.join(step.split()).replace('`', '')}`" for i, step in enumerate(steps, 1)),
        "",
        "## What to know before use",
        "",
        *_warnings(main),
        "",
        "## Made with",
        "",
        *(f"- {_cell(name)} {_cell(version)}" for name, version in main["versions"].items()),
        "",
    ]
    return "\n".join(lines)


def _class_tables(classes: Mapping[str, Mapping[str, int]]) -> list[str]:
    lines = []
    for target, counts in classes.items():
        rows = (f"| {_cell(name)} | {n:,} |" for name, n in list(counts.items())[:_MOST_CLASSES])
        lines += [f"| {_cell(target)} | samples |", "|---|---:|", *rows, ""]
    return lines


def _warnings(main: Mapping[str, Any]) -> list[str]:
    lines = [
        "- How good the model is isn't said here: bulkwise judges models on patients they "
        "haven't seen, beside simple rivals.",
        "- It is for research. It isn't a medical device.",
    ]
    if main["task"] == "classify":
        lines.insert(
            1,
            "- Samples unlike the training data get a low applicability, and no prediction below "
            "the stated level; an applicability of 0.05 means that one in twenty held-out "
            "training samples was as unusual.",
        )
    if main["unit"].endswith("_harmonised"):
        lines.insert(
            1,
            "- The training matrix was corrected upstream over all of its samples, and a single "
            "new sample can't be brought into this unit: predictions are for samples of the same "
            "harmonised release.",
        )
    if main["training"]["held_profiles"]:
        lines.insert(
            1,
            "- It holds expression profiles of training samples: share it only with those who may "
            "see them.",
        )
    return lines
