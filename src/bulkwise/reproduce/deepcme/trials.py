"""The trials: each variant and rival on the same splits, under two protocols."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from bulkwise import recipes
from bulkwise.evaluation.base import Estimate
from bulkwise.evaluation.corrected import resampled_t
from bulkwise.explain import score_genes
from bulkwise.models import ExpressionClassifier
from bulkwise.networks import DeepCME
from bulkwise.preprocess import for_unit
from bulkwise.progress import track
from bulkwise.randomness import Seeds
from bulkwise.reproduce.deepcme.paper import BATCH_SIZES, STRENGTHS
from bulkwise.split import inner_holdout

if TYPE_CHECKING:
    from bulkwise.evaluation.base import Inputs

__all__ = [
    "FORMS",
    "HONEST",
    "PUBLISHED",
    "SCORED",
    "Run",
    "Swept",
    "Trials",
    "run_trials",
    "sweep",
]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
Matrix = NDArray[Any]

FORMS = ("published", "by gene")
HONEST, PUBLISHED = "scaled in the training part", "scaled before the split"
PARTS = ("train", "validation", "test")
SCORED = {"deepcme-64": "deepcme", "deepcme-sparse": "attribution"}
_SHARE = 0.2


@dataclass(frozen=True, eq=False)
class Run:
    """One model over the repeats.

    Attributes
    ----------
    auc
        Repeats x (train, validation, test).
    genes
        Genes that remain in the first layer, one a repeat; none for models without one.
    scores
        Repeats x genes, or None.
    """

    auc: Floats
    genes: Floats
    scores: Floats | None = None


@dataclass(frozen=True, eq=False)
class Swept:
    """Mean test AUC, and genes that remain, batch sizes x strengths."""

    auc: Floats
    genes: Floats


@dataclass(frozen=True, eq=False)
class Trials:
    """What was found on one cohort.

    Attributes
    ----------
    runs
        Protocol -> model -> run.
    n_train, n_test
        Samples that a network learns from (without those held back), and in the test part.
    """

    name: str
    counts: Mapping[str, int]
    n_train: int
    n_test: int
    gene_names: tuple[str, ...]
    runs: Mapping[str, Mapping[str, Run]]

    def estimate(self, protocol: str, model: str, part: int = 2) -> Estimate:
        """Mean AUC over the repeats, with an interval that knows of their overlap."""
        found = self._corrected(self.runs[protocol][model].auc[:, part])[0]
        return Estimate(found.value, max(found.low, 0.0), min(found.high, 1.0))

    def against(self, protocol: str, model: str, rival: str) -> tuple[Estimate, float]:
        """Difference of the test AUC, and the P of the corrected test."""
        runs = self.runs[protocol]
        return self._corrected(runs[model].auc[:, 2] - runs[rival].auc[:, 2])

    def _corrected(self, values: Floats) -> tuple[Estimate, float]:
        n = np.ones(len(values))
        return resampled_t(values, self.n_train * n, self.n_test * n)


def networks(unit: str, epochs: int, seed: int) -> dict[str, ExpressionClassifier]:
    """DeepCME as published (64 and 128 units), its ablation, and the form with a gene penalty."""

    def made(**settings: Any) -> ExpressionClassifier:
        model = recipes.deepcme(unit, epochs=epochs, random_state=seed, **settings)[-1]
        return cast(ExpressionClassifier, model.set_params(members=1))

    def plain(l1: float) -> ExpressionClassifier:
        model = made(l1=l1)
        model.network = DeepCME(penalty="published", batch_norm=False, dropout=0.0)
        return model

    return {
        "deepcme-64": made(),
        "deepcme-128": made(width=128, batch_size=64),
        "without L1": made(l1=0.0),
        "without batch norm and dropout": plain(100.0),
        "without batch norm, dropout and L1": plain(0.0),
        "deepcme-sparse": made(published=False),
    }


def rivals(seed: int) -> dict[str, Any]:
    """The paper's rivals, as scikit-learn sets them."""
    return {
        "svc": SVC(random_state=seed),
        "logistic": LogisticRegression(max_iter=1000),
        "forest": RandomForestClassifier(random_state=seed),
        "knn": KNeighborsClassifier(),
        "tree": DecisionTreeClassifier(random_state=seed),
    }


def _auc(model: Any, X: Matrix, y: Codes) -> float:
    if hasattr(model, "decision_function"):
        return float(roc_auc_score(y, model.decision_function(X)))
    return float(roc_auc_score(y, model.predict_proba(X)[:, 1]))


def _split(inputs: Inputs, seed: int) -> tuple[Codes, Codes]:
    """Positions of a fifth of the patients, by class, behind those of the rest."""
    return inner_holdout(inputs.codes, inputs.groups, share=_SHARE, random_state=seed)


def _scaled(inputs: Inputs, rows: Codes | slice) -> Matrix:
    """All samples, prepared as some of them say."""
    steps = make_pipeline(*for_unit(inputs.unit)).fit(inputs.X[rows])
    return np.asarray(steps.transform(inputs.X))


def run_trials(inputs: Inputs, *, repeats: int, epochs: int, seeds: Seeds) -> Trials:
    """Fit everything on one cohort, both protocols, the same splits for all.

    A fifth of the patients is the test part; of the rest a quarter is held back, by the class, to
    choose the epoch. Rivals learn from what is left, as the networks do.
    """
    found: dict[str, dict[str, list[Any]]] = {HONEST: {}, PUBLISHED: {}}
    before = _scaled(inputs, slice(None))
    sizes = (0, 0)
    for repeat in track(range(repeats), f"DeepCME and rivals on {inputs.name}", repeats):
        seed = seeds.sklearn("repeat", repeat)
        rest, test = _split(inputs, seed)
        for protocol, X in ((HONEST, _scaled(inputs, rest)), (PUBLISHED, before)):
            fits = networks(inputs.unit, epochs, seed)
            if protocol == PUBLISHED:
                fits = {name: fits[name] for name in fits if not name.startswith("without")}
            parts = (rest, rest, test)
            for name, network in fits.items():
                network.fit(X[rest], inputs.codes[rest], groups=inputs.groups[rest])
                held = rest[network.history_["held"]]
                parts = (np.setdiff1d(rest, held), held, test)
                found[protocol].setdefault(name, []).append(
                    _judged(network, name, X, inputs, parts)
                )
            for name, rival in rivals(seed).items():
                rival.fit(X[parts[0]], inputs.codes[parts[0]])
                found[protocol].setdefault(name, []).append(_judged(rival, name, X, inputs, parts))
            sizes = len(parts[0]), len(test)
    runs = {
        protocol: {name: _joined(rows) for name, rows in models.items()}
        for protocol, models in found.items()
    }
    return Trials(inputs.name, inputs.counts(), *sizes, inputs.genes, runs)


def _judged(
    model: Any, name: str, X: Matrix, inputs: Inputs, parts: tuple[Codes, Codes, Codes]
) -> tuple[list[float], float, Floats | None]:
    """AUC in each part, how many genes remain, and the genes' scores."""
    auc = [_auc(model, X[part], inputs.codes[part]) for part in parts]
    if not hasattr(model, "used_genes"):
        return auc, float("nan"), None
    scores = None
    if name in SCORED:
        scores = score_genes(model, X[parts[0]], inputs.codes[parts[0]], kind=SCORED[name])
    return auc, float(model.used_genes().sum()), scores


def _joined(rows: list[Any]) -> Run:
    auc, genes, scores = zip(*rows, strict=True)
    return Run(np.array(auc), np.array(genes), None if scores[0] is None else np.stack(scores))


def sweep(inputs: Inputs, *, repeats: int, epochs: int, seeds: Seeds) -> dict[str, Swept]:
    """Batch sizes and strengths of the penalty, for each form of it, one network a fit."""
    found: dict[str, Swept] = {}
    shape = (len(BATCH_SIZES), len(STRENGTHS))
    cells = [(form, *cell) for form in FORMS for cell in np.ndindex(shape)]
    for form, i, j in track(cells, f"Batch size and penalty on {inputs.name}", len(cells)):
        swept = found.setdefault(form, Swept(np.zeros(shape), np.zeros(shape)))
        for repeat in range(repeats):
            seed = seeds.sklearn("repeat", repeat)
            rest, test = _split(inputs, seed)
            X = _scaled(inputs, rest)
            model = recipes.deepcme(
                inputs.unit,
                published=form == "published",
                l1=STRENGTHS[j],
                batch_size=BATCH_SIZES[i],
                epochs=epochs,
                random_state=seed,
            )[-1].set_params(members=1)
            model.fit(X[rest], inputs.codes[rest], groups=inputs.groups[rest])
            swept.auc[i, j] += _auc(model, X[test], inputs.codes[test]) / repeats
            swept.genes[i, j] += model.used_genes().sum() / repeats
    return found
