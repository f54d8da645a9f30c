"""The simple rules that a translator has to beat, on log2 profiles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from scipy.linalg import eigh

from bulkwise.split import inner_folds

__all__ = ["NEEDS_PAIRS", "RULES", "Learned", "learn"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_PENALTIES = np.geomspace(1.0, 1000.0, 7)  # in units of the mean squared length of a deviation
_FOLDS = 3
_LEAST = 1e-9


@dataclass(frozen=True, eq=False)
class Learned:
    """What the rules take from the training samples of one direction.

    Attributes
    ----------
    source, target
        Tissues x genes: plain means of all training samples; a tissue without one has the mean
        of the other tissues' samples.
    x, y
        Source and target deviations of the training pairs from them, pairs x genes.
    tissue, patient
        The tissue of each pair as a number, and a number for the patient.
    """

    source: Array
    target: Array
    x: Array
    y: Array
    tissue: Array
    patient: Array


def learn(
    sources: tuple[Array, Array],
    targets: tuple[Array, Array],
    pairs: tuple[Array, Array, Array],
    n_tissues: int,
) -> Learned:
    """Means and deviations of a training part.

    Parameters
    ----------
    sources, targets
        Log2 profiles of all samples of each condition, and the tissue of each as a number.
    pairs
        Source profiles, target profiles and tissue of the pairs, row by row.
    n_tissues
        How many tissues there are.
    """
    source, target = (_means(*side, n_tissues) for side in (sources, targets))
    first, second, tissue = pairs
    return Learned(
        source, target, first - source[tissue], second - target[tissue], tissue,
        np.arange(len(tissue)),
    )  # fmt: skip


Rule: TypeAlias = "Callable[[Learned, Array, Array], Array]"


def _means(profiles: Array, tissue: Array, n_tissues: int) -> Array:
    means = np.tile(profiles.mean(axis=0), (n_tissues, 1))
    for t in np.unique(tissue).tolist():
        means[t] = profiles[tissue == t].mean(axis=0)
    return means


def _no_change(known: Learned, profiles: Array, tissue: Array) -> Array:
    return profiles


def _target_mean(known: Learned, profiles: Array, tissue: Array) -> Array:
    return np.asarray(known.target[tissue])


def _mean_shift(known: Learned, profiles: Array, tissue: Array) -> Array:
    return np.asarray(profiles + (known.target - known.source)[tissue])


def _shrunken_shift(known: Learned, profiles: Array, tissue: Array) -> Array:
    share = (known.x * known.y).sum() / max(float(np.square(known.x).sum()), _LEAST)
    return np.asarray(known.target[tissue] + share * (profiles - known.source[tissue]))


def _slopes(x: Array, y: Array) -> Array:
    return np.asarray((x * y).sum(axis=0) / np.maximum(np.square(x).sum(axis=0), _LEAST))


def _gene_slope(known: Learned, profiles: Array, tissue: Array) -> Array:
    slopes = _slopes(known.x, known.y)
    return np.asarray(known.target[tissue] + slopes * (profiles - known.source[tissue]))


def _slope_and_ridge(known: Learned, profiles: Array, tissue: Array) -> Array:
    """Per-gene slope, and ridge regression of what it leaves on the deviation of all genes."""
    folds = inner_folds(None, known.patient, n_splits=_FOLDS, random_state=0)
    errors = np.zeros(len(_PENALTIES))
    for fold in folds:
        held = _ridge(known.x[fold.train], known.y[fold.train], known.x[fold.test])
        errors += np.square(known.y[fold.test] - held).sum(axis=(1, 2))
    deviations = profiles - known.source[tissue]
    best = _PENALTIES[[int(np.argmin(errors))]]
    return np.asarray(known.target[tissue] + _ridge(known.x, known.y, deviations, best)[0])


def _ridge(x: Array, y: Array, new: Array, penalties: Array = _PENALTIES) -> Array:
    """Predictions for new deviations, penalties x samples x genes."""
    slopes = _slopes(x, y)
    gram = x @ x.T
    level = max(float(np.trace(gram)) / len(x), _LEAST)
    values, vectors = eigh(gram / level)
    turned = vectors.T @ (y - x * slopes)
    seen = (new @ x.T / level) @ vectors
    return np.stack(
        [new * slopes + (seen / (values.clip(0) + penalty)) @ turned for penalty in penalties]
    )


def _nearest(known: Learned, profiles: Array, tissue: Array) -> Array:
    """Target deviation of the pair of the same tissue whose source deviates most alike."""
    deviations = profiles - known.source[tissue]
    likeness = _unit(deviations) @ _unit(known.x).T
    likeness[tissue[:, None] != known.tissue] -= 4.0  # another tissue only where there is no own
    return np.asarray(known.target[tissue] + known.y[likeness.argmax(axis=1)])


def _unit(deviations: Array) -> Array:
    lengths = np.sqrt(np.square(deviations).sum(axis=1, keepdims=True))
    return np.asarray(deviations / np.maximum(lengths, _LEAST))


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "no change": _no_change,
        "target mean": _target_mean,
        "mean shift": _mean_shift,
        "shrunken shift": _shrunken_shift,
        "gene slope": _gene_slope,
        "slope and ridge": _slope_and_ridge,
        "nearest neighbour": _nearest,
    }
)
"""Name -> target profiles, given what was learned, source profiles and the tissue of each.

``no change``
    The source profile itself.
``target mean``
    The mean of the target condition in the tissue: the same for everybody.
``mean shift``
    The source profile plus the tissue's mean difference.
``shrunken shift``
    The same with one share of the personal deviation, fitted over all pairs and genes.
``gene slope``
    The same with a share of its own for each gene.
``slope and ridge``
    Per-gene slopes, and ridge regression of the rest on all genes' deviations; its penalty is
    tuned on inner folds of patients.
``nearest neighbour``
    The mean plus the target deviation of the patient whose source deviates most alike.
"""

NEEDS_PAIRS = frozenset({"shrunken shift", "gene slope", "slope and ridge", "nearest neighbour"})
"""Rules that can't be learned without pairs."""
