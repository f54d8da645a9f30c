"""What was planted in a simulated cohort, and how much of it a fitted network found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from bulkwise.errors import InputError
from bulkwise.explain.base import Floats, SplitModel, row_blocks

if TYPE_CHECKING:
    from anndata import AnnData
    from sklearn.pipeline import Pipeline

__all__ = ["Recovery", "recover_markers"]


@dataclass(frozen=True)
class Recovery:
    """How well the genes that a network uses for a class are those that make the class.

    Attributes
    ----------
    label
        The class.
    n_planted
        Genes that were planted.
    n_found
        How many of them stand among as many genes that the network uses most.
    expected
        How many would stand there by chance.
    auroc
        Of telling planted from other genes by how much the network uses them; 0.5 by chance.
    """

    label: str
    n_planted: int
    n_found: int
    expected: float
    auroc: float


def recover_markers(model: Pipeline, cohort: AnnData) -> tuple[Recovery, ...]:
    """Compare the genes that a fitted pipeline uses for each tissue with those planted.

    Parameters
    ----------
    model
        A fitted pipeline that ends in a network classifier. A gene that an earlier step leaves out
        counts as used least.
    cohort
        What :func:`bulkwise.datasets.simulate` made.

    Raises
    ------
    InputError
        If the cohort wasn't simulated, or the model's classes aren't its tissues.
    """
    planted = cohort.uns.get("truth", {}).get("markers")
    final = model.steps[-1][1]
    if planted is None or set(planted) != set(map(str, final.classes_)):
        raise InputError(
            "What was planted can be compared with what was found only for the tissues of a "
            "simulated cohort; expected truth about the model's classes, found none."
        )
    found = _mean_gradients(final, np.asarray(model[:-1].transform(cohort.to_df())))
    genes = cohort.var_names.to_numpy(dtype=str)
    used = np.isin(genes, np.asarray(model[:-1].get_feature_names_out(), dtype=str))
    scores = np.tile(found.min(axis=1, keepdims=True), len(genes))
    scores[:, used] = found
    return tuple(
        _recovery(str(label), score, np.isin(genes, np.asarray(planted[str(label)], dtype=str)))
        for label, score in zip(final.classes_, scores, strict=True)
    )


def _recovery(label: str, score: Floats, planted: NDArray[np.bool_]) -> Recovery:
    n = int(planted.sum())
    top = np.argsort(-score, kind="stable")[:n]
    above = rankdata(score)[planted].sum() - n * (n + 1) / 2
    return Recovery(
        label=label,
        n_planted=n,
        n_found=int(planted[top].sum()),
        expected=n * n / len(score),
        auroc=float(above / (n * (len(score) - n))),
    )


def _mean_gradients(model: Any, X: NDArray[Any]) -> Floats:
    """Gradient of the log-odds of each class, in the mean over samples; classes x genes."""
    split = SplitModel(model)
    sums = np.zeros((len(split.classes), split.n_genes))
    for rows in row_blocks(*X.shape):
        units = split.units(X[rows])
        for place in range(len(sums)):
            sums[place] += split.lift(split.slope(units, place)).sum(axis=0)
    return sums / len(X)
