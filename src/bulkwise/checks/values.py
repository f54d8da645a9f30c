"""Whether the values are numbers, and whether they can be in the unit that they are said to be.

Tolerances, all stated here: counts may miss a whole number by 0.001; a linear unit may go down
to -0.001 (rounding of an upstream correction); a logarithm to base 2 lies between -50 and 50.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bulkwise.checks.base import LARGEST_LOG, Finding, is_linear, is_log, name_some, require_unit
from bulkwise.errors import InputError

__all__ = ["check_finite", "check_spread", "check_unit", "dense", "extremes", "hint_unit"]

WHOLE = 1e-3
"""How far a count may be from a whole number."""

NEGATIVE = -1e-3
"""How far a linear unit may go below zero."""

_BLOCK_VALUES = 1 << 20
_LOOKS_LOGGED = 25.0
_MILLION_TOLERANCE = 1.1


def dense(X: Any, where: str = "the cohort") -> NDArray[Any]:
    """The matrix as an array of numbers.

    Raises
    ------
    InputError
        If it is sparse, missing, has another number of dimensions or doesn't hold numbers.
    """
    if X is None:
        raise InputError(f"There is no matrix in {where}: .X is empty; put the expression there.")
    if hasattr(X, "toarray") and not isinstance(X, np.ndarray):  # a view of AnnData has it too
        raise InputError(
            f"The matrix of {where} is sparse and a dense one is expected (bulk profiles have "
            "few zeros); make it dense with cohort.X = cohort.X.toarray()."
        )
    values = np.asarray(X)
    if values.ndim != 2 or values.dtype.kind not in "fiub":
        raise InputError(
            f"The matrix of {where} has type {values.dtype} and shape {values.shape}; expected "
            "numbers, samples x genes."
        )
    return values


def _blocks(X: NDArray[Any]) -> Iterator[tuple[int, NDArray[Any]]]:
    step = max(1, _BLOCK_VALUES // max(1, X.shape[1]))
    for start in range(0, len(X), step):
        yield start, X[start : start + step]


def extremes(X: NDArray[Any]) -> tuple[float, float]:
    """Smallest and largest value; NaN if there is a NaN; (0, 0) of an empty matrix."""
    if X.size == 0:
        return 0.0, 0.0
    return float(X.min()), float(X.max())


def _first(
    X: NDArray[Any], is_bad: Any, genes: Sequence[str], samples: Sequence[str], shown: int = 3
) -> tuple[int, str]:
    """How many values are bad, and the first few with their places."""
    count = 0
    places: list[str] = []
    for start, block in _blocks(X):
        bad = is_bad(block)
        n_bad = int(np.count_nonzero(bad))
        if n_bad and len(places) < shown:
            for i, j in np.argwhere(bad)[: shown - len(places)]:
                value = f"{float(block[i, j]):g}"
                places.append(f"{value} at gene {genes[j]!r}, sample {samples[start + i]!r}")
        count += n_bad
    more = ", ..." if count > len(places) else ""
    return count, "; ".join(places) + more


def check_finite(X: NDArray[Any], genes: Sequence[str], samples: Sequence[str]) -> list[Finding]:
    """Complaints about missing and infinite values, with their number and places."""
    if X.dtype.kind != "f" or np.isfinite(extremes(X)).all():
        return []
    findings = []
    for code, what, is_bad in (
        ("missing-values", "missing (NaN)", np.isnan),
        ("infinite-values", "infinite", np.isinf),
    ):
        count, places = _first(X, is_bad, genes, samples)
        if count:
            findings.append(
                Finding(
                    code,
                    "error",
                    f"{count:,} of {X.size:,} values are {what}, the first: {places}; fill them "
                    "or drop those genes or samples before use.",
                )
            )
    return findings


def check_unit(
    X: NDArray[Any],
    unit: str,
    genes: Sequence[str],
    samples: Sequence[str],
    *,
    expected_counts: bool = False,
) -> list[Finding]:
    """Complaints about values that can't be in the stated unit.

    Parameters
    ----------
    X
        Samples x genes. Missing values are passed over.
    unit
        One of :data:`bulkwise.checks.base.UNITS`. ``microarray`` says nothing of the scale, so
        nothing contradicts it.
    genes, samples
        Names for the messages.
    expected_counts
        Whether counts may be fractional because a quantifier estimated them (RSEM, Salmon).
    """
    unit = require_unit(unit)
    if X.size == 0:
        return []
    low, high = extremes(X)
    if np.isnan(low):
        low, high = _range(X)
    if is_log(unit):
        return _check_log(X, unit, low, high, genes, samples)
    if not is_linear(unit):
        return []
    if low < NEGATIVE:
        return [_contradiction(X, lambda b: b < NEGATIVE, unit, genes, samples, _NEGATIVE_WORDS)]
    whole = unit != "counts" or expected_counts
    if not whole and any(_fractional(block).any() for _, block in _blocks(X)):
        return [_contradiction(X, _fractional, unit, genes, samples, _FRACTION_WORDS)]
    return []


def _fractional(block: NDArray[Any]) -> NDArray[np.bool_]:
    """Which values are no whole numbers (float32 holds no others beyond 2**23)."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.abs(block - np.rint(block)) > WHOLE)


def _range(X: NDArray[Any]) -> tuple[float, float]:
    """Smallest and largest value, missing ones passed over."""
    return float(np.fmin.reduce(X, axis=None)), float(np.fmax.reduce(X, axis=None))


_NEGATIVE_WORDS = (
    f"below {NEGATIVE}, which no amount of RNA is",
    "say the unit that they are in (a log unit such as log2_tpm, log_ratio or microarray), or mend "
    "codes for missing values such as -999",
)
_FRACTION_WORDS = (
    "no whole numbers",
    "say the unit that they are in, or, for the expected counts of RSEM, Salmon or kallisto, "
    "round them or say normalized_counts",
)
_LOG_WORDS = (
    f"not between -{LARGEST_LOG:g} and {LARGEST_LOG:g}, as logarithms to base 2 are",
    "say the linear unit that they are in, or mend codes for missing values such as -999",
)


def _contradiction(
    X: NDArray[Any],
    is_bad: Any,
    unit: str,
    genes: Sequence[str],
    samples: Sequence[str],
    words: tuple[str, str],
) -> Finding:
    count, places = _first(X, is_bad, genes, samples)
    return Finding(
        "unit-contradicted",
        "error",
        f"The unit is said to be {unit!r}, but {count:,} of {X.size:,} values are {words[0]}, the "
        f"first: {places}; {words[1]}.",
    )


def _check_log(
    X: NDArray[Any],
    unit: str,
    low: float,
    high: float,
    genes: Sequence[str],
    samples: Sequence[str],
) -> list[Finding]:
    if high > LARGEST_LOG or low < -LARGEST_LOG:

        def is_bad(block: NDArray[Any]) -> NDArray[np.bool_]:
            return np.asarray(np.abs(block) > LARGEST_LOG)

        return [_contradiction(X, is_bad, unit, genes, samples, _LOG_WORDS)]
    return []


def hint_unit(X: NDArray[Any], unit: str, samples: Sequence[str]) -> list[Finding]:
    """Doubts about the unit that aren't contradictions.

    A linear unit whose largest value a logarithm could have; a log unit with so small a range
    that the logarithm may have been taken twice; whole numbers where a normalised unit is said;
    cpm or tpm that add up to more than a million.
    """
    if X.size < 1000:
        return []
    _, high = _range(X)
    doubts = []
    whole = not _fractional(np.nan_to_num(X[:50])).any()
    if is_linear(unit) and unit != "counts" and high <= _LOOKS_LOGGED and not whole:
        doubts.append(
            f"The largest of all values is {high:.3g}, little for {unit!r}: if they are "
            "logarithms already, say a log unit, or the logarithm is taken twice."
        )
    if unit in {"log2_counts", "log2_cpm", "log2_tpm", "log2_fpkm", "log2_rsem"} and high < 5:
        doubts.append(
            f"The largest of all values is {high:.3g}, little for {unit!r}: the logarithm may "
            "have been taken twice, or to base 10."
        )
    if unit in {"cpm", "tpm", "fpkm", "fpkm_harmonised"} and whole and high > 0:
        doubts.append(
            f"All values looked at are whole numbers, which {unit!r} hardly ever are: if they "
            "are counts, say counts."
        )
    findings = [Finding("unit-doubtful", "warning", text) for text in doubts]
    if unit in {"cpm", "tpm"}:
        totals = np.nansum(X, axis=1, dtype=np.float64)
        over = np.flatnonzero(totals > _MILLION_TOLERANCE * 1e6)
        if over.size:
            names = tuple(samples[i] for i in over.tolist())
            findings.append(
                Finding(
                    "unit-doubtful",
                    "warning",
                    f"{over.size} samples add up to more than a million (up to "
                    f"{totals.max():,.0f}), which {unit!r} can't: {name_some(names)}.",
                    names,
                )
            )
    return findings


def check_spread(X: NDArray[Any], genes: Sequence[str], samples: Sequence[str]) -> list[Finding]:
    """Samples without any signal, and genes that are constant over all samples."""
    if X.size == 0:
        return [Finding("empty", "error", f"The matrix is empty: its shape is {X.shape}.")]
    findings = []
    empty = [name for name, row in zip(samples, X, strict=True) if not np.any(row)]
    if empty:
        findings.append(
            Finding(
                "all-zero-sample",
                "error",
                f"{len(empty)} of {len(X)} samples are zero in every gene: {name_some(empty)}; "
                "drop them.",
                tuple(empty),
            )
        )
    lowest, highest = X[0].copy(), X[0].copy()
    for _, block in _blocks(X):
        np.fmin(lowest, np.fmin.reduce(block, axis=0), out=lowest)
        np.fmax(highest, np.fmax.reduce(block, axis=0), out=highest)
    constant = [genes[j] for j in np.flatnonzero(lowest == highest).tolist()]
    if constant and len(X) > 1:
        all_of_them = len(constant) == X.shape[1]
        findings.append(
            Finding(
                "constant-genes",
                "error" if all_of_them else "note",
                f"{len(constant):,} of {X.shape[1]:,} genes have the same value in every sample "
                f"and tell nothing: {name_some(constant)}.",
                tuple(constant),
            )
        )
    return findings
