"""Classes of new samples, left open where a sample is unlike the training data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bulkwise.checks.base import Finding
from bulkwise.checks.genes import renamed
from bulkwise.errors import InputError
from bulkwise.prediction.base import Array, measured_values, some

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

    from bulkwise.bundle import Bundle

__all__ = ["ABSTAIN_BELOW", "classify"]

ABSTAIN_BELOW = 0.05
"""Samples whose applicability is below this get no prediction, unless told otherwise."""


def classify(
    bundle: Bundle, cohort: AnnData, names: list[str], *, abstain_below: float | None = None
) -> tuple[pd.DataFrame, list[Finding]]:
    """Predict the classes of samples; see :func:`bulkwise.predict`.

    Up to a tenth of the model's genes may be missing: a usual value of the training samples
    stands for them.

    Parameters
    ----------
    bundle
        A model that classifies.
    cohort
        Samples x genes in the model's unit. Not changed.
    names
        The samples' names.
    abstain_below
        The least applicability; :data:`ABSTAIN_BELOW` if ``None``.

    Returns
    -------
    pandas.DataFrame
        A row a sample.
    list of Finding
        What there is to say about the matrix.
    """
    import pandas as pd

    level = ABSTAIN_BELOW if abstain_below is None else abstain_below
    if not isinstance(level, int | float) or not 0 <= level <= 1:
        raise InputError(f"The level to abstain below must be a number from 0 to 1; got {level!r}.")
    X, findings = _filled(bundle, cohort, names)
    return pd.DataFrame({"sample": names, **_columns(bundle, X, level)}), findings


def _filled(bundle: Bundle, cohort: AnnData, names: list[str]) -> tuple[Array, list[Finding]]:
    """Values in the order of the model's genes, missing ones filled in, and what to say."""
    X, measured = measured_values(bundle, cohort, names)
    if measured.all():
        return X, []
    _fill(X, measured, bundle)
    absent = [gene for gene, known in zip(bundle.genes, measured, strict=True) if not known]
    former = [f"{b} for {a}" for a, b in renamed(absent, map(str, cohort.var_names)).items()]
    hint = f"; some have another symbol there ({some(former)}): rename them" if former else ""
    return X, [
        Finding(
            "genes-missing",
            "warning",
            f"{len(absent):,} of the model's {len(bundle.genes):,} genes aren't in the matrix "
            f"({some(absent)}); a usual value of the training samples stands for each{hint}.",
            tuple(absent),
        )
    ]


def _fill(X: Array, measured: Array, bundle: Bundle) -> None:
    """Put usual values where a gene is missing; counts at the depth of the sample."""
    if bundle.typical is None:
        return
    usual = bundle.typical[~measured].astype(np.float64)
    if bundle.unit != "counts":
        X[:, ~measured] = usual
        return
    share = min(usual.sum() / 1e6, 0.5)
    depth = X[:, measured].sum(axis=1, dtype=np.float64) / (1.0 - share)
    X[:, ~measured] = np.outer(depth / 1e6, usual)


def _columns(bundle: Bundle, X: Array, level: float) -> dict[str, Any]:
    steps = bundle.model
    given = bundle.prepared(X)
    seen = steps[:-1].transform(given) if len(steps.steps) > 1 else given
    final = steps.steps[-1][1]
    unusual = np.zeros(len(X), dtype=bool)
    applicability = {}
    if bundle.applicability is not None:
        scores = bundle.applicability.score_samples(np.asarray(seen))
        unusual, applicability = scores < level, {"applicability": scores}
    several = len(bundle.targets) > 1
    predicted = np.asarray(final.predict(seen)).reshape(len(X), -1)
    columns: dict[str, Any] = {}
    for i, target in enumerate(bundle.targets):
        labels = np.array([str(label) for label in predicted[:, i]], dtype=object)
        labels[unusual] = ""
        columns[f"predicted({target})" if several else "predicted"] = labels
    columns |= applicability
    if not hasattr(final, "predict_proba"):
        return columns
    given_by_target = final.predict_proba(seen)
    for i, (target, classes) in enumerate(bundle.targets.items()):
        table = np.asarray(given_by_target[i] if several else given_by_target, dtype=np.float64)
        for j, label in enumerate(classes):
            name = f"p({target}: {label})" if several else f"p({label})"
            columns[name] = table[:, j]
    return columns
