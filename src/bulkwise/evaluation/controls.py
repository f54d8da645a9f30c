"""Permuted labels: what a figure would be if the labels said nothing.

The model is fitted again, in all folds, on labels that were permuted by patient within the
source; its balanced accuracy must fall to chance. If it doesn't, something other than biology
passes labels from test to training samples. The folds stay those that were dealt by the real
labels, so that the preprocessing of a fold serves all refits.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bulkwise.checks.base import Finding
from bulkwise.errors import SampleError
from bulkwise.evaluation.base import PermutationControl
from bulkwise.randomness import Seeds
from bulkwise.split import permute_labels

__all__ = [
    "chance_given_source",
    "permutation_control",
    "permutation_findings",
    "permuted_sets",
]

_LEVEL = 0.05


def chance_given_source(labels: NDArray[np.str_], sources: NDArray[np.str_] | None) -> float:
    """Best balanced accuracy of a guess that knows the source and nothing else.

    One over the number of classes without a source; more where the sources differ in their mix
    of labels: the mean over classes of ``sum over sources of max over classes (n_sc / n_c)``.
    """
    _, label = np.unique(labels, return_inverse=True)
    n_classes = int(label.max()) + 1
    if sources is None:
        return 1.0 / n_classes
    _, source = np.unique(sources, return_inverse=True)
    table = np.zeros((int(source.max()) + 1, n_classes))
    np.add.at(table, (source, label), 1.0)
    return float((table / table.sum(axis=0)).max(axis=1).sum() / n_classes)


def permuted_sets(
    labels: NDArray[np.str_],
    groups: NDArray[np.str_],
    sources: NDArray[np.str_] | None,
    column: str | None,
    *,
    n: int,
    seeds: Seeds,
) -> tuple[list[NDArray[np.str_]], str | None, list[Finding]]:
    """Permute the labels by patient, within each source where that changes anything.

    Returns
    -------
    tuple
        ``n`` sets of labels, the column they were permuted within, and what to know about it.
    """
    if n < 1:
        return [], column, [_no_permutations()]
    try:
        permute_labels(labels, groups, sources, random_state=seeds.sklearn("permutation", 0))
    except SampleError as error:
        finding = Finding("permuted-across-sources", "warning", str(error))
        if sources is None:
            return [], None, [finding]
        sets, _, _ = permuted_sets(labels, groups, None, None, n=n, seeds=seeds)
        return sets, None, [finding]
    drawn = [
        permute_labels(labels, groups, sources, random_state=seeds.sklearn("permutation", index))
        for index in range(n)
    ]
    return drawn, column, []


def _no_permutations() -> Finding:
    return Finding(
        "no-permutations",
        "note",
        "No labels were permuted (permutations=0), so nothing shows that the figures fall to "
        "chance without biology; ask for 20.",
    )


def permutation_control(
    model: str,
    labels: NDArray[np.str_],
    predicted: NDArray[np.str_],
    permuted: Sequence[NDArray[np.str_]],
    predicted_permuted: Sequence[NDArray[np.str_]],
    *,
    chance: float,
    within: str | None,
) -> PermutationControl:
    """Sum up refits on permuted labels; P counts the observed figure as one of the draws.

    Parameters
    ----------
    model
        Its name.
    labels, predicted
        Observed and predicted labels of the tested samples.
    permuted, predicted_permuted
        The same for each set of permuted labels.
    chance, within
        See :class:`PermutationControl`.
    """
    observed = _balanced_accuracy(labels, predicted)
    values = [
        _balanced_accuracy(own, found)
        for own, found in zip(permuted, predicted_permuted, strict=True)
    ]
    reached = sum(value >= observed for value in values)
    return PermutationControl(
        model=model,
        observed=observed,
        values=tuple(values),
        chance=chance,
        p_value=(1 + reached) / (1 + len(values)),
        within=within,
    )


def _balanced_accuracy(labels: NDArray[np.str_], predicted: NDArray[np.str_]) -> float:
    hits = labels == predicted
    return float(np.mean([hits[labels == label].mean() for label in np.unique(labels)]))


def permutation_findings(control: PermutationControl, n_classes: int) -> list[Finding]:
    """Warn when permuted labels don't fall to chance, or the real ones do no better."""
    values = np.array(control.values)
    mean, n = float(values.mean()), len(values)
    noise = 3 * float(values.std(ddof=1)) / np.sqrt(n) if n > 1 else 0.5
    findings = []
    if mean - control.chance > max(0.05, noise):
        findings.append(
            Finding(
                "permuted-labels-predicted",
                "warning",
                f"With permuted labels {control.model} still reaches a balanced accuracy of "
                f"{mean:.3f} (chance {control.chance:.3f}): something passes the labels from test "
                "to training samples; look for repeated samples and for steps that have seen all "
                "samples.",
            )
        )
    if n >= 19 and control.p_value > _LEVEL:
        findings.append(
            Finding(
                "no-better-than-permuted",
                "warning",
                f"{control.model} does no better on the real labels ({control.observed:.3f} "
                f"balanced accuracy) than on permuted ones (mean {mean:.3f}, P = "
                f"{control.p_value:.2g}): nothing was learned that can be told from chance.",
            )
        )
    if control.within and control.chance > 1 / n_classes + 0.1:
        findings.append(
            Finding(
                "source-tells-label",
                "warning",
                f"The column {control.within!r} alone can tell the label with a balanced accuracy "
                f"of {control.chance:.2f} (chance {1 / n_classes:.2f}), because its values differ "
                "in their mix of labels; look at the figures within one of them, or at "
                f"holdout_by={control.within!r}.",
            )
        )
    return findings
