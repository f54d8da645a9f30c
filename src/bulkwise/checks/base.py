"""What every check shares: the vocabulary of units, findings, and one way to word lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bulkwise.errors import InputError, UnitError

__all__ = [
    "LARGEST_LOG",
    "LINEAR_UNITS",
    "LOG_UNITS",
    "UNITS",
    "Finding",
    "Level",
    "is_linear",
    "is_log",
    "log_values",
    "name_some",
    "refuse",
    "require_unit",
    "were",
]

Level: TypeAlias = Literal["error", "warning", "note"]

UNITS: tuple[str, ...] = (
    "counts",
    "normalized_counts",
    "cpm",
    "tpm",
    "fpkm",
    "fpkm_harmonised",
    "rsem",
    "log2",
    "log2_counts",
    "log2_cpm",
    "log2_tpm",
    "log2_fpkm",
    "log2_rsem",
    "log2_rma",
    "microarray",
    "log_ratio",
)
"""The closed vocabulary of expression units."""

LOG_UNITS: tuple[str, ...] = (
    "log2",
    "log2_counts",
    "log2_cpm",
    "log2_tpm",
    "log2_fpkm",
    "log2_rsem",
    "log2_rma",
    "log_ratio",
)
"""The units that are logarithms already (negative values are fine)."""

LINEAR_UNITS: tuple[str, ...] = tuple(
    unit for unit in UNITS if unit not in LOG_UNITS and unit != "microarray"
)
"""The units proportional to an amount of RNA. ``microarray`` is in neither list: it may be the
scanner's scale, MAS average differences (negatives included) or logarithms, so no logarithm is
ever taken of it unasked."""

LARGEST_LOG = 50.0
"""No logarithm to base 2 of an expression value is larger."""

_SHOWN = 5


@dataclass(frozen=True)
class Finding:
    """One thing that somebody should know about the data or a result.

    Parameters
    ----------
    code
        What kind of thing it is, in kebab-case (``"sex-mismatch"``); stable, for programs.
    level
        ``"error"`` (can't be used as it is), ``"warning"`` or ``"note"``.
    message
        One sentence: what, where, expected, got, remedy.
    items
        The samples, genes or columns it is about, all of them.
    """

    code: str
    level: Level
    message: str
    items: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The finding as JSON can hold it."""
        return {
            "code": self.code,
            "level": self.level,
            "message": self.message,
            "items": list(self.items),
        }


def refuse(findings: Iterable[Finding], error: type[InputError] = InputError) -> None:
    """Raise ``error`` with the message of the first finding of level ``"error"``, if any."""
    for finding in findings:
        if finding.level == "error":
            raise error(finding.message)


def require_unit(unit: object, *, where: str = "the matrix") -> str:
    """Return ``unit`` if it is in the vocabulary.

    Raises
    ------
    UnitError
        If it is missing or unknown; the message lists the vocabulary.
    """
    if unit is None or unit == "":
        raise UnitError(
            f"The unit of {where} isn't stated and is never guessed; say which of these it is "
            f"(unit=..., or --unit): {', '.join(UNITS)}."
        )
    if not isinstance(unit, str) or unit not in UNITS:
        raise UnitError(
            f"The unit {unit!r} of {where} isn't known; expected one of: {', '.join(UNITS)}."
        )
    return unit


def is_log(unit: str) -> bool:
    """Whether a unit is a logarithm already (``microarray`` doesn't say, so it isn't)."""
    return require_unit(unit) in LOG_UNITS


def is_linear(unit: str) -> bool:
    """Whether a unit is proportional to an amount of RNA (``microarray`` doesn't say)."""
    return require_unit(unit) in LINEAR_UNITS


def log_values(X: NDArray[Any], unit: str) -> NDArray[Any]:
    """Values on a log2 scale, for checks and pictures.

    Parameters
    ----------
    X
        Samples x genes in ``unit``.
    unit
        One of :data:`UNITS`.

    Returns
    -------
    numpy.ndarray
        ``X`` itself for log units; a new array ``log2(max(x, 0) + 1)`` for linear ones, in the
        floating type of ``X`` (float32 for integers). ``microarray`` is taken as it is when all
        values are at most 50, which no scanner's scale stays under, and as linear otherwise.
    """
    values = np.asarray(X)
    if is_log(unit) or (
        unit == "microarray" and not float(np.nanmax(values, initial=0.0)) > LARGEST_LOG
    ):
        return values
    if values.dtype.kind != "f":
        values = values.astype(np.float32)
    logs = np.maximum(values, values.dtype.type(0))
    logs += values.dtype.type(1)
    return np.asarray(np.log2(logs, out=logs))


def were(n: int) -> str:
    """``"was"`` of one and ``"were"`` of any other number."""
    return "was" if n == 1 else "were"


def name_some(names: Iterable[object] | Sequence[object], shown: int = _SHOWN) -> str:
    """The first few names, quoted, and how many more there are.

    Examples
    --------
    >>> name_some(["A", "B", "C"], shown=2)
    "'A', 'B' and 1 more"
    """
    names = [str(name) for name in names]
    text = ", ".join(repr(name) for name in names[:shown])
    more = len(names) - shown
    return f"{text} and {more} more" if more > 0 else text
