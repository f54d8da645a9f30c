"""Which samples are of which condition, in which tissue, and which two are of one patient."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bulkwise.checks.base import Finding, is_linear, name_some, refuse, require_unit
from bulkwise.checks.labels import is_missing, require_column
from bulkwise.checks.values import check_finite, dense
from bulkwise.errors import SampleError

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["ONE_TISSUE", "Samples", "from_logs", "open_samples", "to_logs"]

ONE_TISSUE = "all"
"""The tissue of every sample where no column names one."""

_LEAST_GENES = 3


@dataclass(frozen=True, eq=False)
class Samples:
    """The samples of two conditions as arrays, and who is whose pair.

    Attributes
    ----------
    logs
        Samples x genes, log2, float64.
    source, target
        Masks over the samples.
    tissue, patient
        Text, an entry a sample; ``patient`` is the sample's own name without a column.
    pairs
        Rows of the source and of the target sample of each patient who gave both, pairs x 2.
    findings
        What was left out, and why.
    """

    logs: NDArray[np.float64]
    source: NDArray[np.bool_]
    target: NDArray[np.bool_]
    tissue: NDArray[np.str_]
    patient: NDArray[np.str_]
    pairs: NDArray[np.intp]
    findings: tuple[Finding, ...]

    def swapped(self) -> Samples:
        """The same with the conditions' places changed."""
        return Samples(
            self.logs,
            self.target,
            self.source,
            self.tissue,
            self.patient,
            self.pairs[:, ::-1],
            self.findings,
        )


def to_logs(X: Any, unit: str) -> NDArray[np.float64]:
    """Values in ``unit`` as log2, float64; units that are no amounts are taken as they are."""
    values = np.asarray(dense(X), dtype=np.float64)
    if not is_linear(require_unit(unit)):
        return values
    return np.asarray(np.log2(np.maximum(values, 0.0) + 1.0))


def from_logs(logs: NDArray[np.float64], unit: str) -> NDArray[np.float32]:
    """The inverse of :func:`to_logs`, float32; amounts are never negative."""
    if not is_linear(require_unit(unit)):
        return logs.astype(np.float32)
    return np.maximum(np.exp2(logs) - 1.0, 0.0).astype(np.float32)


def open_samples(
    cohort: AnnData,
    *,
    column: str,
    source: str,
    target: str,
    tissue: str | None,
    pairs: str | None,
) -> Samples:
    """Check a cohort and find its conditions, tissues and pairs.

    Parameters
    ----------
    cohort
        Samples x genes with ``.uns["unit"]``.
    column
        The column of the conditions; samples of a third condition are passed over.
    source, target
        The two conditions.
    tissue, pairs
        The columns of the tissue and of the patient, or ``None``.

    Raises
    ------
    SampleError
        If a column or a condition isn't there, or a value is missing.
    InputError
        If a value isn't finite.
    """
    refuse(check_finite(dense(cohort.X), _names(cohort.var_names), _names(cohort.obs_names)))
    conditions = _words(cohort, column, "the condition")
    for name in (source, target):
        if name not in conditions:
            raise SampleError(
                f"There is no sample whose {column!r} is {name!r}; the column holds "
                f"{name_some(np.unique(conditions), 8)}: name two of these."
            )
    if source == target:
        raise SampleError(f"Translating {source!r} to itself changes nothing; name two conditions.")
    n = cohort.n_obs
    where = np.full(n, ONE_TISSUE) if tissue is None else _words(cohort, tissue, "the tissue")
    names = cohort.obs_names.to_numpy(dtype=str)
    who = names if pairs is None else _words(cohort, pairs, "the patient")
    held = {"source": conditions == source, "target": conditions == target}
    found, said = np.empty((0, 2), dtype=np.intp), list[Finding]()
    if pairs is not None:
        found, said = _pairs(who, where, held, names, (source, target))
    return Samples(
        to_logs(cohort.X, cohort.uns["unit"]), **held, tissue=where, patient=who, pairs=found,
        findings=tuple(said),
    )  # fmt: skip


def _names(index: Iterable[object]) -> list[str]:
    return [str(name) for name in index]


def _words(cohort: AnnData, column: str, what: str) -> NDArray[np.str_]:
    values = require_column(cohort.obs, column, what=what).tolist()
    gone = [str(s) for s, v in zip(cohort.obs_names, values, strict=True) if is_missing(v)]
    if gone:
        raise SampleError(
            f"The column {column!r} ({what}) is missing for {len(gone)} of {len(values)} samples "
            f"({name_some(gone)}); fill it in or drop those samples."
        )
    return np.array([str(value).strip() for value in values], dtype=np.str_)


def _pairs(
    patients: Sequence[str] | NDArray[np.str_],
    tissues: NDArray[np.str_],
    held: dict[str, NDArray[np.bool_]],
    names: NDArray[np.str_],
    conditions: tuple[str, str],
) -> tuple[NDArray[np.intp], list[Finding]]:
    """The first sample by name of each condition, within one tissue, of each patient."""
    rows: dict[str, dict[str, dict[str, list[int]]]] = {}
    for side, mask in held.items():
        for i in sorted(np.flatnonzero(mask).tolist(), key=lambda i: str(names[i])):
            own = rows.setdefault(str(patients[i]), {}).setdefault(str(tissues[i]), {})
            own.setdefault(side, []).append(i)
    pairs, several, apart = [], [], []
    for patient, by_tissue in rows.items():
        both = [own for own in by_tissue.values() if len(own) == 2]
        pairs += [(own["source"][0], own["target"][0]) for own in both[:1]]
        if any(len(found) > 1 for own in both for found in own.values()) or len(both) > 1:
            several.append(patient)
        sides = {side for own in by_tissue.values() for side in own}
        if len(sides) == 2 and not both:
            apart.append(patient)
    findings = []
    if several:
        findings.append(
            Finding(
                "several-samples",
                "warning",
                f"{len(several)} patients have several samples of a condition or pairs in several "
                f"tissues ({name_some(several)}); the first by name makes the pair, and the others "
                "count for the means only.",
                tuple(several),
            )
        )
    if apart:
        findings.append(
            Finding(
                "pairs-across-tissues",
                "warning",
                f"{len(apart)} patients have {conditions[0]!r} in one tissue or study and "
                f"{conditions[1]!r} in another ({name_some(apart)}); they aren't pairs.",
                tuple(apart),
            )
        )
    return np.array(sorted(pairs), dtype=np.intp).reshape(-1, 2), findings
