"""Genes of two platforms under one name: by a column of the cohort's own annotation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bulkwise.checks.base import Finding
from bulkwise.checks.labels import is_missing
from bulkwise.errors import GeneError
from bulkwise.io.genes import join_duplicates

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["named_by"]


def named_by(train: AnnData, test: AnnData, column: str) -> tuple[AnnData, AnnData, list[Finding]]:
    """Name the genes of both cohorts by a column of ``.var``, a symbol say.

    Genes without a name are left out, and those that share one are averaged (the means of
    probes, in the cohort's unit). A cohort without the column keeps the names it has.

    Parameters
    ----------
    train, test
        Samples x genes. Not changed.
    column
        A column of ``.var`` of at least one of them.

    Returns
    -------
    tuple
        The two cohorts, and what was left out and averaged.

    Raises
    ------
    GeneError
        If neither cohort has the column, or a cohort's column is empty.
    """
    if not any(column in cohort.var.columns for cohort in (train, test)):
        raise GeneError(
            f"Neither cohort has a column {column!r} beside its genes (.var has "
            f"{', '.join(map(repr, train.var.columns)) or 'no columns'} in the training and "
            f"{', '.join(map(repr, test.var.columns)) or 'no columns'} in the test cohort); name "
            "another one."
        )
    first, said = _named(train, column, "training")
    second, more = _named(test, column, "test")
    return first, second, [*said, *more]


def _named(cohort: AnnData, column: str, word: str) -> tuple[AnnData, list[Finding]]:
    from anndata import AnnData

    if column not in cohort.var.columns:
        return cohort, []
    values = cohort.var[column].tolist()
    kept = [j for j, value in enumerate(values) if not is_missing(value)]
    if not kept:
        raise GeneError(
            f"The column {column!r} is empty for all {len(values)} genes of the {word} cohort; "
            "name another one."
        )
    names = [str(values[j]).strip() for j in kept]
    X = np.asarray(cohort.X)[:, kept]
    joined, places = join_duplicates(X, names, "mean", str(cohort.uns.get("unit")))
    var = pd.DataFrame(index=pd.Index([names[j] for j in places], dtype=object))
    finding = Finding(
        "genes-renamed",
        "note",
        f"The genes of the {word} cohort were named by the column {column!r}: {len(kept)} of "
        f"{len(values)} have a name there, and {len(names) - len(places)} of them shared one and "
        "were averaged.",
    )
    return AnnData(X=joined, obs=cohort.obs.copy(), var=var, uns=dict(cohort.uns)), [finding]
