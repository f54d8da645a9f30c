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
from bulkwise.bundle.match import applicability, classes_of, model_genes, require_match
from bulkwise.bundle.objects import holds_training_data, is_ours, pack_object, unpack_object
from bulkwise.bundle.record import MATRIX_TASKS, TASKS, Bundle
from bulkwise.checks.base import require_unit
from bulkwise.errors import BundleError, InputError
from bulkwise.storage import PathLike

if TYPE_CHECKING:
    from pathlib import Path

    from anndata import AnnData
    from sklearn.pipeline import Pipeline

__all__ = ["FORMAT", "check_storable", "load", "save"]

FORMAT = 2
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
    cohort: AnnData | Sequence[AnnData],
    target: str | Sequence[str] = (),
    task: str = "classify",
    groups: str | None = None,
    allow_training_data: bool = False,
) -> Path:
    """Save a fitted model as a bundle.

    Parameters
    ----------
    model
        The fitted pipeline, or a single fitted estimator.
    path
        A folder, or one file if it ends in ``.zip``. A bundle that is there is replaced.
    cohort
        What it was fitted on: samples x genes with ``.uns["unit"]``; several where the task
        learns from several. Not changed.
    target
        The column of the sample sheet it learnt, or several in the order of its predictions;
        none for a task other than ``"classify"``.
    task
        What the model is for: ``"classify"``, ``"infer"``, ``"translate"`` or ``"direction"``.
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
    InputError
        If the task isn't known, or targets and task don't go together.
    UnitError, SampleError, GeneError
        If the cohort's unit, columns or values can't be used.
    """
    targets = (target,) if isinstance(target, str) else tuple(target)
    _require_task(task, targets)
    check_storable(model, allow_training_data=allow_training_data)
    from sklearn.pipeline import Pipeline

    pipeline = Pipeline(list(_steps(model)))
    cohorts = [cohort] if hasattr(cohort, "obs") else list(cohort)
    trained = TrainedOn(cohorts, targets, groups)
    require_match(pipeline, trained, task)
    arrays: Arrays = {}
    main, genes = _describe(pipeline, trained, task, arrays)
    card = write_card(main, [repr(step) for _, step in pipeline.steps], len(genes))
    contents = {
        MAIN: _text(main),
        ARRAYS: _to_bytes(arrays),
        GENES: _text(genes),
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


def _describe(
    pipeline: Pipeline, trained: TrainedOn, task: str, arrays: Arrays
) -> tuple[Document, list[str]]:
    """The main document and the model's genes; arrays go into ``arrays``."""
    keeps = any(_keeps_profiles(step) for _, step in pipeline.steps if not _passes(step))
    genes = model_genes(pipeline, trained, task)
    steps = [
        {
            "name": name,
            "step": _pack_step(step, f"steps/{name}", arrays),
            **_pack_features(step),
        }
        for name, step in pipeline.steps
    ]
    main = {
        "schema": _SCHEMA,
        "format": FORMAT,
        "task": task,
        "targets": classes_of(pipeline, list(trained.labels)),
        "unit": trained.unit,
        "training": {**trained.summary(), "held_profiles": keeps},
        "versions": versions(),
        "hashes": trained.hashes(),
        "named": task in MATRIX_TASKS and hasattr(pipeline, "feature_names_in_"),
        "steps": steps,
        "applicability": None,
    }
    if task in MATRIX_TASKS:
        X = trained.matrix(genes)
        check = applicability(pipeline, trained, X, genes)
        main["applicability"] = {
            "step": pack_object(check, "applicability", arrays),
            **_pack_features(check),
        }
    if task == "classify":
        arrays["typical"] = typical_values(X, trained.unit)
    return main, genes


def _restore(contents: dict[str, bytes]) -> Bundle:
    main = _newest(json.loads(contents[MAIN]))
    task = member(main, "task", str, MAIN)
    genes = json.loads(contents[GENES])
    if not isinstance(genes, list) or not all(isinstance(gene, str) for gene in genes):
        raise BundleError(f"{GENES} isn't a list of names.")
    arrays = _from_bytes(contents[ARRAYS])
    pipeline = _unpack_pipeline(main, genes, arrays)
    check = typical = None
    if task in MATRIX_TASKS:
        check = _unpack_step(main["applicability"], "applicability", arrays)
    if task == "classify":
        typical = arrays.pop("typical")
    if arrays:
        raise BundleError(f"it holds an array that nothing uses, {min(arrays)!r}.")
    targets = member(main, "targets", dict, MAIN)
    _require_task(task, tuple(targets))
    if classes_of(pipeline, list(targets)) != targets:
        raise BundleError("its labels aren't those of its model.")
    if typical is not None and typical.shape != (len(genes),):
        raise BundleError("its genes aren't those of its model.")
    return Bundle(
        task=task,
        model=pipeline if task in MATRIX_TASKS else _only_step(pipeline),
        genes=tuple(genes),
        unit=require_unit(main["unit"], where="the bundle"),
        targets={target: tuple(labels) for target, labels in targets.items()},
        applicability=check,
        typical=typical,
        card=contents[CARD].decode(),
        training=member(main, "training", dict, MAIN),
        versions=member(main, "versions", dict, MAIN),
        hashes=member(main, "hashes", dict, MAIN),
    )


def _require_task(task: str, targets: Sequence[str]) -> None:
    if task not in TASKS:
        raise InputError(f"There is no task {task!r}: expected one of {', '.join(TASKS)}.")
    if (task == "classify") != bool(targets):
        raise InputError(
            f"The task {task!r} goes with "
            f"{'a target column' if task == 'classify' else 'no target column'}; got "
            f"{', '.join(targets) or 'none'}."
        )


def _newest(main: Any) -> Document:
    """The main document in the newest format, whichever it was written in."""
    _require_format(main)
    if main["format"] == 1:  # classifiers of one column only
        target = member(main, "target", str, MAIN)
        training = member(main, "training", dict, MAIN)
        main |= {"task": "classify", "targets": {target: member(main, "labels", list, MAIN)}}
        main["training"] = {**training, "classes": {target: training["classes"]}}
    return dict(main)


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


def _only_step(pipeline: Pipeline) -> Any:
    if len(pipeline.steps) != 1:
        raise BundleError("a model that takes a cohort is one step, and it has several.")
    return pipeline.steps[0][1]


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
