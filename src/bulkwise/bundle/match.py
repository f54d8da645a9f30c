"""Whether a fitted model and the cohort it is saved with belong together, by task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bulkwise.bundle.base import Array
from bulkwise.errors import BundleError, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sklearn.pipeline import Pipeline

    from bulkwise.bundle.facts import TrainedOn
    from bulkwise.models.applicability import Applicability

__all__ = ["applicability", "classes_of", "model_genes", "require_match"]

_FEWEST = 4


def require_match(pipeline: Pipeline, trained: TrainedOn, task: str) -> None:
    """Refuse a model that isn't fitted, or not on this cohort.

    Raises
    ------
    BundleError
        Says which, and what to do.
    """
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    try:
        check_is_fitted(pipeline)
        known = classes_of(pipeline, list(trained.labels))
    except (NotFittedError, AttributeError) as error:
        kind = "classifier" if task == "classify" else "model"
        raise BundleError(
            f"Can't save a model that isn't a fitted {kind}: fit it first, on the cohort that "
            "is handed in."
        ) from error
    if task == "direction":
        return
    if len(trained.cohorts) != 1:
        raise BundleError(
            f"Can't save a model for the task {task!r} with {len(trained.cohorts)} cohorts: hand "
            "in the one that it was fitted on."
        )
    _require_genes(pipeline, trained, task)
    for target, classes in known.items():
        there = set(trained.labels[target].tolist())
        if set(classes) != there:
            raise BundleError(
                f"Can't save the model with this cohort: its classes aren't the labels in the "
                f"column {target!r} ({min(set(classes) ^ there)!r} for one); hand in the cohort "
                "and target that it was fitted on."
            )


def model_genes(pipeline: Pipeline, trained: TrainedOn, task: str) -> list[str]:
    """Names of the genes that the model takes, in order; none where it takes any."""
    if task == "direction":
        return []
    own = getattr(pipeline[-1], "genes_", None) if task == "translate" else None
    own = getattr(pipeline, "feature_names_in_", None) if own is None else own
    names = trained.cohorts[0].var_names if own is None else own
    return [str(gene) for gene in names]


def classes_of(pipeline: Pipeline, targets: Sequence[str]) -> dict[str, list[str]]:
    """The classes of each target as text, in the order of the probabilities."""
    if not targets:
        return {}
    classes = pipeline.classes_
    several = [classes] if len(targets) == 1 and not isinstance(classes, list) else classes
    return {
        target: [str(label) for label in labels]
        for target, labels in zip(targets, several, strict=True)
    }


def applicability(
    pipeline: Pipeline, trained: TrainedOn, X: Array, genes: list[str]
) -> Applicability:
    """The judge of likeness to the training data, on preprocessed values."""
    import pandas as pd

    from bulkwise.models import Applicability

    if len(X) < _FEWEST:
        raise InputError(
            f"A model is saved with a measure of how like its training samples a new one is, which "
            f"takes {_FEWEST} samples or more; got {len(X)}: train on more."
        )
    seen: Any = X
    if hasattr(pipeline, "feature_names_in_"):
        seen = pd.DataFrame(X, columns=genes, copy=False)
    if len(pipeline.steps) > 1:
        seen = pipeline[:-1].transform(seen)
    labels = next(iter(trained.labels.values()), None)
    return Applicability().fit(np.asarray(seen), labels, groups=trained.patients)


def _require_genes(pipeline: Pipeline, trained: TrainedOn, task: str) -> None:
    there = [str(gene) for gene in trained.cohorts[0].var_names]
    names = model_genes(pipeline, trained, task)
    n = getattr(pipeline, "n_features_in_", len(names))
    fits = names == there and n == len(there) if task == "classify" else set(names) <= set(there)
    if not fits:
        raise BundleError(
            f"Can't save the model with this cohort: it was fitted on {n:,} genes and the cohort "
            f"has {len(there):,}, or others, or in another order; hand in the cohort that it was "
            "fitted on."
        )
