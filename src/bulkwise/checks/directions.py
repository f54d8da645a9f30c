"""What to know before believing predicted directions."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from bulkwise.checks.base import Finding
from bulkwise.errors import InputError

__all__ = ["check_directions", "require_agreement"]

_AGAINST = -0.25
_LEAST_KNOWN = 30


def check_directions(
    t: ArrayLike, usual: ArrayLike, *, reference: float, taught: tuple[float, float]
) -> list[Finding]:
    """Findings on a cohort whose genes' directions are predicted.

    Parameters
    ----------
    t
        Moderated t of each gene.
    usual
        Its mean effect in the training cohorts; 0 where it wasn't seen.
    reference
        Samples a side of the cohort in which neutral means not significant.
    taught
        The smallest and the largest reference in training.

    Returns
    -------
    list of Finding
        ``genes-unknown``, ``conditions-swapped`` and ``reference-far``, as they apply.
    """
    own, mean = np.asarray(t, dtype=np.float64), np.asarray(usual, dtype=np.float64)
    known = mean != 0
    found = []
    if not known.any():
        found.append(
            Finding(
                "genes-unknown",
                "warning",
                "None of the cohort's genes is known from the training cohorts, so that "
                "predictions rest on its samples alone; check the names (symbols, ids, version "
                "numbers) if they should be.",
            )
        )
    elif known.sum() >= _LEAST_KNOWN and np.corrcoef(mean[known], own[known])[0, 1] < _AGAINST:
        found.append(
            Finding(
                "conditions-swapped",
                "warning",
                "The changes go against those of the training cohorts in most genes: the two "
                "conditions are probably swapped; check the contrast and the labels.",
            )
        )
    low, high = taught
    if not low / 2 <= reference <= high * 2:
        found.append(
            Finding(
                "reference-far",
                "warning",
                f"The model learnt what neutral means in cohorts of {low:.0f} to {high:.0f} "
                f"samples a side; a reference of {reference:g} is far outside.",
            )
        )
    return found


def require_agreement(name: str, change: ArrayLike, direction: ArrayLike) -> None:
    """Refuse labels that contradict the matrix in most of the genes that change.

    Parameters
    ----------
    name
        Of the cohort.
    change
        Mean difference of each gene, first condition minus second.
    direction
        Labels: -1 down, 0 neutral, 1 up.

    Raises
    ------
    InputError
        If all are neutral, or most are contradicted: the conditions are probably swapped.
    """
    label = np.asarray(direction)
    changed = label != 0
    if not changed.any():
        raise InputError(
            f"All genes of the cohort {name!r} are labelled neutral; there is no direction to "
            "judge."
        )
    agree = float((np.sign(np.asarray(change)) == label)[changed].mean())
    if agree < 0.5:
        raise InputError(
            f"The labels of the cohort {name!r} contradict its matrix in {1 - agree:.0%} of the "
            "genes that go up or down; the columns of the two conditions are probably swapped: "
            "check the sample sheet and the contrast."
        )
