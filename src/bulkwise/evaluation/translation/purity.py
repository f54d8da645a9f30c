"""How much of the personal part is the share of other cells in the sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from bulkwise.baselines.translation import Learned
from bulkwise.evaluation.base import Estimate
from bulkwise.evaluation.metrics import estimate
from bulkwise.evaluation.translation.measures import correlations, mean_estimate
from bulkwise.evaluation.translation.results import Purity

__all__ = ["PurityParts", "purity_of"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, eq=False)
class PurityParts:
    """Of each held-out patient of a fold: personal correlations, and sums of squares.

    Attributes
    ----------
    before, after
        Personal correlation as it is, and with each one's own score regressed out.
    total, left
        Squared length of the true deviation, and of what the score doesn't explain.
    """

    before: Array
    after: Array
    total: Array
    left: Array

    @classmethod
    def of(
        cls, genes: Array, known: Learned, predicted: Array, truth: Array, tissue: Array
    ) -> PurityParts:
        """Score by the mean standardised deviation of some genes, fitted in the training part.

        Parameters
        ----------
        genes
            Positions of the genes whose level goes with admixed cells.
        known
            The training part.
        predicted, truth
            Target profiles, patients x genes.
        tissue
            The tissue of each as a number.
        """
        spread = np.maximum(known.y.std(axis=0), 1e-6)

        def score(deviations: Array) -> Array:
            return np.asarray((deviations[:, genes] / spread[genes]).mean(axis=1))

        own = score(known.y)
        loading = own @ known.y / max(float(own @ own), 1e-9)
        real, said = truth - known.target[tissue], predicted - known.target[tissue]
        rest = real - score(real)[:, None] * loading
        return cls(
            correlations(said, real),
            correlations(said - score(said)[:, None] * loading, rest),
            np.square(real).sum(axis=1),
            np.square(rest).sum(axis=1),
        )


def purity_of(parts: list[PurityParts], genes: tuple[str, ...], weights: Array) -> Purity:
    """Join the folds' parts; ``weights`` are draws x patients."""
    before, after, total, left = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("before", "after", "total", "left")
    )
    explained: Estimate = estimate(1 - (weights @ left) / np.maximum(weights @ total, 1e-12))
    return Purity(genes, explained, mean_estimate(before, weights), mean_estimate(after, weights))
