"""Which genes moved in one patient: the sample beside its own predicted other condition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bulkwise.bundle import Bundle, load
from bulkwise.checks.base import Finding, is_linear, name_some
from bulkwise.errors import InputError, SampleError
from bulkwise.prediction import predict
from bulkwise.stats.base import adjust
from bulkwise.storage import PathLike

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

__all__ = ["PatientGenes", "patient_genes"]


@dataclass(frozen=True, eq=False)
class PatientGenes:
    """The genes of one sample against its prediction.

    Attributes
    ----------
    sample, condition, against, tissue
        The sample, its own condition, the condition it was translated into, and its tissue (or
        ``""``).
    unit
        Of the values; changes are log2.
    table
        A row a gene, the smallest P first: ``gene``, ``observed``, ``predicted``, ``low``,
        ``high`` (log2), ``change`` (observed minus predicted), ``p_value`` and
        ``adjusted_p_value`` (Benjamini-Hochberg).
    findings
        What to know before believing it.
    """

    sample: str
    condition: str
    against: str
    tissue: str
    unit: str
    table: pd.DataFrame
    findings: tuple[Finding, ...]

    def moved(self, *, alpha: float = 0.05, fold: float = 1.0) -> dict[str, list[str]]:
        """Genes at a false discovery rate and a log2 change: ``{"up": ..., "down": ...}``."""
        hit = self.table[self.table["adjusted_p_value"] <= alpha]
        return {
            "up": hit.loc[hit["change"] >= fold, "gene"].tolist(),
            "down": hit.loc[hit["change"] <= -fold, "gene"].tolist(),
        }


def patient_genes(model: Bundle | PathLike, cohort: AnnData, sample: str) -> PatientGenes:
    """Compare a sample with its own predicted other condition, gene by gene.

    The null hypothesis of a gene is that the sample's value is one that this patient's *other*
    condition could have: its P comes from the residuals of held-out deviations in training, so a
    gene that the translator can't foretell needs a large change.

    Parameters
    ----------
    model
        A bundle that translates with intervals, or where it is.
    cohort
        Samples x genes in the model's unit, with the columns of the condition and the tissue.
    sample
        The sample's name.

    Raises
    ------
    SampleError
        If there is no such sample.
    InputError
        If the model doesn't translate, or gives no P.

    Examples
    --------
    >>> patient_genes("translator.zip", cohort, "TCGA-A7-A0CE-01A").moved()  # doctest: +SKIP
    """
    import pandas as pd

    bundle = model if isinstance(model, Bundle) else load(model)
    if bundle.task != "translate":
        raise InputError(
            f"A patient's genes need a model that translates; this one's task is {bundle.task!r}: "
            "train one with `bulkwise train --task translate`."
        )
    names = [str(name) for name in cohort.obs_names]
    if sample not in names:
        raise SampleError(
            f"There is no sample {sample!r}; the cohort has {name_some(names)}: name one of them."
        )
    own = cohort[[names.index(sample)]].copy()
    made = predict(bundle, own)
    if "p_value" not in made.layers:
        raise InputError("The model gives no P values; train an ExpressionTranslator instead.")
    genes = [str(gene) for gene in made.var_names]
    place = {str(gene): i for i, gene in enumerate(cohort.var_names)}
    values = np.asarray(own.X, dtype=np.float64)[0, [place[gene] for gene in genes]]
    floor = bundle.model.floor
    if floor is not None:
        values = np.where(np.isnan(values), floor, np.maximum(values, floor))

    def logs(row: np.ndarray) -> np.ndarray:
        row = np.asarray(row, dtype=np.float64)
        return np.log2(np.maximum(row, 0) + 1) if is_linear(bundle.unit) else row

    p = np.asarray(made.layers["p_value"][0], dtype=np.float64)
    observed, predicted = logs(values), logs(made.X[0])
    table = pd.DataFrame(
        {
            "gene": genes,
            "observed": observed,
            "predicted": predicted,
            "low": logs(made.layers["low"][0]),
            "high": logs(made.layers["high"][0]),
            "change": observed - predicted,
            "p_value": p,
            "adjusted_p_value": adjust(p),
        }
    ).sort_values("p_value", kind="stable", ignore_index=True)
    column, tissue = bundle.model.column, bundle.model.tissue
    said = made.uns.get("findings", [])
    return PatientGenes(
        sample=sample,
        condition=str(own.obs[column].iloc[0]),
        against=str(made.obs[column].iloc[0]),
        tissue="" if tissue is None else str(own.obs[tissue].iloc[0]),
        unit=bundle.unit,
        table=table,
        findings=tuple(Finding("prediction", "warning", str(message)) for message in said),
    )
