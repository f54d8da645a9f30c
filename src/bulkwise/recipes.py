"""Whole models by name: the declared preprocessing of a unit and an estimator behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bulkwise.randomness import RandomState

if TYPE_CHECKING:
    from anndata import AnnData
    from sklearn.pipeline import Pipeline

__all__ = ["CLASSIFIERS", "classifier", "fit_classifier"]

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
