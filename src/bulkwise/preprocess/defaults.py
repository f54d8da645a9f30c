"""The preprocessing that a unit gets unless the user declares another."""

from __future__ import annotations

from bulkwise.checks.base import is_linear, require_unit
from bulkwise.preprocess.base import GeneTransformer
from bulkwise.preprocess.log1p import Log1p
from bulkwise.preprocess.logcpm import LogCPM
from bulkwise.preprocess.standardize import Standardize

__all__ = ["for_unit"]


def for_unit(unit: str) -> list[GeneTransformer]:
    """Default preprocessing of a unit, as unfitted transformers in their order.

    Raw counts become log2 counts per million, other linear units ``log2(x + 1)``, logarithms stay
    as they are; then each gene is standardised. ``microarray`` doesn't say whether it is a
    logarithm, so none is taken.

    Parameters
    ----------
    unit
        One of ``bulkwise.checks.UNITS``.

    Raises
    ------
    UnitError
        If the unit is missing or unknown.

    Examples
    --------
    >>> for_unit("tpm")
    [Log1p(), Standardize()]
    """
    if require_unit(unit) == "counts":
        return [LogCPM(), Standardize()]
    if is_linear(unit):
        return [Log1p(), Standardize()]
    return [Standardize()]
