"""The design of a comparison of two conditions, with covariates and pairs, as columns of numbers.

Treatment coding: an intercept, the covariates, the patients, and last the condition, whose
coefficient is the difference that is asked for. So the difference needs no contrast, and its
standard error no approximation, whatever the weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bulkwise.checks.linear_model import require_full_rank
from bulkwise.errors import InputError, SampleError
from bulkwise.stats.base import Floats

__all__ = ["Design", "treatment_design"]


@dataclass(frozen=True)
class Design:
    """A design of full rank for a difference between two conditions.

    Parameters
    ----------
    matrix
        Samples x coefficients.
    names
        Names of the coefficients; ``covariate=level`` for those of a category.
    tested
        Name of the coefficient that is the difference (the last one).
    unpaired
        The same design without the patients' columns.
    """

    matrix: Floats
    names: tuple[str, ...]
    tested: str
    unpaired: Floats


def treatment_design(
    is_first: NDArray[np.bool_],
    *,
    tested: str,
    covariates: Mapping[str, Sequence[Any]] | None = None,
    patients: Sequence[Any] | None = None,
) -> Design:
    """Build the design of first against second condition.

    Parameters
    ----------
    is_first
        True for samples of the first condition.
    tested
        Name for the difference.
    covariates
        Name -> one value a sample; numbers enter as they are, anything else as categories.
    patients
        One name a sample: each patient has a level of its own, and the difference is one within
        patients.

    Returns
    -------
    Design

    Raises
    ------
    SampleError
        If a covariate has missing values.
    InputError
        If the design isn't of full rank; the message names the columns.
    """
    n = len(is_first)
    names, columns = ["intercept"], [np.ones(n)]
    for name, values in (covariates or {}).items():
        for label, column in _covariate(name, values):
            names.append(label)
            columns.append(column)
    n_plain = len(columns)
    if patients is not None:
        _watch_pairs(dict(zip(names[1:], columns[1:], strict=True)), patients)
        for label, column in _categories("patient", [str(value) for value in patients]):
            names.append(label)
            columns.append(column)
    difference = is_first.astype(np.float64)
    matrix = np.column_stack([*columns, difference])
    require_full_rank(matrix, [*names, tested], tested=tested)
    unpaired = np.column_stack([*columns[:n_plain], difference])
    return Design(matrix, (*names, tested), tested, unpaired)


def _watch_pairs(covariates: Mapping[str, Floats], patients: Sequence[Any]) -> None:
    _, owner = np.unique([str(value) for value in patients], return_inverse=True)
    first = np.unique(owner, return_index=True)[1]
    for name, values in covariates.items():
        if (values == values[first][owner]).all():
            raise InputError(
                f"The covariate {name!r} is the same in both samples of every patient, so that the "
                "pairs account for it already and the design isn't of full rank; leave it out."
            )


def _covariate(name: str, values: Sequence[Any]) -> list[tuple[str, Floats]]:
    array = np.asarray(values)
    if array.dtype.kind in "iuf":
        numbers = array.astype(np.float64)
        if not np.isfinite(numbers).all():
            _refuse_gaps(name, int((~np.isfinite(numbers)).sum()), len(numbers))
        return [(name, numbers)]
    missing = sum(value is None or value != value or str(value) == "" for value in values)
    if missing:
        _refuse_gaps(name, missing, len(array))
    return _categories(name, [str(value) for value in values])


def _refuse_gaps(name: str, missing: int, total: int) -> None:
    raise SampleError(
        f"The covariate {name!r} is missing in {missing} of the {total} compared samples; fill it "
        "in, leave those samples out, or drop the covariate."
    )


def _categories(name: str, values: Sequence[str]) -> list[tuple[str, Floats]]:
    levels = sorted(set(values))
    array = np.asarray(values)
    return [(f"{name}={level}", (array == level).astype(np.float64)) for level in levels[1:]]
