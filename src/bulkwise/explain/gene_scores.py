"""How much a model relies on each gene: a score a gene, averaged over repeats, with a null.

Three kinds of score:

* ``"attribution"``: mean size of a gene's integrated gradients for the log-odds of a sample's own
  class, averaged over the classes (:mod:`bulkwise.explain.attribution`). It is in units of what
  the model says, so it doesn't depend on how the network scales its layers.
* ``"first-layer"``: each unit's weights are divided by the sum of their sizes, so that a unit's
  scale, to which batch norm makes the network blind, counts for nothing; then summed over units.
* ``"deepcme"``: S_j = sum_i |W1[i, j]|, as published (Deep learning of cancer metastasis,
  DeepCME): it depends on the scale of the units.

All are divided by their sum over the genes, so that scores of several fits can be averaged and
compared with those of fits on permuted labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn import config_context
from sklearn.base import clone
from sklearn.utils.metadata_routing import get_routing_for_object

from bulkwise.errors import InputError
from bulkwise.explain.base import Floats, SplitModel
from bulkwise.progress import track
from bulkwise.randomness import RandomState, Seeds
from bulkwise.split import permute_labels
from bulkwise.training.rowspace import RowSpace, worth_reducing

__all__ = [
    "KINDS",
    "GeneScores",
    "null_p_values",
    "repeated_scores",
    "score_genes",
    "unit_free_scores",
]

KINDS: tuple[str, ...] = ("attribution", "first-layer", "deepcme")
"""What a score may be made of."""

_STEPS = 16


@dataclass(frozen=True, eq=False)
class GeneScores:
    """Scores over repeated fits; each fit's scores add up to 1.

    Attributes
    ----------
    mean, sd
        Over the repeats, one a gene.
    by_repeat
        Repeats x genes.
    by_class
        Classes x genes, for the kind ``"attribution"`` (no rows for others): the scores by the
        class whose log-odds are attributed, averaged over the repeats; their mean over the
        classes is ``mean``.
    null
        Permutations x genes: scores of fits on permuted labels.
    p_value
        One a gene; NaN without permutations. See :func:`null_p_values`.
    p_family
        The same, against the largest score of any gene in each permutation.
    """

    by_repeat: Floats
    by_class: Floats
    null: Floats
    p_value: Floats
    p_family: Floats

    @property
    def mean(self) -> Floats:
        """Mean over the repeats."""
        mean: Floats = self.by_repeat.mean(axis=0)
        return mean

    @property
    def sd(self) -> Floats:
        """Standard deviation over the repeats (0 for a single one)."""
        sd: Floats = self.by_repeat.std(axis=0, ddof=min(1, len(self.by_repeat) - 1))
        return sd


def unit_free_scores(weights: ArrayLike) -> Floats:
    """Sum over units of a gene's share in each unit's weights.

    Parameters
    ----------
    weights
        Genes x units of the first layer. A unit without weights counts for nothing.

    Returns
    -------
    numpy.ndarray
        One a gene; they add up to 1.
    """
    sizes = np.abs(np.asarray(weights, np.float64))
    by_unit = sizes.sum(axis=0)
    shares = np.divide(sizes, by_unit, out=np.zeros_like(sizes), where=by_unit > 0)
    return _shares(shares.sum(axis=1))


def score_genes(
    model: Any, X: Any = None, y: ArrayLike | None = None, *, kind: str = "attribution"
) -> Floats:
    """Scores of one fitted model.

    Parameters
    ----------
    model
        A fitted network estimator of :mod:`bulkwise.models`, or a linear one.
    X, y
        Samples x genes as the model was fitted, and their classes; for ``"attribution"`` only.
    kind
        One of :data:`KINDS`.

    Returns
    -------
    numpy.ndarray
        One a gene, float64; they add up to 1.

    Raises
    ------
    InputError
        If the kind isn't known, or the model has no first layer of that kind.
    """
    if kind not in KINDS:
        raise InputError(f"Scores can't be of the kind {kind!r}: expected one of {KINDS}.")
    split = SplitModel(model)
    if kind == "attribution":
        if X is None or y is None:
            raise InputError("Scores of the kind 'attribution' need X and y; give both.")
        return _shares(_attributed(split, np.asarray(X), np.asarray(y)).mean(axis=0))
    if split.weights is None:
        raise InputError(
            f"Scores of the kind {kind!r} come from a first layer of products with the genes, and "
            f"{type(model).__name__} has none; use kind='attribution'."
        )
    if kind == "first-layer":
        return unit_free_scores(split.weights.T)
    return _shares(np.abs(split.weights).sum(axis=0))


def _attributed(split: SplitModel, X: NDArray[Any], y: NDArray[Any]) -> Floats:
    base = X.mean(axis=0, dtype=np.float64) if split.mean is None else split.mean
    return split.own_class_sizes(X, y, base, _STEPS)


def _shares(scores: Floats) -> Floats:
    """Scores divided by their sum over the genes (of the mean, if they are of several classes)."""
    total = np.atleast_2d(scores).mean(axis=0).sum()
    return scores / total if total > 0 else scores


def repeated_scores(
    estimator: Any,
    X: Any,
    y: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    within: ArrayLike | None = None,
    kind: str = "attribution",
    repeats: int = 3,
    permutations: int = 20,
    random_state: RandomState = 0,
) -> GeneScores:
    """Fit a model several times and on permuted labels, and score the genes each time.

    The lossless reduction is made once for all fits.

    Parameters
    ----------
    estimator
        Not fitted; its ``random_state``, if it has one, is set anew for each fit.
    X
        Samples x genes, preprocessed.
    y
        Class of each sample.
    groups
        Patient of each sample: kept whole inside the fits and when labels are permuted.
    within
        Source of each sample; labels are permuted within it.
    kind
        One of :data:`KINDS`.
    repeats, permutations
        How many fits on the labels as they are, and on permuted ones.
    random_state
        Seed.
    """
    matrix, labels = np.asarray(X), np.asarray(y)
    seeds = Seeds(random_state)
    asked = [labels] * repeats + [
        permute_labels(labels, groups, within, random_state=seeds.sklearn("permutation", i))
        for i in range(permutations)
    ]
    rows = _rows(estimator, matrix)
    found = np.empty((len(asked), matrix.shape[1]))
    classes = []
    with config_context(enable_metadata_routing=True):
        for i, own in enumerate(track(asked, "Gene scores")):
            model = _fitted(estimator, matrix, rows, own, groups, seeds.sklearn("fit", i))
            if kind == "attribution":
                by_class = _shares(_attributed(SplitModel(model), matrix, own))
                found[i] = by_class.mean(axis=0)
                classes += [by_class] if i < repeats else []
            else:
                found[i] = score_genes(model, kind=kind)
    observed, null = found[:repeats], found[repeats:]
    p_value, p_family = null_p_values(observed, null)
    averaged = np.mean(classes, axis=0) if classes else np.empty((0, matrix.shape[1]))
    return GeneScores(observed, averaged, null, p_value, p_family)


def _rows(estimator: Any, X: NDArray[Any]) -> RowSpace | None:
    if hasattr(estimator, "fit_rows") and worth_reducing(*X.shape):
        return RowSpace.of(X)
    return None


def _fitted(
    estimator: Any,
    X: NDArray[Any],
    rows: RowSpace | None,
    y: NDArray[Any],
    groups: ArrayLike | None,
    seed: int,
) -> Any:
    model = clone(estimator)
    if "random_state" in model.get_params(deep=False):
        model.set_params(random_state=seed)
    if rows is not None:
        return model.fit_rows(rows, y, groups=groups)
    routed = get_routing_for_object(model).consumes("fit", ["groups"])
    return model.fit(X, y, **({"groups": groups} if "groups" in routed else {}))


def null_p_values(observed: Sequence[Floats] | Floats, null: Floats) -> tuple[Floats, Floats]:
    """P values of scores from those of fits on permuted labels.

    Parameters
    ----------
    observed
        Repeats x genes.
    null
        Permutations x genes.

    Returns
    -------
    p_value : numpy.ndarray
        One a gene: share of the null scores of *all* genes that are as large or larger. It takes
        the genes for exchangeable where no label counts, as standardised genes about are.
    p_family : numpy.ndarray
        One a gene: share of the permutations in which the largest score of any gene is as large or
        larger (Westfall and Young); right for the whole list of genes, whatever their number.

    Notes
    -----
    The real score counts as one of the permutations, so no P is 0. Several repeats are joined as
    twice the median of their P values (Meinshausen, Meier and Buehlmann, P-values for
    high-dimensional regression, J Am Stat Assoc 104, 1671, 2009).
    """
    scores = np.atleast_2d(np.asarray(observed, np.float64))
    if not len(null):
        nothing = np.full(scores.shape[1], np.nan)
        return nothing, nothing.copy()
    pooled, largest = np.sort(null, axis=None), np.sort(null.max(axis=1))
    by_repeat = [
        np.array([(1 + len(ordered) - np.searchsorted(ordered, one)) for one in scores])
        / (1 + len(ordered))
        for ordered in (pooled, largest)
    ]
    factor = 1 if len(scores) == 1 else 2
    joined = [np.minimum(1.0, factor * np.median(p, axis=0)) for p in by_repeat]
    return joined[0], joined[1]
