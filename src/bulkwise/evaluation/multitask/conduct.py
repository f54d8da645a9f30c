"""``evaluate`` for several targets: one model of all, judged target by target."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bulkwise.checks.base import Finding, require_unit
from bulkwise.evaluation.base import Controls, CrossValidated, Inputs, LeakPair, Projection
from bulkwise.evaluation.candidates import (
    asked_for,
    declared,
    left_out,
    line_up,
)
from bulkwise.evaluation.controls import permuted_sets
from bulkwise.evaluation.corrected import compare_all, verdicts
from bulkwise.evaluation.covariates import covariate_findings
from bulkwise.evaluation.folds import condensed, first_repeat, once
from bulkwise.evaluation.inputs import check_options
from bulkwise.evaluation.leaks import leak_findings
from bulkwise.evaluation.metrics import unseen_share
from bulkwise.evaluation.multitask.embedding import embeddings
from bulkwise.evaluation.multitask.fitting import fit_targets
from bulkwise.evaluation.multitask.opened import open_targets, plan
from bulkwise.evaluation.multitask.results import MultitaskEvaluation
from bulkwise.evaluation.results import Evaluation
from bulkwise.evaluation.runinfo import Stages, run_info
from bulkwise.evaluation.steps import associated, checked, judged_models, look, permutation, probes
from bulkwise.evaluation.unseen import refuse_fitted, refuse_seen
from bulkwise.randomness import Seeds
from bulkwise.split import Fold, fold_findings

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["evaluate_targets"]

_USUAL = ("majority", "logistic", "knn")


def evaluate_targets(
    model: Any,
    cohort: AnnData,
    *,
    target: Sequence[str],
    name: str,
    groups: str | None = None,
    source: str | None = None,
    holdout_by: str | None = None,
    folds: int = 5,
    repeats: int | None = None,
    permutations: int = 20,
    baselines: Sequence[str] = _USUAL,
    covariates: Sequence[str] | None = None,
    random_state: int = 0,
    split: Iterable[Sequence[Any]] | None = None,
    metric: str = "balanced_accuracy",
    margin: float = 0.02,
    command: str | None = None,
) -> MultitaskEvaluation:
    """Judge one model of several targets out of fold, each target beside its own baselines.

    The folds hold the patients apart and deal the classes of every target evenly. Permuted labels
    move together: a sample gets the labels of all targets of another.

    Parameters
    ----------
    model
        A classifier of several targets in the manner of scikit-learn, or a pipeline that ends in
        one, not fitted. It gets the labels as a table, a column a target.
    cohort
        As for :func:`bulkwise.evaluate`.
    target
        Columns of the sample sheet to predict, two or more.
    name
        What to call the model.
    groups, source, holdout_by, folds, repeats, permutations, baselines, covariates
        As for :func:`bulkwise.evaluate`; the covariates are tested against each target.
    random_state, split, metric, margin, command
        As for :func:`bulkwise.evaluate`.

    Returns
    -------
    MultitaskEvaluation
        An evaluation a target, and the codes of the held-out samples.

    Raises
    ------
    LeakageError, SampleError, InputError
        As :func:`bulkwise.evaluate`; also if a target is constant in a training part.
    """
    stages, seeds = Stages(), Seeds(random_state)
    check_options(metric, margin, permutations)
    unit = require_unit(cohort.uns.get("unit"), where="the cohort")
    models, rivals, common = asked_for(
        {name: model}, baselines, unit, usual=_USUAL, random_state=random_state
    )
    common += refuse_fitted(name, model)
    with stages("check"):
        opened = open_targets(cohort, target, groups=groups, source=source, holdout_by=holdout_by)
        inputs = opened.targets
        parts, scheme = plan(
            opened,
            cohort.obs,
            folds=folds,
            repeats=repeats,
            holdout_by=holdout_by,
            split=split,
            seeds=seeds,
        )
    together = opened.together
    tested = np.unique(np.concatenate([fold.test for fold in parts]))
    common += refuse_seen(models, together.samples[tested], together.groups[tested])
    candidates = line_up(models, rivals, unit, seeds)
    common += left_out(candidates, together.X[parts[0].train], unit)
    with stages("fit"):
        permuted, within, said = permuted_sets(
            together.labels,
            together.groups,
            together.sources,
            together.source_column,
            n=permutations,
            seeds=seeds,
        )
        fitted = fit_targets(opened, parts, candidates[0], candidates[1:], permuted)
    with stages("controls"):
        leaks, pictures = look(together, parts, seeds)
    judged = _Judging(seeds, metric, margin, split is None and holdout_by is None, leaks, pictures)
    found = {}
    for key, own in inputs.items():
        findings = [*common, *said, *checked(cohort, own)]
        # a set of permuted labels stands for all targets: here are those of this one
        every = np.arange(len(own.samples))
        sets = [opened.table(every, one)[key].to_numpy(dtype=str) for one in permuted]
        with stages("judge"):
            found[key] = judged.one(
                own,
                parts,
                candidates,
                fitted.targets[key],
                (sets, within),
                findings,
                covariates,
                {"scheme": scheme, "holdout_by": holdout_by},
            )
    any_fit = next(iter(fitted.targets.values()))
    run = run_info(
        stages,
        X=together.X,
        samples=together.samples,
        genes=together.genes,
        seed=random_state,
        command=command,
        seconds_of_fit=any_fit.seconds,
        reductions={one: fit.reduction for one, fit in any_fit.models.items()},
    )
    return MultitaskEvaluation(
        {key: replace(one, run=run) for key, one in found.items()},
        embeddings(fitted.codes, inputs),
    )


class _Judging:
    """What all targets are judged with."""

    def __init__(
        self,
        seeds: Seeds,
        metric: str,
        margin: float,
        random_folds: bool,
        leaks: tuple[LeakPair, ...],
        pictures: tuple[Projection, ...],
    ) -> None:
        self.seeds, self.metric, self.margin = seeds, metric, margin
        self.random_folds, self.leaks, self.pictures = random_folds, leaks, pictures

    def one(
        self,
        inputs: Inputs,
        parts: Sequence[Fold],
        candidates: Sequence[Any],
        fitted: CrossValidated,
        permuted: tuple[list[Any], str | None],
        findings: list[Finding],
        covariates: Sequence[str] | None,
        asked: dict[str, Any],
    ) -> Evaluation:
        """The evaluation of one target."""
        first = first_repeat(parts)
        findings += condensed(fold_findings(first, inputs.labels, inputs.groups))
        found = associated(inputs, covariates)
        findings += covariate_findings(found, inputs.target)
        results, draws = judged_models(inputs, parts, candidates, fitted, self.seeds)
        comparisons = compare_all(
            results,
            draws,
            random_folds=self.random_folds,
            metric=self.metric,
            margin=self.margin,
            open_share=float(unseen_share(inputs.n_groups)),
        )
        control, told = permutation(inputs, fitted, candidates[0].name, *permuted)
        sources, probed = probes(inputs, self.seeds)
        findings += [*leak_findings(self.leaks), *probed, *told]
        return Evaluation(
            question=inputs.question(
                n_folds=len(first),
                n_repeats=len({fold.repeat for fold in parts}),
                metric=self.metric,
                margin=self.margin,
                **asked,
                **declared(candidates),
            ),
            models=results,
            comparisons=comparisons,
            controls=Controls(control, sources, found, self.leaks),
            findings=once(findings),
            projections=tuple(
                replace(drawn, label=tuple(inputs.labels.tolist())) for drawn in self.pictures
            ),
            predictions=fitted.who(inputs, parts),
            verdict=verdicts(comparisons, results),
            run={},
        )
