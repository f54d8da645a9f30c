"""Whether a design can answer the question put to it, said in words.

Rank and which columns spoil it, contrasts that can't be estimated, residual degrees of freedom,
groups without replicates, conditions that can't be told from another column, incomplete pairs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bulkwise.checks.base import Finding, name_some
from bulkwise.errors import InputError, SampleError

__all__ = [
    "check_confounding",
    "check_groups_compared",
    "check_pairs",
    "check_residual_df",
    "dependencies",
    "independent_columns",
    "is_estimable",
    "require_estimable",
    "require_full_rank",
]

_RANK_TOLERANCE = 1e-7
_FEW_RESIDUAL_DF = 3
_STRONG_INFLATION = 2.0


def independent_columns(X: NDArray[np.float64]) -> NDArray[np.intp]:
    """Positions of the columns that aren't combinations of the columns before them."""
    kept: list[int] = []
    basis = np.zeros((X.shape[0], 0))
    for j in range(X.shape[1]):
        column = X[:, j]
        size = float(np.linalg.norm(column))
        rest = column - basis @ (basis.T @ column)
        rest -= basis @ (basis.T @ rest)
        left = float(np.linalg.norm(rest))
        if size > 0 and left > _RANK_TOLERANCE * size:
            kept.append(j)
            basis = np.column_stack([basis, rest / left])
    return np.array(kept, dtype=np.intp)


def dependencies(X: NDArray[np.float64], names: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Each column that adds nothing, and the earlier columns that it is a combination of."""
    kept = independent_columns(X)
    found = []
    for j in np.setdiff1d(np.arange(X.shape[1]), kept):
        before = kept[kept < j]
        weights = np.linalg.lstsq(X[:, before], X[:, j], rcond=None)[0]
        size = np.abs(weights) * np.linalg.norm(X[:, before], axis=0)
        used = before[size > 1e-6 * max(float(np.linalg.norm(X[:, j])), 1e-300)]
        found.append((names[j], tuple(names[k] for k in used)))
    return found


def require_full_rank(
    X: NDArray[np.float64], names: Sequence[str], *, tested: str | None = None
) -> None:
    """Refuse a design with columns that say the same twice.

    Parameters
    ----------
    X
        Samples x coefficients.
    names
        Names of the coefficients.
    tested
        The coefficient that is tested, if one is: when it is the one that the others explain,
        the message says so.

    Raises
    ------
    InputError
        If the design isn't of full rank; the message names the columns.
    """
    found = dependencies(X, names)
    if not found:
        return
    column, others = found[-1]
    varying = [name for name in others if np.ptp(X[:, list(names).index(name)]) > 0]
    if not others:
        raise InputError(
            f"The design isn't of full rank: the column {column!r} is zero in all {len(X)} "
            "samples; drop it, or add samples that have it."
        )
    if column == tested:
        raise InputError(
            f"The contrast {column!r} can't be estimated: in these {len(X)} samples it is fixed "
            f"by {name_some(varying or others)}; leave that covariate out, or add samples in which "
            "the two differ."
        )
    extra = [name for name, _ in found]
    raise InputError(
        f"The design isn't of full rank: of its {len(names)} columns, {name_some(extra)} can be "
        f"written with the columns before them ({column!r} with {name_some(others)}); drop them or "
        "choose another reference."
    )


def is_estimable(X: ArrayLike, contrast: ArrayLike) -> bool:
    """Whether a combination of coefficients can be estimated in a design of any rank.

    Parameters
    ----------
    X
        Samples x coefficients.
    contrast
        One weight a coefficient.
    """
    matrix = np.asarray(X, dtype=np.float64)
    weights = np.asarray(contrast, dtype=np.float64)
    _, strengths, rows = np.linalg.svd(matrix, full_matrices=False)
    kept = rows[strengths > _RANK_TOLERANCE * strengths[0]]
    rest = weights - kept.T @ (kept @ weights)
    size = float(np.linalg.norm(weights))
    return float(np.linalg.norm(rest)) <= _RANK_TOLERANCE * size


def require_estimable(X: ArrayLike, contrast: ArrayLike, *, name: str) -> None:
    """Refuse a contrast that the design can't estimate.

    Raises
    ------
    InputError
        If samples that would tell its conditions apart are missing.
    """
    if not is_estimable(X, contrast):
        raise InputError(
            f"The contrast {name!r} can't be estimated from this design: some of the coefficients "
            "in it can't be told apart in these samples; add samples that tell them apart, or "
            "compare other conditions."
        )


def check_residual_df(n_samples: int, rank: int) -> list[Finding]:
    """What the degrees of freedom leave for judging the noise, in words."""
    left = n_samples - rank
    what = f"{n_samples} samples and {rank} coefficients leave {left} residual degrees of freedom"
    if left <= 0:
        return [
            Finding(
                "no-residual-df",
                "error",
                f"The design has no replicates: {what}, so that the noise can't be estimated; add "
                "samples or drop a covariate.",
            )
        ]
    if left < _FEW_RESIDUAL_DF:
        return [
            Finding(
                "few-residual-df",
                "warning",
                f"{what[0].upper()}{what[1:]}: P-values lean on the other genes' noise almost "
                "wholly; add replicates.",
            )
        ]
    return [Finding("residual-df", "note", f"{what[0].upper()}{what[1:]}.")]


def check_groups_compared(
    labels: Sequence[Any], compared: Sequence[str], *, column: str
) -> list[Finding]:
    """How many samples each compared condition has.

    Raises
    ------
    SampleError
        If a condition has none; the message lists what there is.
    """
    values = [str(label) for label in labels]
    counts = {name: values.count(name) for name in compared}
    empty = [name for name, count in counts.items() if not count]
    if empty:
        there = sorted(set(values))
        raise SampleError(
            f"No sample has {column} = {name_some(empty)}; the column holds {name_some(there, 12)}."
        )
    alone = [name for name, count in counts.items() if count == 1]
    if not alone:
        return []
    return [
        Finding(
            "no-replicates",
            "warning",
            f"Of {column} = {name_some(alone)} there is one sample only, so that its own variation "
            "can't be seen; add replicates.",
            tuple(alone),
        )
    ]


def check_confounding(
    conditions: Sequence[Any], columns: Mapping[str, Sequence[Any]], *, column: str
) -> list[Finding]:
    """Columns of the sample sheet that go along with the compared condition.

    Parameters
    ----------
    conditions
        The condition of each compared sample, of two values.
    columns
        Other columns, name -> one value a sample. Numbers of more than two values count as
        measurements, everything else as categories.
    column
        Name of the condition's column.

    Returns
    -------
    list of Finding
        ``confounded`` where a column fixes the condition; ``partly-confounded`` where adjusting
        for it at least doubles the variance of the difference (the inflation is
        ``1 / (1 - R^2)`` of the condition on that column).
    """
    y = np.asarray([str(value) for value in conditions])
    indicator = (y == y[0]).astype(np.float64)
    found = []
    for name, values in columns.items():
        X = _columns(values)
        if X.shape[1] < 2 or X.shape[1] >= len(y):
            continue
        rest = indicator - X @ np.linalg.lstsq(X, indicator, rcond=None)[0]
        total = float(((indicator - indicator.mean()) ** 2).sum())
        share = float(rest @ rest) / total if total else 1.0
        if share < 1e-9:
            found.append(
                Finding(
                    "confounded",
                    "warning",
                    f"The column {name!r} fixes {column!r} in these {len(y)} samples: a difference "
                    f"between the conditions can't be told from one between values of {name!r}.",
                    (name,),
                )
            )
        elif 1 / share >= _STRONG_INFLATION:
            found.append(
                Finding(
                    "partly-confounded",
                    "warning",
                    f"The column {name!r} goes along with {column!r}: adjusting for it multiplies "
                    f"the variance of the difference by {1 / share:.1f}.",
                    (name,),
                )
            )
    return found


def _columns(values: Sequence[Any]) -> NDArray[np.float64]:
    """An intercept and what a column says: its values, or indicators of its categories."""
    array = np.asarray(values)
    if array.dtype.kind in "fiu" and len(np.unique(array)) > 2 and np.isfinite(array).all():
        return np.column_stack([np.ones(len(array)), array - array.mean()])
    names, codes = np.unique([str(value) for value in values], return_inverse=True)
    return np.column_stack([np.ones(len(codes)), np.eye(len(names))[codes][:, 1:]])


def check_pairs(
    conditions: Sequence[Any], patients: Sequence[Any], *, column: str
) -> list[Finding]:
    """Patients who have one of the two conditions only, and so say nothing of their difference.

    Raises
    ------
    SampleError
        If no patient has both.
    """
    held: dict[str, set[str]] = {}
    for condition, patient in zip(conditions, patients, strict=True):
        held.setdefault(str(patient), set()).add(str(condition))
    incomplete = sorted(patient for patient, seen in held.items() if len(seen) < 2)
    if len(incomplete) == len(held):
        raise SampleError(
            f"No {column!r} has samples of both conditions ({len(held)} values of it), so that "
            "nothing is paired; check that the column holds the same name for both samples of a "
            "patient, or leave the pairing out."
        )
    if not incomplete:
        return []
    return [
        Finding(
            "incomplete-pairs",
            "note",
            f"{len(incomplete)} of {len(held)} values of {column!r} have one condition only "
            f"({name_some(incomplete)}): they add nothing to a comparison within pairs.",
            tuple(incomplete),
        )
    ]
