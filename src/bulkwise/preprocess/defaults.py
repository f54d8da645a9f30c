"""The preprocessing that a unit gets unless the user declares another."""

from __future__ import annotations

from bulkwise.checks.base import is_linear, require_unit
from bulkwise.preprocess.base import GeneTransformer
from bulkwise.preprocess.expression_filter import ExpressionFilter
from bulkwise.preprocess.log1p import Log1p
from bulkwise.preprocess.logcpm import LogCPM
from bulkwise.preprocess.standardize import Standardize

__all__ = ["LEAST_EXPRESSION", "for_unit"]

LEAST_EXPRESSION: dict[str, float] = {
    "counts": 10.0,
    "normalized_counts": 10.0,
    "rsem": 10.0,
    "log2_counts": 10.0,
    "log2_rsem": 10.0,
    "cpm": 1.0,
    "tpm": 1.0,
    "fpkm": 1.0,
    "fpkm_harmonised": 1.0,
    "log2_cpm": 1.0,
    "log2_tpm": 1.0,
    "log2_fpkm": 1.0,
}
"""Unit -> what a gene must pass to count as expressed, before any logarithm. The other units don't
say where zero is."""

_RARE = 0.01


def for_unit(unit: str, *, expressed: bool = False) -> list[GeneTransformer]:
    """Default preprocessing of a unit, as unfitted transformers in their order.

    Raw counts become log2 counts per million, other linear units ``log2(x + 1)``, logarithms stay
    as they are; then each gene is standardised. ``microarray`` doesn't say whether it is a
    logarithm, so none is taken.

    Parameters
    ----------
    unit
        One of ``bulkwise.checks.UNITS``.
    expressed
        Leave out first the genes that are near zero in 99 % of the training samples, where the
        unit says what that is (:data:`LEAST_EXPRESSION`): standardised, their noise weighs as
        much as any gene. The markers of a rare class stay.

    Raises
    ------
    UnitError
        If the unit is missing or unknown.

    Examples
    --------
    >>> for_unit("tpm")
    [Log1p(), Standardize()]
    """
    level = LEAST_EXPRESSION.get(require_unit(unit)) if expressed else None
    steps: list[GeneTransformer] = []
    if level is not None:
        steps.append(ExpressionFilter(level=level, share=_RARE, unit=unit))
    if unit == "counts":
        steps.append(LogCPM())
    elif is_linear(unit):
        steps.append(Log1p())
    return [*steps, Standardize()]
