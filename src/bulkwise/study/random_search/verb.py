"""``search``: from a cohort and a question to the networks that answer it best, honestly judged."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import asdict, astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bulkwise import bundle
from bulkwise.errors import InputError, StudyError
from bulkwise.evaluation.base import METRICS
from bulkwise.evaluation.runinfo import Stages, run_info
from bulkwise.models.base import SQUARED_LENGTH
from bulkwise.randomness import Seeds
from bulkwise.storage import PathLike, hash_array
from bulkwise.study.base import Engine, Plan, code_hash
from bulkwise.study.conductor import Carried, carry_out
from bulkwise.study.random_search import networks
from bulkwise.study.random_search.outer import BEST, ENSEMBLE, LOGISTIC, judged, refitted
from bulkwise.study.random_search.parts import Parts, facts, shared_arrays, split
from bulkwise.study.random_search.results import FLEET_COLUMNS, Search, importance, table_of
from bulkwise.study.random_search.sampling import Guide, drawn_of, require_sampler, units
from bulkwise.study.random_search.space import space_named

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

__all__ = ["search"]

_KEPT = 10  # numbers of the best trials
_MEMORY = 1 << 30  # of a unit's networks
_RUNGS = (0.2, 0.5)  # of the epochs
_ALONE = 20  # networks of a unit where each trains to its end
_SCORE = "balanced_accuracy"
_SHOWN = (_SCORE, "accuracy", "auroc", "macro_f1", "brier")


def search(
    cohort: AnnData,
    *,
    target: str,
    folder: PathLike,
    groups: str | None = None,
    trials: int = 1000,
    space: str = "compact",
    sampler: str = "random",
    epochs: int | None = None,
    holdout: float = 0.2,
    engine: Engine | None = None,
    device: str = "cpu",
    random_state: int = 0,
    command: Sequence[str] = (),
) -> Search:
    """Train many networks with settings drawn at random, and judge the best on new patients.

    A share of each class's patients is held out and takes no part. Of the others, four fifths
    train all networks and the rest choose among them. The best are trained anew on all of these
    and judged once on those held out, beside a logistic regression that needs no search.

    Parameters
    ----------
    cohort
        Samples x genes with the sample sheet in ``obs`` and ``uns["unit"]``. Not changed.
    target
        Column to predict.
    folder
        Where results go, while the search goes on and at its end. A search that was broken off
        goes on from there.
    groups
        Column that names the patient; by default ``patient`` if there is one.
    trials
        How many networks.
    space
        A name in :data:`SPACES`.
    sampler
        Who proposes settings: ``"random"``, or ``"optuna"`` (its tree-structured Parzen estimator,
        250 networks at a time, by the balanced accuracy of those before).
    epochs
        Most epochs of a network; by default the space's own.
    holdout
        Share of each class's patients that is held out, in (0, 1).
    engine
        Where to compute; by default one process for each processor.
    device
        ``"cpu"``, ``"cuda"`` or ``"auto"``.
    random_state
        Seed.
    command
        Words of the command line, kept in the plan.

    Returns
    -------
    Search
        What was found; it is saved in the folder, and the best network beside it as a bundle,
        ``best.zip``, fitted on all patients but those held out.

    Raises
    ------
    InputError
        If an option is out of its range or the folder is somebody else's.
    SampleError
        If a column or label is missing, or patients are too few to split.
    StudyError
        If the folder holds another search, another process is at work on it, or no network could
        be trained.

    References
    ----------
    Hanczar, Bourgeais, Zehraoui (2022), "Assessment of deep learning and transfer learning for
    cancer prediction based on gene expression data", BMC Bioinformatics 23.
    """
    chosen, stages = space_named(space), Stages()
    _check(trials, holdout, epochs)
    require_sampler(sampler)
    with stages("prepare"):
        parts = split(cohort, target, groups, holdout, random_state)
        asked = _asked(parts, space, epochs or chosen.epochs, random_state, device)
        asked["sampler"] = sampler
        size = _unit_size(chosen.halving, sampler)
        plan = Plan(
            kind="search",
            settings=asked,
            data=hash_array(
                parts.inputs.X, parts.inputs.labels.tolist(), list(parts.inputs.groups)
            ),
            seed=random_state,
            code=code_hash(),
            threads=1,
            units=units(trials, size, "networks"),
            command=tuple(command),
        )
        arrays = shared_arrays(parts)
    with stages("networks"):
        carried = carry_out(
            plan,
            networks.compute,
            arrays,
            folder,
            engine=engine,
            description="training networks",
            guide=Guide(asked, FLEET_COLUMNS.index(_SCORE), True) if sampler == "optuna" else None,
        )
    results = list(carried.results.values())
    table = table_of(results, FLEET_COLUMNS, [*chosen.settings, "widths"])
    with stages("refit"):
        best, drawn = _ranked(table)[:_KEPT], drawn_of(results)
        pipelines = refitted(parts, asked, table, {n: drawn[n] for n in best[:ENSEMBLE]})
    with stages("judge"):
        models, difference, p_value = judged(parts, pipelines, random_state)
    found = Search(
        asked={
            **facts(parts),
            **asked,
            "trials": trials,
            "what": "networks",
            "rival": LOGISTIC,
            "score": _SCORE,
            "chance": 1 / len(parts.inputs.classes),
            "metrics": {key: astuple(METRICS[key]) for key in _SHOWN},
            "vary": {name: asdict(one) for name, one in chosen.settings.items()},
        },
        trials=table,
        best=tuple(best),
        importance=(),
        explained=float("nan"),
        models=models,
        difference=difference,
        p_value=p_value,
        verdict=(),
        findings=_findings(parts, carried),
        run=_run(parts, stages, carried, command, random_state, trials),
    )
    with stages("importance"):
        seed = Seeds(random_state).sklearn("forest")
        found.importance, found.explained = importance(table, found.settings, found.scores(), seed)
    found.run["seconds"]["importance"] = round(stages.seconds["importance"], 3)
    found.verdict = _verdict(found)
    found.save(folder)
    bundle.save(
        pipelines[0],
        Path(folder) / "best.zip",
        cohort=cohort[parts.search].copy(),
        target=target,
        groups=parts.inputs.group_column,
    )
    return found


def _check(trials: int, holdout: float, epochs: int | None) -> None:
    if trials < 1:
        raise InputError(f"The number of trials must be 1 or more. Got {trials!r} instead.")
    if epochs is not None and epochs < 1:
        raise InputError(f"The number of epochs must be 1 or more. Got {epochs!r} instead.")
    if not 0 < holdout < 1:
        raise InputError(f"The share held out must be in the range (0, 1). Got {holdout!r}.")


def _unit_size(halving: bool, sampler: str) -> int:
    """Networks of a unit: many where losers are dropped among them, few where none is."""
    size = networks.NETWORKS_OF_A_UNIT if halving else min(networks.NETWORKS_OF_A_UNIT, _ALONE)
    return size // 2 if sampler == "optuna" else size  # asked more often


def _asked(parts: Parts, space: str, epochs: int, random_state: int, device: str) -> dict[str, Any]:
    chosen = space_named(space)
    rungs = sorted({max(1, round(share * epochs)) for share in _RUNGS}) if chosen.halving else []
    return {
        "space": space,
        "epochs": epochs,
        "patience": chosen.patience,
        "halving": [rung for rung in rungs if rung < epochs],
        "n_classes": len(parts.inputs.classes),
        "fan_in": round(SQUARED_LENGTH),
        "memory": _MEMORY,
        "device": device,
        "seed": random_state,
    }


def _ranked(table: pd.DataFrame) -> list[int]:
    """Trials that were trained to their end, the best first."""
    through = table[table["ended"].isin(["epochs", "patience"]) & table["loss"].notna()]
    if through.empty:
        raise StudyError(
            "No network could be trained to its end: all diverged; see trials.csv, and check that "
            "the values have the unit that was stated."
        )
    order = through.sort_values(
        ["balanced_accuracy", "loss", "trial"], ascending=[False, True, True]
    )
    return [int(trial) for trial in order["trial"]]


def _findings(parts: Parts, carried: Carried) -> tuple[dict[str, str], ...]:
    found = [
        {"level": one.level, "message": one.message}
        for one in parts.inputs.findings
        if one.code != "source-column"
    ]
    missing = sorted(set(parts.inputs.labels) - set(parts.inputs.labels[parts.outer]), key=str)
    if missing:
        words = ", ".join(missing)
        message = f"Nobody of {words} could be held out, so the figures say nothing about them."
        found.append({"level": "warning", "message": message})
    for name, error in carried.failed.items():
        message = f"The unit {name} failed and its networks are missing: {error}"
        found.append({"level": "warning", "message": message})
    return tuple(found)


def _run(
    parts: Parts,
    stages: Stages,
    carried: Carried,
    command: Sequence[str],
    random_state: int,
    trials: int,
) -> dict[str, Any]:
    inputs = parts.inputs
    info = run_info(
        stages,
        X=inputs.X,
        samples=inputs.samples,
        genes=inputs.genes,
        seed=random_state,
        command=shlex.join(["bulkwise", *command]) if command else None,
        seconds_of_fit={},
        reductions={},
    )
    spent = stages.seconds["networks"]
    return {
        **info,
        "networks": trials,
        "networks_per_second": None if carried.resumed else round(trials / spent, 3),
        "seconds_computing": round(carried.seconds, 3),
        "resumed_units": carried.resumed,
    }


def _verdict(found: Search) -> tuple[str, ...]:
    asked, table = found.asked, found.trials
    best = table.set_index("trial").loc[found.best[0]]
    new = found.models[BEST]["balanced_accuracy"]
    rival = found.models[LOGISTIC]["balanced_accuracy"]
    sentences = [
        f"Trained anew, the best of {asked['trials']:,} networks reaches a balanced accuracy of "
        f"{new} on {asked['patients_held_out']} patients who took no part in the search and were "
        "looked at once.",
        f"On the {asked['n_choose']} samples that it was chosen on, it had "
        f"{best['balanced_accuracy']:.3f}: the best of {asked['trials']:,} tries, so no estimate "
        "of anything.",
    ]
    gap = found.difference
    word = "more" if gap.value > 0 else "less"
    clear = gap.low > 0 or gap.high < 0
    compared = (
        "the same"
        if gap.low == gap.high == 0
        else f"the network has {abs(gap.value):.3f} {word} [{gap.low:.3f}, {gap.high:.3f}], "
        f"{'a clear' if clear else 'no clear'} difference"
    )
    sentences.append(f"Logistic regression, without a search, reaches {rival}: {compared}.")
    if found.importance and found.explained > 0:
        first = found.importance[0]
        title = found.settings[first.setting].title.lower()
        sentences.append(
            f"What mattered most was: {title.split(' (')[0]}. The settings explain "
            f"{found.explained:.0%} of the variation of the balanced accuracy."
        )
    return tuple(sentences)
