"""What an estimator is searched for: to classify, to infer genes, or to translate.

A question knows which columns of the sample sheet it needs, how a model is fitted on a cohort and
what its predictions are worth on another part of it. The cohorts of a unit are made from arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np
import pandas as pd

from bulkwise import recipes
from bulkwise.checks.base import log_values
from bulkwise.checks.labels import require_labels
from bulkwise.errors import InputError, SampleError
from bulkwise.evaluation.base import MetricInfo
from bulkwise.models.translator.pairing import open_samples, to_logs
from bulkwise.preprocess import for_unit
from bulkwise.study.base import Array

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["Classify", "Infer", "Marks", "Question", "Translate"]


@dataclass(frozen=True, eq=False)
class Marks:
    """What predictions are worth, row by row, so that patients can be weighed.

    Attributes
    ----------
    groups
        Patient of each row.
    cells
        Metric -> cells, whose mean it is: the values of a cell's rows, NaN for all others.
    """

    groups: Array
    cells: Mapping[str, Array]

    def under(self, weights: Array) -> dict[str, Array]:
        """Metric -> its value under each weighting of the rows (weightings x rows)."""
        found = {}
        for name, values in self.cells.items():
            there = np.isfinite(values)
            total = weights @ there.T.astype(float)
            means = np.full(total.shape, np.nan)
            np.divide(weights @ np.where(there, values, 0.0).T, total, out=means, where=total > 0)
            counts = np.isfinite(means).sum(axis=1)
            found[name] = np.where(counts, np.nansum(means, axis=1) / np.maximum(counts, 1), np.nan)
        return found

    def values(self) -> dict[str, float]:
        """Metric -> its value."""
        ones = np.ones((1, len(self.groups)))
        return {name: float(value[0]) for name, value in self.under(ones).items()}


class Question(Protocol):
    """What a model is asked; a frozen dataclass of plain settings."""

    task: ClassVar[str]
    """As in a bundle."""
    metrics: ClassVar[Mapping[str, MetricInfo]]
    """Of its marks; the first is what trials are ranked by."""
    rival: ClassVar[str]
    """Name of the model that needs no search."""
    who: ClassVar[str]
    """Who is held out."""

    def settings(self) -> dict[str, Any]:
        """What it was made with, as plain data."""

    def columns(self, cohort: AnnData) -> dict[str, Array]:
        """Columns of the sample sheet that are needed, checked."""

    def notes(self, cohort: AnnData) -> dict[str, Array]:
        """Columns of the genes that are needed, checked."""

    def strata(self, cohort: AnnData) -> tuple[Array, Array]:
        """What to hold out by: a class and a patient of each."""

    def part(self, cohort: AnnData, index: Array) -> AnnData:
        """Some of those that can be held out."""

    def settled(self, cohort: AnnData) -> Question:
        """The same with what is chosen by the samples of the search only."""

    def around(self, estimator: Any, unit: str) -> Any:
        """The estimator with the preprocessing that it needs."""

    def fit(self, model: Any, cohort: AnnData) -> Any:
        """The model, fitted."""

    def judge(self, model: Any, train: AnnData, test: AnnData) -> Marks:
        """What a fitted model's predictions are worth."""

    def opponent(self, unit: str, seed: int) -> Any:
        """The rival, not fitted."""

    def saved_as(self) -> dict[str, Any]:
        """What a bundle of the fitted model is told."""


def _patients(cohort: AnnData, groups: str | None) -> Array:
    if groups is not None:
        return require_labels(cohort.obs, groups, what="groups")
    if "patient" in cohort.obs.columns:
        return require_labels(cohort.obs, "patient", what="groups")
    return np.array(cohort.obs_names, dtype=str)


def _group_column(cohort: AnnData, groups: str | None) -> str | None:
    return groups or ("patient" if "patient" in cohort.obs.columns else None)


def _need(cohort: AnnData, *names: str | None) -> dict[str, Array]:
    return {n: require_labels(cohort.obs, n) for n in dict.fromkeys(names) if n is not None}


class _OfSamples:
    """What questions have in common that hold samples out."""

    who: ClassVar[str] = "patients"

    def notes(self, cohort: AnnData) -> dict[str, Array]:
        """Nothing of the genes."""
        return {}

    def part(self, cohort: AnnData, index: Array) -> AnnData:
        """Some of the samples."""
        return cohort[index].copy()


@dataclass(frozen=True, kw_only=True)
class Classify(_OfSamples):
    """Tell classes of one target or of several.

    Parameters
    ----------
    target
        Columns of the sample sheet.
    groups
        Column that names the patient; by default ``patient`` if there is one.
    """

    target: tuple[str, ...]
    groups: str | None = None

    task: ClassVar[str] = "classify"
    rival: ClassVar[str] = "logistic"
    metrics: ClassVar[Mapping[str, MetricInfo]] = {
        "balanced_accuracy": MetricInfo(
            "Balanced accuracy", True, "recall averaged over the classes, then over the targets"
        ),
        "accuracy": MetricInfo("Accuracy", True, "share told right, averaged over the targets"),
    }

    def __post_init__(self) -> None:
        if not self.target:
            raise InputError("There is nothing to predict; name a column with target (--target).")

    def settings(self) -> dict[str, Any]:
        """Its fields."""
        return asdict(self)

    def columns(self, cohort: AnnData) -> dict[str, Array]:
        """Targets and patients."""
        return _need(cohort, *self.target, _group_column(cohort, self.groups))

    def strata(self, cohort: AnnData) -> tuple[Array, Array]:
        """All targets together, and the patient."""
        labels = pd.DataFrame(_need(cohort, *self.target))
        return labels.groupby(list(self.target)).ngroup().to_numpy(), _patients(cohort, self.groups)

    def settled(self, cohort: AnnData) -> Classify:
        """Nothing is chosen."""
        return self

    def around(self, estimator: Any, unit: str) -> Any:
        """Behind the default preprocessing of the unit."""
        from sklearn.pipeline import make_pipeline

        return make_pipeline(*for_unit(unit, expressed=True), estimator)

    def fit(self, model: Any, cohort: AnnData) -> Any:
        """Genes by name, patients apart inside."""
        if isinstance(model, list):
            return [
                recipes.fit(one, cohort, target=name, groups=self.groups)
                for one, name in zip(model, self.target, strict=True)
            ]
        asked = self.target[0] if len(self.target) == 1 else list(self.target)
        return recipes.fit(model, cohort, target=asked, groups=self.groups)

    def judge(self, model: Any, train: AnnData, test: AnnData) -> Marks:
        """Recall of each class of each target; a cell each."""
        frame = pd.DataFrame(test.X, columns=[str(gene) for gene in test.var_names])
        models = model if isinstance(model, list) else [model]
        tables = [np.asarray(one.predict(frame)).reshape(test.n_obs, -1) for one in models]
        predicted = np.hstack(tables).astype(str)
        recalls, right = [], []
        for place, name in enumerate(self.target):
            observed = require_labels(test.obs, name)
            hits = (predicted[:, place] == observed).astype(float)
            right.append(hits)
            recalls += [np.where(observed == one, hits, np.nan) for one in np.unique(observed)]
        cells = {"balanced_accuracy": np.array(recalls), "accuracy": np.array(right)}
        return Marks(_patients(test, self.groups), cells)

    def opponent(self, unit: str, seed: int) -> Any:
        """A logistic regression for each target."""
        from bulkwise.baselines import BASELINES

        return [self.around(BASELINES["logistic"](seed), unit) for _ in self.target]

    def saved_as(self) -> dict[str, Any]:
        """Its targets."""
        return {"target": self.target, "groups": self.groups}


@dataclass(frozen=True, kw_only=True)
class Infer(_OfSamples):
    """Infer all other genes from landmark genes.

    Parameters
    ----------
    landmarks
        ``"dgex"``, ``"auto:500"`` (chosen from the samples of the search), a file, or the names.
    groups
        Column that names the patient; by default ``patient`` if there is one.
    """

    landmarks: str | tuple[str, ...]
    groups: str | None = None

    task: ClassVar[str] = "infer"
    rival: ClassVar[str] = "ridge"
    metrics: ClassVar[Mapping[str, MetricInfo]] = {
        "error": MetricInfo(
            "Mean absolute error (standard deviations)",
            False,
            "error of log2 values, in standard deviations of each gene in the training part",
        )
    }

    def settings(self) -> dict[str, Any]:
        """Its fields."""
        return asdict(self)

    def columns(self, cohort: AnnData) -> dict[str, Array]:
        """Patients."""
        return _need(cohort, _group_column(cohort, self.groups))

    def strata(self, cohort: AnnData) -> tuple[Array, Array]:
        """One class, and the patient."""
        return np.zeros(cohort.n_obs, dtype=np.intp), _patients(cohort, self.groups)

    def settled(self, cohort: AnnData) -> Infer:
        """With the landmarks' names."""
        if not isinstance(self.landmarks, str):
            return self
        names = tuple(recipes.choose_landmarks(cohort, self.landmarks))
        return Infer(landmarks=names, groups=self.groups)

    def around(self, estimator: Any, unit: str) -> Any:
        """Behind the logarithm that the unit needs."""
        pipeline = recipes.inference(unit, method="ridge")
        pipeline.steps[-1] = (type(estimator).__name__.lower(), estimator)
        return pipeline

    def fit(self, model: Any, cohort: AnnData) -> Any:
        """Genes by name, patients apart inside."""
        return recipes.fit_inference(
            model,
            cohort,
            landmarks=self.landmarks,
            groups=_group_column(cohort, self.groups),
        )

    def judge(self, model: Any, train: AnnData, test: AnnData) -> Marks:
        """Mean error of each sample; one cell."""
        names = [str(gene) for gene in test.var_names]
        known = set(self.landmarks)
        others = np.array([name not in known for name in names])
        unit = test.uns["unit"]
        spread = log_values(np.asarray(train.X)[:, others], unit).std(axis=0, dtype=np.float64)
        frame = pd.DataFrame(test.X, columns=names)[list(self.landmarks)]
        truth = log_values(np.asarray(test.X)[:, others], unit)
        gaps = np.abs(model.predict(frame) - truth)[:, spread > 0] / spread[spread > 0]
        return Marks(_patients(test, self.groups), {"error": gaps.mean(axis=1)[None]})

    def opponent(self, unit: str, seed: int) -> Any:
        """Ridge regression with a penalty for each gene."""
        return recipes.inference(unit, method="ridge")

    def saved_as(self) -> dict[str, Any]:
        """Its task."""
        return {"task": self.task, "groups": self.groups}


@dataclass(frozen=True, kw_only=True)
class Translate(_OfSamples):
    """Translate a sample of one condition into its patient's sample of the other.

    Parameters
    ----------
    column, source, target
        The column of the conditions, and the two.
    pairs
        Column that names the patient; patients with both samples judge.
    tissue
        Column of the tissue.
    """

    column: str
    source: str
    target: str
    pairs: str
    tissue: str | None = None

    task: ClassVar[str] = "translate"
    rival: ClassVar[str] = "means and slopes"
    metrics: ClassVar[Mapping[str, MetricInfo]] = {
        "error": MetricInfo(
            "Mean squared error (log2 units squared)",
            False,
            "of the predicted against the patient's own sample, averaged over the genes",
        )
    }

    def settings(self) -> dict[str, Any]:
        """Its fields."""
        return asdict(self)

    def columns(self, cohort: AnnData) -> dict[str, Array]:
        """Condition, patient and tissue."""
        return _need(cohort, self.column, self.pairs, self.tissue)

    def strata(self, cohort: AnnData) -> tuple[Array, Array]:
        """The tissue, and the patient."""
        patients = require_labels(cohort.obs, self.pairs)
        if self.tissue is None:
            return np.zeros(cohort.n_obs, dtype=np.intp), patients
        return np.unique(require_labels(cohort.obs, self.tissue), return_inverse=True)[1], patients

    def settled(self, cohort: AnnData) -> Translate:
        """Nothing is chosen."""
        return self

    def around(self, estimator: Any, unit: str) -> Any:
        """Told which columns to look at; it takes logarithms itself."""
        named = ("column", "source", "target", "tissue", "pairs")
        return estimator.set_params(**{name: getattr(self, name) for name in named})

    def fit(self, model: Any, cohort: AnnData) -> Any:
        """On all samples of both conditions."""
        return model.fit(cohort)

    def judge(self, model: Any, train: AnnData, test: AnnData) -> Marks:
        """Error of each pair; one cell."""
        samples = open_samples(
            test,
            column=self.column,
            source=self.source,
            target=self.target,
            tissue=self.tissue,
            pairs=self.pairs,
        )
        if not len(samples.pairs):
            raise SampleError(
                f"No patient held out has a sample of both {self.source!r} and {self.target!r}; "
                f"name another column of patients than {self.pairs!r}, or hold out more."
            )
        source, target = samples.pairs.T
        made = to_logs(model.predict(test[source].copy()).X, test.uns["unit"])
        errors = np.square(made - samples.logs[target]).mean(axis=1)
        return Marks(samples.patient[source], {"error": errors[None]})

    def opponent(self, unit: str, seed: int) -> Any:
        """The translator of means and slopes."""
        from bulkwise.models import ExpressionTranslator

        return self.around(ExpressionTranslator(kernels=False), unit)

    def saved_as(self) -> dict[str, Any]:
        """Its task."""
        return {"task": self.task, "groups": self.pairs}
