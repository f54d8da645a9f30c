"""Columns of the sample sheet that go with the target: age, sex, plate, stage, study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from bulkwise.checks.base import Finding
from bulkwise.errors import SampleError
from bulkwise.evaluation.base import Association

__all__ = ["associations", "covariate_findings"]

_MOST_LEVELS_OF_NUMBERS = 10
_STRONG = {"Cramér's V": 0.3, "eta squared": 0.1}
_LEVEL = 0.05


def associations(
    sheet: pd.DataFrame,
    labels: NDArray[np.str_],
    groups: NDArray[np.str_],
    *,
    columns: Sequence[str] | None = None,
    leave_out: Sequence[str] = (),
) -> tuple[Association, ...]:
    """How strongly each column goes with the target.

    Parameters
    ----------
    sheet
        The sample sheet (``cohort.obs``).
    labels, groups
        One entry a sample. A patient counts once for each of its labels, so that ten samples of
        one patient aren't ten observations.
    columns
        Which columns to look at; by default all but those left out, constant ones and those that
        name samples (as many values as half the rows).
    leave_out
        The target and the group column.

    Returns
    -------
    tuple of Association
        Strongest first. Categories by the bias-corrected Cramér's V and a chi-squared test (a
        missing value is a category), numbers with more than ten values by Kruskal-Wallis and eta
        squared on ranks; P adjusted by Holm over the columns.

    Raises
    ------
    SampleError
        If a named column isn't there.
    """
    missing = [name for name in columns or () if name not in sheet.columns]
    if missing:
        raise SampleError(
            f"There is no column {missing[0]!r} in the sample sheet to test as a covariate; it "
            f"has {', '.join(map(str, sheet.columns))}."
        )
    once = ~pd.DataFrame({"group": groups, "label": labels}).duplicated().to_numpy()
    wanted = columns if columns is not None else [c for c in sheet.columns if c not in leave_out]
    found = []
    for name in wanted:
        one = _association(str(name), sheet[name].loc[once], labels[once])
        if one is not None:
            found.append(one)
    order = sorted(range(len(found)), key=lambda index: found[index].p_value)
    largest, adjusted = 0.0, list(found)
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - rank) * found[index].p_value))
        strong = found[index].strength >= _STRONG[found[index].measure]
        adjusted[index] = replace(
            found[index], adjusted_p_value=largest, names_label=strong and largest < _LEVEL
        )
    return tuple(sorted(adjusted, key=lambda item: (-item.strength, item.column)))


def _association(name: str, column: pd.Series, labels: NDArray[np.str_]) -> Association | None:
    numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    if numeric and column.nunique() > _MOST_LEVELS_OF_NUMBERS:
        return _of_numbers(name, column.to_numpy(dtype=np.float64, na_value=np.nan), labels)
    text = column.astype(object).where(column.notna(), "(missing)").astype(str).to_numpy(dtype=str)
    if len(np.unique(text)) < 2 or len(np.unique(text)) > len(text) / 2:
        return None
    return _of_categories(name, text, labels)


def _of_numbers(
    name: str, values: NDArray[np.float64], labels: NDArray[np.str_]
) -> Association | None:
    there = np.isfinite(values)
    parts = [values[there & (labels == label)] for label in np.unique(labels)]
    parts = [part for part in parts if len(part) > 1]
    n = sum(map(len, parts))
    if len(parts) < 2 or n <= len(parts) or len(np.unique(np.concatenate(parts))) < 2:
        return None
    statistic, p_value = stats.kruskal(*parts)
    strength = max(0.0, (float(statistic) - len(parts) + 1) / (n - len(parts)))
    return Association(name, "eta squared", strength, float(p_value), float(p_value), False)


def _of_categories(name: str, values: NDArray[np.str_], labels: NDArray[np.str_]) -> Association:
    table = pd.crosstab(values, labels).to_numpy()
    result = stats.chi2_contingency(table, correction=False)
    n, (r, k) = table.sum(), table.shape
    phi = max(0.0, float(result.statistic) / n - (r - 1) * (k - 1) / (n - 1))
    rows, columns = r - (r - 1) ** 2 / (n - 1), k - (k - 1) ** 2 / (n - 1)
    least = min(rows, columns) - 1
    strength = min(1.0, float(np.sqrt(phi / least))) if least > 0 else 0.0
    p_value = float(result.pvalue)
    return Association(name, "Cramér's V", strength, p_value, p_value, False)


def covariate_findings(found: Sequence[Association], target: str) -> list[Finding]:
    """Name the columns that predict the target."""
    named = [one for one in found if one.names_label]
    if not named:
        return []
    words = ", ".join(f"{one.column} ({one.measure} {one.strength:.2f})" for one in named)
    return [
        Finding(
            "covariates-predict-label",
            "warning",
            f"Columns of the sample sheet go with {target!r}: {words}; a model may have learned "
            "them instead, so compare within one of their values.",
            tuple(one.column for one in named),
        )
    ]
