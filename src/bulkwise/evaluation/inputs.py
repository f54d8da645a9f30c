"""From a cohort and a question to checked arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bulkwise.checks.base import Finding, refuse, require_unit
from bulkwise.checks.labels import is_missing, require_column, require_labels
from bulkwise.checks.samples import check_samples
from bulkwise.errors import InputError, SampleError
from bulkwise.evaluation.base import LEAST_PATIENTS, METRICS, Inputs

if TYPE_CHECKING:
    from anndata import AnnData


__all__ = ["check_options", "held_out", "open_inputs"]

_SOURCES = ("source", "batch")
_MOST_CLASSES_OF_NUMBERS = 20


def check_options(metric: str, margin: float, permutations: int) -> None:
    """Refuse what can't be asked of any cohort.

    Raises
    ------
    InputError
        If the metric isn't known or a number is negative.
    """
    if metric not in METRICS:
        known = ", ".join(METRICS)
        raise InputError(f"The metric {metric!r} isn't known: expected one of {known}.")
    for name, value in (("margin", margin), ("number of permutations", permutations)):
        if not value >= 0:
            raise InputError(f"The {name} must be 0 or more; got {value!r}.")


def open_inputs(
    cohort: AnnData,
    *,
    target: str,
    groups: str | None,
    source: str | None,
    holdout_by: str | None,
) -> Inputs:
    """Read the columns that the question names and check what can be asked of them.

    Parameters
    ----------
    cohort
        Samples x genes with the sample sheet in ``obs`` and ``uns["unit"]``.
    target, groups, source, holdout_by
        Columns of the sample sheet; see :func:`bulkwise.evaluate`.

    Raises
    ------
    UnitError
        If the unit isn't stated.
    SampleError
        If a column is missing, a label or patient is missing for some samples, the target has one
        class only, or sample names repeat.
    InputError
        If the target is a number to regress.
    """
    sheet = cohort.obs
    unit = require_unit(cohort.uns.get("unit"), where="the cohort")
    samples = np.array(cohort.obs_names, dtype=str)
    refuse(check_samples(samples.tolist(), where="the cohort"), SampleError)
    _refuse_numbers(sheet, target)
    labels = require_labels(sheet, target)
    found: list[Finding] = []
    if groups is None and "patient" in sheet.columns and target != "patient":
        groups = "patient"
    if groups is None:
        found.append(_each_for_itself())
        patients = samples
    else:
        patients = require_labels(sheet, groups, what="groups")
    column, sources = _sources(sheet, source, holdout_by, target, groups, found)
    classes, codes = np.unique(labels, return_inverse=True)
    if unit.endswith("_harmonised"):
        found.append(_harmonised(unit))
    inputs = Inputs(
        name=str(cohort.uns.get("cohort", "cohort")),
        unit=unit,
        X=_matrix(cohort),
        genes=tuple(map(str, cohort.var_names)),
        samples=samples,
        sheet=sheet,
        target=target,
        labels=labels,
        classes=tuple(map(str, classes)),
        codes=codes.astype(np.intp),
        groups=patients,
        group_column=groups,
        sources=sources,
        source_column=column,
        findings=(),
    )
    few = _few(inputs)
    return Inputs(**(vars(inputs) | {"findings": (*found, *([few] if few else []))}))


def held_out(sheet: pd.DataFrame, column: str | None) -> tuple[str, NDArray[np.str_]] | None:
    """Name and values of the column to hold out by, complete."""
    return None if column is None else (column, require_labels(sheet, column, what="holdout_by"))


def _refuse_numbers(sheet: pd.DataFrame, target: str) -> None:
    column = require_column(sheet, target)
    numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    if numeric and column.nunique() > _MOST_CLASSES_OF_NUMBERS:
        raise InputError(
            f"The target {target!r} is a number with {column.nunique()} values; expected classes: "
            "cut it into named classes first."
        )


def _matrix(cohort: AnnData) -> NDArray[Any]:
    values = cohort.X
    if hasattr(values, "toarray"):
        values = values.toarray()
    values = np.asarray(values)
    return values if values.dtype.kind == "f" else values.astype(np.float32)


def _sources(
    sheet: pd.DataFrame,
    source: str | None,
    holdout_by: str | None,
    target: str,
    groups: str | None,
    found: list[Finding],
) -> tuple[str | None, NDArray[np.str_] | None]:
    """The column for the source controls: as told, else source, batch, or what is held out by."""
    name = source
    if name is None:
        candidates = [*_SOURCES, *([holdout_by] if holdout_by else [])]
        usual = [c for c in candidates if c in sheet.columns and c not in (target, groups)]
        name = next((c for c in usual if 1 < sheet[c].nunique() <= len(sheet) / 4), None)
        if name is not None:
            found.append(
                Finding(
                    "source-column",
                    "note",
                    f"The column {name!r} was taken for the source of the samples: labels were "
                    "permuted within it and it was tried to predict it; name another one with "
                    "source=... (or --source) if that's wrong.",
                )
            )
    if name is None:
        return None, None
    values = require_column(sheet, name, what="source").tolist()
    return name, np.array(["(missing)" if is_missing(v) else _text(v) for v in values], dtype=str)


def _text(value: object) -> str:
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def _each_for_itself() -> Finding:
    return Finding(
        "no-patients",
        "note",
        "No column names the patient, so each sample was taken for a patient of its own; if some "
        "belong to one patient the figures are too good: name the column with groups=... (or "
        "--groups).",
    )


def _harmonised(unit: str) -> Finding:
    return Finding(
        "harmonised-upstream",
        "warning",
        f"The unit {unit!r} says that the values were corrected upstream over all samples, test "
        "samples included, so no cross-validation on them is wholly leak-free, and nobody can "
        "bring one new sample into this unit.",
    )


def _few(inputs: Inputs) -> Finding | None:
    patients = inputs.patients_by_class()
    few = [
        f"{label} ({n})"
        for label, n in zip(inputs.classes, patients, strict=True)
        if n < LEAST_PATIENTS
    ]
    if not few:
        return None
    return Finding(
        "few-patients",
        "warning",
        f"Fewer than {LEAST_PATIENTS} patients stand behind {', '.join(few)}: figures of such a "
        "class are shown, but they can't support a claim.",
        tuple(few),
    )
