"""A classifier that starts from a saved one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkwise.randomness import RandomState

if TYPE_CHECKING:
    from anndata import AnnData
    from sklearn.pipeline import Pipeline

    from bulkwise.bundle import Bundle

__all__ = ["fine_tuned"]


def fine_tuned(
    source: Bundle, cohort: AnnData, *, freeze: int = 0, random_state: RandomState = 0
) -> Pipeline:
    """A classifier that starts from a bundle, behind the default preprocessing of a cohort's unit.

    The cohort may be in another unit and have other classes; genes are matched by name and
    standardised in the cohort by itself. The bundle stays as it is, also where the pipeline is
    cloned, and :func:`bulkwise.evaluate` refuses to test on anybody whom it was trained on.

    Parameters
    ----------
    source
        A bundle whose task is ``"classify"``, of one target.
    cohort
        What it will be fitted on: its unit and genes are used. Not changed.
    freeze
        How many of the first hidden layers to freeze.
    random_state
        The estimator's seed.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Not fitted.

    Raises
    ------
    InputError
        If the bundle is of another task, or its model can't be transferred.
    GeneError
        If bundle and cohort have no gene in common.
    UnitError
        If the cohort states no unit.
    """
    from sklearn.frozen import FrozenEstimator
    from sklearn.pipeline import make_pipeline

    from bulkwise.checks.base import require_unit
    from bulkwise.models import TransferClassifier
    from bulkwise.models.transfer.source import Source
    from bulkwise.preprocess import for_unit

    genes = [str(gene) for gene in cohort.var_names]
    Source.of(source).places(genes, len(genes))
    unit = require_unit(cohort.uns.get("unit"), where="the cohort")
    return make_pipeline(
        *for_unit(unit),
        TransferClassifier(
            source=FrozenEstimator(source.model),
            freeze=freeze,
            genes=genes,
            random_state=random_state,
        ),
    )
