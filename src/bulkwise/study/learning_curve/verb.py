"""``curve``: from a cohort and a question to what more samples would bring, by method."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bulkwise.baselines import BASELINES, available
from bulkwise.errors import InputError
from bulkwise.evaluation.base import Inputs
from bulkwise.evaluation.inputs import open_inputs
from bulkwise.evaluation.runinfo import Stages, run_info
from bulkwise.randomness import Seeds
from bulkwise.storage import PathLike, hash_array
from bulkwise.study.base import Engine, Plan, code_hash
from bulkwise.study.conductor import Carried, carry_out
from bulkwise.study.learning_curve.results import Curve, points_of, table_of, verdict
from bulkwise.study.learning_curve.units import METHODS, compute, pool_and_test, units

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["curve"]

_SMALLEST, _N_SIZES = 20, 6


def curve(
    cohort: AnnData,
    *,
    target: str,
    folder: PathLike,
    groups: str | None = None,
    methods: Sequence[str] = METHODS,
    sizes: Sequence[int] | None = None,
    repeats: int = 10,
    tries: int = 4,
    share: float = 0.3,
    engine: Engine | None = None,
    random_state: int = 0,
    command: Sequence[str] = (),
) -> Curve:
    """Fit methods on more and more samples and judge them on the same patients.

    In each repeat a share of each class's patients is held out to test on, and subsamples of
    whole patients are drawn from the others, a smaller one a part of every larger one.
    Preprocessing and tuning happen inside the subsample.

    Parameters
    ----------
    cohort
        Samples x genes with the sample sheet in ``obs`` and ``uns["unit"]``. Not changed.
    target
        Column to predict.
    folder
        Where results go; a curve that was broken off goes on from there.
    groups
        Column that names the patient; by default ``patient`` if there is one.
    methods
        ``"network"`` and names in ``bulkwise.baselines.BASELINES``.
    sizes
        Numbers of training samples; by default six from 20 to all that aren't tested.
    repeats
        How often all is drawn anew.
    tries
        The most settings that each method but the network tries within a subsample.
    share
        Of each class's patients to test on, in (0, 1).
    engine
        Where to compute; by default one process for each processor.
    random_state
        Seed.
    command
        Words of the command line, kept in the plan.

    Raises
    ------
    InputError
        If a method isn't known or can't be made here, or a size is larger than there are samples
        to draw from.
    SampleError
        If a column or label is missing, or patients are too few to split.
    StudyError
        If the folder holds another study, or every unit failed.
    """
    stages = Stages()
    with stages("prepare"):
        inputs = open_inputs(cohort, target=target, groups=groups, source=None, holdout_by=None)
        chosen = _sizes(inputs, sizes, repeats, share, random_state)
        names = _methods(methods)
        asked: dict[str, Any] = {
            "unit": inputs.unit,
            "methods": names,
            "n_classes": len(inputs.classes),
            "tries": tries,
            "share": share,
            "seed": random_state,
        }
        plan = Plan(
            kind="curve",
            settings=asked,
            data=hash_array(inputs.X, inputs.labels.tolist(), inputs.groups.tolist()),
            seed=random_state,
            code=code_hash(),
            threads=1,
            units=units(chosen, repeats),
            command=tuple(command),
        )
    arrays = {"X": inputs.X, "codes": inputs.codes, "groups": inputs.group_codes}
    with stages("fits"):
        carried = carry_out(
            plan, compute, arrays, folder, engine=engine, description="fitting the curve"
        )
    where = {unit.name: unit.settings for unit in plan.units}
    fits = table_of(carried.results, where, names)
    points = points_of(fits)
    known = sorted(fits["size"].unique().tolist())
    found = Curve(
        asked={
            **asked,
            "cohort": inputs.name,
            "target": inputs.target,
            "counts": inputs.counts(),
            "n_samples": len(inputs.samples),
            "n_genes": len(inputs.genes),
            "n_patients": inputs.n_groups,
            "sizes": known,
            "repeats": repeats,
        },
        fits=fits,
        points=points,
        verdict=verdict(points, known, len(inputs.samples)),
        findings=_findings(inputs, carried, fits),
        run=_run(inputs, stages, command, random_state),
    )
    found.save(folder)
    return found


def _methods(names: Sequence[str]) -> list[str]:
    rivals = [name for name in names if name != "network"]
    unknown = [name for name in rivals if name not in BASELINES]
    if unknown or not names:
        raise InputError(
            f"The method {unknown[0] if unknown else ''!r} isn't known: expected network or some "
            f"of {', '.join(BASELINES)}."
        )
    absent = available(rivals)[1]
    if absent:
        name, install = next(iter(absent.items()))
        raise InputError(f"The method {name!r} isn't installed; install it with `{install}`.")
    return list(dict.fromkeys(names))


def _sizes(
    inputs: Inputs, sizes: Sequence[int] | None, repeats: int, share: float, random_state: int
) -> list[int]:
    """The sizes asked for, or six evenly spaced by their logarithm."""
    if repeats < 2:
        raise InputError(f"A learning curve needs at least 2 repeats. Got {repeats!r}.")
    if not 0 < share < 1:
        raise InputError(f"The share to test on must be in the range (0, 1). Got {share!r}.")
    seeds = Seeds(random_state)
    pools = [
        pool_and_test(
            inputs.codes, inputs.groups, share=share, seeds=seeds.child("repeat", repeat)
        )[0]
        for repeat in range(repeats)
    ]
    most = min(map(len, pools))
    least = 2 * len(inputs.classes)
    if sizes is None:
        start = min(max(_SMALLEST, least), most)
        spaced = np.geomspace(start, most, _N_SIZES)
        return sorted({round(float(size)) for size in spaced})
    wrong = [size for size in sizes if not least <= size <= most]
    if wrong or not sizes:
        raise InputError(
            f"A training size must be from {least} (two samples a class) to {most}, the samples "
            f"left to draw from when {share:.0%} of the patients are tested. Got "
            f"{wrong[0] if wrong else 'none'}."
        )
    return sorted(set(sizes))


def _findings(inputs: Inputs, carried: Carried, fits: Any) -> tuple[dict[str, str], ...]:
    found = [
        {"level": one.level, "message": one.message}
        for one in inputs.findings
        if one.code != "source-column"
    ]
    found += [
        {"level": "warning", "message": f"The unit {name} failed and was left out: {error}"}
        for name, error in carried.failed.items()
    ]
    missing = fits[fits["missing"] > 0]
    if len(missing):
        n, largest = missing.groupby(["size", "repeat"]).ngroups, int(missing["size"].max())
        message = (
            f"In {n} subsamples (up to {largest} samples) a class was missing; its test samples "
            "count as told wrong."
        )
        found.append({"level": "note", "message": message})
    failed = fits[fits["error"].astype(bool)]
    if len(failed):
        first = failed.iloc[0]
        message = f"{len(failed)} fits failed, {first['method']} first: {first['error']}"
        found.append({"level": "warning", "message": message})
    return tuple(found)


def _run(
    inputs: Inputs, stages: Stages, command: Sequence[str], random_state: int
) -> dict[str, Any]:
    return run_info(
        stages,
        X=inputs.X,
        samples=inputs.samples,
        genes=inputs.genes,
        seed=random_state,
        command=shlex.join(["bulkwise", *command]) if command else None,
        seconds_of_fit={},
        reductions={},
    )
