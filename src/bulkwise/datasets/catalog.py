"""The catalogue: every cohort that has a name, with its origin, terms and first questions."""

from __future__ import annotations

import difflib

from bulkwise.datasets.base import CohortInfo
from bulkwise.errors import InputError

__all__ = ["CATALOG", "describe", "list_cohorts"]

_RNASEQDB = "https://github.com/mskcc/RNAseqDB"
_RNASEQDB_LICENCE = (
    "the repository states none; TCGA and GTEx open-access terms apply to the values"
)
_RNASEQDB_CITATION = (
    "Wang Q. et al. Unifying cancer and normal RNA sequencing data from different sources. "
    "Scientific Data 5, 180061 (2018)"
)

_ENTRIES = (
    CohortInfo(
        name="bladder",
        title="bladder cancer and normal mucosa on U133A arrays, in five batches",
        kind="embedded",
        unit="log2_rma",
        n_samples=57,
        n_genes=22283,
        target="cancer",
        groups=None,
        source="batch",
        origin="https://bioconductor.org/packages/bladderbatch (1.36.0), rounded to 1/32",
        licence="Artistic-2.0",
        citation="Dyrskjot L. et al. Cancer Research 64, 4040-4048 (2004)",
        note="The batch nearly decides the diagnosis: it shows what a batch warning looks like.",
    ),
    CohortInfo(
        name="simulated",
        title="counts with planted tissues, tumour programs, pairs, batch and causal genes",
        kind="simulated",
        unit="counts",
        n_samples=300,
        n_genes=5000,
        target="tissue",
        groups="patient",
        source="source",
        origin="bulkwise.datasets.simulate with its defaults",
        licence="BSD-3-Clause",
        citation="none needed",
        note="The truth stands in .var, .varm and .uns['truth'].",
    ),
    CohortInfo(
        name="rnaseqdb",
        title="normal (GTEx, TCGA) and tumour (TCGA) tissue in 13 organs, harmonised FPKM",
        kind="public",
        unit="fpkm_harmonised",
        n_samples=None,
        n_genes=None,
        target="tissue",
        groups="patient",
        source="source",
        origin=_RNASEQDB,
        licence=_RNASEQDB_LICENCE,
        citation=_RNASEQDB_CITATION,
        note=(
            "Quantile-normalised and ComBat-corrected upstream over all samples, so no "
            "cross-validation on it is wholly leak-free and no new sample can get this unit."
        ),
    ),
    CohortInfo(
        name="rnaseqdb-counts",
        title="the same samples as expected counts of RSEM",
        kind="public",
        unit="counts",
        n_samples=None,
        n_genes=None,
        target="tissue",
        groups="patient",
        source="source",
        origin=_RNASEQDB,
        licence=_RNASEQDB_LICENCE,
        citation=_RNASEQDB_CITATION,
        note="RSEM's fractions are rounded to whole counts unless rounded=False is asked for.",
    ),
)

CATALOG: dict[str, CohortInfo] = {entry.name: entry for entry in _ENTRIES}
"""Name -> description of every cohort."""


def list_cohorts() -> list[CohortInfo]:
    """All cohorts of the catalogue, those that need no download first."""
    return list(CATALOG.values())


def describe(name: str) -> CohortInfo:
    """The catalogue's line on one cohort.

    Raises
    ------
    InputError
        If no cohort has this name; the message holds the names there are.
    """
    if name in CATALOG:
        return CATALOG[name]
    near = difflib.get_close_matches(str(name), CATALOG, n=1)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    raise InputError(
        f"No cohort is called {name!r}{hint}: expected one of {', '.join(map(repr, CATALOG))}."
    )
