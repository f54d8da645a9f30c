"""New samples through a saved model: aligned by gene name, with an abstention where unlike."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from bulkwise.bundle import Bundle, load
from bulkwise.checks.base import Finding, refuse, require_unit
from bulkwise.checks.samples import check_samples
from bulkwise.checks.values import check_finite, check_unit, dense
from bulkwise.errors import GeneError, InputError, SampleError, UnitError
from bulkwise.io.genes import align
from bulkwise.progress import say
from bulkwise.storage import PathLike

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

__all__ = ["LEAST_SHARE", "predict"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

LEAST_SHARE = 0.9
"""The smallest share of a model's genes that a matrix must have."""

_SHOWN = 5


def predict(
    model: Bundle | PathLike,
    cohort: AnnData | PathLike,
    *,
    samples: PathLike | None = None,
    unit: str | None = None,
    abstain_below: float = 0.05,
) -> pd.DataFrame:
    """Predict samples with a saved model.

    Genes are matched by name, whatever their order; others are left out. Up to a tenth of the
    model's genes may be missing: a usual value of the training samples stands for them.

    Parameters
    ----------
    model
        A bundle, or where it is.
    cohort
        Samples x genes, a file, or the name of a cohort.
    samples
        The sample sheet of a file.
    unit
        The unit of a file, or of a cohort that doesn't state its own. It must be the model's.
    abstain_below
        Samples whose applicability is below this get no prediction; 0 predicts all.

    Returns
    -------
    pandas.DataFrame
        ``sample``; ``predicted`` (text, empty where the model abstains); ``applicability`` (the
        share of held-out training samples that were at least as unusual, in (0, 1]); then a
        column ``p(class)`` for each class with its probability, given whether the model abstains
        or not. Models without probabilities have no such columns. ``.attrs["findings"]`` holds
        what there is to say about the matrix.

    Raises
    ------
    BundleError
        If the bundle can't be opened.
    UnitError
        If the matrix is in another unit than the model's, or its values contradict it.
    GeneError
        If more genes are missing, ids are of another kind, or a value isn't finite.
    SampleError
        If there is no sample, or two have the same name.
    """
    import pandas as pd

    if not isinstance(abstain_below, int | float) or not 0 <= abstain_below <= 1:
        raise InputError(
            f"The level to abstain below must be a number from 0 to 1; got {abstain_below!r}."
        )
    bundle = model if isinstance(model, Bundle) else load(model)
    if isinstance(cohort, str | os.PathLike):
        from bulkwise.datasets.load import load as load_cohort

        cohort, unit = load_cohort(cohort, samples=samples, unit=unit), None
    elif samples is not None:
        raise InputError("A sample sheet goes with a file; an AnnData has its own in .obs.")
    _require_unit(bundle, cohort, unit)
    names = [str(name) for name in cohort.obs_names]
    if not names:
        raise SampleError("There is no sample in the matrix to predict; give one at least.")
    refuse(check_samples(names), SampleError)
    X, findings = _matrix(bundle, cohort, names)
    findings += _known(bundle, names)
    for finding in findings:
        say(finding.message)
    table = pd.DataFrame({"sample": names, **_columns(bundle, X, abstain_below)})
    table.attrs["findings"] = [finding.to_dict() for finding in findings]
    return table


def _require_unit(bundle: Bundle, cohort: AnnData, stated: str | None) -> None:
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


def _matrix(bundle: Bundle, cohort: AnnData, names: list[str]) -> tuple[Array, list[Finding]]:
    """Values in the order of the model's genes, missing ones filled in, and what to say."""
    dense(cohort.X)
    aligned = align(cohort, bundle.genes, least_share=LEAST_SHARE)
    measured = aligned.var["measured"].to_numpy(dtype=bool)
    X = np.array(aligned.X, dtype=np.float32 if aligned.X.dtype != np.float64 else np.float64)
    there = [gene for gene, known in zip(bundle.genes, measured, strict=True) if known]
    values = X if measured.all() else X[:, measured]
    refuse(check_finite(values, there, names), GeneError)
    counted = bool(cohort.uns.get("expected_counts", False))
    refuse(check_unit(values, bundle.unit, there, names, expected_counts=counted), UnitError)
    if measured.all():
        return X, []
    _fill(X, measured, bundle)
    absent = [gene for gene, known in zip(bundle.genes, measured, strict=True) if not known]
    more = ", ..." if len(absent) > _SHOWN else ""
    return X, [
        Finding(
            "genes-missing",
            "warning",
            f"{len(absent):,} of the model's {len(bundle.genes):,} genes aren't in the matrix "
            f"({', '.join(absent[:_SHOWN])}{more}); a usual value of the training samples stands "
            "for each.",
            tuple(absent),
        )
    ]


def _fill(X: Array, measured: Array, bundle: Bundle) -> None:
    """Put usual values where a gene is missing; counts at the depth of the sample."""
    usual = bundle.typical[~measured].astype(np.float64)
    if bundle.unit != "counts":
        X[:, ~measured] = usual
        return
    share = min(usual.sum() / 1e6, 0.5)
    depth = X[:, measured].sum(axis=1, dtype=np.float64) / (1.0 - share)
    X[:, ~measured] = np.outer(depth / 1e6, usual)


def _known(bundle: Bundle, names: list[str]) -> list[Finding]:
    seen = bundle.seen(names)
    if not seen:
        return []
    more = ", ..." if len(seen) > _SHOWN else ""
    return [
        Finding(
            "trained-on",
            "warning",
            f"{len(seen):,} of the {len(names):,} samples have names that the model was trained "
            f"on ({', '.join(seen[:_SHOWN])}{more}); how well they are predicted says nothing "
            "about new ones.",
            tuple(seen),
        )
    ]


def _columns(bundle: Bundle, X: Array, abstain_below: float) -> dict[str, Any]:
    steps = bundle.model
    given = bundle.prepared(X)
    seen = steps[:-1].transform(given) if len(steps.steps) > 1 else given
    final = steps.steps[-1][1]
    applicability = bundle.applicability.score_samples(np.asarray(seen))
    labels = np.array([str(label) for label in final.predict(seen)], dtype=object)
    labels[applicability < abstain_below] = ""
    columns: dict[str, Any] = {"predicted": labels, "applicability": applicability}
    if hasattr(final, "predict_proba"):
        probabilities = np.asarray(final.predict_proba(seen), dtype=np.float64)
        columns |= {f"p({label})": probabilities[:, i] for i, label in enumerate(bundle.labels)}
    return columns
