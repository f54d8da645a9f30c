"""Whole models by name: the declared preprocessing of a unit and an estimator behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bulkwise.randomness import RandomState

if TYPE_CHECKING:
    from anndata import AnnData
    from sklearn.pipeline import Pipeline

__all__ = ["CLASSIFIERS", "classifier", "fit"]

#: Networks that ``--network`` offers for classification: name -> class in ``bulkwise.networks``.
CLASSIFIERS = {"mlp": "MLP"}


def classifier(unit: str, *, network: str = "mlp", random_state: RandomState = 0) -> Pipeline:
    """A classifier behind the default preprocessing of a unit.

    Parameters
    ----------
    unit
        One of ``bulkwise.checks.UNITS``.
    network
        A name in :data:`CLASSIFIERS`.
    random_state
        The estimator's seed.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Not fitted.

    Raises
    ------
    UnitError
        If the unit is unknown.
    """
    from sklearn.pipeline import make_pipeline

    from bulkwise import networks
    from bulkwise.models import ExpressionClassifier
    from bulkwise.preprocess import for_unit

    settings = getattr(networks, CLASSIFIERS[network])()
    return make_pipeline(
        *for_unit(unit), ExpressionClassifier(network=settings, random_state=random_state)
    )


def fit(model: Any, cohort: AnnData, *, target: str, groups: str | None = None) -> Any:
    """Fit a model on a whole cohort, genes by name, patients kept apart inside.

    Parameters
    ----------
    model
        A classifier or a pipeline that ends in one; fitted in place.
    cohort
        Samples x genes with the sample sheet in ``obs``. Not changed.
    target
        Column of the sample sheet to learn.
    groups
        Column that names the patient, for the inner splits of steps that ask for ``groups``; by
        default ``patient`` if there is one.

    Returns
    -------
    object
        ``model``, fitted.

    Raises
    ------
    SampleError
        If a column is missing, a label is missing for some samples, or there is one class only.
    """
    import pandas as pd
    from sklearn import config_context
    from sklearn.utils.metadata_routing import get_routing_for_object

    from bulkwise.checks.labels import require_labels

    labels = require_labels(cohort.obs, target)
    if groups is None and "patient" in cohort.obs.columns and target != "patient":
        groups = "patient"
    frame = pd.DataFrame(cohort.X, columns=[str(gene) for gene in cohort.var_names], copy=False)
    with config_context(enable_metadata_routing=True):
        asked = get_routing_for_object(model).consumes("fit", ["groups"])
        if groups is None or "groups" not in asked:
            model.fit(frame, labels)
        else:
            model.fit(frame, labels, groups=require_labels(cohort.obs, groups, what="groups"))
    return model
