"""A cohort with a question, as arrays: what every step of an evaluation takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bulkwise.checks.base import Finding
from bulkwise.evaluation.base.pieces import Question

if TYPE_CHECKING:
    from bulkwise.split import Fold

__all__ = ["LEAST_PATIENTS", "Inputs"]

LEAST_PATIENTS = 10
"""Patients of a class below which no claim is made on it."""


@dataclass(frozen=True)
class Inputs:
    """A cohort as arrays; every array has one entry or row a sample.

    Attributes
    ----------
    X
        Samples x genes, float32 or float64, not copied.
    labels
        The target as text; ``codes`` are their places in ``classes`` (sorted).
    groups
        Patients as text; the samples' own names if no column tells.
    sources
        Text, or None if no column tells.
    findings
        What was assumed, and what limits the answer.
    """

    name: str
    unit: str
    X: NDArray[Any]
    genes: tuple[str, ...]
    samples: NDArray[np.str_]
    sheet: pd.DataFrame
    target: str
    labels: NDArray[np.str_]
    classes: tuple[str, ...]
    codes: NDArray[np.intp]
    groups: NDArray[np.str_]
    group_column: str | None
    sources: NDArray[np.str_] | None
    source_column: str | None
    findings: tuple[Finding, ...]

    @property
    def group_codes(self) -> NDArray[np.intp]:
        """Each patient as a number, 0 to n_groups - 1."""
        return np.unique(self.groups, return_inverse=True)[1].astype(np.intp)

    def counts(self) -> dict[str, int]:
        """Samples of each class."""
        found = np.bincount(self.codes, minlength=len(self.classes)).tolist()
        return dict(zip(self.classes, found, strict=True))

    @property
    def n_groups(self) -> int:
        """How many patients there are."""
        return len(np.unique(self.groups))

    def question(self, **asked: Any) -> Question:
        """What was asked of this cohort; ``asked`` holds the fields that the data don't know."""
        sources = [] if self.sources is None else self.sources.tolist()
        return Question(
            cohort=self.name,
            unit=self.unit,
            target=self.target,
            labels=self.classes,
            counts=self.counts(),
            n_samples=len(self.samples),
            n_genes=len(self.genes),
            n_groups=self.n_groups,
            groups=self.group_column,
            source=self.source_column,
            sources=dict(sorted(Counter(sources).items())),
            **asked,
        )

    def patients_by_class(self) -> NDArray[np.intp]:
        """Patients with at least one sample of each class."""
        return np.array(
            [len(np.unique(self.groups[self.codes == code])) for code in range(len(self.classes))]
        )

    def no_claim(self, folds: Sequence[Fold]) -> tuple[str, ...]:
        """A sentence where a class has too few patients in the pooled test parts of ``folds``."""
        tested = np.unique(np.concatenate([fold.test for fold in folds]))
        few = {}
        for code, label in enumerate(self.classes):
            n = len(set(self.groups[tested][self.codes[tested] == code].tolist()))
            if n < LEAST_PATIENTS:
                few[label] = n
        if not few:
            return ()
        listed = ", ".join(f"{n} of {label}" for label, n in few.items())
        about = "" if len(self.classes) == 2 else " about such a class"
        return (
            f"No claim: fewer than {LEAST_PATIENTS} patients of a class stand in the pooled test "
            f"folds ({listed}), so these figures can't support a claim{about}.",
        )
