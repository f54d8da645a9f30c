"""What translators ask of a cohort at prediction, and what they give back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bulkwise.checks.base import name_some
from bulkwise.checks.labels import require_column
from bulkwise.errors import GeneError, SampleError, UnitError
from bulkwise.models.translator.pairing import from_logs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anndata import AnnData

__all__ = ["conditions_of", "require_same", "translated"]

Array = np.ndarray[Any, np.dtype[Any]]


def require_same(model: Any, cohort: AnnData) -> None:
    """Refuse another unit or other genes than those of the training.

    Raises
    ------
    GeneError, UnitError
        Says what is expected.
    """
    if cohort.uns.get("unit") != model.unit_:
        raise UnitError(
            f"The translator was trained on {model.unit_!r} and the cohort is in "
            f"{cohort.uns.get('unit')!r}; bring it into {model.unit_!r}."
        )
    if [str(gene) for gene in cohort.var_names] != model.genes_.tolist():
        raise GeneError(
            f"The translator takes the {len(model.genes_):,} genes it was trained on in their "
            f"order, and the cohort has {cohort.n_vars:,} or others; select and order them by "
            "name (bulkwise.predict does)."
        )


def conditions_of(model: Any, cohort: AnnData) -> Array:
    """The condition of every sample.

    Raises
    ------
    SampleError
        If one is neither of the two.
    """
    column = require_column(cohort.obs, model.column, what="the condition")
    conditions = np.array([str(name).strip() for name in column], dtype=np.str_)
    known = (conditions == model.source) | (conditions == model.target)
    if not known.all():
        odd = name_some(np.unique(conditions[~known]))
        raise SampleError(
            f"{int((~known).sum())} samples are neither {model.source!r} nor {model.target!r} in "
            f"{model.column!r} but {odd}; the translator knows no other condition: leave them out."
        )
    return conditions


def translated(model: Any, cohort: AnnData, logs: Mapping[str, Array]) -> AnnData:
    """The cohort with translated values: ``X``, and what else there is as layers (log2)."""
    from anndata import AnnData

    conditions = conditions_of(model, cohort)
    obs = cohort.obs.copy()
    obs[model.column] = np.where(conditions == model.source, model.target, model.source)
    obs["translated_from"] = conditions
    parts = {name: from_logs(np.asarray(values), model.unit_) for name, values in logs.items()}
    return AnnData(
        X=parts.pop("X"), obs=obs, var=cohort.var.copy(), uns={"unit": model.unit_}, layers=parts
    )
