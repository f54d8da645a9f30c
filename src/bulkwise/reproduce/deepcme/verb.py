"""One call for the whole reproduction."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bulkwise.errors import InputError, SampleError
from bulkwise.evaluation.base import Estimate, Inputs
from bulkwise.evaluation.inputs import open_inputs
from bulkwise.randomness import Seeds
from bulkwise.reproduce.base import Reproduction
from bulkwise.reproduce.deepcme import paper
from bulkwise.reproduce.deepcme.page import compose, returning, text_table
from bulkwise.reproduce.deepcme.trials import HONEST, SCORED, Trials, run_trials, sweep

if TYPE_CHECKING:
    from anndata import AnnData

    from bulkwise.storage import PathLike

__all__ = ["COHORTS", "metastasis_cohorts", "reproduce_deepcme"]

COHORTS = ("nki_subset", "gse2034_subset", "gse7390")
"""Files of the folder ``metastasis`` that the reproduction takes by default."""


def metastasis_cohorts(folder: PathLike) -> list[AnnData]:
    """Read the default cohorts from a folder of real data.

    Parameters
    ----------
    folder
        Holds ``metastasis/<name>.h5ad`` for each of :data:`COHORTS`.

    Raises
    ------
    InputError
        If a file isn't there.
    """
    from bulkwise.datasets import load

    paths = [Path(folder) / "metastasis" / f"{name}.h5ad" for name in COHORTS]
    for path in paths:
        if not path.is_file():
            raise InputError(
                f"There is no file {str(path)!r}: expected the cohorts {', '.join(COHORTS)} in a "
                "folder 'metastasis'; name the folder above it (--data), or your own cohorts."
            )
    return [load(str(path)) for path in paths]


def reproduce_deepcme(
    cohorts: Sequence[AnnData],
    *,
    target: str = "distant_metastasis",
    groups: str | None = None,
    repeats: int = 10,
    epochs: int = 500,
    sweep_repeats: int = 2,
    random_state: int = 0,
    command: str | None = None,
) -> Reproduction:
    """Set DeepCME's tables beside ours.

    On each cohort: the network as published (64 and 128 units), its ablation, the form with a
    penalty by gene, and the paper's rivals, on the same stratified 60/20/20 splits, scaled in the
    training part and, as the paper did, before the split. On the first cohort also batch size by
    strength of the penalty.

    Parameters
    ----------
    cohorts
        Samples x genes, two classes each.
    target, groups
        Columns of the endpoint and of the patient.
    repeats, sweep_repeats
        Splits; of the sweep (0 leaves it out).
    epochs
        Of the networks.
    random_state
        Seed.
    command
        What was typed, for the record.

    Raises
    ------
    SampleError
        If the target hasn't two classes, or a class is too small for the splits.
    InputError
        If there is no cohort or a number is out of its range.
    """
    if not cohorts or repeats < 2 or epochs < 1 or sweep_repeats < 0:
        raise InputError(
            "A reproduction of DeepCME needs a cohort, at least 2 repeats and 1 epoch, and no "
            f"negative number of repeats of the sweep; got {len(cohorts)} cohorts, {repeats}, "
            f"{epochs} and {sweep_repeats}."
        )
    started, seeds = time.perf_counter(), Seeds(random_state)
    opened = [_opened(cohort, target, groups) for cohort in cohorts]
    found = [run_trials(one, repeats=repeats, epochs=epochs, seeds=seeds) for one in opened]
    swept = None
    if sweep_repeats:
        first = opened[0]
        swept = first.name, sweep(first, repeats=sweep_repeats, epochs=epochs, seeds=seeds)
    run = {
        "seed": random_state,
        "repeats": repeats,
        "epochs": epochs,
        "sweep_repeats": sweep_repeats,
        "seconds": time.perf_counter() - started,
        "command": command,
    }
    metrics = {"models": _models(found), "genes": _stability(found), "paper": _printed()}
    if swept is not None:
        metrics["sweep"] = {
            "cohort": swept[0],
            "batch_sizes": paper.BATCH_SIZES,
            "strengths": paper.STRENGTHS,
            "forms": {form: asdict(one) for form, one in swept[1].items()},
        }
    return Reproduction(
        paper="deepcme",
        page=compose(found, swept, run),
        metrics=metrics,
        summary=text_table(found),
        run=run,
    )


def _opened(cohort: AnnData, target: str, groups: str | None) -> Inputs:
    inputs = open_inputs(cohort, target=target, groups=groups, source=None, holdout_by=None)
    if len(inputs.classes) != 2:
        raise SampleError(
            f"DeepCME tells two classes apart; {target!r} has {len(inputs.classes)} in "
            f"{inputs.name}: name a column with two."
        )
    return inputs


def _models(found: Sequence[Trials]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for trials in found:
        for protocol, runs in trials.runs.items():
            for name, run in runs.items():
                metrics = {"auroc": asdict(trials.estimate(protocol, name))}
                for part, key in enumerate(("auroc_train", "auroc_validation")):
                    metrics[key] = asdict(trials.estimate(protocol, name, part))
                if np.isfinite(run.genes).all():
                    low, high = float(run.genes.min()), float(run.genes.max())
                    metrics["genes"] = asdict(Estimate(float(run.genes.mean()), low, high))
                made[f"{name} ({trials.name}, {protocol})"] = {"metrics": metrics}
    return made


def _stability(found: Sequence[Trials]) -> dict[str, Any]:
    return {
        trials.name: {
            model: dict(zip(("shared", "by_chance"), returning(trials, model), strict=True))
            for model in SCORED
        }
        for trials in found
        if HONEST in trials.runs
    }


def _printed() -> dict[str, Any]:
    tables = {name: float(np.mean(scores)) for name, scores in paper.FOLDS.items()}
    values = tables | {name: value for name, value in paper.ABLATION.items() if "-" not in name}
    nothing = float("nan")
    return {
        name: {"metrics": {"auroc": asdict(Estimate(value, nothing, nothing))}}
        for name, value in values.items()
    }
