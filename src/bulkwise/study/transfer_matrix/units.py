"""The unit of a transfer study: one target and repeat, every source, size and way to transfer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.utils.metadata_routing import get_routing_for_object

from bulkwise.baselines import BASELINES
from bulkwise.errors import BulkwiseError, FitError
from bulkwise.models.base import Array, Trained, forward, rebuild, view
from bulkwise.models.classifier import ExpressionClassifier
from bulkwise.models.transfer.denoising import DenoisingAutoencoder
from bulkwise.models.transfer.source import Source
from bulkwise.models.transfer.start import drawn, started
from bulkwise.models.transfer.tuning import Runner, Tuning
from bulkwise.networks.mlp import MLP
from bulkwise.preprocess import for_unit
from bulkwise.randomness import Seeds
from bulkwise.split import inner_holdout, subsample
from bulkwise.study.base import Arrays, Unit
from bulkwise.training.base import Training
from bulkwise.training.rowspace import RowSpace

__all__ = ["COLUMNS", "OTHERS", "PRETRAINING", "compute", "pool_and_test", "units"]

OTHERS = "all others"
"""The source that is all domains but the target."""

PRETRAINING = ("classes", "denoising", "layerwise")
"""What a source's networks learn: its classes, or to rebuild noisy rows, whole or by layer."""

COLUMNS = (
    "size",
    "n",
    "missing",
    "method",
    "source",
    "pretraining",
    "freeze",
    "balanced_accuracy",
    "accuracy",
    "error",
)
"""Of a fit; ``method`` is transfer, direct, scratch or a baseline's name."""

_DIGITS = 9


def units(targets: Sequence[str], repeats: int) -> tuple[Unit, ...]:
    """One unit a repeat and target."""
    return tuple(
        Unit(f"repeat-{repeat:03d}-{place:03d}", {"repeat": repeat, "target": target})
        for repeat in range(repeats)
        for place, target in enumerate(targets)
    )


def pool_and_test(codes: Array, groups: Array, *, share: float, seeds: Seeds) -> tuple[Any, Any]:
    """Whom of a target to draw from and whom to test on in one repeat."""
    return inner_holdout(codes, groups, share=share, random_state=seeds.sklearn("test"))


@dataclass(frozen=True, eq=False)
class _Pretrained:
    """A source's model, and how it was trained."""

    name: str
    pretraining: str
    model: Any  # or the error, in words


class _Target:
    """The samples of the target: who is drawn from, who is tested, and what they are."""

    def __init__(self, asked: Mapping[str, Any], unit: Mapping[str, Any], arrays: Arrays) -> None:
        self.asked, self.arrays, self.name = asked, arrays, str(unit["target"])
        self.seeds = Seeds(asked["seed"]).child("repeat", unit["repeat"])
        self.place = asked["domains"].index(self.name)
        own = np.flatnonzero(np.asarray(arrays["of"]) == self.place)
        self.classes, codes = np.unique(np.asarray(arrays["codes"])[own], return_inverse=True)
        groups = np.asarray(arrays["groups"])[own]
        pool, test = pool_and_test(codes, groups, share=asked["share"], seeds=self.seeds)
        self.pool, self.test = own[pool], own[test]
        self.codes, self.groups = codes[pool], groups[pool]
        self.observed = codes[test]
        self.network = MLP(**{**asked["network"], "widths": tuple(asked["network"]["widths"])})
        self.training = Training(**asked["training"])

    def steps(self, place: int) -> Pipeline:
        """The preprocessing of a domain's unit."""
        return make_pipeline(*for_unit(self.asked["units"][place]))

    def rows_of(self, source: str) -> tuple[Array, Array, Array]:
        """A source's values, each domain standardised by itself, its codes and its patients.

        Whoever has a sample in the target is left out.
        """
        of, codes = np.asarray(self.arrays["of"]), np.asarray(self.arrays["codes"])
        groups = np.asarray(self.arrays["groups"])
        strangers = ~np.isin(groups, groups[of == self.place])
        names = self.asked["pooled"] if source == OTHERS else [source]
        values, chosen = [], []
        for name in names:
            place = self.asked["domains"].index(name)
            own = np.flatnonzero((of == place) & strangers)
            if place == self.place or len(own) < 2:
                continue
            chosen.append(own)
            values.append(self.steps(place).fit_transform(np.array(self.arrays["X"][own])))
        if not chosen:
            return np.empty((0, 0)), np.empty(0, np.intp), np.empty(0, np.intp)
        index = np.concatenate(chosen)
        return np.concatenate(values), codes[index], groups[index]

    def pretrained(self) -> Iterator[_Pretrained]:
        """Every source's model, trained on all of its samples."""
        for source in self.asked["sources"]:
            if source == self.name:
                continue
            values, codes, groups = self.rows_of(source)
            rows = RowSpace.of(values) if len(values) else None
            for pretraining in self.asked["pretraining"]:
                seed = self.seeds.sklearn("source", source, pretraining)
                try:
                    if rows is None or len(np.unique(codes)) < 2:
                        yield _Pretrained(
                            source,
                            pretraining,
                            "it has no two classes beside the target's patients",
                        )
                        continue
                    model = self._fitted(pretraining, rows, codes, groups, seed)
                except BulkwiseError as error:
                    yield _Pretrained(source, pretraining, str(error))
                    continue
                yield _Pretrained(source, pretraining, model)

    def _fitted(
        self, pretraining: str, rows: RowSpace, codes: Array, groups: Array, seed: int
    ) -> Any:
        """A source's model; one that learns classes by the steps of a fleet, which are faster."""
        if pretraining != "classes":
            return DenoisingAutoencoder(
                network=self.network,
                layerwise=pretraining == "layerwise",
                device="cpu",
                random_state=seed,
            ).fit_rows(rows, groups=groups)
        model = ExpressionClassifier(network=self.network, training=self.training, members=1)
        seen = view(rows, self.network, self.training, "auto")
        classes, own = np.unique(codes, return_inverse=True)
        tuning = Tuning(
            seen=seen,
            codes=own,
            n_classes=len(classes),
            groups=groups,
            network=self.network,
            training=self.training,
        )
        runner = Runner(drawn(self.network, seen, len(classes), seed), 0, seed)
        (trained,), _ = tuning.run([runner], Seeds(seed))
        if trained is None:
            raise FitError("training diverged")
        return model.adopt(seen, [trained], codes)


def compute(asked: Mapping[str, Any], unit: Mapping[str, Any], arrays: Arrays) -> Any:
    """Everything on one target in one repeat.

    Returns
    -------
    dict
        ``n_pool``, ``n_test``, and ``fits``: a list a fit, with the values of :data:`COLUMNS`.
    """
    target = _Target(asked, unit, arrays)
    sources = list(target.pretrained())
    fits: list[list[Any]] = []
    for size in asked["sizes"]:
        if size <= len(target.pool):
            fits += _Sized(target, size).fits(sources)
    return {"n_pool": len(target.pool), "n_test": len(target.test), "fits": fits}


class _Sized:
    """A subsample of the target: what is trained on it, judged on the target's test samples."""

    def __init__(self, target: _Target, size: int) -> None:
        self.target, self.size = target, size
        train = subsample(target.codes, target.groups, size, target.seeds)
        self.codes, self.groups = target.codes[train], target.groups[train]
        steps = target.steps(target.place)
        X: Any = target.arrays["X"]
        self.rows = RowSpace.of(steps.fit_transform(np.array(X[target.pool[train]])))
        self.others = steps.transform(np.array(X[target.test]))
        self.n_classes = len(target.classes)
        self.missing = self.n_classes - len(np.unique(self.codes))

    def fits(self, sources: Sequence[_Pretrained]) -> list[list[Any]]:
        """Rows of :data:`COLUMNS`."""
        if len(np.unique(self.codes)) < 2:
            return [self._row("scratch", error="all samples of the subsample are of one class")]
        rows = [*self._networks(sources), *self._baselines()]
        for one in sources:
            if one.pretraining == "classes" and not isinstance(one.model, str):
                rows += self._direct(one)
        return rows

    def _row(
        self,
        method: str,
        source: str = "",
        pretraining: str = "",
        freeze: int = 0,
        predicted: Array | None = None,
        error: str = "",
    ) -> list[Any]:
        scores: list[float | None] = [None, None]
        if predicted is not None:
            right = self.target.observed == predicted
            present = np.unique(self.target.observed)
            recalls = [right[self.target.observed == code].mean() for code in present]
            scores = [round(float(np.mean(recalls)), _DIGITS), round(float(right.mean()), _DIGITS)]
        place = [self.size, len(self.codes), self.missing, method, source, pretraining, freeze]
        return [*place, *scores, error]

    def _networks(self, sources: Sequence[_Pretrained]) -> list[list[Any]]:
        """From scratch and from every source, in lock-step."""
        target, network = self.target, self.target.network
        seen = view(self.rows, network, target.training, "auto")
        tuning = Tuning(
            seen=seen,
            codes=self.codes,
            n_classes=self.n_classes,
            groups=self.groups,
            network=network,
            training=target.training,
        )
        seed = target.seeds.seed("networks", self.size)
        runners = [Runner(drawn(network, seen, self.n_classes, seed), 0, seed)]
        what: list[tuple[str, str, str, int]] = [("scratch", "", "", 0)]
        failed = []
        for one in sources:
            if isinstance(one.model, str):
                failed.append(self._row("transfer", one.name, one.pretraining, error=one.model))
                continue
            source = Source.of(one.model)
            keep = source.classes is not None and np.array_equal(source.classes, target.classes)
            places = np.arange(self.rows.n_genes)
            start = started(
                network,
                source.member(0),
                places,
                seen,
                self.n_classes,
                keep_head=keep,
                seed=seed,
            )
            for freeze in target.asked["freeze"]:
                runners.append(Runner(start, freeze, seed))
                what.append(("transfer", one.name, one.pretraining, freeze))
        found, _ = tuning.run(runners, target.seeds.child("tuning", self.size))
        rows = []
        for words, trained in zip(what, found, strict=True):
            if trained is None:
                rows.append(self._row(*words, error="training diverged"))
                continue
            rows.append(self._row(*words, predicted=self._predicted(trained)))
        return rows + failed

    def _predicted(self, trained: Trained) -> Array:
        state = {f"0.{name}": value for name, value in trained.parameters.items()}
        n_genes = self.rows.n_genes
        (module,) = rebuild(self.target.network, state, n_genes, self.n_classes)
        codes: Array = forward(module, self.others, self.rows.mean).argmax(axis=1)
        return codes

    def _direct(self, one: _Pretrained) -> list[list[Any]]:
        """The source's own classes of the target's samples, where it knows them all."""
        classes = self.target.classes
        if not np.isin(classes, one.model.classes_).all():
            return []
        chances = one.model.predict_proba(self.others) * one.model.class_weight_
        columns = np.searchsorted(one.model.classes_, classes)
        predicted = cast(Array, chances[:, columns].argmax(axis=1))
        return [self._row("direct", one.name, "classes", predicted=predicted)]

    def _baselines(self) -> list[list[Any]]:
        rows = []
        for name in self.target.asked["baselines"]:
            seed = self.target.seeds.sklearn(name)
            model: Any = BASELINES[name](seed, tries=self.target.asked["tries"])
            try:
                self._fit(model)
                rows.append(self._row(name, predicted=np.asarray(model.predict(self.others))))
            except (BulkwiseError, ValueError) as error:
                rows.append(self._row(name, error=str(error)))
        return rows

    def _fit(self, model: Any) -> None:
        if hasattr(model, "fit_rows"):
            model.fit_rows(self.rows, self.codes, groups=self.groups)
            return
        asked = get_routing_for_object(model).consumes("fit", ["groups"])
        more = {"groups": self.groups} if "groups" in asked else {}
        model.fit(self.rows.X, self.codes, **more)
