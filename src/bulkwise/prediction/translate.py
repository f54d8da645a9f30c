"""New samples in the condition that they don't have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bulkwise.checks.base import Finding, name_some, refuse
from bulkwise.checks.values import check_finite, check_unit, dense
from bulkwise.errors import GeneError, UnitError
from bulkwise.io.genes import align
from bulkwise.prediction.base import LEAST_SHARE, Array

if TYPE_CHECKING:
    from anndata import AnnData

    from bulkwise.bundle import Bundle

__all__ = ["translate"]


def translate(bundle: Bundle, cohort: AnnData, names: list[str]) -> tuple[AnnData, list[Finding]]:
    """Translate every sample into the other condition; see :func:`bulkwise.predict`.

    Up to a tenth of the model's genes may be missing: the mean of the sample's own condition in
    its tissue stands for them, and they aren't predicted.

    Parameters
    ----------
    bundle
        A model that translates.
    cohort
        Samples x genes in the model's unit, with the columns of the condition and the tissue.
        Not changed.
    names
        The samples' names.

    Returns
    -------
    anndata.AnnData
        The same samples and genes, translated, with intervals in ``layers``.
    list of Finding
        What there is to say about the matrix.
    """
    model = bundle.model
    dense(cohort.X)
    aligned = align(cohort, bundle.genes, least_share=LEAST_SHARE)
    measured = aligned.var["measured"].to_numpy(dtype=bool)
    X = np.array(aligned.X, dtype=np.float32)
    if model.floor is not None:
        X[np.isnan(X)] = model.floor
    there = [gene for gene, known in zip(bundle.genes, measured, strict=True) if known]
    refuse(check_finite(X[:, measured], there, names), GeneError)
    counted = bool(cohort.uns.get("expected_counts", False))
    known = X[:, measured]
    refuse(check_unit(known, bundle.unit, there, names, expected_counts=counted), UnitError)
    findings = []
    made = aligned.copy()
    made.X, made.uns["unit"] = X, bundle.unit
    if not measured.all():
        X[:, ~measured] = model.usual(made)[:, ~measured]
        findings.append(_missing(bundle, measured))
    findings += _new_tissues(model, cohort)
    result = model.predict(made)
    own = [str(gene) for gene in cohort.var_names]
    kept = [gene for gene in own if gene in set(there)]
    if len(kept) < len(own):
        findings.append(
            Finding(
                "genes-unknown",
                "note",
                f"{len(own) - len(kept):,} genes of the matrix aren't among the model's and were "
                "left out.",
            )
        )
    return result[:, kept].copy(), findings


def _missing(bundle: Bundle, measured: Array) -> Finding:
    absent = tuple(gene for gene, known in zip(bundle.genes, measured, strict=True) if not known)
    return Finding(
        "genes-missing",
        "warning",
        f"{len(absent):,} of the model's {len(bundle.genes):,} genes aren't in the matrix "
        f"({name_some(absent)}); the mean of each sample's condition in its tissue stands for "
        "them, and they aren't predicted.",
        absent,
    )


def _new_tissues(model: object, cohort: AnnData) -> list[Finding]:
    codes = model.tissue_codes(cohort)  # type: ignore[attr-defined]
    if (codes >= 0).all():
        return []
    column = model.tissue  # type: ignore[attr-defined]
    names = sorted({str(name) for name in cohort.obs[column].to_numpy()[codes < 0]})
    return [
        Finding(
            "new-tissue",
            "warning",
            f"{int((codes < 0).sum())} samples are of tissues that training hasn't seen "
            f"({name_some(names)}); for them the change that the other tissues have in common is "
            "applied, without anything personal, and nobody has checked it.",
            tuple(names),
        )
    ]
