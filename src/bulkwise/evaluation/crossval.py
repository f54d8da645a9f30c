"""``evaluate`` and ``compare``: out-of-fold predictions beside rivals, with controls.

The order: read the question, look at the data for leaks, split by patient, fit and predict in
each fold, judge, compare, and say what the result doesn't show.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from bulkwise.baselines import TRIES
from bulkwise.checks.base import require_unit
from bulkwise.errors import InputError
from bulkwise.evaluation.base import (
    Controls,
    CrossValidated,
    ModelResult,
)
from bulkwise.evaluation.candidates import (
    asked_for,
    declared,
    left_out,
    line_up,
    model_name,
)
from bulkwise.evaluation.censored import FollowUp, with_censored
from bulkwise.evaluation.controls import (
    permuted_sets,
)
from bulkwise.evaluation.corrected import compare_all, verdicts
from bulkwise.evaluation.covariates import covariate_findings
from bulkwise.evaluation.external.followup import Followed, with_endpoint
from bulkwise.evaluation.external.sides import Asked
from bulkwise.evaluation.fitting import cross_validate
from bulkwise.evaluation.folds import condensed, first_repeat, once, plan_folds
from bulkwise.evaluation.inputs import check_options, held_out, open_inputs
from bulkwise.evaluation.leaks import leak_findings
from bulkwise.evaluation.metrics import (
    bootstrap_weights,
    estimate,
    mean_there,
    unseen_share,
)
from bulkwise.evaluation.results import Evaluation
from bulkwise.evaluation.runinfo import Stages, run_info
from bulkwise.evaluation.steps import associated, checked, judged_models, look, permutation, probes
from bulkwise.evaluation.unseen import refuse_fitted, refuse_seen
from bulkwise.randomness import Seeds
from bulkwise.split import fold_findings

if TYPE_CHECKING:
    from anndata import AnnData

    from bulkwise.evaluation.multitask import MultitaskEvaluation

__all__ = ["compare", "evaluate"]

_USUAL = ("majority", "logistic", "knn")


@overload
def evaluate(
    model: Any, cohort: AnnData, *, target: str | None = None, **options: Any
) -> Evaluation: ...


@overload
def evaluate(
    model: Any, cohort: AnnData, *, target: list[str] | tuple[str, ...], **options: Any
) -> MultitaskEvaluation: ...


def evaluate(  # type: ignore[misc]  # the overloads name what decides the result only
    model: Any,
    cohort: AnnData,
    *,
    target: str | Sequence[str] | None = None,
    time: str | None = None,
    event: str | None = None,
    years: float | None = None,
    time_unit: str = "days",
    groups: str | None = None,
    source: str | None = None,
    holdout_by: str | None = None,
    folds: int = 5,
    repeats: int | None = None,
    permutations: int = 20,
    baselines: Sequence[str] = _USUAL,
    covariates: Sequence[str] | None = None,
    random_state: int = 0,
    name: str | None = None,
    split: Iterable[Sequence[Any]] | None = None,
    metric: str = "balanced_accuracy",
    margin: float = 0.02,
    command: str | None = None,
) -> Evaluation | MultitaskEvaluation:
    """Judge a classifier out of fold, patients apart, beside simple rivals and with controls.

    The whole pipeline is fitted anew in each training part. The baselines get the model's own
    preprocessing steps (all but the last), fitted in the same training part; a model without
    such steps is judged on the values as they are, and the baselines on the default
    preprocessing of the unit.

    Parameters
    ----------
    model
        A classifier or a pipeline that ends in one, not fitted. Its last step gets ``groups`` in
        ``fit`` if it asks for them by metadata routing, so that inner splits are by patient too.
    cohort
        Samples x genes with the sample sheet in ``obs`` and the unit in ``uns["unit"]``. Not
        changed.
    target
        Column of the sample sheet to predict; or several, each judged beside its own baselines.
    time, event, years, time_unit
        In the place of ``target``: columns of follow-up, and after how many years the event
        counts; see :func:`bulkwise.evaluation.with_endpoint`. Patients censored earlier have no
        label: no model is trained on them, but each is predicted in a fold, and the time-dependent
        AUC and the C-indices take them in.
    groups
        Column that names the patient; by default ``patient`` if there is one, else each sample
        stands for itself, and a finding says so.
    source
        Column that names the batch or source, for the controls; by default ``source``,
        ``batch`` or ``holdout_by``, whichever is there first.
    holdout_by
        Train on all values of this column but one and test on that one, in turn.
    folds, repeats
        Folds by patient; ``repeats=None`` draws them ten times below 200 samples, else once.
    permutations
        Sets of permuted labels (by patient within source) to refit the model on.
    baselines
        Names in ``bulkwise.baselines.BASELINES``.
    covariates
        Columns to test for going with the target; by default all that may.
    random_state
        Seed of folds, permutations, bootstrap, probes and of every ``random_state`` that the
        model leaves open.
    name
        What to call the model; by default its network's or class's name in lower case.
    split
        Your own pairs of training and test positions, in the place of folds.
    metric, margin
        What the verdict rests on (a key of ``METRICS``), and how much less of it is no loss.
    command
        What was typed, for the record.

    Returns
    -------
    Evaluation or MultitaskEvaluation
        With ``summary()``, ``save(folder)`` and everything that a report shows.

    Raises
    ------
    LeakageError
        If a step is fitted already, or a patient stands on both sides of your own split.
    SampleError
        If columns or labels are missing, there is one class only, or too few patients.
    InputError
        If the cohort can't be used as it is, or an option isn't known.
    """
    name = name or model_name(model)
    options: dict[str, Any] = {
        "groups": groups,
        "source": source,
        "holdout_by": holdout_by,
        "folds": folds,
        "repeats": repeats,
        "permutations": permutations,
        "baselines": baselines,
        "covariates": covariates,
        "random_state": random_state,
        "split": split,
        "metric": metric,
        "margin": margin,
        "command": command,
    }
    follow_up: dict[str, Any] = {"time": time, "event": event, "years": years}
    if target is None or isinstance(target, str):
        more = follow_up | {"time_unit": time_unit}
        return compare({name: model}, cohort, target=target, **options, **more)
    if any(part is not None for part in follow_up.values()):
        raise InputError(
            "Give either targets or time, event and years, not both: each says what to predict."
        )
    from bulkwise.evaluation.multitask import evaluate_targets

    return evaluate_targets(model, cohort, target=target, name=name, **options)


def compare(
    models: Mapping[str, Any] | Sequence[str] | str,
    cohort: AnnData,
    *,
    target: str | None = None,
    time: str | None = None,
    event: str | None = None,
    years: float | None = None,
    time_unit: str = "days",
    groups: str | None = None,
    source: str | None = None,
    holdout_by: str | None = None,
    folds: int = 5,
    repeats: int | None = None,
    permutations: int = 20,
    baselines: Sequence[str] | None = None,
    front_end: str = "own",
    tries: int = TRIES,
    covariates: Sequence[str] | None = None,
    random_state: int = 0,
    split: Iterable[Sequence[Any]] | None = None,
    metric: str = "balanced_accuracy",
    margin: float = 0.02,
    command: str | None = None,
) -> Evaluation:
    """Judge several classifiers on the same folds, as :func:`evaluate` does one.

    The first model is the one of interest: it is refitted on permuted labels, its preprocessing
    goes to the baselines, and it is compared with the other models. Every model is compared with
    every baseline.

    Parameters
    ----------
    models
        Name -> classifier or pipeline; or names of networks (``bulkwise.recipes.CLASSIFIERS``)
        and rivals (``bulkwise.baselines.BASELINES``), or ``"all"`` for the default network and
        all rivals. The networks among the names are the models, the rivals their baselines;
        without a network the first rival takes its place.
    cohort, target, time, event, years, time_unit
        See :func:`evaluate`.
    groups, source, holdout_by, folds, repeats, permutations
        See :func:`evaluate`.
    baselines
        Names in ``bulkwise.baselines.BASELINES``; by default the rivals among the names and the
        majority, or majority, logistic and knn beside a mapping. One whose package isn't
        installed is left out, and a finding says how to install it.
    front_end, tries
        Of the baselines: ``"own"``, ``"pca"`` or ``"ttest"``, and the most settings that each may
        try on the inner folds of a training part.
    covariates, random_state, split, metric, margin, command
        See :func:`evaluate`.

    Examples
    --------
    >>> bw.compare("all", cohort, target="tissue", groups="patient")  # doctest: +SKIP
    >>> bw.compare(["mlp", "lasso", "forest"], cohort, target="tissue")  # doctest: +SKIP
    """
    stages, seeds = Stages(), Seeds(random_state)
    check_options(metric, margin, permutations)
    unit = require_unit(cohort.uns.get("unit"), where="the cohort")
    asked = Asked(target, time, event, years, time_unit, groups)
    if asked.endpoint is not None and split is not None:
        raise InputError(
            "A split of your own names positions in the cohort, and an endpoint leaves samples "
            "out; make the endpoint first (with_endpoint) and split what it leaves."
        )
    models, rivals, findings = asked_for(
        models, baselines, unit, usual=_USUAL, random_state=random_state
    )
    findings += [found for name, model in models.items() for found in refuse_fitted(name, model)]
    with stages("check"):
        cohort, target, followed = _followed(cohort, asked)
        findings += followed.findings if followed else ()
        inputs = open_inputs(
            cohort, target=target, groups=groups, source=source, holdout_by=holdout_by
        )
        findings += checked(cohort, inputs)
        parts, scheme = plan_folds(
            inputs.labels,
            inputs.groups,
            n_splits=folds,
            n_repeats=repeats,
            holdout=held_out(cohort.obs, holdout_by),
            split=split,
            seeds=seeds,
        )
        censored = followed and with_censored(inputs, parts, followed, holdout_by, seeds)
        everyone, held = (censored.inputs, censored.folds) if censored else (inputs, parts)
        tested = np.unique(np.concatenate([fold.test for fold in held]))
        findings += refuse_seen(models, everyone.samples[tested], everyone.groups[tested])
        findings += condensed(fold_findings(first_repeat(parts), inputs.labels, inputs.groups))
        found = associated(inputs, covariates)
        findings += covariate_findings(found, target)
    candidates = line_up(models, rivals, inputs.unit, seeds, front_end=front_end, tries=tries)
    findings += left_out(candidates, inputs.X[parts[0].train], inputs.unit)
    with stages("fit"):
        permuted, within, said = permuted_sets(
            inputs.labels,
            inputs.groups,
            inputs.sources,
            inputs.source_column,
            n=permutations,
            seeds=seeds,
        )
        whole = cross_validate(everyone, held, candidates, permuted)
        fitted = whole.first(len(inputs.samples))
    with stages("judge"):
        results, draws = judged_models(inputs, parts, candidates, fitted, seeds)
        if censored:
            results = _over_time(results, censored, whole, seeds)
        comparisons = compare_all(
            results,
            draws,
            random_folds=split is None and holdout_by is None,
            metric=metric,
            margin=margin,
            open_share=float(unseen_share(inputs.n_groups)),
        )
    with stages("controls"):
        control, told = permutation(inputs, fitted, candidates[0].name, permuted, within)
        sources, probed = probes(inputs, seeds)
        leaks, projections = look(inputs, parts, seeds)
    findings += [*leak_findings(leaks), *probed, *said, *told, *fitted.findings(len(parts))]
    return Evaluation(
        question=inputs.question(
            scheme=scheme,
            holdout_by=holdout_by,
            n_folds=len(first_repeat(parts)),
            n_repeats=len({fold.repeat for fold in parts}),
            metric=metric,
            margin=margin,
            **declared(candidates),
        ),
        models=results,
        comparisons=comparisons,
        controls=Controls(control, sources, found, leaks),
        findings=once(findings),
        projections=projections,
        predictions=fitted.who(inputs, parts),
        verdict=(*inputs.no_claim(parts), *verdicts(comparisons, results)),
        run=run_info(
            stages,
            X=inputs.X,
            samples=inputs.samples,
            genes=inputs.genes,
            seed=random_state,
            command=command,
            seconds_of_fit=fitted.seconds,
            reductions={name: one.reduction for name, one in fitted.models.items()},
        ),
    )


def _followed(cohort: AnnData, asked: Asked) -> tuple[AnnData, str, Followed | None]:
    """The samples with a label, their column, and the follow-up that it was made from."""
    made = asked.endpoint
    if made is None:
        return cohort, str(asked.target), None
    followed = with_endpoint(
        cohort, time=made.time, event=made.event, years=made.years, time_unit=made.time_unit
    )
    return followed.known, followed.target, followed


def _over_time(
    results: dict[str, ModelResult], censored: FollowUp, fitted: CrossValidated, seeds: Seeds
) -> dict[str, ModelResult]:
    """The results with the measures that take censored patients in."""
    weights = bootstrap_weights(censored.inputs.n_groups, seeds.numpy("bootstrap", "censored"))
    found = {}
    for name, result in results.items():
        by_fold = censored.draws(fitted, name, weights)
        over = {key: estimate(mean_there(values)) for key, values in by_fold.items()}
        found[name] = replace(result, metrics=result.metrics | over)
    return found
