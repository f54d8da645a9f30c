"""Which method takes which values, and which to take when none is named."""

from __future__ import annotations

from bulkwise.checks.base import Finding
from bulkwise.errors import UnitError

__all__ = ["COUNT_UNITS", "METHODS", "choose_method", "suggest_method"]

METHODS = ("auto", "limma", "voom", "wilcoxon", "pydeseq2")
"""The names that ``differential_expression`` takes."""

COUNT_UNITS = ("counts", "normalized_counts", "rsem")
"""Units that methods for counts can work with; only the first says how deep was sequenced."""

_LARGE_GROUP = 30
_FOR_COUNTS = ("voom", "pydeseq2")


def suggest_method(unit: str, n_first: int, n_second: int, *, adjusted: bool = False) -> str:
    """The method for a unit and for groups of this size.

    Wilcoxon's test from 30 samples in the smaller group on, where nothing has to be adjusted for:
    in populations of that size it keeps the false discovery rate whatever the distribution, and
    has the power [1]_; below that, voom for counts and limma for everything else.

    Parameters
    ----------
    unit
        One of the units of ``bulkwise.checks``.
    n_first, n_second
        Samples in each group.
    adjusted
        Whether there are covariates, pairs or blocks.

    References
    ----------
    .. [1] Li Y, Ge X, Peng F, Li W, Li JJ. Exaggerated false positives by popular differential
       expression methods when analyzing human population samples. Genome Biology 23, 79 (2022).
    """
    if not adjusted and min(n_first, n_second) >= _LARGE_GROUP:
        return "wilcoxon"
    return "voom" if unit == "counts" else "limma"


def choose_method(
    method: str, unit: str, sizes: tuple[int, int], *, adjusted: bool
) -> tuple[str, list[Finding]]:
    """The method to use, and what to say about it.

    Parameters
    ----------
    method
        One of :data:`METHODS`.
    unit
        Unit of the values.
    sizes
        Samples in each group.
    adjusted
        Whether there are covariates, pairs or blocks.

    Raises
    ------
    UnitError
        If the method doesn't take the unit.
    """
    if method not in METHODS:
        raise ValueError(
            f"The 'method' must be one of {', '.join(map(repr, METHODS))}. Got {method!r} instead."
        )
    if method == "auto":
        chosen = suggest_method(unit, *sizes, adjusted=adjusted)
        why = f"the unit {unit!r}"
        if chosen == "wilcoxon":
            why = (
                f"groups of {_LARGE_GROUP} samples or more with nothing to adjust for, where "
                "models of the counts' distribution can exaggerate false positives and ranks don't "
                "(Li et al., Genome Biology 23:79, 2022)"
            )
        message = f"The method is {chosen}, chosen for {why}."
        return chosen, [Finding("method-chosen", "note", message)]
    if method in _FOR_COUNTS and unit not in COUNT_UNITS:
        raise UnitError(
            f"The method {method!r} takes counts and the unit is {unit!r}; use 'limma', or read "
            "the counts."
        )
    if method == "limma" and unit == "counts":
        raise UnitError(
            "The method 'limma' takes logarithms or amounts per library and the unit is 'counts'; "
            "use 'voom'."
        )
    if method in _FOR_COUNTS and unit != "counts":
        message = (
            f"The unit is {unit!r}: library sizes no longer tell the depth of sequencing, which "
            f"{method} weighs by; raw or expected counts are better."
        )
        return method, [Finding("not-raw-counts", "warning", message)]
    return method, []
