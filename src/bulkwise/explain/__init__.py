"""What a fitted model uses, and whether it would use it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.lazy import attach

TABLE = {
    "GeneGroup": "redundancy",
    "GeneScores": "gene_scores",
    "PatientGenes": "patient",
    "Recovery": "recovery",
    "SelectedGenes": "selection",
    "class_attributions": "attribution",
    "correlated_groups": "redundancy",
    "gradients": "attribution",
    "integrated_gradients": "attribution",
    "log_odds": "attribution",
    "patient_genes": "patient",
    "preparation": "expression",
    "recover_markers": "recovery",
    "repeated_scores": "gene_scores",
    "score_genes": "gene_scores",
    "select_genes": "selection",
    "stability_curve": "stability",
}

__getattr__, __dir__ = attach(__name__, TABLE)

if TYPE_CHECKING:
    from bulkwise.explain.attribution import class_attributions as class_attributions
    from bulkwise.explain.attribution import gradients as gradients
    from bulkwise.explain.attribution import integrated_gradients as integrated_gradients
    from bulkwise.explain.attribution import log_odds as log_odds
    from bulkwise.explain.expression import preparation as preparation
    from bulkwise.explain.gene_scores import GeneScores as GeneScores
    from bulkwise.explain.gene_scores import repeated_scores as repeated_scores
    from bulkwise.explain.gene_scores import score_genes as score_genes
    from bulkwise.explain.patient import PatientGenes as PatientGenes
    from bulkwise.explain.patient import patient_genes as patient_genes
    from bulkwise.explain.recovery import Recovery as Recovery
    from bulkwise.explain.recovery import recover_markers as recover_markers
    from bulkwise.explain.redundancy import GeneGroup as GeneGroup
    from bulkwise.explain.redundancy import correlated_groups as correlated_groups
    from bulkwise.explain.selection import SelectedGenes as SelectedGenes
    from bulkwise.explain.selection import select_genes as select_genes
    from bulkwise.explain.stability import stability_curve as stability_curve
