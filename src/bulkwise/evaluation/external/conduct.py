"""``validate``: train in one cohort, test in another.

The order: turn follow-up into an endpoint, refuse cohorts that share people, bring both onto one
matrix, fit in the one, predict the other, and judge: with intervals, beside rivals on the genes
and on what a clinician knows without them, within strata, before and after recalibration.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bulkwise.checks.base import Finding
from bulkwise.errors import InputError
from bulkwise.evaluation.base import METRICS, Controls, Predictions, Question
from bulkwise.evaluation.candidates import (
    asked_for,
    described,
    model_name,
)
from bulkwise.evaluation.external.fits import Abroad, fit_abroad
from bulkwise.evaluation.external.judgement import (
    LEAST_FOR_A_CLAIM,
    Judgement,
    judge_abroad,
    too_few,
)
from bulkwise.evaluation.external.opened import Opened, open_both
from bulkwise.evaluation.external.pairing import Scaling
from bulkwise.evaluation.external.results import External, ExternalValidation
from bulkwise.evaluation.external.sides import Asked, Side, facts_of
from bulkwise.evaluation.results import Evaluation
from bulkwise.evaluation.runinfo import Stages, run_info
from bulkwise.evaluation.unseen import refuse_fitted, refuse_seen
from bulkwise.randomness import Seeds

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["validate"]

_USUAL = ("majority", "logistic", "knn")


def validate(
    model: Any,
    train: AnnData,
    test: AnnData,
    *,
    target: str | None = None,
    time: str | None = None,
    event: str | None = None,
    years: float | None = None,
    time_unit: str = "days",
    groups: str | None = None,
    genes_by: str | None = None,
    clinical: Sequence[str] = (),
    strata: Sequence[str] = (),
    baselines: Sequence[str] = _USUAL,
    scaling: Scaling = "training",
    metric: str = "auroc",
    margin: float = 0.05,
    random_state: int = 0,
    command: str | None = None,
) -> ExternalValidation:
    """Judge models in a cohort that they were not trained in.

    Nothing is learned from the test cohort, with two exceptions that are said where they apply:
    ``scaling="within"`` takes its genes' means and spreads, and the figures *after*
    recalibration use other test patients' outcomes for each patient.

    Parameters
    ----------
    model
        A classifier or pipeline, not fitted; a name in ``bulkwise.recipes.CLASSIFIERS``, behind
        the unit's default preprocessing; or a mapping of name -> such models.
    train, test
        Samples x genes with the sample sheet in ``obs`` and the unit in ``uns["unit"]``;
        ``uns["cohort"]`` names them, ``uns["platform"]`` says what they were measured with. Not
        changed. Genes are matched by name, and those that only one has are left out.
    target
        Column to predict, in both cohorts.
    time, event, years, time_unit
        In the place of ``target``: columns of follow-up, and after how many years the event
        counts; see :func:`bulkwise.evaluation.with_endpoint`. Patients censored earlier have no
        label; the time-dependent AUC and the C-indices take those of the test cohort in.
    groups
        Column that names the patient; by default ``patient`` if there is one.
    genes_by
        Column of ``.var`` to name the genes by where a cohort has it (``"symbol"``), for two
        platforms; genes that share a name are averaged.
    clinical
        Columns of both sample sheets (grade, size, receptor status, age): rivals alone and
        together, and together with the user's models.
    strata
        Columns of the test cohort within whose values the AUROC is given too.
    baselines
        Names in ``bulkwise.baselines.BASELINES``.
    scaling
        ``"training"``: what scales the genes is fitted to the training cohort. ``"within"``:
        each cohort is standardised by itself, which alone allows two units; the model then sees
        values around zero (unit ``log_ratio``).
    metric, margin
        What the verdict rests on, and how much less of it is no loss.
    random_state, command
        As in :func:`bulkwise.evaluate`.

    Raises
    ------
    LeakageError
        If the cohorts share patients, samples or profiles, or a step of a model is fitted.
    UnitError
        If the cohorts' units can't be mixed and ``scaling`` isn't ``"within"``.
    GeneError
        If the cohorts have no gene in common.
    SampleError
        If columns or labels are missing, a cohort has one class only, or the test cohort has a
        class that the training cohort lacks.
    InputError
        If neither a target nor all of time, event and years are given, or both are.

    Examples
    --------
    >>> bw.evaluation.validate(
    ...     "mlp", gse2034, gse7390, time="days", event="distant_metastasis", years=5,
    ...     clinical=["grade", "er", "age"], strata=["er"],
    ... )  # doctest: +SKIP
    """
    stages, seeds = Stages(), Seeds(random_state)
    if metric not in METRICS:
        raise InputError(
            f"The metric {metric!r} isn't known: expected one of {', '.join(METRICS)}."
        )
    asked = Asked(target, time, event, years, time_unit, groups)
    with stages("check"):
        opened = open_both(
            asked,
            train,
            test,
            genes_by=genes_by,
            clinical=clinical,
            scaling=scaling,
            seeds=seeds,
        )
        unit = opened.pair.unit
        models, rivals, absent = asked_for(
            _models(model, unit, random_state),
            baselines,
            unit,
            usual=_USUAL,
            random_state=random_state,
        )
        frozen = [found for name, one in models.items() for found in refuse_fitted(name, one)]
        frozen += refuse_seen(models, list(opened.test.cohort.obs_names), opened.test.groups)
        _refuse_names(models, rivals, clinical)
    with stages("fit"):
        abroad = fit_abroad(opened.inputs, opened.fold, models, rivals, opened.clinical, seeds)
    with stages("judge"):
        found = judge_abroad(
            abroad,
            opened.test.known,
            opened.test.followed.endpoint if opened.test.followed else None,
            strata=strata,
            metric=metric,
            margin=margin,
            seeds=seeds,
        )
    evaluation = Evaluation(
        question=_question(opened, abroad, metric=metric, margin=margin),
        models=found.results,
        comparisons=found.comparisons,
        controls=Controls(None, (), (), opened.leaks),
        findings=_once(
            [*absent, *frozen, *opened.findings, *_few(opened), *found.findings, *abroad.findings]
        ),
        projections=opened.pictures,
        predictions=_predictions(opened),
        verdict=found.verdict,
        run=_run(abroad, stages, seed=random_state, command=command),
    )
    return ExternalValidation(
        evaluation, _external(asked, opened, found), _risks(abroad, opened.test)
    )


def _external(asked: Asked, opened: Opened, found: Judgement) -> External:
    paired, patients = opened.pair, opened.test.patients()
    return External(
        train=facts_of(opened.train),
        test=facts_of(opened.test),
        n_shared=len(paired.genes),
        unit=paired.unit,
        scaling=paired.scaling,
        shift=paired.shift,
        endpoint=asked.endpoint,
        clinical=tuple(one.column for one in opened.clinical),
        calibration=found.calibration,
        strata=found.strata,
        supports_claim=min(patients.values()) >= LEAST_FOR_A_CLAIM,
    )


def _refuse_names(
    models: Mapping[str, Any], baselines: Sequence[str], clinical: Sequence[str]
) -> None:
    taken = {*models, *baselines, "clinical"}
    clash = [name for name in clinical if name in taken]
    if clash:
        raise InputError(
            f"The clinical column {clash[0]!r} is called like a model; give one of the two "
            "another name."
        )


def _models(model: Any, unit: str, random_state: int) -> dict[str, Any]:
    from bulkwise.recipes import CLASSIFIERS, classifier

    if isinstance(model, str):
        if model not in CLASSIFIERS:
            raise InputError(
                f"There is no network {model!r}: expected one of {', '.join(CLASSIFIERS)}."
            )
        return {model: classifier(unit, network=model, random_state=random_state)}
    if isinstance(model, Mapping):
        return dict(model)
    return {model_name(model): model}


def _few(opened: Opened) -> list[Finding]:
    return [
        too_few(f"The {side.word} cohort {side.name}", side.patients())
        for side in (opened.train, opened.test)
        if min(side.patients().values()) < LEAST_FOR_A_CLAIM
    ]


def _question(opened: Opened, abroad: Abroad, *, metric: str, margin: float) -> Question:
    train, test, inputs = opened.train, opened.test, opened.inputs
    mine = [entry for entry in abroad.entries.values() if entry.kind == "model"]
    rival = next((e for e in abroad.entries.values() if e.kind == "baseline"), mine[0])
    steps = [entry.candidate.steps for entry in (mine[0], rival)]
    words = ["none" if one is None else described(one) for one in steps]
    known = test.known
    return Question(
        name=" and ".join(entry.candidate.name for entry in mine),
        cohort=test.name,
        unit=inputs.unit,
        target=test.target,
        labels=inputs.classes,
        counts={name: int((test.labels == name).sum()) for name in inputs.classes},
        n_samples=int(known.sum()),
        n_genes=len(inputs.genes),
        n_groups=len(set(test.groups[known])),
        groups=test.group_column,
        source="cohort",
        sources={train.name: int(train.known.sum()), test.name: int(known.sum())},
        scheme=f"trained on {int(train.known.sum())} samples of {train.name}, tested on "
        f"{test.name}",
        holdout_by=None,
        n_folds=1,
        n_repeats=1,
        metric=metric,
        margin=margin,
        preprocessing=words[0],
        baseline_preprocessing=words[1],
    )


def _predictions(opened: Opened) -> Predictions:
    inputs, fold = opened.inputs, opened.fold
    rows = fold.test[opened.test.known]
    return Predictions(
        sample=inputs.samples[rows],
        group=inputs.groups[rows],
        repeat=np.ones(len(rows), np.intp),
        fold=np.repeat(fold.name, len(rows)),
        observed=inputs.labels[rows],
    )


def _run(abroad: Abroad, stages: Stages, *, seed: int, command: str | None) -> dict[str, Any]:
    inputs, fitted = abroad.inputs, {n: one.fitted for n, one in abroad.entries.items()}
    return run_info(
        stages,
        X=inputs.X,
        samples=inputs.samples,
        genes=inputs.genes,
        seed=seed,
        command=command,
        seconds_of_fit=abroad.seconds,
        reductions={name: one.reduction for name, one in fitted.items()},
    )


def _risks(abroad: Abroad, test: Side) -> pd.DataFrame:
    """Follow-up of all test patients beside what each model predicts for them."""
    if test.followed is None:
        return pd.DataFrame()
    endpoint, place = test.followed.endpoint, abroad.inputs.classes.index("yes")
    columns: dict[str, Any] = {
        "sample": np.array(test.cohort.obs_names, dtype=object),
        "patient": test.groups.astype(object),
        "time": endpoint.time,
        "event": endpoint.event,
        "endpoint": endpoint.labels.astype(object),
    }
    for name, entry in abroad.entries.items():
        columns[f"risk({name})"] = entry.fitted.probabilities[:, place]
    return pd.DataFrame(columns)


def _once(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The worst first, each once."""
    order = ("error", "warning", "note")
    return tuple(sorted(dict.fromkeys(findings), key=lambda finding: order.index(finding.level)))
