"""Gene names: kinds of ids, versions, duplicates, and alignment by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bulkwise.checks.base import is_linear, name_some
from bulkwise.checks.genes import IdKind, duplicated, id_kind, without_version
from bulkwise.errors import GeneError, InputError, UnitError

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["Duplicates", "IdKind", "align", "id_kind", "join_duplicates", "without_versions"]

Duplicates: TypeAlias = Literal["refuse", "sum", "mean", "max", "first"]

_RULES = ("refuse", "sum", "mean", "max", "first")
_OTHER_CASE = 0.5


def without_versions(names: Sequence[str]) -> tuple[list[str], int]:
    """Ensembl ids without their versions, and how many had one; other names stay.

    ``_PAR_Y`` stays too: the copy on Y is another locus than the one on X.
    """
    plain = [without_version(name) for name in names]
    return plain, sum(a != b for a, b in zip(plain, names, strict=True))


def join_duplicates(
    X: NDArray[np.float32], names: Sequence[str], how: Duplicates, unit: str
) -> tuple[NDArray[np.float32], list[int]]:
    """Join the columns of genes that share a name.

    Parameters
    ----------
    X
        Samples x genes.
    names
        Gene names, some of them twice or more.
    how
        ``"sum"`` (linear units only), ``"mean"``, ``"max"`` (the largest value in each sample)
        or ``"first"``.
    unit
        The unit of ``X``.

    Returns
    -------
    tuple
        Samples x distinct genes, and the position of each gene's first column.

    Raises
    ------
    InputError
        If ``how`` isn't known.
    UnitError
        If logarithms were to be summed.
    """
    if how not in _RULES:
        raise InputError(
            f"Duplicated genes can't be joined by {how!r}; expected one of: {', '.join(_RULES)}."
        )
    if how == "sum" and not is_linear(unit):
        raise UnitError(
            f"Duplicated genes in {unit!r} can't be summed, because sums of logarithms are "
            "products; join them by 'mean', 'max' or 'first'."
        )
    columns: dict[str, list[int]] = {}
    for j, name in enumerate(names):
        columns.setdefault(name, []).append(j)
    first = [members[0] for members in columns.values()]
    joined = X[:, first]
    if how != "first":
        join: Any = {"sum": np.sum, "mean": np.mean, "max": np.max}[how]
        for k, members in enumerate(columns.values()):
            if len(members) > 1:
                joined[:, k] = join(X[:, members], axis=1)
    return joined, first


def align(
    cohort: AnnData,
    genes: Sequence[str],
    *,
    least_share: float = 0.8,
    fill: NDArray[Any] | None = None,
) -> AnnData:
    """Bring a cohort's genes into the order of ``genes``, by name.

    Versions of Ensembl ids are passed over on both sides. Genes that the cohort has besides are
    left out; genes that it lacks get ``fill`` or NaN, and ``.var["measured"]`` says which.

    Parameters
    ----------
    cohort
        Samples x genes; not changed.
    genes
        The names wanted, in order.
    least_share
        The smallest share of ``genes`` that the cohort must have, from 0 to 1.
    fill
        A value for each of ``genes``, in the cohort's unit, to put where it is missing (the
        training median, say); NaN without it.

    Returns
    -------
    anndata.AnnData
        Samples x ``genes``.

    Raises
    ------
    GeneError
        If fewer are in common; the message gives the numbers and the likely cause.
    """
    import pandas as pd
    from anndata import AnnData

    wanted = [str(name) for name in genes]
    twice = duplicated(wanted)
    if twice:
        raise GeneError(f"The genes wanted are there more than once: {name_some(twice)}.")
    there = [str(name) for name in cohort.var_names]
    position = {name: j for j, name in enumerate(there)}
    plain: dict[str, int] = {}
    for j, name in enumerate(there):
        plain.setdefault(without_version(name), j)
    found = [position.get(name, plain.get(without_version(name), -1)) for name in wanted]
    _require_overlap(there, wanted, found, least_share)
    source = np.asarray(found)
    measured = source >= 0
    X = np.empty((cohort.n_obs, len(wanted)), dtype=np.asarray(cohort.X).dtype)
    X[:, measured] = np.asarray(cohort.X)[:, source[measured]]
    if not measured.all():
        X[:, ~measured] = np.nan if fill is None else np.asarray(fill)[~measured]
    var = pd.DataFrame({"measured": measured}, index=pd.Index(wanted, dtype=object))
    return AnnData(X=X, obs=cohort.obs.copy(), var=var, uns=dict(cohort.uns))


def _require_overlap(
    there: list[str], wanted: list[str], found: list[int], least_share: float
) -> None:
    n_common = sum(j >= 0 for j in found)
    if n_common >= least_share * len(wanted) and n_common > 0:
        return
    absent = [name for name, j in zip(wanted, found, strict=True) if j < 0]
    raise GeneError(
        f"The matrix has {n_common:,} of the {len(wanted):,} genes expected "
        f"({n_common / max(1, len(wanted)):.0%}, at least {least_share:.0%} are needed); it lacks "
        f"{name_some(absent, 3)}; {_why(there, wanted)}."
    )


def _why(there: list[str], wanted: list[str]) -> str:
    kinds = id_kind(there), id_kind(wanted)
    if kinds[0] != kinds[1] and "unknown" not in kinds:
        return f"its ids are of kind {kinds[0]} and {kinds[1]} is expected: translate them first"
    own, upper = set(there), {name.upper() for name in there}
    absent = [name for name in wanted if name not in own]
    same = sum(name.upper() in upper for name in absent)
    if same > _OTHER_CASE * len(absent):
        return (
            f"{same:,} would match in another case (Trp53 against TP53: another species?): write "
            "the names alike if they mean the same genes"
        )
    return f"its genes are named like {name_some(there, 3)}: give the genes the model was made with"
