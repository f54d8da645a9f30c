"""What predicting is for every task: the unit, sample names, genes by name, what to say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from bulkwise.checks.base import Finding, refuse, require_unit
from bulkwise.checks.samples import check_samples
from bulkwise.checks.values import check_finite, check_unit, dense
from bulkwise.errors import GeneError, SampleError, UnitError
from bulkwise.io.genes import align

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anndata import AnnData

    from bulkwise.bundle import Bundle

__all__ = ["LEAST_SHARE", "Array", "known_samples", "measured_values", "require_match", "some"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

LEAST_SHARE = 0.9
"""The smallest share of a model's genes that a matrix must have."""

_SHOWN = 5


def require_match(bundle: Bundle, cohort: AnnData, stated: str | None = None) -> list[str]:
    """The samples' names, if the matrix is in the model's unit and they can be told apart.

    Parameters
    ----------
    bundle
        The model.
    cohort
        Samples x genes.
    stated
        The unit of a cohort that doesn't state its own.

    Raises
    ------
    UnitError
        If the unit isn't stated, is stated in two ways, or isn't the model's.
    SampleError
        If there is no sample, or two have the same name.
    """
    own = cohort.uns.get("unit")
    if stated is not None and own is not None and stated != own:
        raise UnitError(
            f"The matrix says that it is in {own!r}, and {stated!r} was stated; say which is right."
        )
    unit = require_unit(own if stated is None else stated)
    if unit != bundle.unit:
        raise UnitError(
            f"The model takes {bundle.unit!r} and the matrix is in {unit!r}; get the matrix in "
            f"{bundle.unit!r}, or train a model on {unit!r}."
        )
    names = [str(name) for name in cohort.obs_names]
    if not names:
        raise SampleError("There is no sample in the matrix to predict; give one at least.")
    refuse(check_samples(names), SampleError)
    return names


def measured_values(bundle: Bundle, cohort: AnnData, names: list[str]) -> tuple[Array, Array]:
    """Values in the order of the model's genes, and which of the genes were measured.

    Parameters
    ----------
    bundle
        The model.
    cohort
        Samples x genes in the model's unit.
    names
        The samples' names, for messages.

    Returns
    -------
    values : ndarray
        Samples x the model's genes; genes that weren't measured hold no meaning.
    measured : ndarray
        A bool a gene.

    Raises
    ------
    GeneError
        If too few genes are there, ids are of another kind, or a value isn't finite.
    UnitError
        If the values contradict the unit.
    """
    dense(cohort.X)
    aligned = align(cohort, bundle.genes, least_share=LEAST_SHARE)
    measured = aligned.var["measured"].to_numpy(dtype=bool)
    X = np.array(aligned.X, dtype=np.float32 if aligned.X.dtype != np.float64 else np.float64)
    there = [gene for gene, known in zip(bundle.genes, measured, strict=True) if known]
    values = X if measured.all() else X[:, measured]
    refuse(check_finite(values, there, names), GeneError)
    counted = bool(cohort.uns.get("expected_counts", False))
    refuse(check_unit(values, bundle.unit, there, names, expected_counts=counted), UnitError)
    return X, measured


def known_samples(bundle: Bundle, names: list[str]) -> list[Finding]:
    """A warning if the model was trained on some of these samples."""
    seen = bundle.seen(names)
    if not seen:
        return []
    return [
        Finding(
            "trained-on",
            "warning",
            f"{len(seen):,} of the {len(names):,} samples have names that the model was trained "
            f"on ({some(seen)}); how well they are predicted says nothing about new ones.",
            tuple(seen),
        )
    ]


def some(names: Sequence[str]) -> str:
    """The first few of some names, for a message."""
    return ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
