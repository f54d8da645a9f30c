"""Single samples against a reference cohort: which genes leave the range of normal, in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bulkwise.checks.base import Finding, is_linear, log_values, name_some, require_unit
from bulkwise.checks.values import dense
from bulkwise.errors import GeneError, SampleError, UnitError
from bulkwise.io.genes import align
from bulkwise.preprocess import LogCPM
from bulkwise.randomness import RandomState
from bulkwise.stats import against_reference, fit_reference

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

    from bulkwise.stats.single_sample import PatientProfile

__all__ = ["Outliers", "outliers"]

_LEAST_SHARE = 0.5
_FEW_REFERENCES = 10
_RISE_OF_COUNTS = float(np.log2(6))  # from the prior count of 2 to 10 counts more


@dataclass(frozen=True)
class Outliers:
    """Samples held against a reference, one by one.

    Parameters
    ----------
    profiles
        Sample -> its genes, spread and findings.
    summary
        A row a sample: ``sample``, ``high`` and ``low`` (genes that leave the reference's range
        upwards and downwards), ``genes`` (tested), ``spread``, ``spread_rank``.
    n_reference
        Samples of the reference.
    unit
        Of the values read.
    scale
        Of the values compared, in words.
    alpha
        The false discovery rate, in each sample.
    findings
        What to know about the cohorts.
    """

    profiles: dict[str, PatientProfile]
    summary: pd.DataFrame
    n_reference: int
    unit: str
    scale: str
    alpha: float
    findings: tuple[Finding, ...]

    def table(self, *, every_gene: bool = False) -> pd.DataFrame:
        """Genes that leave the range, or every gene, the smallest P first in each sample."""
        import pandas as pd

        parts = []
        for name, profile in self.profiles.items():
            own = profile.table.sort_values("p_value", kind="stable")
            if not every_gene:
                own = own[own["adjusted_p_value"] <= self.alpha]
            own = own.copy()
            own.insert(0, "sample", name)
            parts.append(own)
        return pd.concat(parts, ignore_index=True)


def outliers(
    cohort: AnnData,
    reference: AnnData,
    *,
    samples: Sequence[str] | None = None,
    alpha: float = 0.05,
    random_state: RandomState = 0,
) -> Outliers:
    """Find the genes of single samples that leave the range of a reference.

    Parameters
    ----------
    cohort
        The samples to judge, AnnData with ``.uns["unit"]``.
    reference
        Normal samples, in the same unit and processed alike. Genes are matched by name. Counts
        become log2 counts per million with TMM factors learnt in the reference, other linear
        units log2(x + 1).
    samples
        Names of the samples to judge; by default all that aren't in the reference.
    alpha
        False discovery rate within each sample.
    random_state
        Chooses the samples to calibrate with where the reference has more than 50.

    Returns
    -------
    Outliers

    Raises
    ------
    UnitError
        If the units differ.
    SampleError
        If a named sample is missing or is one of the reference, no sample is left to judge, or
        the reference has fewer than four.
    GeneError
        If less than half of the reference's genes are in the cohort.
    """
    unit = require_unit(reference.uns.get("unit"), where="the reference")
    theirs = require_unit(cohort.uns.get("unit"), where="the samples")
    if unit != theirs:
        raise UnitError(
            f"The samples are in {theirs!r} and the reference in {unit!r}: differences would be "
            "those of the units; give both in one unit, processed alike."
        )
    wanted, findings = _wanted(cohort, reference, samples)
    ours, normal, genes, more = _together(cohort[wanted], reference)
    findings += more
    ours, normal, scale = _scaled(ours, normal, unit)
    ours, normal, genes, more = _expressed(ours, normal, genes, unit)
    findings += more
    import pandas as pd

    base = fit_reference(pd.DataFrame(normal, columns=genes), random_state=random_state)
    profiles = {
        name: against_reference(dict(zip(genes, row.tolist(), strict=True)), base, alpha=alpha)
        for name, row in zip(wanted, ours, strict=True)
    }
    rows = [_row(name, profile, alpha) for name, profile in profiles.items()]
    if len(normal) < _FEW_REFERENCES:
        findings.append(
            Finding(
                "few-references",
                "warning",
                f"The reference has {len(normal)} samples only: its range is known poorly, and "
                "P-values rest on the other genes' variation; add normal samples.",
            )
        )
    return Outliers(profiles, pd.DataFrame(rows), len(normal), unit, scale, alpha, tuple(findings))


def _row(name: str, profile: PatientProfile, alpha: float) -> dict[str, Any]:
    called = profile.table[profile.table["adjusted_p_value"] <= alpha]
    high = int((called["difference"] > 0).sum())
    return {
        "sample": name,
        "high": high,
        "low": len(called) - high,
        "genes": int(profile.table["p_value"].notna().sum()),
        "spread": profile.spread,
        "spread_rank": profile.spread_rank,
    }


def _wanted(
    cohort: AnnData, reference: AnnData, samples: Sequence[str] | None
) -> tuple[list[str], list[Finding]]:
    there = [str(name) for name in cohort.obs_names]
    normal = {str(name) for name in reference.obs_names}
    if samples is None:
        kept = [name for name in there if name not in normal]
        if not kept:
            raise SampleError(
                f"All {len(there)} samples are in the reference, so that none is left to judge; "
                "give a reference that they aren't in."
            )
        both = len(there) - len(kept)
        said = f"{both} samples are in the reference and weren't judged."
        return kept, [Finding("samples-in-reference", "note", said)] if both else []
    asked = list(dict.fromkeys(map(str, samples)))
    missing = [name for name in asked if name not in there]
    if missing:
        raise SampleError(
            f"There is no sample {name_some(missing)}; the cohort has {name_some(there)}."
        )
    inside = [name for name in asked if name in normal]
    if inside:
        raise SampleError(
            f"The sample {name_some(inside)} is in the reference itself, so that it would be "
            "compared with its own value; leave it out of the reference."
        )
    return asked, []


def _together(
    cohort: AnnData, reference: AnnData
) -> tuple[NDArray[Any], NDArray[Any], list[str], list[Finding]]:
    """The genes that both have, in the reference's order."""
    genes = [str(name) for name in reference.var_names]
    matched = align(cohort, genes, least_share=_LEAST_SHARE)
    there = matched.var["measured"].to_numpy(dtype=bool)
    if not there.any():
        raise GeneError("The samples and the reference have no gene in common.")
    lost = [name for name, seen in zip(genes, there.tolist(), strict=True) if not seen]
    findings = []
    if lost:
        message = (
            f"{len(lost):,} of the reference's {len(genes):,} genes aren't in the samples and were "
            "left out."
        )
        findings.append(Finding("genes-missing", "note", message, tuple(lost)))
    kept = [name for name, seen in zip(genes, there.tolist(), strict=True) if seen]
    ours, normal = np.asarray(dense(matched.X)), np.asarray(dense(reference.X))
    return ours[:, there], normal[:, there], kept, findings


def _expressed(
    ours: NDArray[Any], normal: NDArray[Any], genes: list[str], unit: str
) -> tuple[NDArray[Any], NDArray[Any], list[str], list[Finding]]:
    """Leave out what is near the floor on both sides: where all are silent, a trace is far out.

    A gene is judged in a sample if the sample's value or the reference's mean stands well above
    the smallest value of the reference: twofold, which is 1 in log2(x + 1), or ten counts.
    """
    least = float(normal.min()) + (_RISE_OF_COUNTS if unit == "counts" else 1.0)
    loud = normal.mean(axis=0) >= least
    judged = loud | (ours >= least)
    kept = judged.any(axis=0)
    if not kept.any():
        raise GeneError("No gene stands above the floor in the samples or the reference.")
    findings = []
    if not kept.all():
        message = (
            f"{int((~kept).sum()):,} of {len(kept):,} genes are hardly expressed in the reference "
            "and the samples, and weren't judged."
        )
        findings.append(Finding("genes-silent", "note", message))
    ours = np.where(judged, ours, np.nan)[:, kept]
    return ours, normal[:, kept], [g for g, k in zip(genes, kept, strict=True) if k], findings


def _scaled(
    ours: NDArray[Any], normal: NDArray[Any], unit: str
) -> tuple[NDArray[Any], NDArray[Any], str]:
    if unit == "counts":
        made = LogCPM(tmm=True).fit(normal)
        return made.transform(ours), made.transform(normal), "log2 counts per million"
    scale = f"log2({unit} + 1)" if is_linear(unit) else unit
    logs = [np.asarray(log_values(part.astype(np.float64), unit)) for part in (ours, normal)]
    return logs[0], logs[1], scale
