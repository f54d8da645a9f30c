"""What was planted in a simulated cohort, beside what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bulkwise.reporting.base import Section, Table, Text, count, decimal

if TYPE_CHECKING:
    from bulkwise.evaluation import Evaluation
    from bulkwise.explain import Recovery

__all__ = ["planted"]


def planted(result: Evaluation, truth: Mapping[str, Any], recovered: Sequence[Recovery]) -> Section:
    """The section of a report on a simulated cohort.

    Parameters
    ----------
    result
        The evaluation.
    truth
        ``cohort.uns["truth"]``.
    recovered
        What :func:`bulkwise.explain.recover_markers` found.
    """
    genes = Table(
        title="Marker genes: planted, and found among the genes the network uses most",
        columns=("Tissue", "Planted", "Found", "By chance", "AUROC"),
        rows=[
            (
                item.label,
                count(item.n_planted),
                count(item.n_found),
                decimal(item.expected, 1),
                decimal(item.auroc),
            )
            for item in recovered
        ],
        caption="Found: planted genes among as many genes with the largest gradient of the "
        "tissue's log-odds. The others that the network uses are often modules that move with "
        "a marker, so a gene that a network uses need not be a cause.",
    )
    return Section(
        "What was planted, what was found",
        (
            Text(_sentence(result, truth), strong=True),
            genes,
        ),
    )


def _sentence(result: Evaluation, truth: Mapping[str, Any]) -> str:
    sizes = truth["parameters"]
    text = (
        f"Planted: {len(truth['tissues'])} tissues with marker genes, a tumour programme, "
        f"{truth['paired_patients']} patients with both tissues (kept on one side of every "
        f"split), and a batch effect between {' and '.join(map(str, truth['sources']))} with a "
        f"standard deviation of {sizes['batch_effect']:g} log2 units a gene."
    )
    probes = result.controls.source_probes
    if probes:
        best = max(max(probe.linear_auc, probe.forest_auc) for probe in probes)
        text += f" Found: the batch is told apart within a tissue with an AUC of up to {best:.2f}."
    return text
