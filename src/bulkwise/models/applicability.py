"""Is a new sample like the training data? A share of training samples at least as unusual.

A classifier has to name one of its classes, whatever it is shown. Two things tell that a sample
is none of them:

* *between the classes*: on the axes that tell the classes apart (regularised discriminant
  analysis), it is far from every class, though the expression as a whole may look ordinary: a
  tissue that wasn't trained on;
* *outside of them all*: it varies in genes that don't vary among the training samples: another
  technology, a failed library.

Both are distances, calibrated on training samples held out patient-wise. On real tissues left
out of training the first alone is best when there are many classes and misses much when there
are two, because two classes have one axis; hence the weights below.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import numpy as np
from scipy.linalg import cho_factor, cho_solve, eigh
from scipy.special import log_ndtr
from sklearn.base import BaseEstimator
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted, validate_data

from bulkwise.randomness import Seeds
from bulkwise.split import inner_folds
from bulkwise.training.rowspace import RowSpace

if TYPE_CHECKING:
    from bulkwise.randomness import RandomState

__all__ = ["Applicability"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_BLOCK = 512  # rows scored in float64 at once
_SAMPLES_A_COMPONENT = 4
_MOST_SAMPLES = 2_000  # above that a sample of them, by class, says as much
_FEWEST_A_CLASS = 20
_ROUNDING = 1e-9  # of a squared length: what is missed by less is taken for rounding
_SMALLEST = 1e-12  # squared distance or spread, so that its logarithm or inverse exists


@dataclass(frozen=True, eq=False)
class _Region:
    """Where training samples lie, on any orthonormal coordinates of them.

    Distances of a sample x are taken from ``a = x - mean``: to the nearest of the class means
    on the whitened discriminant axes, and the squared length of what the leading principal
    components miss. Without classes the axes are the components themselves, whitened.
    """

    mean: Array
    axes: Array  # q x d: whitened
    centres: Array  # classes x d
    components: Array  # q x m: orthonormal

    @classmethod
    def of(cls, Z: Array, codes: Array, n_components: int, shrinkage: float) -> _Region:
        mean = Z.mean(axis=0)
        A = Z - mean
        scatter = A.T @ A
        q, n = len(scatter), len(A)
        values, components = eigh(scatter, subset_by_index=[q - n_components, q - 1])
        components = components[:, ::-1]
        if codes.max() == 0:
            least = values[-1] * 1e-12 if values[-1] > 0 else 1.0  # all samples are alike
            sizes = np.sqrt(np.maximum(values[::-1], least) / n)
            return cls(mean, components / sizes, np.zeros((1, n_components)), components)
        axes, centres = _discriminants(A, scatter, codes, shrinkage)
        return cls(mean, axes, centres, components)

    def distances(self, Z: Array) -> Array:
        """Both squared distances of each sample, n x 2."""
        A = Z - self.mean
        u = A @ self.axes
        near = ((u[:, None, :] - self.centres) ** 2).sum(axis=2).min(axis=1)
        length = np.square(A).sum(axis=1)
        missed = length - np.square(A @ self.components).sum(axis=1)
        return np.column_stack([near, np.maximum(missed, _ROUNDING * length)])


def _discriminants(A: Array, scatter: Array, codes: Array, shrinkage: float) -> tuple[Array, Array]:
    """Axes that tell the classes apart, whitened within classes, and the class means there."""
    counts = np.bincount(codes)
    n, k, q = len(A), len(counts), len(scatter)
    means = np.stack([A[codes == code].mean(axis=0) for code in range(k)])
    within = (scatter - (means.T * counts) @ means) / max(n - k, 1)
    level = np.trace(within) / max(min(n - k, q), 1)
    within *= 1.0 - shrinkage
    within[np.diag_indices(q)] += shrinkage * level if level > 0 else 1.0
    solved = cho_solve(cho_factor(within), means.T)
    share = np.sqrt(counts / n)
    values, vectors = np.linalg.eigh(share[:, None] * (means @ solved) * share)
    kept = np.flatnonzero(values > values[-1] * 1e-10)[::-1][: k - 1]
    axes = solved @ (share[:, None] * vectors[:, kept] / np.sqrt(values[kept]))
    return axes, means @ axes


class Applicability(BaseEstimator):
    """How usual a sample is, against training samples that were held out: 1 usual, near 0 not.

    ``score_samples`` gives the share of held-out training samples that were at least as unusual,
    a P value of "this sample is of the kinds that were trained on": at 0.05 about one in twenty
    samples of known kinds falls below. It can't be smaller than 1 / (training samples + 1), so
    with fewer than 20 training samples nothing falls below 0.05. Of more than 2,000 training
    samples, 2,000 drawn by class are looked at.

    Parameters
    ----------
    n_components
        Principal components that count as ordinary variation; fewer with fewer than four
        samples or two genes a component.
    shrinkage
        How far the covariance within classes is drawn to a multiple of the identity, 0 to 1.
    folds
        Inner folds of the calibration.
    random_state
        Seed of the folds.

    Attributes
    ----------
    mean_ : ndarray of float64, p
        Training mean of each gene.
    axes_ : ndarray of float32, p x d
        Axes on which the classes are told apart (d = classes - 1), with unit variance within
        classes; without classes the principal components, with unit variance.
    centres_ : ndarray of float64, classes x d
        Means of the classes on the axes.
    components_ : ndarray of float32, p x m
        Leading principal components.
    log_mean_, log_sd_ : ndarray of float64, 2
        Of the logarithms of the two distances of held-out training samples.
    weight_ : float
        Weight of the second distance: 1 / sqrt(classes - 1), at most 1.
    reference_ : ndarray of float64
        Unusualness of the held-out training samples, ascending.

    Notes
    -----
    With u = axes' (x - mean) and r the length of what the components miss, the unusualness is

        -log P(|u - nearest centre|) - weight * log P(r)

    where P is the upper tail of a normal distribution fitted to the logarithm of that distance
    over held-out samples. Summaries only are kept, no profile of a training sample.

    References
    ----------
    Lee et al. (2018), "A simple unified framework for detecting out-of-distribution samples",
    NeurIPS, for the distance to the nearest class; Ren et al. (2021), arXiv:2106.09022, for why
    only the directions that tell classes apart should count; Friedman (1989), "Regularized
    discriminant analysis", JASA 84, 165-175.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["kidney", "liver"], 50)
    >>> X = rng.normal(size=(100, 500)) + 2 * (y == "liver")[:, None]
    >>> check = Applicability().fit(X, y)
    >>> bool(check.score_samples(rng.normal(size=(1, 500)) + 6)[0] < 0.05)
    True
    """

    __metadata_request__fit: ClassVar[dict[str, bool]] = {"groups": True}

    _fitted: ClassVar[tuple[str, ...]] = (
        "mean_",
        "axes_",
        "centres_",
        "components_",
        "log_mean_",
        "log_sd_",
        "weight_",
        "reference_",
    )

    def __init__(
        self,
        *,
        n_components: int = 30,
        shrinkage: float = 0.2,
        folds: int = 5,
        random_state: RandomState = 0,
    ) -> None:
        self.n_components = n_components
        self.shrinkage = shrinkage
        self.folds = folds
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None, *, groups: Any = None) -> Applicability:
        """Learn where training samples lie, and how far from it held-out ones fall.

        Parameters
        ----------
        X
            Samples x genes, preprocessed as for the model that this is to guard.
        y
            Their labels; without labels, or with numbers to regress on, all samples are one
            class.
        groups
            Patient of each sample, for the folds. Without it each sample stands for itself.

        Raises
        ------
        SampleError
            If fewer than two patients can be held out.
        """
        X = validate_data(self, X, dtype=[np.float64, np.float32], ensure_min_samples=4)
        codes = self._codes(y, len(X))
        groups = np.arange(len(X)) if groups is None else np.asarray(groups)
        drawn = self._drawn(codes)
        X, codes, groups = X[drawn], codes[drawn], groups[drawn]
        if len(X) < X.shape[1]:
            return self._fit_reduced(RowSpace.of(X), codes, groups)
        Z = X.astype(np.float64, copy=False)
        self._calibrate(Z, codes, groups)
        region = self._region(Z, codes)
        return self._keep(region.mean, region, region.axes, region.components)

    def fit_rows(self, rows: RowSpace, y: Any = None, *, groups: Any = None) -> Applicability:
        """The same as :meth:`fit` on a reduction that is already there.

        Parameters
        ----------
        rows
            The row space of exactly the training rows.
        y, groups
            As in :meth:`fit`.
        """
        if rows.n_samples > _MOST_SAMPLES:
            return self.fit(rows.X, y, groups=groups)
        self.n_features_in_ = rows.n_genes
        groups = np.arange(rows.n_samples) if groups is None else np.asarray(groups)
        return self._fit_reduced(rows, self._codes(y, rows.n_samples), groups)

    def score_samples(self, X: Any) -> Array:
        """Applicability of each sample, float64 in (0, 1].

        Parameters
        ----------
        X
            Samples x genes, preprocessed as the training samples were.
        """
        check_is_fitted(self, "reference_")
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        region = _Region(self.mean_, self.axes_, self.centres_, self.components_)
        scores = np.empty(len(X))
        for first in range(0, len(X), _BLOCK):
            rows = X[first : first + _BLOCK].astype(np.float64, copy=False)
            scores[first : first + _BLOCK] = self._unusualness(region.distances(rows))
        n = len(self.reference_)
        at_least = n - np.searchsorted(self.reference_, scores, side="left")
        shares: Array = (1.0 + at_least) / (1.0 + n)
        return shares

    def _fit_reduced(self, rows: RowSpace, codes: Array, groups: Array) -> Applicability:
        self._calibrate(rows.Z, codes, groups)
        region = self._region(rows.Z, codes)
        d = region.axes.shape[1]
        lifted = rows.lift(np.hstack([region.axes, region.components]))
        return self._keep(rows.mean, region, lifted[:, :d], lifted[:, d:])

    def _drawn(self, codes: Array) -> Array:
        """Rows to learn from: all, or a sample of them by class."""
        if len(codes) <= _MOST_SAMPLES:
            return np.arange(len(codes))
        order = Seeds(self.random_state).numpy("drawn").permutation(len(codes))
        drawn = []
        for code, count in enumerate(np.bincount(codes)):
            size = max(_FEWEST_A_CLASS, round(_MOST_SAMPLES * count / len(codes)))
            drawn.append(order[codes[order] == code][:size])
        return np.sort(np.concatenate(drawn))

    def _keep(self, mean: Array, region: _Region, axes: Array, components: Array) -> Applicability:
        self.mean_ = mean
        self.axes_ = axes.astype(np.float32)
        self.components_ = components.astype(np.float32)
        self.centres_ = region.centres
        return self

    def _codes(self, y: Any, n: int) -> Array:
        if y is None or type_of_target(y) not in {"binary", "multiclass"}:
            return np.zeros(n, dtype=np.intp)
        if len(y) != n:
            raise ValueError(f"Expected a label for each of {n} samples, got {len(y)} labels.")
        codes: Array = np.unique(np.asarray(y), return_inverse=True)[1]
        return codes

    def _region(self, Z: Array, codes: Array) -> _Region:
        most = min(len(Z) // _SAMPLES_A_COMPONENT, Z.shape[1] // 2)
        return _Region.of(Z, codes, max(1, min(self.n_components, most)), self.shrinkage)

    def _calibrate(self, Z: Array, codes: Array, groups: Array) -> None:
        """Distances of held-out samples, and from them what is usual."""
        k = codes.max() + 1
        folds = inner_folds(
            codes if k > 1 else None,
            groups,
            n_splits=self.folds,
            random_state=self.random_state,
        )
        distances = np.concatenate(
            [
                self._region(Z[fold.train], _renumbered(codes[fold.train])).distances(Z[fold.test])
                for fold in folds
            ]
        )
        self.weight_ = float(1.0 / np.sqrt(max(k - 1, 1)))
        logs = np.log(np.maximum(distances, _SMALLEST))
        self.log_mean_ = logs.mean(axis=0)
        self.log_sd_ = np.maximum(logs.std(axis=0), _SMALLEST)
        self.reference_ = np.sort(self._unusualness(distances))

    def _unusualness(self, distances: Array) -> Array:
        logs = np.log(np.maximum(distances, _SMALLEST))
        tails = -log_ndtr((self.log_mean_ - logs) / self.log_sd_)
        unusual: Array = tails[:, 0] + self.weight_ * tails[:, 1]
        return unusual


def _renumbered(codes: Array) -> Array:
    """Codes from 0 without gaps, where a fold lacks a class."""
    renumbered: Array = np.unique(codes, return_inverse=True)[1]
    return renumbered
