"""Which way genes go in new samples, by a saved model of directions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.checks.base import Finding

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

    from bulkwise.bundle import Bundle

__all__ = ["direction"]


def direction(
    bundle: Bundle, cohort: AnnData, names: list[str]
) -> tuple[pd.DataFrame, list[Finding]]:
    """Predict directions; see :func:`bulkwise.predict`.

    The sample sheet holds the column and the two conditions that the model was trained on;
    ``bulkwise direction`` takes others.

    Parameters
    ----------
    bundle
        A model of directions.
    cohort
        Samples x genes in the model's unit. Not changed.
    names
        The samples' names.

    Returns
    -------
    pandas.DataFrame
        A row a gene: ``gene``, ``predicted``, ``down``, ``neutral``, ``up``.
    list of Finding
        What there is to say about the matrix.
    """
    model = bundle.model
    table = model.predict(cohort, column=model.column_, contrast=tuple(model.contrast_))
    findings = [
        Finding(one["code"], one["level"], one["message"], tuple(one["items"]))
        for one in table.attrs.pop("findings")
    ]
    return table, findings
