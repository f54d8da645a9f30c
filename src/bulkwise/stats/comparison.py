"""Which samples of a cohort are compared, and whether their values can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bulkwise.checks.base import (
    LARGEST_LOG,
    Finding,
    is_log,
    name_some,
    require_unit,
)
from bulkwise.checks.linear_model import check_groups_compared, check_pairs
from bulkwise.errors import InputError, SampleError, UnitError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Comparison", "parse_contrast", "pick_samples"]

_COUNTS = ("counts", "normalized_counts", "rsem")


@dataclass
class Comparison:
    """The compared samples of a cohort, and what is known of them.

    Parameters
    ----------
    values
        Samples x genes.
    unit
        Their unit.
    genes, samples
        Names.
    is_first
        True for samples of the first condition.
    sheet
        The samples' rows of the sample sheet.
    column, pair
        The column of the conditions, and the two compared ones.
    paired, block, covariates
        Other columns in the design, if any.
    findings
        What to know about the data, so far.
    everything, compared
        Where some genes are set aside: the names of all, and which are compared.
    aside, aside_mean
        Values of the genes set aside, samples x genes, and the mean level of each.
    """

    values: NDArray[Any]
    unit: str
    genes: list[str]
    samples: list[str]
    is_first: NDArray[np.bool_]
    sheet: pd.DataFrame
    column: str
    pair: tuple[str, str]
    paired: str | None
    block: str | None
    covariates: tuple[str, ...]
    findings: list[Finding]
    everything: list[str] = field(default_factory=list)
    compared: NDArray[np.bool_] | None = None
    aside: NDArray[Any] | None = None
    aside_mean: NDArray[np.float64] | None = None

    @property
    def sizes(self) -> tuple[int, int]:
        """Samples of the first and of the second condition."""
        n_first = int(self.is_first.sum())
        return n_first, len(self.is_first) - n_first

    @property
    def tested(self) -> str:
        """Name of the difference."""
        return f"{self.pair[0]}-{self.pair[1]}"

    def note(self, code: str, message: str) -> None:
        """Add something to know."""
        self.findings.append(Finding(code, "note", message))

    def keep_genes(self, kept: NDArray[np.bool_], why: str) -> None:
        """Leave genes out, and say so."""
        if self._drop(kept, why):
            gone = len(kept) - len(self.genes)
            message = f"Genes that {why} were left out: {gone:,} of {len(kept):,}."
            self.note("genes-filtered", message)

    def set_aside(self, kept: NDArray[np.bool_], why: str) -> None:
        """Compare some genes only, and have the others in the table all the same."""
        genes, aside = self.genes, self.values[:, ~kept]
        if self._drop(kept, why):
            self.everything, self.compared, self.aside = genes, kept, aside
            self.note(
                "genes-not-compared",
                f"Genes that {why} weren't compared: {aside.shape[1]:,} of {len(kept):,}; they "
                "stand in the table without a P-value, and --filter (filter_genes=True) leaves "
                "them out.",
            )

    def _drop(self, kept: NDArray[np.bool_], why: str) -> bool:
        if kept.all():
            return False
        if not kept.any():
            raise InputError(
                f"No gene is left: all {len(kept):,} {why}; check the matrix and its unit, or "
                "choose another method (wilcoxon, say) without a filter."
            )
        self.values = self.values[:, kept]
        self.genes = [name for name, stays in zip(self.genes, kept.tolist(), strict=True) if stays]
        return True

    def complete(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table with the genes that were set aside, in the cohort's order."""
        if self.compared is None:
            return table
        whole = table.iloc[np.cumsum(self.compared) - 1].reset_index(drop=True)
        whole.loc[~self.compared, whole.columns != "gene"] = np.nan
        whole["gene"] = self.everything
        if self.aside_mean is not None:
            whole.loc[~self.compared, "mean"] = self.aside_mean
        return whole


def parse_contrast(contrast: str | tuple[str, str], values: Sequence[Any]) -> tuple[str, str]:
    """Take ``"tumour:normal"`` apart: the first condition against the second.

    Parameters
    ----------
    contrast
        Two values with a colon between them, or a pair.
    values
        What the column holds: a value may have colons of its own.

    Raises
    ------
    InputError
        If it isn't two different values, or could be read in two ways.
    """
    there = sorted({str(value) for value in values})
    if isinstance(contrast, str):
        pieces = contrast.split(":")
        cuts = [(":".join(pieces[:k]), ":".join(pieces[k:])) for k in range(1, len(pieces))]
        known = [cut for cut in cuts if cut[0] in there and cut[1] in there]
        found = known or cuts
        if len(found) != 1:
            raise InputError(
                f"Can't read the contrast {contrast!r}: expected two values with a colon between "
                f"them, as in 'tumour:normal'; the column holds {name_some(there, 12)}."
            )
        pair = found[0]
    else:
        pair = (str(contrast[0]), str(contrast[1]))
    if pair[0] == pair[1] or not all(pair):
        raise InputError(
            f"Can't read the contrast {contrast!r}: expected two different values; the column "
            f"holds {name_some(there, 12)}."
        )
    return pair


def pick_samples(
    cohort: Any,
    *,
    column: str,
    contrast: str | tuple[str, str],
    paired: str | None = None,
    block: str | None = None,
    covariates: Sequence[str] = (),
) -> Comparison:
    """Pick the samples of two conditions.

    Parameters
    ----------
    cohort
        AnnData, samples x genes, with ``.uns["unit"]``.
    column
        Column of the sample sheet that holds the conditions.
    contrast
        ``"tumour:normal"``, or a pair.
    paired
        Column of the patients; those with one condition only are left out.
    block
        Column of the patients, as a random effect.
    covariates
        Columns to adjust for.

    Returns
    -------
    Comparison

    Raises
    ------
    SampleError
        If a column, a condition, a patient's name or every pair is missing.
    UnitError
        If there is no unit, or the values contradict it.
    InputError
        If a column is named twice, the contrast can't be read, or all values are equal.
    """
    unit = require_unit(cohort.uns.get("unit"))
    sheet = cohort.obs
    patients = [name for name in (paired, block) if name is not None]
    _check_columns([column, *covariates, *patients], sheet.columns, len(patients))
    known = sheet[column].notna().to_numpy()
    labels = sheet[column].astype(str).to_numpy()
    pair = parse_contrast(contrast, labels[known].tolist())
    findings = check_groups_compared(labels[known].tolist(), pair, column=column)
    keep = known & np.isin(labels, pair)
    for name in patients:
        gaps = int((sheet[name].isna().to_numpy() & keep).sum())
        if gaps:
            raise SampleError(
                f"The column {name!r} is missing in {gaps} of the {int(keep.sum())} compared "
                "samples; fill it in or leave those samples out."
            )
    if paired is not None:
        found = check_pairs(labels[keep].tolist(), sheet[paired][keep].tolist(), column=paired)
        alone = {item for finding in found for item in finding.items}
        keep &= ~sheet[paired].astype(str).isin(alone).to_numpy()
        findings += found
    if not keep.all():
        message = f"{int(keep.sum())} of {len(keep)} samples are compared; the others are left out."
        findings.append(Finding("samples-compared", "note", message))
    values = np.asarray(cohort.X if keep.all() else cohort.X[keep])
    _check_values(values, unit)
    return Comparison(
        values,
        unit,
        [str(name) for name in cohort.var_names],
        [str(name) for name in cohort.obs_names[keep]],
        labels[keep] == pair[0],
        sheet[keep],
        column,
        pair,
        paired,
        block,
        tuple(covariates),
        findings,
    )


def _check_columns(wanted: list[str], there: Sequence[Any], n_patients: int) -> None:
    missing = [name for name in wanted if name not in there]
    if missing:
        raise SampleError(
            f"The sample sheet has no column {name_some(missing)}; it has {name_some(there, 12)}."
        )
    if len(set(wanted)) < len(wanted) or n_patients > 1:
        raise InputError(
            "The conditions, the pairs or blocks and each covariate must be different columns, "
            f"and pairs and blocks exclude each other; got {name_some(wanted, 12)}."
        )


def _check_values(values: NDArray[Any], unit: str) -> None:
    finite = values[np.isfinite(values)]
    if not finite.size:
        raise InputError("The compared samples hold no finite values at all; check the matrix.")
    low, high = float(finite.min()), float(finite.max())
    if low == high:
        raise InputError(
            f"All values of the compared samples are {low:g}, so that nothing can differ; check "
            "the matrix."
        )
    if is_log(unit) and high > LARGEST_LOG:
        raise UnitError(
            f"The unit is {unit!r} but values reach {high:,.0f}, and no logarithm to base 2 of an "
            "expression value does: these look like counts or another linear unit; state that unit."
        )
    if unit not in _COUNTS:
        return
    if low < 0:
        raise UnitError(
            f"The unit is {unit!r} but values go down to {low:.3g}, and no count is negative: "
            "these look like logarithms; state that unit (log2, log2_cpm, ...)."
        )
    whole = bool((np.abs(finite - np.rint(finite)) < 1e-6).mean() > 0.5)
    if high <= LARGEST_LOG and not whole:
        raise UnitError(
            f"The unit is {unit!r} but no value is above {high:.3g} and most aren't whole: these "
            "look like logarithms; state that unit (log2, log2_cpm, ...)."
        )
