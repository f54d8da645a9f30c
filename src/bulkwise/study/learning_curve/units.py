"""The unit of a learning curve: every method on one subsample, judged on the same others."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.utils.metadata_routing import get_routing_for_object

from bulkwise.baselines import BASELINES
from bulkwise.errors import BulkwiseError, SampleError
from bulkwise.models.classifier import ExpressionClassifier
from bulkwise.preprocess import for_unit
from bulkwise.randomness import Seeds
from bulkwise.split import inner_holdout, subsample
from bulkwise.study.base import Array, Arrays, Unit
from bulkwise.training.rowspace import RowSpace

__all__ = ["METHODS", "compute", "pool_and_test", "units"]

METHODS = ("network", "linear-svm", "rbf-svm", "lasso", "forest", "xgboost")
"""The methods of Hanczar et al. 2022."""

_DIGITS = 9


def units(sizes: Sequence[int], repeats: int) -> tuple[Unit, ...]:
    """One unit a repeat and size, the largest sizes first: they take longest."""
    return tuple(
        Unit(f"repeat-{repeat:03d}-size-{size:06d}", {"repeat": repeat, "size": size})
        for size in sorted(sizes, reverse=True)
        for repeat in range(repeats)
    )


def pool_and_test(
    codes: Array, groups: Array, *, share: float, seeds: Seeds
) -> tuple[Array, Array]:
    """Whom to draw from and whom to test on in one repeat: the same for every size."""
    return inner_holdout(codes, groups, share=share, random_state=seeds.sklearn("test"))


def compute(asked: Mapping[str, Any], unit: Mapping[str, Any], arrays: Arrays) -> Any:
    """Fit every method on a subsample.

    Returns
    -------
    dict
        Method -> balanced accuracy, accuracy, seconds (or the error, in words); and ``n``, the
        samples it was fitted on, ``n_test`` and ``missing``, how many classes weren't among them.
    """
    seeds = Seeds(asked["seed"]).child("repeat", unit["repeat"])
    codes, groups = np.array(arrays["codes"]), np.array(arrays["groups"])
    pool, test = pool_and_test(codes, groups, share=asked["share"], seeds=seeds)
    train = pool[subsample(codes[pool], groups[pool], unit["size"], seeds)]
    there = np.unique(codes[train])
    if len(there) < 2:
        raise SampleError(f"All {len(train)} samples of the subsample are of one class.")
    X: Any = arrays["X"]
    steps = make_pipeline(*for_unit(asked["unit"]))
    values = steps.fit_transform(np.array(X[train]))
    others = steps.transform(np.array(X[test]))
    rows = RowSpace.of(values)
    found: dict[str, Any] = {
        "n": len(train),
        "n_test": len(test),
        "missing": asked["n_classes"] - len(there),
    }
    for name in asked["methods"]:
        begin = time.perf_counter()
        try:
            model = _model(name, seeds, asked["tries"])
            _fit(model, rows, codes[train], groups[train])
            scores = _scores(codes[test], model.predict(others))
        except (BulkwiseError, ValueError) as error:
            found[name] = str(error)
            continue
        found[name] = [*scores, round(time.perf_counter() - begin, 3)]
    return found


def _model(name: str, seeds: Seeds, tries: int) -> Any:
    seed = seeds.sklearn(name)
    if name == "network":
        return ExpressionClassifier(device="cpu", random_state=seed)
    return BASELINES[name](seed, tries=tries)


def _fit(model: Any, rows: RowSpace, codes: Array, groups: Array) -> None:
    if hasattr(model, "fit_rows"):
        model.fit_rows(rows, codes, groups=groups)
        return
    asked = get_routing_for_object(model).consumes("fit", ["groups"])
    model.fit(rows.X, codes, **({"groups": groups} if "groups" in asked else {}))


def _scores(observed: Array, predicted: Array) -> tuple[float, float]:
    """Balanced accuracy and accuracy."""
    right = observed == predicted
    recalls = [right[observed == code].mean() for code in np.unique(observed)]
    return round(float(np.mean(recalls)), _DIGITS), round(float(right.mean()), _DIGITS)
