"""``transfer``: from cohorts to what networks trained on one of them are worth on another."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bulkwise.baselines import BASELINES, available
from bulkwise.errors import InputError
from bulkwise.evaluation.runinfo import Stages, run_info
from bulkwise.networks.mlp import MLP
from bulkwise.randomness import Seeds
from bulkwise.storage import PathLike, hash_array
from bulkwise.study.base import Engine, Plan, code_hash
from bulkwise.study.conductor import Carried, carry_out
from bulkwise.study.transfer_matrix.claims import claims_of, means_of, verdict
from bulkwise.study.transfer_matrix.domains import Domains, open_domains
from bulkwise.study.transfer_matrix.results import Transfer, points_of, table_of
from bulkwise.study.transfer_matrix.units import OTHERS, PRETRAINING, compute, pool_and_test, units
from bulkwise.training.base import Training

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["transfer"]

_LEAST_POOLED = 3


def transfer(
    cohorts: AnnData | Mapping[str, AnnData],
    *,
    target: str | Sequence[str],
    folder: PathLike,
    by: str | None = None,
    groups: str | None = None,
    sources: Sequence[str] | None = None,
    targets: Sequence[str] | None = None,
    apart: Sequence[str] = (),
    sizes: Sequence[int] = (20,),
    freeze: Sequence[int] = (0,),
    pretraining: Sequence[str] = ("classes",),
    network: MLP | None = None,
    training: Training | None = None,
    baselines: Sequence[str] = ("logistic", "linear-svm"),
    repeats: int = 10,
    share: float = 0.3,
    least: int = 10,
    engine: Engine | None = None,
    random_state: int = 0,
    command: Sequence[str] = (),
) -> Transfer:
    """Fine-tune networks from every source on few samples of every target, beside none.

    In each repeat a share of each class's patients of the target is held out to test on, and
    subsamples of whole patients are drawn from the others, a smaller one a part of every larger
    one. A source is trained on all samples of its domain whose patients aren't in the target.
    Genes are standardised in each domain by itself, in the target by the subsample alone.

    Parameters
    ----------
    cohorts
        One cohort with its domains in the column ``by``, or several by name, each a domain; on
        the genes that all have. Not changed.
    target
        Column to predict; one for all cohorts or one each. Sources and targets may have
        different classes.
    folder
        Where results go; a study that was broken off goes on from there.
    by
        Column of the domains, such as the cancer.
    groups
        Column that names the patient; by default ``patient`` where there is one.
    sources
        Domains to start from, ``"all others"`` (all but the target together) among them; by
        default every domain and, of three or more, all others.
    targets
        Domains to fine-tune on; by default every domain that has the samples.
    apart
        Domains that are shown but belong neither to "all others" nor to general claims.
    sizes
        How many samples of the target to train on.
    freeze
        How many of the first hidden layers to freeze; the first number is drawn and stands in
        claims.
    pretraining
        What sources learn: ``"classes"``, ``"denoising"`` or ``"layerwise"``.
    network, training
        Settings; ``None`` means ``MLP(widths=(128, 64))`` and ``Training()``.
    baselines
        Names in ``bulkwise.baselines.BASELINES``, without transfer, at every size.
    repeats
        How often all is drawn anew.
    share
        Of each class's patients to test on, in (0, 1).
    least
        A class with fewer patients in a domain is left out there.
    engine
        Where to compute; by default one process for each processor.
    random_state
        Seed.
    command
        Words of the command line, kept in the plan.

    Raises
    ------
    InputError
        If an option is out of its range, or no target has as many samples as asked for.
    GeneError
        If the cohorts have no gene in common.
    SampleError
        If a column or label is missing, or no domain has two classes.
    StudyError
        If the folder holds another study, or every unit failed.
    """
    stages = Stages()
    with stages("prepare"):
        domains = open_domains(cohorts, target=target, by=by, groups=groups, least=least)
        layers = MLP(widths=(128, 64)) if network is None else network
        asked: dict[str, Any] = {
            "domains": list(domains.names),
            "units": list(domains.units),
            "apart": _known(apart, domains, "apart"),
            "sizes": _whole("size", sizes, 2, None),
            "freeze": _whole("number of frozen layers", freeze, 0, len(layers.widths)),
            "pretraining": _pretraining(pretraining),
            "network": layers.get_params(deep=False),
            "training": (training or Training()).check().get_params(deep=False),
            "baselines": _baselines(baselines),
            "tries": 4,
            "share": share,
            "seed": random_state,
        }
        asked["pooled"] = [name for name in domains.names if name not in asked["apart"]]
        asked["sources"] = _sources(sources, domains, asked["pooled"])
        chosen, findings = _targets(targets, domains, asked, repeats)
        plan = Plan(
            kind="transfer",
            settings=asked,
            data=hash_array(domains.X, *(part.tolist() for part in _identity(domains))),
            seed=random_state,
            code=code_hash(),
            threads=1,
            units=units(chosen, repeats),
            command=tuple(command),
        )
    with stages("fits"):
        carried = carry_out(
            plan, compute, domains.arrays(), folder, engine=engine, description="transferring"
        )
    fits = table_of(carried.results, {unit.name: unit.settings for unit in plan.units})
    points = points_of(fits)
    facts = {
        "target": target if isinstance(target, str) else list(target),
        "by": by,
        "cohort": ", ".join(_names(cohorts)),
        "n_genes": len(domains.genes),
        "n_samples": len(domains.samples),
        "n_patients": len(np.unique(domains.groups)),
        "counts": {name: domains.counts(name) for name in domains.names},
        "targets": chosen,
        "repeats": repeats,
        "least": least,
    }
    claims = claims_of(asked, fits)
    run = run_info(
        stages,
        X=domains.X,
        samples=domains.samples,
        genes=domains.genes,
        seed=random_state,
        command=shlex.join(["bulkwise", *command]) if command else None,
        seconds_of_fit={},
        reductions={},
    )
    run["seconds"]["units"] = round(carried.seconds, 3)
    found = Transfer(
        asked={**asked, **facts},
        fits=fits,
        points=points,
        means=means_of(asked, fits),
        claims=claims,
        verdict=verdict(asked, points, claims),
        findings=(*domains.findings, *findings, *_failures(carried, fits)),
        run=run,
    )
    found.save(folder)
    return found


def _identity(domains: Domains) -> tuple[Any, ...]:
    names = np.array(domains.names)
    return names[domains.of], domains.codes, domains.groups


def _names(cohorts: AnnData | Mapping[str, AnnData]) -> list[str]:
    if isinstance(cohorts, Mapping):
        return list(cohorts)
    return [str(cohorts.uns.get("cohort", "cohort"))]


def _whole(what: str, values: Sequence[int], least: int, most: int | None) -> list[int]:
    """Distinct whole numbers in their range, in the order given."""
    wrong = [v for v in values if v < least or (most is not None and v > most)]
    if wrong or not values:
        upper = "" if most is None else f" and at most {most}, the network's hidden layers"
        raise InputError(
            f"Every {what} must be at least {least}{upper}. Got {wrong[0] if wrong else 'none'}."
        )
    return list(dict.fromkeys(int(v) for v in values))


def _pretraining(words: Sequence[str]) -> list[str]:
    wrong = [word for word in words if word not in PRETRAINING]
    if wrong or not words:
        raise InputError(
            f"The pre-training {wrong[0] if wrong else ''!r} isn't known: expected "
            f"{', '.join(PRETRAINING)}."
        )
    return list(dict.fromkeys(words))


def _baselines(names: Sequence[str]) -> list[str]:
    unknown = [name for name in names if name not in BASELINES]
    if unknown:
        raise InputError(
            f"The baseline {unknown[0]!r} isn't known: expected some of {', '.join(BASELINES)}."
        )
    for name, install in available(names)[1].items():
        raise InputError(f"The baseline {name!r} isn't installed; install it with `{install}`.")
    return list(dict.fromkeys(names))


def _known(names: Sequence[str], domains: Domains, what: str) -> list[str]:
    unknown = [name for name in names if name not in domains.names]
    if unknown:
        raise InputError(
            f"There is no domain {unknown[0]!r} (in {what}): expected some of "
            f"{', '.join(domains.names)}."
        )
    return list(dict.fromkeys(names))


def _sources(names: Sequence[str] | None, domains: Domains, pooled: Sequence[str]) -> list[str]:
    if names is None:
        single = [name for name in domains.names if len(domains.counts(name)) > 1]
        return [*single, *([OTHERS] if len(pooled) >= _LEAST_POOLED else [])]
    single = _known([name for name in names if name != OTHERS], domains, "sources")
    return [*single, *([OTHERS] if OTHERS in names else [])]


def _targets(
    names: Sequence[str] | None, domains: Domains, asked: Mapping[str, Any], repeats: int
) -> tuple[list[str], list[dict[str, str]]]:
    """Domains with two classes and as many samples to draw from as the smallest size."""
    if repeats < 2:
        raise InputError(f"A transfer study needs at least 2 repeats. Got {repeats!r}.")
    if not 0 < asked["share"] < 1:
        raise InputError(f"The share to test on must be in (0, 1). Got {asked['share']!r}.")
    wanted = domains.names if names is None else _known(names, domains, "targets")
    chosen, found = [], []
    for name in wanted:
        if len(domains.counts(name)) < 2:
            message = f"{name} has one class only, so nothing is transferred to it."
            found.append({"level": "note", "message": message})
            continue
        own = domains.of == domains.names.index(name)
        seeds = (Seeds(asked["seed"]).child("repeat", repeat) for repeat in range(repeats))
        pool = min(
            len(
                pool_and_test(
                    domains.codes[own], domains.groups[own], share=asked["share"], seeds=one
                )[0]
            )
            for one in seeds
        )
        more = [size for size in asked["sizes"] if size > pool]
        if names is not None and more:
            raise InputError(
                f"{name} has {pool} samples to draw from when {asked['share']:.0%} of its patients "
                f"are tested, so {more[0]} can't be trained on; ask for at most {pool}."
            )
        if more:
            message = f"{name} has {pool} samples to draw from, too few for n = {more[0]}."
            found.append({"level": "note", "message": message})
        if len(more) < len(asked["sizes"]):
            chosen.append(name)
    if not chosen:
        raise InputError(
            f"No domain has two classes and {min(asked['sizes'])} samples to draw from when "
            f"{asked['share']:.0%} of the patients are tested; ask for smaller sizes."
        )
    return chosen, found


def _failures(carried: Carried, fits: pd.DataFrame) -> list[dict[str, str]]:
    found = [
        f"The unit {name} failed and was left out: {error}"
        for name, error in carried.failed.items()
    ]
    failed = fits[fits["error"].astype(bool)]
    for (source, error), rows in failed.groupby(["source", "error"]):
        what = f"from {source}" if source else "without a source"
        found.append(f"{len(rows)} fits {what} failed: {error}.")
    n = fits[fits["missing"] > 0].groupby(["size", "repeat", "target"]).ngroups
    notes = (
        [f"In {n} subsamples a class was missing; its test samples count as told wrong."]
        if n
        else []
    )
    return [
        *({"level": "warning", "message": message} for message in found),
        *({"level": "note", "message": message} for message in notes),
    ]
