"""What the recipes share: a fit that keeps patients apart inside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

__all__ = ["fit_by_patient", "patient_column"]


def patient_column(cohort: AnnData) -> str | None:
    """The column that names the patient, where none was given."""
    return "patient" if "patient" in cohort.obs.columns else None


def fit_by_patient(model: Any, X: pd.DataFrame, y: Any, cohort: AnnData, groups: str | None) -> Any:
    """Fit, with the patients handed on to the steps that ask for ``groups``.

    Parameters
    ----------
    model
        An estimator or a pipeline; fitted in place.
    X, y
        What it learns from, samples in the order of the cohort.
    cohort
        Where the column is.
    groups
        Column that names the patient, or none.

    Returns
    -------
    object
        ``model``, fitted.
    """
    from sklearn import config_context
    from sklearn.utils.metadata_routing import get_routing_for_object

    from bulkwise.checks.labels import require_labels

    with config_context(enable_metadata_routing=True):
        asked = get_routing_for_object(model).consumes("fit", ["groups"])
        if groups is None or "groups" not in asked:
            return model.fit(X, y)
        return model.fit(X, y, groups=require_labels(cohort.obs, groups, what="groups"))
