"""Saving a fitted pipeline with all that predicting needs, and loading it again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bulkwise.bundle.adapters import adapter_of, pack_foreign, unpack_foreign
from bulkwise.bundle.base import Arrays, Document, member
from bulkwise.bundle.card import write_card
from bulkwise.bundle.container import ARRAYS, CARD, GENES, MAIN, read_files, write_files
from bulkwise.bundle.facts import TrainedOn, typical_values, versions
from bulkwise.bundle.objects import holds_training_data, is_ours, pack_object, unpack_object
from bulkwise.bundle.record import Bundle
from bulkwise.checks.base import require_unit
from bulkwise.errors import BundleError
from bulkwise.storage import PathLike

if TYPE_CHECKING:
    from pathlib import Path

    from anndata import AnnData
    from sklearn.pipeline import Pipeline

    from bulkwise.models.applicability import Applicability

__all__ = ["FORMAT", "check_storable", "load", "save"]

FORMAT = 1
"""Number of the newest format of bundles; all older ones are read."""

_SCHEMA = "bulkwise/bundle"
_MISFITS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


def check_storable(model: Any, *, allow_training_data: bool = False) -> None:
    """Find out, before training, whether a pipeline could be saved.

    Parameters
    ----------
    model
        A pipeline or a single estimator, fitted or not.
    allow_training_data
        Whether steps may keep profiles of training samples (nearest neighbours, TMM's
        reference).

    Raises
    ------
    BundleError
        Names the first step that can't be saved, and says why.
    """
    for name, step in _steps(model):
        if _passes(step):
            continue
        what = f"Can't save the step {name!r}, a {type(step).__name__}"
        if adapter_of(step) is None and not is_ours(step):
            raise BundleError(
                f"{what}: a bundle holds bulkwise's own steps and those of scikit-learn that are "
                "coefficients (scaler, PCA, logistic regression, linear SVM, LDA, naive Bayes, "
                "ridge); other models can be compared, not saved."
            )
        if _keeps_profiles(step) and not allow_training_data:
            raise BundleError(
                f"{what}: it keeps expression profiles of training samples; allow that with "
                "allow_training_data=True (--allow-training-data) if whoever gets the bundle may "
                "see them."
            )
        _pack_step(step, f"steps/{name}", {}, fitted=False)


def save(
    model: Any,
    path: PathLike,
    *,
    cohort: AnnData,
    target: str,
    groups: str | None = None,
    allow_training_data: bool = False,
) -> Path:
    """Save a fitted classifier as a bundle.

    Parameters
    ----------
    model
        The fitted pipeline, or a single fitted estimator.
    path
        A folder, or one file if it ends in ``.zip``. A bundle that is there is replaced.
    cohort
        What it was fitted on: samples x genes with ``.uns["unit"]``. Not changed.
    target
        The column of the sample sheet it learnt.
    groups
        The column that names the patient; by default ``patient`` if there is one, else each
        sample stands for itself.
    allow_training_data
        Whether steps may keep profiles of training samples.

    Returns
    -------
    pathlib.Path
        ``path``. The same model and cohort give the same bytes.

    Raises
    ------
    BundleError
        If a step can't be saved, isn't fitted, or the cohort isn't the one it was fitted on.
    UnitError, SampleError, GeneError
        If the cohort's unit, columns or values can't be used.
    """
    check_storable(model, allow_training_data=allow_training_data)
    from sklearn.pipeline import Pipeline

    pipeline = Pipeline(list(_steps(model)))
    trained = TrainedOn(cohort, target, groups)
    _require_match(pipeline, trained)
    arrays: Arrays = {"typical": typical_values(trained.X, trained.unit)}
    main = _describe(pipeline, trained, arrays)
    card = write_card(main, [repr(step) for _, step in pipeline.steps], len(trained.genes))
    contents = {
        MAIN: _text(main),
        ARRAYS: _to_bytes(arrays),
        GENES: _text(trained.genes),
        CARD: card.encode(),
    }
    return write_files(path, contents)


def load(path: PathLike) -> Bundle:
    """Load a bundle; nothing in it is run, and anything odd in it is refused.

    The checksums tell damage and careless changes, not the work of somebody who writes new
    ones; what a bundle may hold is limited so that even then it is only a wrong model.

    Parameters
    ----------
    path
        The folder or ``.zip`` file.

    Raises
    ------
    BundleError
        If it isn't a bundle, isn't whole, was changed, is of a newer format, or holds anything
        that this version doesn't know.
    """
    contents = read_files(path)
    try:
        return _restore(contents)
    except BundleError as error:
        raise BundleError(f"Can't open the bundle {str(path)!r}: {error}") from error
    except _MISFITS as error:
        raise BundleError(
            f"Can't open the bundle {str(path)!r}: its parts don't fit together, so it isn't one "
            f"that bulkwise wrote ({type(error).__name__}: {error})."
        ) from error


def _describe(pipeline: Pipeline, trained: TrainedOn, arrays: Arrays) -> Document:
    """The main document; arrays go into ``arrays``."""
    keeps = any(_keeps_profiles(step) for _, step in pipeline.steps if not _passes(step))
    steps = [
        {
            "name": name,
            "step": _pack_step(step, f"steps/{name}", arrays),
            **_pack_features(step),
        }
        for name, step in pipeline.steps
    ]
    check = _applicability(pipeline, trained)
    return {
        "schema": _SCHEMA,
        "format": FORMAT,
        "target": trained.target,
        "unit": trained.unit,
        "labels": [str(label) for label in pipeline.classes_],
        "training": {**trained.summary(), "held_profiles": keeps},
        "versions": versions(),
        "hashes": trained.hashes(),
        "named": hasattr(pipeline, "feature_names_in_"),
        "steps": steps,
        "applicability": {
            "step": pack_object(check, "applicability", arrays),
            **_pack_features(check),
        },
    }


def _restore(contents: dict[str, bytes]) -> Bundle:
    main = json.loads(contents[MAIN])
    _require_format(main)
    genes = json.loads(contents[GENES])
    if not isinstance(genes, list) or not all(isinstance(gene, str) for gene in genes):
        raise BundleError(f"{GENES} isn't a list of names.")
    arrays = _from_bytes(contents[ARRAYS])
    pipeline = _unpack_pipeline(main, genes, arrays)
    check = _unpack_step(main["applicability"], "applicability", arrays)
    typical = arrays.pop("typical")
    if arrays:
        raise BundleError(f"it holds an array that nothing uses, {min(arrays)!r}.")
    labels = [str(label) for label in pipeline.classes_]
    if labels != main["labels"] or typical.shape != (len(genes),):
        raise BundleError("its labels or genes aren't those of its model.")
    return Bundle(
        model=pipeline,
        genes=tuple(genes),
        unit=require_unit(main["unit"], where="the bundle"),
        target=member(main, "target", str, MAIN),
        labels=tuple(labels),
        applicability=check,
        typical=typical,
        card=contents[CARD].decode(),
        training=member(main, "training", dict, MAIN),
        versions=member(main, "versions", dict, MAIN),
        hashes=member(main, "hashes", dict, MAIN),
    )


def _require_format(main: Any) -> None:
    if not isinstance(main, dict) or main.get("schema") != _SCHEMA:
        raise BundleError(f"{MAIN} isn't a document of schema {_SCHEMA!r}.")
    number = member(main, "format", int, MAIN)
    if not 1 <= number <= FORMAT:
        raise BundleError(
            f"it is of format {number} and this version of bulkwise reads 1 to {FORMAT}; install "
            "a newer bulkwise."
        )


def _steps(model: Any) -> Sequence[tuple[str, Any]]:
    return list(model.steps) if hasattr(model, "steps") else [("model", model)]


def _passes(step: Any) -> bool:
    return step is None or (isinstance(step, str) and step == "passthrough")


def _keeps_profiles(step: Any) -> bool:
    adapter = adapter_of(step)
    return adapter.holds_training_data if adapter else holds_training_data(step)


def _pack_step(step: Any, where: str, arrays: Arrays, *, fitted: bool = True) -> Any:
    if _passes(step):
        return None
    pack = pack_object if is_ours(step) else pack_foreign
    return pack(step, where, arrays, fitted=fitted)


def _pack_features(step: Any) -> Document:
    n = getattr(step, "n_features_in_", None)
    return {"n_features": None if n is None else int(n)}


def _unpack_step(document: Document, where: str, arrays: Arrays) -> Any:
    packed = document["step"]
    if packed is None:
        return "passthrough"
    ours = member(packed, "class", str, where).startswith("bulkwise.")
    step = (unpack_object if ours else unpack_foreign)(packed, where, arrays)
    if document["n_features"] != getattr(step, "n_features_in_", None):
        step.n_features_in_ = member(document, "n_features", int, where)
    return step


def _unpack_pipeline(main: Document, genes: list[str], arrays: Arrays) -> Pipeline:
    from sklearn.pipeline import Pipeline

    steps = []
    for document in member(main, "steps", list, MAIN):
        name = member(document, "name", str, "steps")
        steps.append((name, _unpack_step(document, f"steps/{name}", arrays)))
    if member(main, "named", bool, MAIN):
        first = next(step for _, step in steps if not _passes(step))
        first.feature_names_in_ = np.array(genes, dtype=object)
    return Pipeline(steps)


def _require_match(pipeline: Pipeline, trained: TrainedOn) -> None:
    """Refuse a model that isn't fitted, or not on this cohort."""
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    try:
        check_is_fitted(pipeline)
        classes = {str(label) for label in pipeline.classes_}
    except (NotFittedError, AttributeError) as error:
        raise BundleError(
            "Can't save a model that isn't a fitted classifier: fit it first, on the cohort that "
            "is handed in."
        ) from error
    genes = trained.genes
    names = getattr(pipeline, "feature_names_in_", None)
    n = getattr(pipeline, "n_features_in_", len(genes))
    if n != len(genes) or (names is not None and [str(name) for name in names] != genes):
        raise BundleError(
            f"Can't save the model with this cohort: it was fitted on {n:,} genes and the cohort "
            f"has {len(genes):,}, or others, or in another order; hand in the cohort that it was "
            "fitted on."
        )
    there = set(trained.labels.tolist())
    if classes != there:
        raise BundleError(
            f"Can't save the model with this cohort: its classes aren't the labels in the column "
            f"{trained.target!r} ({min(classes ^ there)!r} for one); hand in the cohort and "
            "target that it was fitted on."
        )


def _applicability(pipeline: Pipeline, trained: TrainedOn) -> Applicability:
    import pandas as pd

    from bulkwise.models import Applicability

    seen: Any = trained.X
    if hasattr(pipeline, "feature_names_in_"):
        seen = pd.DataFrame(seen, columns=trained.genes, copy=False)
    if len(pipeline.steps) > 1:
        seen = pipeline[:-1].transform(seen)
    return Applicability().fit(np.asarray(seen), trained.labels, groups=trained.patients)


def _text(document: Any) -> bytes:
    return (json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _to_bytes(arrays: Arrays) -> bytes:
    from safetensors.numpy import save as to_bytes

    content: bytes = to_bytes({key: arrays[key] for key in sorted(arrays)})
    return content


def _from_bytes(content: bytes) -> Arrays:
    from safetensors import SafetensorError
    from safetensors.numpy import load as from_bytes

    try:
        return {key: np.array(array) for key, array in from_bytes(content).items()}
    except SafetensorError as error:
        raise BundleError(f"{ARRAYS} isn't a whole safetensors file ({error}).") from error
