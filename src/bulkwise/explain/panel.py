"""What a small panel of genes is worth: selected, trained and tested inside each fold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sklearn.base import clone
from sklearn.pipeline import Pipeline, make_pipeline

from bulkwise import recipes
from bulkwise.evaluation import compare
from bulkwise.models import RandomPanel, RowSpaceLogistic, StabilitySelection
from bulkwise.preprocess import TTestSelection
from bulkwise.randomness import Seeds

if TYPE_CHECKING:
    from anndata import AnnData

    from bulkwise.evaluation import Evaluation

__all__ = ["judge_panel", "panel_models"]

_PAIRS = 25  # of halves, in each fold
_RANDOM_PANELS = 3
_FEW_SAMPLES = 200  # below it the folds are drawn
_REPEATS = 3  # times


def panel_models(
    steps: Pipeline, unit: str, *, k: int, method: str, network: str, seed: int
) -> dict[str, Any]:
    """A panel of k genes and what to compare it with, each a whole pipeline.

    Parameters
    ----------
    steps
        Preprocessing; it is cloned.
    unit
        Of the cohort.
    k, method
        See :class:`bulkwise.models.StabilitySelection`.
    network
        A name in ``bulkwise.recipes.CLASSIFIERS``.
    seed
        Of all that is random.

    Returns
    -------
    dict
        Name -> pipeline: the panel, the k genes of the largest t (F), random panels, and all genes
        with L2-logistic regression (which also reads the panels) and with the network.
    """
    seeds = Seeds(seed)
    selectors: dict[str, Any] = {
        f"stable-{k}": StabilitySelection(
            k=k, method=method, n_pairs=_PAIRS, random_state=seeds.sklearn("halves")
        ),
        f"ttest-{k}": TTestSelection(k=k, test="pooled"),
    }
    for number in range(1, _RANDOM_PANELS + 1):
        drawn = seeds.sklearn("random panel", number)
        selectors[f"random-{k}-{number}"] = RandomPanel(k=k, random_state=drawn)
    before = [clone(step) for _, step in steps.steps]
    reader = RowSpaceLogistic(random_state=seeds.sklearn("logistic"))
    # selector and reader make one step, so that a fold is prepared once for all models
    models = {
        name: make_pipeline(*before, make_pipeline(one, reader)) for name, one in selectors.items()
    }
    deep = recipes.classifier(unit, network=network, random_state=seeds.sklearn("network"))[-1]
    models["all-logistic"] = make_pipeline(*before, reader)
    models[f"all-{network}"] = make_pipeline(*before, deep)
    return models


def judge_panel(
    cohort: AnnData,
    models: Mapping[str, Any],
    *,
    target: str,
    groups: str | None = None,
    source: str | None = None,
    folds: int = 5,
    random_state: int = 0,
    command: str | None = None,
) -> Evaluation:
    """Judge the models of :func:`panel_models` out of fold, patients apart, by AUROC.

    AUROC, because it doesn't depend on where a model puts its threshold.

    Parameters
    ----------
    cohort, target, groups, source, folds, random_state, command
        See :func:`bulkwise.compare`.
    models
        Name -> pipeline, the panel first.
    """
    return compare(
        models,
        cohort,
        target=target,
        groups=groups,
        source=source,
        folds=folds,
        repeats=_REPEATS if cohort.n_obs < _FEW_SAMPLES else 1,
        permutations=0,
        baselines=("majority",),
        metric="auroc",
        random_state=random_state,
        command=command,
    )
