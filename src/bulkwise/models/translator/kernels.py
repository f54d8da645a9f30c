"""The personal part: kernels on the source deviations, weighed by their evidence.

The target deviations of the pairs are turned to their principal components. Each component is
regressed on the source deviations by kernel ridge regression (a Gaussian process) under several
kernels and noise levels; the predictions are averaged with the marginal likelihood of each as
weight, the hypothesis that nothing can be foretold among them. So a component without a signal is
drawn to zero, and no single choice has to be right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from scipy.linalg import eigh

__all__ = ["Personal", "fit_personal"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_NOISE = np.geomspace(0.5, 300.0, 10)  # in units of the mean signal of a sample
_WIDTH = 0.5  # of a kernel, in medians of the squared distances
_WHITENED = (10, 30)  # leading components brought to one length
_WITHIN = (0.0, 0.5, 1.0)  # share of a kernel that acts within a tissue only
_TEMPERATURE = 4.0  # evidence counts a quarter: components are neither normal nor independent
_NOTHING = 0.02  # prior weight of "nothing can be foretold"
_LEAST_COMPONENT = 1e-6
_FLOOR = 0.3  # log2 units added to a gene's spread before division


@dataclass(frozen=True, eq=False)
class Personal:
    """A fitted personal part.

    Attributes
    ----------
    deviations
        Source deviations of the pairs, pairs x genes, float32: profiles of training samples.
    tissue
        The tissue of each pair, as a number.
    weights
        Genes that count more or less, kernels x genes.
    axes, lengths
        Principal axes, genes x q, and what divides the coordinates on them.
    widths
        Squared width of each kernel.
    dual
        Kernels x structures x pairs x components: what a kernel's values are multiplied by.
    components
        Components x genes.
    """

    deviations: Array
    tissue: Array
    weights: Array
    axes: Array
    lengths: Array
    widths: Array
    dual: Array
    components: Array

    def predict(self, deviations: Array, tissue: Array) -> Array:
        """Personal part of new samples, samples x genes.

        Parameters
        ----------
        deviations
            Source deviations, samples x genes.
        tissue
            Numbers as in the training; of tissues without pairs, any other.
        """
        training = self.deviations.astype(np.float64)
        seen = self._features(training)
        new = self._features(np.asarray(deviations, dtype=np.float64))
        same = tissue[:, None] == self.tissue
        alike = self.tissue[:, None] == self.tissue
        scores = np.zeros((len(new[0]), len(self.components)))
        for k, width in enumerate(self.widths):
            values = np.exp(-_squared(new[k], seen[k]) / width)
            own = np.exp(-_squared(seen[k], seen[k]) / width)
            for s, share in enumerate(_WITHIN):
                centred = _blend(values, same, share) - _centres(
                    _blend(own, alike, share), self.tissue, tissue
                )
                scores += centred @ self.dual[k, s]
        return np.asarray(scores @ self.components.astype(np.float64))

    def _features(self, deviations: Array) -> list[Array]:
        coordinates = deviations @ self.axes
        whitened = [coordinates[:, :q] / self.lengths[:q] for q in _sizes(self.axes.shape[1])]
        return [deviations * w for w in self.weights] + whitened


def fit_personal(x: Array, y: Array, rest: Array, tissue: Array) -> Personal | None:
    """Fit the kernels.

    Parameters
    ----------
    x, y
        Source and target deviations of the pairs, pairs x genes.
    rest
        What of ``y`` is to be foretold (after the slopes), pairs x genes.
    tissue
        The tissue of each pair, as a number.

    Returns
    -------
    Personal or None
        ``None`` with fewer than three pairs more than tissues, or nothing that varies.
    """
    contrasts = _contrasts(tissue)
    if contrasts.shape[1] < 3 or not np.square(x).sum() > 0:
        return None
    scores, components = _components(rest)
    if not len(components):
        return None
    blank = np.empty((0, x.shape[1]))
    lengths, axes = _principal(x)
    made = Personal(
        x.astype(np.float32), tissue, np.vstack([blank, *_gene_weights(x, y)]), axes, lengths,
        np.empty(0), np.empty(0), components,
    )  # fmt: skip
    features = made._features(x)
    distances = [_squared(part, part) for part in features]
    off = ~np.eye(len(x), dtype=bool)
    widths = np.array([max(float(np.median(d[off])) * _WIDTH, 1e-12) for d in distances])
    alike = tissue[:, None] == tissue
    kernels = [
        _blend(np.exp(-d / width), alike, share)
        for d, width in zip(distances, widths, strict=True)
        for share in _WITHIN
    ]
    dual_rows = _averaged(kernels, contrasts, contrasts.T @ scores)
    dual = dual_rows.reshape(len(widths), len(_WITHIN), *scores.shape).astype(np.float32)
    return Personal(
        made.deviations, tissue, made.weights.astype(np.float32), axes.astype(np.float32), lengths,
        widths, dual, components.astype(np.float32),
    )  # fmt: skip


def _averaged(kernels: list[Array], contrasts: Array, scores: Array) -> Array:
    """Dual coefficients of every kernel, averaged over noise levels by their evidence.

    Within the contrasts (orthonormal, each sums to zero in every tissue) the scores u of one
    component have covariance proportional to K + noise I. With K = Q L Q' and a = Q' u the
    profile log likelihood is -(log|L + noise| + n log(sum a^2 / (L + noise))) / 2.
    """
    n = scores.shape[0]
    nothing = n * np.log(np.square(scores).sum(axis=0))
    evidence, solved = [], []
    for kernel in kernels:
        inside = contrasts.T @ kernel @ contrasts
        level = max(float(np.trace(inside)) / n, 1e-12)
        values, vectors = eigh(inside / level)
        values = np.maximum(values, 0.0)
        turned = vectors.T @ scores
        back = contrasts @ vectors / level
        denominators = _damped(values)
        fit = np.square(turned) / denominators
        gain = np.log(denominators[:, :, 0]).sum(axis=1)[:, None] + n * np.log(fit.sum(axis=1))
        evidence.append(0.5 * (nothing - gain) / _TEMPERATURE)
        solved.append((back, turned, values))
    weight = _weights(np.stack(evidence))
    return np.stack(
        [
            back @ (turned * (w[:, None, :] / _damped(values)).sum(axis=0))
            for w, (back, turned, values) in zip(weight, solved, strict=True)
        ]
    )


def _damped(values: Array) -> Array:
    """Eigenvalues plus each noise, noises x values x 1."""
    return np.asarray(values[None, :, None] + _NOISE[:, None, None])


def _weights(evidence: Array) -> Array:
    """Posterior weights, kernels x noises x components; the rest is on "nothing"."""
    top = np.maximum(evidence.max(axis=(0, 1)), 0.0)
    prior = (1 - _NOTHING) / (evidence.shape[0] * evidence.shape[1])
    weight = prior * np.exp(evidence - top)
    return np.asarray(weight / (weight.sum(axis=(0, 1)) + _NOTHING * np.exp(-top)))


def _gene_weights(x: Array, y: Array) -> tuple[Array, Array]:
    """All genes alike, and genes by how well they are found again in the other condition."""
    lengths = np.sqrt(np.square(x).sum(axis=0) * np.square(y).sum(axis=0))
    found = np.maximum((x * y).sum(axis=0) / np.where(lengths > 0, lengths, 1.0), 0.0)
    return np.ones(x.shape[1]), np.sqrt(found) / (x.std(axis=0) + _FLOOR)


def _components(rest: Array) -> tuple[Array, Array]:
    """Scores (pairs x m) and components (m x genes) whose product is ``rest``."""
    values, vectors = eigh(rest @ rest.T)
    kept = values > max(float(values[-1]), 0.0) * _LEAST_COMPONENT
    scores = vectors[:, kept] * np.sqrt(values[kept])
    return scores, (scores / values[kept]).T @ rest


def _principal(x: Array) -> tuple[Array, Array]:
    """Lengths and axes of the leading principal components of the deviations."""
    values, vectors = eigh(x @ x.T)
    most = min(_WHITENED[-1], int((values > values[-1] * _LEAST_COMPONENT).sum()))
    lengths = np.sqrt(values[::-1][:most])
    return lengths, x.T @ (vectors[:, ::-1][:, :most] / lengths)


def _sizes(most: int) -> list[int]:
    return [min(q, most) for q in _WHITENED]


def _contrasts(tissue: Array) -> Array:
    """Orthonormal columns that sum to zero within every tissue, pairs x (pairs - tissues)."""
    member = (tissue[:, None] == np.unique(tissue)).astype(np.float64)
    centring = np.eye(len(tissue)) - (member / member.sum(axis=0)) @ member.T
    return np.asarray(eigh(centring)[1][:, member.shape[1] :])


def _squared(left: Array, right: Array) -> Array:
    lengths = np.square(left).sum(axis=1)[:, None] + np.square(right).sum(axis=1)
    return np.asarray(np.maximum(lengths - 2 * left @ right.T, 0.0))


def _blend(kernel: Array, same: Array, within: float) -> Array:
    return np.asarray(kernel * ((1.0 - within) + within * same))


def _centres(kernel: Array, trained: Array, tissue: Array) -> Array:
    """Mean kernel row of each sample's tissue; of all pairs where it has none."""
    rows = np.empty((len(tissue), kernel.shape[1]))
    for t in np.unique(tissue).tolist():
        own = trained == t
        rows[tissue == t] = kernel[own if own.any() else slice(None)].mean(axis=0)
    return rows
