"""Which genes make a sample look like a class to a fitted model: integrated gradients.

The attribution of gene g to the log-odds F of a class, for a sample x and a baseline x0, is

    a_g = (x_g - x0_g) * mean over t in (0, 1) of dF/dx_g at x0 + t (x - x0)

and the attributions of all genes add up to F(x) - F(x0) (completeness). F is the logarithm of
p / (1 - p) for the probability p that ``predict_proba`` gives the class.

Genes reach a network through the products of its first layer, which are linear in the sample, so
the path between x0 and x is a straight line there too. Gradients are taken at the first layer's
units only and brought back to the genes by one multiplication, whatever the number of steps.

Sundararajan M, Taly A, Yan Q. Axiomatic attribution for deep networks. ICML (2017).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from sklearn.pipeline import Pipeline

from bulkwise.errors import InputError
from bulkwise.explain.base import Floats, SplitModel, row_blocks

__all__ = ["class_attributions", "gradients", "integrated_gradients", "log_odds"]


def _opened(model: Any, X: Any) -> tuple[SplitModel, Floats]:
    """The final step of a pipeline (or the model) and the samples as it sees them."""
    final = model
    if isinstance(model, Pipeline):
        final = model[-1]
        X = model[:-1].transform(X) if len(model) > 1 else X
    split = SplitModel(final)
    matrix = np.asarray(X)
    if matrix.ndim != 2 or matrix.shape[1] != split.n_genes:
        raise InputError(
            f"Attributions need samples x {split.n_genes} genes, as the model was fitted; got "
            f"shape {matrix.shape}."
        )
    return split, matrix


def _baseline(split: SplitModel, X: Floats, baseline: Any) -> Floats:
    if baseline is None:
        return X.mean(axis=0, dtype=np.float64) if split.mean is None else split.mean
    given = np.asarray(baseline, np.float64)
    if given.shape != (X.shape[1],):
        raise InputError(
            f"The baseline must have one value a gene ({X.shape[1]}); got shape {given.shape}."
        )
    return given


def log_odds(model: Any, X: Any, label: object = None) -> Floats:
    """Log-odds of a class against the others: what attributions explain.

    Parameters
    ----------
    model, X, label
        As in :func:`integrated_gradients`.

    Returns
    -------
    numpy.ndarray
        One number a sample.
    """
    split, matrix = _opened(model, X)
    place = split.place(label)
    odds = np.empty(len(matrix))
    for rows in row_blocks(*matrix.shape):
        with torch.no_grad():
            odds[rows] = split.odds(torch.from_numpy(split.units(matrix[rows])), place).numpy()
    return odds


def integrated_gradients(
    model: Any, X: Any, label: object = None, *, baseline: Any = None, steps: int = 64
) -> Floats:
    """How much each gene moves each sample's log-odds of a class away from a baseline's.

    Parameters
    ----------
    model
        A fitted network estimator of :mod:`bulkwise.models`, a fitted linear classifier, or a
        fitted pipeline that ends in one.
    X
        Samples x genes, as ``model.predict`` takes them.
    label
        The class; with two classes the second by default.
    baseline
        One value a gene, as the model's last step sees it: what a sample is compared with. By
        default the mean of the training samples (of ``X`` where the model doesn't know it).
    steps
        Points on the way. The sum over genes is off by about ``1 / steps`` squared.

    Returns
    -------
    numpy.ndarray
        Samples x genes (those that the last step sees), float64; the sum of a row is the sample's
        log-odds less the baseline's.

    Raises
    ------
    InputError
        If the model isn't of that kind, the class isn't known, or a shape doesn't fit.
    """
    split, matrix = _opened(model, X)
    place = split.place(label)
    base = _baseline(split, matrix, baseline)
    found = np.empty(matrix.shape)
    for rows in row_blocks(*matrix.shape):
        slopes = split.lift(split.mean_slopes(matrix[rows], base, place, steps))
        found[rows] = slopes * (matrix[rows] - base)
    return found


def gradients(model: Any, X: Any, label: object = None) -> Floats:
    """Gradient of the log-odds of a class at each sample.

    Parameters
    ----------
    model, X, label
        As in :func:`integrated_gradients`.

    Returns
    -------
    numpy.ndarray
        Samples x genes, float64: change of the log-odds for one more unit of the gene.
    """
    split, matrix = _opened(model, X)
    place = split.place(label)
    found = np.empty(matrix.shape)
    for rows in row_blocks(*matrix.shape):
        found[rows] = split.lift(split.slope(split.units(matrix[rows]), place))
    return found


def class_attributions(
    model: Any, X: Any, y: Any, *, baseline: Any = None, steps: int = 16
) -> Floats:
    """How much each gene counts for each class: mean size of its attributions.

    For each class the samples of that class are taken, and their log-odds of it.

    Parameters
    ----------
    model, X, baseline, steps
        As in :func:`integrated_gradients`.
    y
        Class of each sample. Classes that the model doesn't know or that ``y`` lacks are 0.

    Returns
    -------
    numpy.ndarray
        Classes (in the order of ``classes_``) x genes, float64.
    """
    split, matrix = _opened(model, X)
    labels = np.asarray(y)
    base = _baseline(split, matrix, baseline)
    return split.own_class_sizes(matrix, labels, base, steps)
