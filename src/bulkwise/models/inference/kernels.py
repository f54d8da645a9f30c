"""The expression of all other genes from a panel of landmark genes, with its expected error."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from bulkwise.errors import InputError
from bulkwise.models.inference.base import Array, TargetRegressor, moments
from bulkwise.models.inference.combining import (
    best_weights,
    corrections,
    make_knots,
    stacking_weights,
)
from bulkwise.training.similarity import Kernel, Rows, parse
from bulkwise.training.smoother import Penalties, Smoother

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["KERNELS", "LEAST_SKILL", "PENALTIES", "ExpressionInference"]

KERNELS = (
    "linear",
    "matern-0.1",
    "matern-0.5",
    "matern-1",
    "matern-0.5-centred",
    "matern-2-centred",
)
"""The kernels that are combined by default."""

PENALTIES = (1e-3, 1e-2, 3e-2, 0.1, 0.2, 0.4, 1.0)
"""The penalties tried, in units of the kernel's mean eigenvalue."""

LEAST_SKILL = 0.1
"""A gene whose error is less than this share below its median's counts as not inferable."""

_BINS = 15  # of the correction
_LEAST_IN_BIN = 10  # samples
_BLOCK_VALUES = 1 << 20  # values of one block of targets, for each kernel


class ExpressionInference(TargetRegressor):
    """Infer target genes from landmark genes by kernel regression, combined gene by gene.

    Each kernel gives a regression in closed form. For each target, a penalty is chosen for each
    kernel, and the kernels are weighted (weights not below 0, their sum 1), so that the squared
    error on samples *left out* is least; a patient's samples are left out together, exactly and
    without a refit (:mod:`bulkwise.training.smoother`). Then each target's prediction is moved by
    the median of what it missed by at predictions of that height, because the error that counts
    is the absolute one and a gene that is silent in most samples is better predicted silent.

    The same left-out predictions say what to expect of new samples *like the training samples*:
    the mean absolute error and an interval of each gene, and whether the gene can be inferred
    at all.

    A bundle of this model holds the training profiles, so saving one has to be allowed.

    Parameters
    ----------
    kernels
        Names of kernels (:mod:`bulkwise.training.similarity`); ``None`` means :data:`KERNELS`.
    penalties
        Penalties to choose from; ``None`` means :data:`PENALTIES`.
    combine
        ``"stack"`` weights the kernels, ``"choose"`` takes the best one of each target.
    correct
        Whether predictions are moved by the median of the residuals.
    level
        Share of new values that the interval is to hold, in (0, 1).

    Attributes
    ----------
    landmarks_ : ndarray
        Training samples x landmarks.
    targets_ : ndarray
        Training samples x targets, standardised.
    target_names_ : ndarray of str
        Columns of ``Y`` if it was a table, else ``"0"``, ``"1"``, ...
    expected_error_ : ndarray of float64
        Mean absolute error of each target on samples left out, in the unit of ``Y``.
    skill_ : ndarray of float64
        1 minus that error over the error of the target's median.
    inferable_ : ndarray of bool
        Whether the skill is at least :data:`LEAST_SKILL`.
    lower_, upper_ : ndarray of float64
        What to add to a prediction for the ends of its interval, in the unit of ``Y``.
    weights_ : ndarray
        Targets x kernels.
    penalty_index_ : ndarray
        Kernels x targets: which penalty.

    References
    ----------
    Chen, Li, Narayan, Subramanian, Xie (2016), "Gene expression inference with deep learning",
    Bioinformatics 32:1832 (the task). Breiman (1996), "Stacked regressions", Machine Learning
    24:49. Barber, Candès, Ramdas, Tibshirani (2021), "Predictive inference with the jackknife+",
    Annals of Statistics 49:486.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(60, 8))
    >>> Y = np.column_stack([X[:, 0] + X[:, 1], rng.normal(size=60)])
    >>> model = ExpressionInference().fit(X, Y)
    >>> model.inferable_
    array([ True, False])
    """

    __metadata_request__fit: ClassVar[dict[str, bool]] = {"groups": True}
    _holds_training_data: ClassVar[bool] = True
    _fitted: ClassVar[tuple[str, ...]] = (
        "landmarks_",
        "targets_",
        "target_names_",
        "target_center_",
        "target_scale_",
        "kernels_",
        "penalties_",
        "penalty_index_",
        "weights_",
        "knots_",
        "lower_",
        "upper_",
        "expected_error_",
        "skill_",
        "inferable_",
        "one_target_",
        "groups_",
    )

    landmarks_: Array
    targets_: Array
    weights_: Array
    penalty_index_: Array
    knots_: Array

    def __init__(
        self,
        *,
        kernels: Sequence[str] | None = None,
        penalties: Sequence[float] | None = None,
        combine: Literal["stack", "choose"] = "stack",
        correct: bool = True,
        level: float = 0.9,
    ) -> None:
        self.kernels = kernels
        self.penalties = penalties
        self.combine = combine
        self.correct = correct
        self.level = level

    def fit(
        self, X: ArrayLike, Y: ArrayLike, *, groups: ArrayLike | None = None
    ) -> ExpressionInference:
        """Learn the targets from the landmarks.

        Parameters
        ----------
        X
            Samples x landmarks, on a log scale.
        Y
            Samples x targets, on a log scale; one target may be a vector.
        groups
            Patient of each sample; a patient's samples are left out together.

        Raises
        ------
        InputError
            If a setting is out of its range, or all samples belong to one patient.
        """
        self._check()
        matrix, targets = self._learnt_from(X, Y, groups, least=3)
        self.kernels_ = list(KERNELS if self.kernels is None else self.kernels)
        self.penalties_ = np.sort(
            np.array(PENALTIES if self.penalties is None else self.penalties, dtype=np.float64)
        )
        self.landmarks_ = matrix.copy()
        _, codes = np.unique(
            np.arange(len(matrix)) if groups is None else np.asarray(groups), return_inverse=True
        )
        self.groups_ = codes.astype(np.int64)
        self._basis = self._decompose()
        self._standardize(targets)
        self._learn(targets)
        return self

    def predict(self, X: ArrayLike) -> Array:
        """The targets of new samples.

        Parameters
        ----------
        X
            Samples x landmarks.

        Returns
        -------
        ndarray of float64
            Samples x targets in the unit of ``Y``; a vector if ``Y`` was one.
        """
        predicted = self._combined(self._seen(X))
        if self.knots_.shape[1]:
            predicted += corrections(self.knots_, predicted.T).T
        predicted *= self.target_scale_
        predicted += self.target_center_
        return self._shaped(predicted)

    def predict_interval(self, X: ArrayLike) -> tuple[Array, Array]:
        """Ends of an interval that holds a share ``level`` of new values of each target.

        Of new samples like the training samples: another source or disease isn't covered.

        Parameters
        ----------
        X
            Samples x landmarks.

        Returns
        -------
        tuple of ndarray
            Lower and upper ends, each shaped as what :meth:`predict` gives.
        """
        predicted = self.predict(X)
        lower, upper = (
            (self.lower_[0], self.upper_[0]) if self.one_target_ else (self.lower_, self.upper_)
        )
        return predicted + lower, predicted + upper

    def _check(self) -> None:
        parse(KERNELS if self.kernels is None else self.kernels)
        if self.combine not in ("stack", "choose"):
            raise InputError(
                "The 'combine' parameter of ExpressionInference must be 'stack' or 'choose'. Got "
                f"{self.combine!r} instead."
            )
        given = PENALTIES if self.penalties is None else self.penalties
        if not len(given) or not all(0 < float(one) < np.inf for one in given):
            raise InputError(
                "The 'penalties' parameter of ExpressionInference must be numbers above 0. Got "
                f"{given!r} instead."
            )
        if not 0 < self.level < 1:
            raise InputError(
                "The 'level' parameter of ExpressionInference must be a float in the range (0, 1). "
                f"Got {self.level!r} instead."
            )

    def _decompose(self) -> tuple[Rows, tuple[Kernel, ...], list[Smoother]]:
        kernels = parse(self.kernels_)
        rows = Rows.of(self.landmarks_, sorted({kernel.view for kernel in kernels}))
        smoothers = [Smoother.of(rows.compare(kernel), self.groups_) for kernel in kernels]
        return rows, kernels, smoothers

    def _standardize(self, targets: Array) -> None:
        self.target_center_, self.target_scale_ = moments(targets)
        self.targets_ = np.empty(
            targets.shape, dtype=targets.dtype if targets.dtype.kind == "f" else np.float64
        )
        for part in _parts(*targets.shape):
            self.targets_[:, part] = (
                targets[:, part] - self.target_center_[part]
            ) / self.target_scale_[part]

    def _learn(self, targets: Array) -> None:
        n, k = targets.shape
        self.penalty_index_ = np.zeros((len(self.kernels_), k), dtype=np.int8)
        self.weights_ = np.zeros((k, len(self.kernels_)), dtype=np.float32)
        bins = min(_BINS, n // _LEAST_IN_BIN) if self.correct else 0
        self.knots_ = np.zeros((2, bins if bins >= 3 else 0, k), dtype=np.float32)
        self.lower_, self.upper_, self.expected_error_, self.skill_ = np.zeros((4, k))
        _, _, smoothers = self._basis
        searches = [
            one.penalties(self.penalties_.tolist(), dtype=self.targets_.dtype) for one in smoothers
        ]
        for part in _parts(n, k):
            missed = self._missed(part, searches)
            if self.knots_.shape[1]:
                predicted = self.targets_[:, part].T - missed
                self.knots_[:, :, part] = make_knots(predicted, missed, self.knots_.shape[1])
                missed -= corrections(self.knots_[:, :, part], predicted)
            self._expect(part, missed)
        self.inferable_ = self.skill_ >= LEAST_SKILL

    def _missed(self, part: slice, searches: Sequence[Penalties]) -> Array:
        """What the combined left-out predictions miss by, targets x samples."""
        rows = np.array(self.targets_[:, part].T, order="C")
        chosen = [search.choose(rows) for search in searches]
        self.penalty_index_[:, part] = [one.index for one in chosen]
        missed = np.stack([one.missed for one in chosen])
        weights = stacking_weights(missed) if self.combine == "stack" else best_weights(missed)
        self.weights_[part] = weights
        combined: Array = np.einsum("tk,ktn->tn", weights.astype(missed.dtype), missed)
        return combined

    def _expect(self, part: slice, missed: Array) -> None:
        Y, scale = self.targets_[:, part].T, self.target_scale_[part]
        n, tail = missed.shape[1], (1 - self.level) / 2
        ends = np.clip([tail * (n + 1) / n - 1 / n, (1 - tail) * (n + 1) / n], 0, 1)
        self.lower_[part], self.upper_[part] = np.quantile(missed, ends, axis=1) * scale
        error = np.abs(missed).mean(axis=1, dtype=np.float64)
        trivial = np.abs(Y - np.median(Y, axis=1, keepdims=True)).mean(axis=1, dtype=np.float64)
        self.expected_error_[part] = error * scale
        self.skill_[part] = 1 - np.divide(
            error, trivial, out=np.ones_like(error), where=trivial > 0
        )

    def _combined(self, X: Array) -> Array:
        basis = getattr(self, "_basis", None)  # a model from a bundle makes it at its first use
        if basis is None:
            basis = self._basis = self._decompose()
        rows, kernels, smoothers = basis
        predicted: Array = np.zeros((len(X), self.targets_.shape[1]))
        for number, (kernel, smoother) in enumerate(zip(kernels, smoothers, strict=True)):
            seen = rows.compare(kernel, X)
            used = self.weights_[:, number] > 0
            for index in np.unique(self.penalty_index_[number, used]):
                mine = np.flatnonzero(used & (self.penalty_index_[number] == index))
                by_row = smoother.rows(seen, float(self.penalties_[index]))
                part = by_row.astype(self.targets_.dtype) @ self.targets_[:, mine]
                predicted[:, mine] += self.weights_[mine, number] * part
        return predicted


def _parts(n: int, k: int) -> Iterator[slice]:
    width = max(64, _BLOCK_VALUES // max(n, 1))
    for start in range(0, k, width):
        yield slice(start, min(start + width, k))
