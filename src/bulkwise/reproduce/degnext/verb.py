"""One call for the whole reproduction."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from bulkwise.errors import InputError
from bulkwise.evaluation.base import Estimate
from bulkwise.evaluation.direction.scores import METRICS
from bulkwise.randomness import Seeds
from bulkwise.reproduce.base import Reproduction
from bulkwise.reproduce.degnext import paper
from bulkwise.reproduce.degnext.cohorts import opened
from bulkwise.reproduce.degnext.page import compose
from bulkwise.reproduce.degnext.tables import text_table
from bulkwise.reproduce.degnext.trials import Found, Judged, mean_metric, run_trials

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["reproduce_degnext"]


def reproduce_degnext(
    cohorts: Sequence[AnnData],
    *,
    epochs: int = 50,
    random_state: int = 0,
    command: str | None = None,
) -> Reproduction:
    """Set DEGnext's tables 2 and 3 and its noise figure beside ours.

    In each cohort that has T3, the network learns from T1 (T2 where it isn't there) and F1, or in
    five folds of T3 where there is nothing else; for the transfer it learns from the paper's
    training cohorts one after another, and is tested on the others. Beside it stand the paper's
    rivals, rules without parameters and :class:`bulkwise.models.DirectionModel`, fitted on other
    cohorts only.

    Parameters
    ----------
    cohorts
        As :func:`degnext_cohorts` reads them; ``.uns["cohort"]`` is TCGA's code.
    epochs
        Of the first stage; the second takes 31 for each 50 of them.
    random_state
        Seed.
    command
        What was typed, for the record.

    Raises
    ------
    InputError
        If there is nothing to test, a number is out of its range, or a cohort's labels contradict
        its matrix.
    """
    if epochs < 1:
        raise InputError(f"Expected at least one epoch; got {epochs}.")
    started, seeds = time.perf_counter(), Seeds(random_state)
    found = run_trials(opened(cohorts), epochs=epochs, seeds=seeds)
    if not found.general and not found.transfer:
        raise InputError(
            "Nothing can be tested: expected cohorts with genes of the part T3, or cohorts of the "
            f"paper's that teach ({', '.join(paper.TAUGHT)}) and that are tested "
            f"({', '.join(paper.TESTED)})."
        )
    run = {
        "seed": random_state,
        "epochs": epochs,
        "cohorts": [str(one.uns.get("cohort", "")) for one in cohorts],
        "seconds": time.perf_counter() - started,
        "command": command,
    }
    return Reproduction(
        paper="degnext",
        page=compose(found, run),
        metrics=_metrics(found),
        summary=text_table(found),
        run=run,
    )


def _metrics(found: Found) -> dict[str, Any]:
    models: dict[str, Any] = {}
    cohorts: dict[str, Any] = {}
    printed: dict[str, Any] = {}
    for table, judged, values in (
        ("table 2", found.general, paper.GENERAL),
        ("table 3", found.transfer, paper.TRANSFER),
    ):
        if not judged:
            continue
        for method in judged[0].scores:
            models[f"{method}; {table}"] = {
                "metrics": {key: asdict(mean_metric(judged, method, key)) for key in METRICS}
            }
        cohorts[table] = {one.cohort: _cohort(one) for one in judged}
        printed[f"DEGnext; {table}"] = {"metrics": _printed(judged, values)}
    return {
        "models": models,
        "cohorts": cohorts,
        "noise": {str(level): _accuracies(judged) for level, judged in found.noise.items()},
        "changed": {what: _accuracies(judged) for what, judged in found.changed.items()},
        "paper": {"models": printed},
    }


def _cohort(one: Judged) -> dict[str, Any]:
    return {
        "taught": one.taught,
        "tested": one.tested,
        "genes": len(one.truth),
        "models": {method: one.metrics(method) for method in one.scores},
    }


def _accuracies(judged: Sequence[Judged]) -> dict[str, Any]:
    return {name: asdict(mean_metric(judged, name, "accuracy")) for name in judged[0].scores}


def _printed(judged: Sequence[Judged], values: Mapping[str, tuple[float, ...]]) -> dict[str, Any]:
    rows = np.array([values[one.cohort] for one in judged if one.cohort in values])
    if not len(rows):
        return {}
    nothing = float("nan")
    return {
        key: asdict(Estimate(float(mean), nothing, nothing))
        for key, mean in zip(METRICS, rows.mean(axis=0), strict=False)
    }
