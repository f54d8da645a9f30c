"""New samples through a saved model, whatever its task, and what comes out on disk."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bulkwise.bundle import Bundle, load
from bulkwise.errors import InputError
from bulkwise.prediction.base import known_samples, require_match
from bulkwise.prediction.classify import classify
from bulkwise.prediction.direction import direction
from bulkwise.prediction.infer import infer
from bulkwise.prediction.translate import translate
from bulkwise.progress import say
from bulkwise.storage import PathLike, write_cohort, write_csv

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData
    from typing_extensions import TypeIs

    from bulkwise.checks.base import Finding

__all__ = ["TASKS", "predict", "require_suffix", "write"]

Predictor = Callable[..., "tuple[pd.DataFrame | AnnData, list[Finding]]"]

TASKS: dict[str, tuple[Predictor, str]] = {
    "classify": (classify, ".csv"),
    "translate": (translate, ".h5ad"),
    "infer": (infer, ".h5ad"),
    "direction": (direction, ".csv"),
}
"""Task of a bundle -> what predicts, and the kind of file that holds the result."""


def predict(
    model: Bundle | PathLike,
    cohort: AnnData | PathLike,
    *,
    samples: PathLike | None = None,
    unit: str | None = None,
    abstain_below: float | None = None,
) -> pd.DataFrame | AnnData:
    """Predict samples with a saved model.

    Genes are matched by name, whatever their order; others are left out.

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
        Of a model that classifies: samples whose applicability is below this get no prediction
        (0.05 by default); 0 predicts all.

    Returns
    -------
    pandas.DataFrame or anndata.AnnData
        Of a model that classifies, a table: ``sample``; ``predicted`` (text, empty where the
        model abstains; with several targets ``predicted(target)`` each); ``applicability`` (the
        share of held-out training samples that were at least as unusual, in (0, 1]); then a
        column ``p(class)`` (``p(target: class)``) with each probability, given whether the model
        abstains or not. With balanced class weights, the default of a network, ``predicted`` is
        chosen as if all classes were equally common while the probabilities are those among
        samples like the training ones, so that near a tie it needn't be the largest. Models
        without probabilities have no such columns. Of a model of directions, a row a gene:
        ``gene``, ``predicted``, ``down``, ``neutral``, ``up``. What there is to say about the
        matrix stands in ``.attrs["findings"]`` of a table, ``.uns["findings"]`` of a cohort.

    Raises
    ------
    BundleError
        If the bundle can't be opened.
    UnitError
        If the matrix is in another unit than the model's, or its values contradict it.
    GeneError
        If too many genes are missing, ids are of another kind, or a value isn't finite.
    SampleError
        If there is no sample, or two have the same name.
    InputError
        If an option isn't one of the model's task.
    """
    bundle = model if isinstance(model, Bundle) else load(model)
    predictor, _ = TASKS[bundle.task]
    options: dict[str, Any] = {}
    if abstain_below is not None:
        if bundle.task != "classify":
            raise InputError(
                f"abstain_below goes with a model that classifies; this one's task is "
                f"{bundle.task!r}."
            )
        options["abstain_below"] = abstain_below
    if isinstance(cohort, str | os.PathLike):
        from bulkwise.datasets.load import load as load_cohort

        more: dict[str, Any] = {"missing": "keep"} if bundle.fills_missing else {}
        cohort, unit = load_cohort(cohort, samples=samples, unit=unit, **more), None
    elif samples is not None:
        raise InputError("A sample sheet goes with a file; an AnnData has its own in .obs.")
    names = require_match(bundle, cohort, unit)
    result, findings = predictor(bundle, cohort, names, **options)
    findings += known_samples(bundle, names)
    for finding in findings:
        say(finding.message)
    if not _is_table(result):
        result.uns["findings"] = [finding.message for finding in findings]
    else:
        result.attrs["findings"] = [finding.to_dict() for finding in findings]
    return result


def require_suffix(bundle: Bundle, path: PathLike) -> None:
    """Refuse a place whose name doesn't fit what the model gives.

    Raises
    ------
    InputError
        Says which kind of file it should be.
    """
    _, suffix = TASKS[bundle.task]
    if Path(path).suffix.lower() != suffix:
        raise InputError(
            f"A model whose task is {bundle.task!r} gives a {suffix} file; got {str(path)!r}: end "
            f"it in {suffix}."
        )


def write(path: PathLike, result: pd.DataFrame | AnnData) -> None:
    """Write what :func:`predict` gave, whole or not at all: a table as csv, a cohort as h5ad.

    Parameters
    ----------
    path
        The file; one that is there is replaced.
    result
        What :func:`predict` gave.

    Raises
    ------
    InputError
        If the place can't be written.
    """
    if not _is_table(result):
        write_cohort(path, result)
    else:
        write_csv(path, result)


def _is_table(result: pd.DataFrame | AnnData) -> TypeIs[pd.DataFrame]:
    return not hasattr(result, "obs_names")
