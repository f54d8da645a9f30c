"""The two cohorts side by side, and how they were brought onto one matrix."""

from __future__ import annotations

import math

from bulkwise.evaluation.external.clinical import ClinicalColumn
from bulkwise.evaluation.external.results import CohortFacts, External, ExternalValidation
from bulkwise.reporting.base import Block, Facts, Notice, Section, Table, count, decimal

__all__ = ["cohorts"]

_SCALING = {
    "training": "values as they are; what scales the genes learned it from the training cohort",
    "within": "each gene standardised within each cohort by itself",
}


def cohorts(result: ExternalValidation) -> Section:
    """The section on the data: both cohorts, what they share, and what the checks had to say."""
    external = result.external
    blocks: list[Block] = [_table(external), Facts(tuple(_shared(external)))]
    if external.clinical:
        blocks.append(_clinical(external.clinical))
    blocks += [
        Notice(finding.level, finding.message, finding.items)
        for finding in result.findings
        if finding.level == "note"
    ]
    return Section("The two cohorts", blocks)


def _table(external: External) -> Table:
    both = (external.train, external.test)
    labels = list(dict.fromkeys([*external.train.counts, *external.test.counts]))
    rows: list[tuple[str, ...]] = [
        ("Cohort", *(one.name for one in both)),
        ("Unit", *(one.unit for one in both)),
        ("Platform", *(one.platform or "not stated" for one in both)),
        ("Gene names", *(one.ids for one in both)),
        ("Genes", *(count(one.n_genes) for one in both)),
        ("Samples", *(count(one.n_samples) for one in both)),
        *((f"– {label}", *(count(one.counts.get(label, 0)) for one in both)) for label in labels),
    ]
    made = external.endpoint
    if made is not None:
        rows += [
            (f"– censored before {made.years:g} years", *(count(one.censored) for one in both)),
            ("Samples without follow-up", *(count(one.dropped) for one in both)),
            ("Share with the event (Kaplan-Meier)", *(_risk(one) for one in both)),
        ]
    caption = ""
    if made is not None:
        caption = (
            f"The endpoint is {made.event!r} within {made.years:g} years, from {made.time!r} in "
            f"{made.time_unit}. Patients censored earlier have no label: nothing was learned from "
            "them and they are in no figure that needs a label. Those of the test cohort are in "
            "the time-dependent AUC and the C-indices."
        )
    return Table(
        title="Where it was trained and where it was tested",
        columns=("", "Training", "Test"),
        words=(0, 1, 2),
        rows=rows,
        caption=caption,
    )


def _risk(facts: CohortFacts) -> str:
    return decimal(facts.risk)


def _shared(external: External) -> list[tuple[str, str]]:
    pairs = [
        ("Genes in common, by name", count(external.n_shared)),
        ("Scale", _SCALING[external.scaling]),
    ]
    if math.isfinite(external.shift):
        pairs.append(
            (
                "Distance of the cohorts' gene means",
                f"{decimal(external.shift, 2)} training standard deviations (median over genes)",
            )
        )
    return pairs


def _clinical(columns: tuple[ClinicalColumn, ...]) -> Table:
    return Table(
        title="How the clinical columns were read",
        columns=("Column", "Kind", "Words", "Missing in training", "Missing in test"),
        words=(0, 1, 2),
        rows=[
            (
                one.name,
                one.kind,
                ", ".join(f"{word} = {value:g}" for word, value in one.words.items()) or "–",
                *(count(n) for n in one.missing),
            )
            for one in columns
        ],
        caption="A missing value gets the training median.",
    )
