"""The genes that weren't measured, from landmark genes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bulkwise.checks.base import Finding, is_linear
from bulkwise.prediction.base import Array, measured_values, some
from bulkwise.preprocess import RidgeFill

if TYPE_CHECKING:
    from anndata import AnnData

    from bulkwise.bundle import Bundle

__all__ = ["infer"]

_UNLIKE = 0.05  # applicability below which a sample is named
_FACTS = {
    "expected_error": "expected_error_",
    "skill": "skill_",
    "inferable": "inferable_",
    "interval_lower": "lower_",
    "interval_upper": "upper_",
}


def infer(bundle: Bundle, cohort: AnnData, names: list[str]) -> tuple[AnnData, list[Finding]]:
    """Infer the model's target genes; see :func:`bulkwise.predict`.

    Up to a tenth of the landmarks may be missing: they are filled in by ridge regression on the
    others.

    Parameters
    ----------
    bundle
        A model that infers genes.
    cohort
        Samples x genes in the model's unit. Not changed.
    names
        The samples' names.

    Returns
    -------
    anndata.AnnData
        Samples x targets in the model's unit. ``.var``, as far as the model knows it:
        ``expected_error`` (mean absolute error on samples left out of training), ``skill`` (1
        minus that over the error of the gene's median), ``inferable``, and what to add to an
        inferred value for the ends of its interval, ``interval_lower`` and ``interval_upper``;
        all on the scale that ``.uns["error_scale"]`` names. ``.obs["applicability"]``: the share
        of training samples that were at least as unusual.
    list of Finding
        What there is to say about the matrix.
    """
    import pandas as pd
    from anndata import AnnData

    X, measured = measured_values(bundle, cohort, names)
    X[:, ~measured] = 0.0
    seen = _landmarks(bundle, X, measured)
    model = bundle.model.steps[-1][1]
    logs = np.asarray(model.predict(seen), dtype=np.float64)
    linear = is_linear(bundle.unit)
    values = np.maximum(np.exp2(logs) - 1.0, 0.0) if linear else logs
    targets = [str(name) for name in model.target_names_]
    facts = {
        column: getattr(model, attribute)
        for column, attribute in _FACTS.items()
        if hasattr(model, attribute)
    }
    obs = pd.DataFrame(index=pd.Index(names, dtype=object))
    findings = _missing(bundle, measured)
    if bundle.applicability is not None:
        obs["applicability"] = bundle.applicability.score_samples(seen)
        findings += _unlike(obs["applicability"].to_numpy(), names)
    result = AnnData(
        X=values.astype(np.float32),
        obs=obs,
        var=pd.DataFrame(facts, index=pd.Index(targets, dtype=object)),
        uns={"unit": bundle.unit, "error_scale": "log2(x + 1)" if linear else bundle.unit},
    )
    return result, findings


def _landmarks(bundle: Bundle, X: Array, measured: Array) -> Array:
    """Landmarks as the model sees them, missing ones filled in."""
    seen = bundle.prepared(X)
    for _, step in bundle.model.steps[:-1]:
        seen = step.transform(seen)
        if isinstance(step, RidgeFill):
            seen = step.fill(seen, measured)
    return np.asarray(seen)


def _missing(bundle: Bundle, measured: Array) -> list[Finding]:
    if measured.all():
        return []
    absent = [gene for gene, known in zip(bundle.genes, measured, strict=True) if not known]
    return [
        Finding(
            "genes-missing",
            "warning",
            f"{len(absent):,} of the model's {len(bundle.genes):,} landmarks aren't in the matrix "
            f"({some(absent)}); they were filled in from the others by ridge regression, so errors "
            "are larger than expected.",
            tuple(absent),
        )
    ]


def _unlike(scores: Array, names: list[str]) -> list[Finding]:
    odd = [name for name, score in zip(names, scores, strict=True) if score < _UNLIKE]
    if not odd:
        return []
    return [
        Finding(
            "unlike-training",
            "warning",
            f"{len(odd):,} of the {len(names):,} samples are unlike the training data "
            f"({some(odd)}); the expected errors and intervals don't hold for them.",
            tuple(odd),
        )
    ]
