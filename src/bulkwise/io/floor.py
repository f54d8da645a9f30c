"""Values below a floor, and missing ones, set to it: zeros of a log scale without an offset."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from bulkwise.checks.base import name_some
from bulkwise.errors import GeneError, InputError

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["with_floor"]


def with_floor(cohort: AnnData, floor: float) -> AnnData:
    """A copy of a cohort without values below ``floor`` and without missing ones.

    On a log scale a zero is minus infinity: sources write it as missing, or as whatever offset
    they took. Cohorts of several sources become comparable when all of it stands at one floor.
    Genes that are missing in all samples are left out.

    Parameters
    ----------
    cohort
        Samples x genes, read with ``missing="keep"``. Not changed.
    floor
        In the cohort's unit.

    Returns
    -------
    anndata.AnnData
        What was done stands in ``.uns["findings"]``.

    Raises
    ------
    InputError
        If the floor isn't a finite number, or a value is infinite upwards.
    GeneError
        If every gene is missing in all samples.

    Examples
    --------
    >>> with_floor(bw.read("pairs.h5ad", missing="keep"), -2.0)  # doctest: +SKIP
    """
    if isinstance(floor, bool) or not isinstance(floor, int | float) or not math.isfinite(floor):
        raise InputError(f"The floor must be a finite number in the cohort's unit; got {floor!r}.")
    values = np.array(cohort.X, dtype=np.float32)
    if np.isposinf(values).any():
        raise InputError("A value of the cohort is infinite, and no floor helps that; correct it.")
    gone = np.isnan(values)
    empty = gone.all(axis=0)
    if empty.all():
        raise GeneError("Every gene of the cohort is missing in all samples; there is no data.")
    below = int((values < floor).sum())
    filled = int(gone.sum() - gone[:, empty].sum())
    values[gone] = floor
    np.maximum(values, np.float32(floor), out=values)
    made = cohort[:, ~empty].copy()
    made.X = values[:, ~empty]
    said = dict(cohort.uns.get("findings") or {})
    if below or filled:
        said["floor"] = (
            f"{below:,} values below {floor:g} and {filled:,} missing ones were set to {floor:g}."
        )
    if empty.any():
        names = [str(gene) for gene in cohort.var_names[empty]]
        said["genes-missing"] = (
            f"{len(names)} genes are missing in all samples and were left out: {name_some(names)}."
        )
    if said:
        made.uns["findings"] = said
    return made
