"""Models beside each other: inference within a cohort, and from one part of it to another."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd
from scipy.stats import wilcoxon
from sklearn import config_context
from sklearn.base import clone
from sklearn.model_selection import GroupKFold
from sklearn.utils.metadata_routing import get_routing_for_object

from bulkwise.checks.base import log_values
from bulkwise.checks.labels import require_labels
from bulkwise.checks.values import dense
from bulkwise.errors import GeneError, SampleError
from bulkwise.evaluation.base import Estimate
from bulkwise.evaluation.corrected import holm
from bulkwise.evaluation.inference.downstream import downstream
from bulkwise.evaluation.inference.duplicates import merge_near_duplicates
from bulkwise.evaluation.inference.results import (
    Downstream,
    InferenceEvaluation,
    Rivalry,
    Scenario,
    Scores,
)
from bulkwise.evaluation.metrics import bootstrap_weights
from bulkwise.preprocess import QuantileNormalize
from bulkwise.progress import task
from bulkwise.randomness import RandomState, Seeds

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["Shift", "evaluate_inference"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Parts: TypeAlias = "list[tuple[Array, Array]]"

_EXPRESSED = 0.1  # of the samples
_LEAST = 10  # samples to train on


@dataclass(frozen=True)
class Shift:
    """Train where a column of the sample sheet has one value, test where it has another."""

    name: str
    column: str
    train: str
    test: str


@dataclass(eq=False)
class _Marks:
    """One model in one scenario: errors by test sample and by gene."""

    by_sample: list[Array]
    by_gene: Array
    correlation: Array
    inside: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True, eq=False)
class _Data:
    X: Array
    Y: Array
    groups: Array
    quantile: bool

    def part(self, train: Array, test: Array) -> tuple[Array, Array, Array, Array]:
        """Landmarks and targets of both sides; jointly quantile-normalised if asked for."""
        if not self.quantile:
            return self.X[train], self.Y[train], self.X[test], self.Y[test]
        k = self.X.shape[1]
        both = np.hstack([self.X, self.Y])
        normalize = QuantileNormalize().fit(both[train])
        left, right = normalize.transform(both[train]), normalize.transform(both[test])
        return left[:, :k], left[:, k:], right[:, :k], right[:, k:]


def evaluate_inference(
    models: Mapping[str, Any],
    cohort: AnnData,
    *,
    landmarks: Sequence[str],
    targets: Sequence[str] | None = None,
    ours: str,
    groups: str | None = None,
    folds: int = 5,
    first_folds: int | None = None,
    shifts: Sequence[Shift] = (),
    quantile: bool = False,
    label: str | None = None,
    contrast: tuple[str, str, str] | None = None,
    random_state: RandomState = 0,
) -> InferenceEvaluation:
    """Judge models that infer targets from landmarks, all on the same divisions.

    Everything is learnt in the training part. Errors are in units of each gene's standard
    deviation there. Samples of a patient, and near-duplicates of different patients, stay on one
    side.

    Parameters
    ----------
    models
        Name -> unfitted estimator of log2 values; each is cloned.
    cohort
        Samples x genes with ``.uns["unit"]``; logarithms are taken. Not changed.
    landmarks, targets
        Gene names; all other genes are targets by default.
    ours
        The model that is compared with all others; one of ``models``.
    groups
        Column that names the patient; by default ``patient`` if there is one.
    folds, first_folds
        Folds by patient, and how many of them to use (all by default).
    shifts
        Further divisions. A patient on both sides of one is left out of the training part.
    quantile
        Give each sample, landmarks and targets together, the distribution of the training
        samples first. A test sample's targets then enter its landmarks, so this can't be done
        where only landmarks were measured; it is the protocol of D-GEX.
    label
        A column to classify from measured and from inferred targets.
    contrast
        Column, first and second condition, to compare in measured and in inferred targets.
    random_state
        Seed of the bootstrap.

    Raises
    ------
    GeneError
        If a gene isn't there, or is a landmark and a target.
    SampleError
        If a shift's column or value isn't there.
    """
    if ours not in models:
        raise GeneError(f"There is no model {ours!r} among {', '.join(models)}.")
    names = [str(gene) for gene in cohort.var_names]
    chosen = _targets(names, landmarks, targets)
    place = {name: number for number, name in enumerate(names)}
    logs = log_values(dense(cohort.X), cohort.uns["unit"])
    if groups is None and "patient" in cohort.obs.columns:
        groups = "patient"
    patients = np.asarray(
        [str(one) for one in cohort.obs_names]
        if groups is None
        else require_labels(cohort.obs, groups, what="groups")
    )
    sides, merged = merge_near_duplicates(logs, patients)
    data = _Data(
        logs[:, [place[name] for name in landmarks]],
        logs[:, [place[name] for name in chosen]],
        sides,
        quantile,
    )
    within = list(GroupKFold(folds).split(data.X, groups=sides))[:first_folds]
    divisions: list[tuple[str, Parts]] = [("within", within)]
    divisions += [(shift.name, [_divide(cohort, shift, sides)]) for shift in shifts]
    genes = pd.DataFrame({"gene": chosen, "expressed": (data.Y > 0).mean(axis=0)})
    scenarios: list[Scenario] = []
    kept: list[Array] = []
    for name, parts in divisions:
        first = not scenarios
        marks = _run(models, data, parts, ours if first else "", genes, kept)
        scenarios.append(_scenario(name, parts, marks, patients, ours, genes, random_state))
        if first:
            for model, mark in marks.items():
                genes[f"error({model})"] = mark.by_gene
    after = Downstream()
    if label or contrast:
        after = downstream(cohort, data.Y, chosen, within, kept, label=label, contrast=contrast)
    title, unit = str(cohort.uns.get("cohort", "")), str(cohort.uns["unit"])
    return InferenceEvaluation(
        tuple(scenarios), genes, ours, title, unit, len(landmarks), merged, after
    )


def _targets(
    names: list[str], landmarks: Sequence[str], targets: Sequence[str] | None
) -> list[str]:
    own, known = set(names), set(landmarks)
    chosen = [name for name in names if name not in known] if targets is None else list(targets)
    absent = [name for name in (*landmarks, *chosen) if name not in own]
    both = [name for name in chosen if name in known]
    if absent or both or not chosen:
        what = f"{absent[0]!r} isn't in the cohort" if absent else "there is no target"
        what = f"{both[0]!r} is a landmark and a target" if both else what
        raise GeneError(f"Can't judge inference: {what}; name other landmarks or targets.")
    return chosen


def _divide(cohort: AnnData, shift: Shift, sides: Array) -> tuple[Array, Array]:
    values = np.asarray(require_labels(cohort.obs, shift.column))
    for value in (shift.train, shift.test):
        if value not in values:
            raise SampleError(f"The column {shift.column!r} has no sample {value!r}.")
    test = np.flatnonzero(values == shift.test)
    train = np.flatnonzero((values == shift.train) & ~np.isin(sides, sides[test]))
    if len(train) < _LEAST:
        raise SampleError(
            f"The shift {shift.name!r} leaves {len(train)} samples to train on once patients of "
            f"the test part are taken out; {_LEAST} are needed at least."
        )
    return train, test


def _run(
    models: Mapping[str, Any],
    data: _Data,
    parts: Parts,
    keep: str,
    genes: pd.DataFrame,
    kept: list[Array],
) -> dict[str, _Marks]:
    k = data.Y.shape[1]
    marks = {name: _Marks([], np.zeros(k), np.zeros(k)) for name in models}
    expected, inferable = np.zeros(k), np.zeros(k)
    with task("judging inference", total=len(parts) * len(models)) as bar:
        for train, test in parts:
            X, Y, X_test, Y_test = data.part(train, test)
            scale = Y.std(axis=0, dtype=np.float64)
            scale[scale == 0] = 1.0
            for name, model in models.items():
                begin = time.process_time()
                fitted = _fit(clone(model), X, Y, data.groups[train])
                predicted = np.asarray(fitted.predict(X_test))
                mark = marks[name]
                mark.seconds += time.process_time() - begin
                errors = np.abs(predicted - Y_test) / scale
                mark.by_sample.append(errors.mean(axis=1))
                mark.by_gene += errors.mean(axis=0) / len(parts)
                mark.correlation += _correlation(predicted, Y_test) / len(parts)
                mark.inside += _inside(fitted, X_test, Y_test) / len(parts)
                if name == keep:
                    kept.append(predicted.astype(np.float32))
                    expected += getattr(fitted, "expected_error_", np.nan) / scale / len(parts)
                    inferable += getattr(fitted, "inferable_", np.ones(k)) / len(parts)
                bar.advance(1, note=f"{name} {errors.mean():.3f}")
    if keep:
        genes["expected"], genes["inferable"] = expected, inferable >= 0.5
    return marks


def _fit(model: Any, X: Array, Y: Array, groups: Array) -> Any:
    with config_context(enable_metadata_routing=True):
        asked = get_routing_for_object(model).consumes("fit", ["groups"])
        return model.fit(X, Y, **({"groups": groups} if asked else {}))


def _correlation(predicted: Array, actual: Array) -> Array:
    a, b = predicted - predicted.mean(axis=0), actual - actual.mean(axis=0, dtype=np.float64)
    lengths = np.sqrt(np.square(a).sum(axis=0) * np.square(b).sum(axis=0))
    together = (a * b).sum(axis=0)
    correlation: Array = np.zeros(len(lengths))
    np.divide(together, lengths, out=correlation, where=lengths > 1e-9)
    return correlation


def _inside(model: Any, X: Array, Y: Array) -> float:
    if not hasattr(model, "predict_interval"):
        return float("nan")
    lower, upper = model.predict_interval(X)
    return float(((lower <= Y) & (upper >= Y)).mean())


def _scenario(
    name: str,
    parts: Parts,
    marks: Mapping[str, _Marks],
    patients: Array,
    ours: str,
    genes: pd.DataFrame,
    random_state: RandomState,
) -> Scenario:
    tested = patients[np.concatenate([test for _, test in parts])]
    _, codes = np.unique(tested, return_inverse=True)
    size = np.bincount(codes)
    weights = bootstrap_weights(len(size), Seeds(random_state).numpy("inference", name))
    drawn = {}
    by_patient = {}
    for model, mark in marks.items():
        total = np.bincount(codes, np.concatenate(mark.by_sample))
        by_patient[model] = total / size
        drawn[model] = (weights @ total) / (weights @ size)
    scores = {
        model: Scores(
            _estimate(drawn[model]), float(np.median(mark.correlation)), mark.inside, mark.seconds
        )
        for model, mark in marks.items()
    }
    expressed = genes["expressed"].to_numpy() >= _EXPRESSED
    others = [model for model in marks if model != ours]
    raw = [float(wilcoxon(by_patient[ours], by_patient[one]).pvalue) for one in others]
    rivals = tuple(
        Rivalry(
            one,
            _estimate(drawn[ours] - drawn[one]),
            p,
            float((marks[ours].by_gene < marks[one].by_gene)[expressed].mean()),
        )
        for one, p in zip(others, holm(raw), strict=True)
    )
    n_train = round(float(np.mean([len(train) for train, _ in parts])))
    return Scenario(name, n_train, len(tested), len(size), scores, rivals)


def _estimate(values: Array) -> Estimate:
    low, high = np.quantile(values[1:], [0.025, 0.975])
    return Estimate(float(values[0]), float(low), float(high))
