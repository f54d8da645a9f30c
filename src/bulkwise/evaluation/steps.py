"""The steps that every evaluation out of fold takes around its fits, for one target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bulkwise.checks.base import Finding, log_values
from bulkwise.checks.cohort import check
from bulkwise.evaluation.base import (
    Association,
    CrossValidated,
    Inputs,
    LeakPair,
    ModelResult,
    PermutationControl,
    Projection,
    SourceProbe,
)
from bulkwise.evaluation.candidates import Candidate
from bulkwise.evaluation.controls import (
    chance_given_source,
    permutation_control,
    permutation_findings,
)
from bulkwise.evaluation.covariates import associations
from bulkwise.evaluation.curves import calibration, curves
from bulkwise.evaluation.leaks import audit, scaling_finding
from bulkwise.evaluation.metrics import (
    bootstrap_weights,
    estimates,
    fold_scores,
    judge,
    mean_confusion,
)
from bulkwise.evaluation.projection import centred_gram, project
from bulkwise.evaluation.source_probe import no_source, probe_findings, probe_sources
from bulkwise.randomness import Seeds
from bulkwise.split import Fold

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["associated", "checked", "judged_models", "look", "permutation", "probes"]


def associated(inputs: Inputs, columns: Sequence[str] | None) -> tuple[Association, ...]:
    """What in the sample sheet goes with the target."""
    own = [name for name in (inputs.target, inputs.group_column) if name]
    return associations(inputs.sheet, inputs.labels, inputs.groups, columns=columns, leave_out=own)


def permutation(
    inputs: Inputs,
    fitted: CrossValidated,
    model: str,
    permuted: Sequence[NDArray[np.str_]],
    within: str | None,
) -> tuple[PermutationControl | None, list[Finding]]:
    """The first repeat, on the labels as they are and permuted."""
    if not permuted:
        return None, []
    first = fitted.repeat == 0
    sample, names = fitted.sample[first], np.array(inputs.classes)
    control = permutation_control(
        model,
        inputs.labels[sample],
        names[fitted.models[model].predicted[first]],
        [labels[sample] for labels in permuted],
        [names[codes] for codes in fitted.permuted],
        chance=chance_given_source(inputs.labels, inputs.sources if within else None),
        within=within,
    )
    return control, permutation_findings(control, len(inputs.classes))


def probes(inputs: Inputs, seeds: Seeds) -> tuple[tuple[SourceProbe, ...], list[Finding]]:
    """How well the source can be told from expression, overall and within a class."""
    if inputs.sources is None or inputs.source_column is None:
        return (), [no_source()]
    found = probe_sources(
        log_values(inputs.X, inputs.unit),
        inputs.labels,
        inputs.sources,
        inputs.groups,
        random_state=seeds.sklearn("probe"),
    )
    return found, probe_findings(found, inputs.source_column)


def checked(cohort: AnnData, inputs: Inputs) -> list[Finding]:
    """What the check of the cohort says; its errors are raised."""
    report = check(
        cohort, target=inputs.target, groups=inputs.group_column, source=inputs.source_column
    ).require()
    scaled = scaling_finding(inputs.X)
    return [*inputs.findings, *([scaled] if scaled else []), *report.findings]


def judged_models(
    inputs: Inputs,
    parts: Sequence[Fold],
    candidates: Sequence[Candidate],
    fitted: CrossValidated,
    seeds: Seeds,
) -> tuple[dict[str, ModelResult], dict[str, dict[str, NDArray[np.float64]]]]:
    """Judge every model under the same draws of patients."""
    weights = bootstrap_weights(inputs.n_groups, seeds.numpy("bootstrap"))
    patients = inputs.patients_by_class()
    results, draws = {}, {}
    for candidate in candidates:
        one, rows = fitted.models[candidate.name], fitted.judged(candidate.name, inputs)
        overall, by_class = judge(rows, weights)
        metrics, classes = estimates(overall, by_class, patients, inputs.n_groups)
        roc, pr = curves(rows, inputs.classes, by_class)
        draws[candidate.name] = overall
        results[candidate.name] = ModelResult(
            name=candidate.name,
            role=candidate.role,
            description=candidate.description,
            seconds=float(sum(one.seconds)),
            metrics=metrics,
            per_class=dict(zip(inputs.classes, classes, strict=True)),
            confusion=mean_confusion(rows),
            folds=fold_scores(rows, parts, one.seconds),
            roc=roc,
            pr=pr,
            calibration=calibration(rows),
            histories=tuple(one.histories),
            predicted=np.array(inputs.classes)[one.predicted],
            probabilities=one.probabilities,
            tries=one.tries,
        )
    return results, draws


def look(
    inputs: Inputs, parts: Sequence[Fold], seeds: Seeds
) -> tuple[tuple[LeakPair, ...], tuple[Projection, ...]]:
    """The leak audit and the pictures, from one matrix of inner products."""
    values = log_values(inputs.X, inputs.unit)
    gram = centred_gram(values)
    leaks = audit(
        values,
        gram,
        inputs.samples,
        inputs.labels,
        inputs.groups,
        [(fold.train, fold.test) for fold in parts],
    )
    pictures = project(
        gram,
        inputs.samples,
        inputs.labels,
        inputs.sources,
        random_state=seeds.sklearn("projection"),
    )
    return leaks, pictures
