"""The page of the Transferor's reproduction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bulkwise import __version__
from bulkwise.evaluation.base import Estimate
from bulkwise.reporting.base import (
    Block,
    Figure,
    Key,
    Notice,
    Page,
    Row,
    Section,
    Table,
    Text,
    axis,
    count,
    decimal,
    interval,
    look,
)
from bulkwise.reporting.overlap import overlap
from bulkwise.reproduce.base import differences
from bulkwise.stats import true_positive_rate

if TYPE_CHECKING:
    from anndata import AnnData

    from bulkwise.evaluation import Agreement, TranslationResult

__all__ = ["CAVEAT", "MIXED", "PAPER_F1", "Tissue", "compose", "rates"]

PAPER_F1 = (0.944, 0.999)
"""Smallest and largest F1 of a tissue that the paper prints for the Transferor."""

CAVEAT = (
    "Half of each mixed matrix was computed from its other half. Its samples aren't independent, "
    "and predicted profiles vary less than real ones, so its P values are far too small: they rank "
    "genes and prove nothing."
)
"""What has to stand beside every P value of a mixed matrix."""

MIXED = ("ON_TT", "OT_TN")
"""The paper's mixed matrices."""


@dataclass(frozen=True, eq=False)
class Tissue:
    """What was found in one tissue."""

    name: str
    counts: tuple[int, int]
    shared: Agreement
    common: dict[str, list[str]]
    genes: list[str]
    plane: dict[str, np.ndarray[Any, Any]]


def rates(one: Tissue) -> dict[str, Any]:
    """True positive rates of both mixed matrices, and how many genes all three share."""
    lists = one.shared.lists
    return {
        key: {
            "true_positive_rate_up": true_positive_rate(lists["up"]["original"], lists["up"][key]),
            "true_positive_rate_down": true_positive_rate(
                lists["down"]["original"], lists["down"][key]
            ),
        }
        for key in MIXED
    } | {"common": {side: len(genes) for side, genes in one.common.items()}}


def compose(
    cohort: AnnData,
    found: Sequence[Tissue],
    f1: Mapping[str, float],
    truth: TranslationResult | None,
    enriched: list[Block],
    lines: list[Block],
) -> Page:
    """Compose the page."""
    drawn = [
        block
        for one in found
        for section in overlap(one.shared).sections[:1]
        for block in (Text(one.name, strong=True), *section.blocks)
    ]
    return Page(
        title="DeeP4med: the Transferor",
        question="Are predicted tumours and normals those of the patient, and what are the genes "
        "worth that differ in them?",
        warnings=[Notice("warning", CAVEAT)],
        answer=_answer(f1, truth),
        sections=(
            Section("Judged by the patient's own other sample", _errors(truth)),
            Section("True positive rates", [_rate_table(found)]),
            Section("Overlaps", drawn),
            Section("On the plane of the original samples", [Row(tuple(map(_cloud, found)))]),
            Section("Gene sets", enriched),
            Section("Cell lines", lines),
            Section("Differences", [_differences(cohort, found)]),
        ),
        version=__version__,
    )


def _answer(f1: Mapping[str, float], truth: TranslationResult | None) -> list[Block]:
    blocks: list[Block] = [
        Text(
            "The classifier that the network was trained to fool gives its predictions a macro F1 "
            f"of {f1['condition_f1']:.3f} (condition) and {f1['tissue_f1']:.3f} (tissue); the "
            f"paper prints {PAPER_F1[0]} to {PAPER_F1[1]} by tissue.",
            strong=True,
        )
    ]
    if truth is not None:
        errors = {name: part.metrics["error"] for name, part in truth.models.items()}
        mean, own = errors["target mean"], errors["transferor"]
        blocks.append(
            Text(
                f"Against the patients' own tumours ({truth.question.n_pairs} pairs) its squared "
                f"error is {interval(own.value, own.low, own.high)}; the tissue's mean tumour, the "
                f"same for everybody, has {interval(mean.value, mean.low, mean.high)}."
            )
        )
    return blocks


def _errors(truth: TranslationResult | None) -> list[Block]:
    if truth is None:
        return [Text("Too few patients of this cohort gave both samples.")]
    keys = ("error", "personal_correlation", "condition_f1", "tissue_f1")
    return [
        Table(
            title="Held-out patients with both samples",
            columns=("model", *(truth.metrics[key].title for key in keys)),
            rows=[
                (
                    name,
                    *(interval(m.value, m.low, m.high) for m in map(part.metrics.get, keys) if m),
                )
                for name, part in truth.models.items()
            ],
            caption="Normal to tumour; the F1 here is of an independent classifier.",
        )
    ]


def _rate_table(found: Sequence[Tissue]) -> Table:
    rows = []
    for one in found:
        found_rates = rates(one)
        for key in MIXED:
            sizes = {side: len(one.shared.lists[side][key]) for side in ("up", "down")}
            rows.append(
                (
                    one.name,
                    key,
                    f"{one.counts[0]}, {one.counts[1]}",
                    count(sizes["up"]),
                    decimal(found_rates[key]["true_positive_rate_up"]),
                    count(sizes["down"]),
                    decimal(found_rates[key]["true_positive_rate_down"]),
                    f"{found_rates['common']['up']}, {found_rates['common']['down']}",
                )
            )
    return Table(
        title="Genes of the mixed matrices against the original ones",
        columns=("tissue", "matrix", "normals, tumours", "up", "rate, up", "down", "rate, down",
                 "common to all three (up, down)"),
        rows=rows,
        words=(0, 1),
        caption="limma, adjusted P of at most 0.05 and at least a twofold change; rate = shared "
        f"genes / mean size of the two lists, as the paper has it. {CAVEAT}",
    )  # fmt: skip


def _cloud(one: Tissue) -> Figure:
    traces: list[dict[str, Any]] = []
    keys: list[Key] = []
    for index, (name, points) in enumerate(one.plane.items()):
        style = look(index)
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": points[:, 0],
                "y": points[:, 1],
                "marker": {
                    "color": style.colour,
                    "symbol": style.symbol,
                    "size": 7,
                    "opacity": 0.7,
                },
                "hovertemplate": f"{name}<br>%{{x:.1f}}, %{{y:.1f}}",
            }
        )
        keys.append(Key(f"{name} ({len(points)})", (index,), style.colour, symbol=style.symbol))
    return Figure(
        title=one.name,
        alt=f"Original and predicted samples of {one.name} on two principal components.",
        traces=traces,
        layout={
            "xaxis": axis("first component of the original samples, log2"),
            "yaxis": axis("second component"),
            "margin": {"t": 8},
        },
        keys=tuple(keys),
    )


def _differences(cohort: AnnData, found: Sequence[Tissue]) -> Table:
    return differences(
        {
            "Samples": ("9,107 of 13 tissues", f"{cohort.n_obs:,} of the same source's files"),
            "Tissues compared": ("13", ", ".join(one.name for one in found)),
            "Scaling": ("each gene by its maximum over all samples", "log2, centred in the fold"),
            "Predicted profiles": ("5-fold", "out of fold, patients apart"),
            "Judge": ("the classifier that is fooled", "that one, and the patient's own sample"),
            "Training": ("full width, Nadam", "SGD in the row space, where the loss is the same"),
        }
    )


def _cell(value: Estimate) -> str:
    return interval(value.value, value.low, value.high)
