"""Check a whole cohort and report everything at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bulkwise.checks.base import Finding, refuse, require_unit
from bulkwise.checks.design import check_groups, check_one_source_genes, check_source
from bulkwise.checks.genes import check_genes, check_transposed, id_kind
from bulkwise.checks.labels import check_classes, check_labels, is_missing, require_column
from bulkwise.checks.pairs import LEAST_PAIRS, check_pairs, find_pairs
from bulkwise.checks.samples import check_samples, check_type_codes
from bulkwise.checks.sex import call_sex, check_sex, check_sex_of_patients, stated_sex
from bulkwise.checks.values import check_finite, check_spread, check_unit, dense, hint_unit
from bulkwise.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from anndata import AnnData
    from numpy.typing import NDArray

__all__ = ["CheckReport", "check"]

_STRATA = ("cancer", "study", "tissue", "site", "organ")
_SEX = ("sex", "gender")
_MANY_SOURCES = 20


@dataclass(frozen=True)
class CheckReport:
    """What a check found.

    Parameters
    ----------
    summary
        Plain facts: ``samples``, ``genes``, ``unit``, ``gene_ids``, ``patients``, ``classes`` ...
    findings
        Errors first, then warnings, then notes.
    """

    summary: dict[str, Any]
    findings: list[Finding] = field(default_factory=list)

    @property
    def errors(self) -> list[Finding]:
        """What stops the cohort from being used as it is."""
        return [finding for finding in self.findings if finding.level == "error"]

    @property
    def warnings(self) -> list[Finding]:
        """What may make results wrong."""
        return [finding for finding in self.findings if finding.level == "warning"]

    @property
    def ok(self) -> bool:
        """Whether there is no error."""
        return not self.errors

    def require(self) -> CheckReport:
        """Raise :class:`~bulkwise.errors.InputError` with the first error, if there is one."""
        refuse(self.findings)
        return self

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON can hold it."""
        return {
            "ok": self.ok,
            "summary": self.summary,
            "findings": [finding.to_dict() for finding in self.findings],
        }


def _texts(cohort: AnnData, column: str) -> list[str]:
    return [
        "" if is_missing(value) else str(value).strip()
        for value in require_column(cohort.obs, column, what=column).tolist()
    ]


def _column(cohort: AnnData, names: tuple[str, ...]) -> str | None:
    for name in names:
        for column in cohort.obs.columns:
            if str(column).lower() == name:
                return str(column)
    return None


def check(
    cohort: AnnData,
    *,
    target: str | None = None,
    groups: str | None = None,
    source: str | None = None,
) -> CheckReport:
    """Check a cohort: names, values, unit, labels, sex, pairs, and entangled sources.

    Parameters
    ----------
    cohort
        Samples x genes with ``.uns["unit"]``. Not changed.
    target
        The column of ``.obs`` to learn.
    groups
        The column that says which samples are one patient's; ``"patient"`` if there is one.
    source
        The column of the source or batch; ``"source"`` or ``"batch"`` if there is one.

    Returns
    -------
    CheckReport
        A summary and findings, the worst first. Nothing is raised for what the data are; call
        :meth:`CheckReport.require` for that.

    Raises
    ------
    SampleError
        If a column that was asked for isn't there.
    InputError
        If ``cohort`` isn't an AnnData with a dense matrix of numbers.
    """
    if not hasattr(cohort, "obs_names") or not hasattr(cohort, "uns"):
        raise InputError(
            f"Expected a cohort (AnnData, samples x genes), got {type(cohort).__name__}; read a "
            "file with bulkwise.read."
        )
    for name, what in ((target, "target"), (groups, "groups"), (source, "source")):
        if name is not None:
            require_column(cohort.obs, name, what=what)
    X = dense(cohort.X)
    groups = groups or _column(cohort, ("patient",))
    source = source or _column(cohort, ("source", "batch"))
    source = None if source == target else source
    genes = [str(name) for name in cohort.var_names]
    samples = [str(name) for name in cohort.obs_names]
    summary: dict[str, Any] = {
        "samples": len(samples),
        "genes": len(genes),
        "unit": cohort.uns.get("unit"),
        "gene_ids": id_kind(genes),
        "columns": [str(column) for column in cohort.obs.columns],
    }
    findings = _findings_of_reading(cohort)
    findings += check_samples(samples) + check_genes(genes) + check_transposed(genes, samples)
    findings += check_finite(X, genes, samples) + check_spread(X, genes, samples)
    findings += check_type_codes(cohort.obs, samples)
    findings += _check_columns(cohort, X, genes, target, groups, source, summary)
    findings += _check_scale(cohort, X, genes, samples, target, groups, summary)
    order = {"error": 0, "warning": 1, "note": 2}
    return CheckReport(summary, sorted(findings, key=lambda finding: order[finding.level]))


def _findings_of_reading(cohort: AnnData) -> list[Finding]:
    """What reading has changed or left out, written down in ``.uns["findings"]``."""
    said = cohort.uns.get("findings")
    if not isinstance(said, Mapping):
        return []
    return [Finding(str(code), "warning", str(message)) for code, message in said.items()]


def _check_columns(
    cohort: AnnData,
    X: NDArray[Any],
    genes: list[str],
    target: str | None,
    groups: str | None,
    source: str | None,
    summary: dict[str, Any],
) -> list[Finding]:
    findings: list[Finding] = []
    owners = _texts(cohort, groups) if groups else None
    if groups and owners is not None:
        findings += check_labels(cohort.obs, groups, what="groups")
        findings += check_groups(owners, name=groups)
        summary["groups"], summary["patients"] = groups, len(set(owners))
    if target:
        findings += check_labels(cohort.obs, target)
        labels = _texts(cohort, target)
        kept = [i for i, label in enumerate(labels) if label]
        some = None if owners is None else [owners[i] for i in kept]
        findings += check_classes([labels[i] for i in kept], some, name=target)
        summary["target"] = target
        summary["classes"] = dict(sorted(Counter(labels[i] for i in kept).items()))
    if source:
        batches = _texts(cohort, source)
        summary["source"] = source
        summary["sources"] = dict(sorted(Counter(batches).items()))
        if 2 <= len(set(batches)) <= _MANY_SOURCES:
            findings += check_one_source_genes(X, batches, genes, source=source)
        if target:
            findings += check_source(_texts(cohort, target), batches, target=target, source=source)
    return findings


def _check_scale(
    cohort: AnnData,
    X: NDArray[Any],
    genes: list[str],
    samples: list[str],
    target: str | None,
    groups: str | None,
    summary: dict[str, Any],
) -> list[Finding]:
    """What needs the unit: contradictions, sex, pairs."""
    try:
        unit = require_unit(cohort.uns.get("unit"), where="the cohort")
    except InputError as error:
        return [Finding("unit-unknown", "error", str(error))]
    expected = bool(cohort.uns.get("expected_counts", False))
    findings = check_unit(X, unit, genes, samples, expected_counts=expected)
    findings += hint_unit(X, unit, samples)
    called = call_sex(X, unit, genes)
    if called is not None:
        summary["sex_by_genes"] = dict(sorted(Counter(called.tolist()).items()))
        column = _column(cohort, _SEX)
        if column:
            stated = stated_sex(_texts(cohort, column))
            findings += check_sex(called, stated, samples, column=column)
        if groups:
            findings += check_sex_of_patients(called, _texts(cohort, groups), column=groups)
    if groups:
        findings += _check_pairs(cohort, X, unit, target, groups, summary)
    return findings


def _check_pairs(
    cohort: AnnData,
    X: NDArray[np.floating[Any]],
    unit: str,
    target: str | None,
    groups: str,
    summary: dict[str, Any],
) -> list[Finding]:
    """Judge the pairs of the first column with two conditions that enough patients have both of."""
    patients = _texts(cohort, groups)
    first = [name for name in (target, _column(cohort, ("condition",))) if name]
    rest = [str(column) for column in cohort.obs.columns if str(column) not in first]
    for column in [*first, *rest]:
        if column == groups or cohort.obs[column].nunique(dropna=True) != 2:
            continue
        conditions = _texts(cohort, column)
        found = find_pairs(patients, conditions)
        if found is None or len(found[1]) < LEAST_PAIRS:
            continue
        stratum = _column(cohort, _STRATA)
        strata = _texts(cohort, stratum) if stratum else [""] * len(patients)
        summary["pairs"] = {"column": column, "stratum": stratum, "number": len(found[1])}
        return check_pairs(X, unit, patients, conditions, strata, column=column)
    return []
