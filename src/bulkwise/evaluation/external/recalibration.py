"""Are predicted probabilities right in another cohort, and can they be put right?

A model that orders patients well in a new cohort may still be off in its probabilities, because
the disease is more frequent there or its effects are weaker. Two numbers say how: the intercept
(0 if the risk is right on average) and the slope (1 if the predictions are as spread as they
should be; below 1 they are too extreme). Recalibration fits both to the new cohort. To say how
good the result is, each patient's probability is recalibrated by a map that was fitted to other
patients.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, log_softmax, softmax
from scipy.stats import binomtest

from bulkwise.evaluation.base import Estimate
from bulkwise.split import grouped_folds

__all__ = [
    "LEAST_PATIENTS",
    "Reliability",
    "cross_fitted",
    "fit_map",
    "intercept_and_slope",
    "reliability",
]

Floats = NDArray[np.float64]

LEAST_PATIENTS = 5
"""A class with fewer patients can't be recalibrated: each fold must test one of them."""

_SMALLEST = 1e-6
_GROUPS = 5
_NORMAL = 1.959963984540054
_MOST_STEPS = 50


@dataclass(frozen=True)
class Reliability:
    """Groups of samples by predicted probability, and how often the event happened in each.

    Attributes
    ----------
    predicted, observed
        Mean prediction and share with the event of each group.
    low, high
        95 % interval of the share.
    count
        Samples.
    """

    predicted: tuple[float, ...]
    observed: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    count: tuple[int, ...]


def _logs(probabilities: Floats) -> Floats:
    return np.asarray(np.log(np.clip(probabilities, _SMALLEST, 1.0)))


def fit_map(probabilities: Floats, codes: NDArray[np.intp]) -> tuple[float, Floats]:
    """Slope and intercepts b, a of ``softmax(b log p + a)`` by maximum likelihood.

    With two classes this is Platt's logistic map of the log-odds. Targets are smoothed as in his
    method, ``(n_k + 1) / (n_k + K)`` for a sample's own class, so that a perfect order of few
    patients doesn't make certainties.

    Parameters
    ----------
    probabilities
        n x K.
    codes
        Observed classes, n; each of the K at least once.

    Returns
    -------
    tuple
        b, and a (K, the first one 0).

    References
    ----------
    Platt JC. Probabilistic outputs for support vector machines and comparisons to regularized
    likelihood methods. Advances in Large Margin Classifiers, MIT Press (1999).
    """
    logs, k = _logs(probabilities), probabilities.shape[1]
    counts = np.bincount(codes, minlength=k)
    targets = np.repeat((1.0 / (counts + k))[codes][:, None], k, axis=1)
    targets[np.arange(len(codes)), codes] = ((counts + 1.0) / (counts + k))[codes]

    def loss(parameters: Floats) -> tuple[float, Floats]:
        scores = parameters[0] * logs + np.append(0.0, parameters[1:])
        gap = softmax(scores, axis=1) - targets
        gradient = np.append((gap * logs).sum(), gap.sum(axis=0)[1:])
        value = -(targets * log_softmax(scores, axis=1)).sum()
        return float(value) / len(codes), gradient / len(codes)

    found = minimize(loss, np.append(1.0, np.zeros(k - 1)), jac=True, method="L-BFGS-B")
    return float(found.x[0]), np.append(0.0, found.x[1:])


def cross_fitted(
    probabilities: Floats, codes: NDArray[np.intp], groups: NDArray[np.str_], *, random_state: int
) -> Floats | None:
    """Recalibrated probabilities, each by a map fitted to the other folds' patients.

    Parameters
    ----------
    probabilities
        n x K.
    codes, groups
        Observed class and patient of each sample.
    random_state
        Seed of the five folds.

    Returns
    -------
    numpy.ndarray or None
        n x K; None where a class has fewer than :data:`LEAST_PATIENTS` patients.
    """
    k = probabilities.shape[1]
    if min(len(np.unique(groups[codes == code])) for code in range(k)) < LEAST_PATIENTS:
        return None
    found = np.empty_like(probabilities)
    for fold in grouped_folds(codes, groups, n_splits=_GROUPS, random_state=random_state):
        slope, intercepts = fit_map(probabilities[fold.train], codes[fold.train])
        found[fold.test] = softmax(slope * _logs(probabilities[fold.test]) + intercepts, axis=1)
    return found


def intercept_and_slope(
    probabilities: Floats, positive: NDArray[np.bool_]
) -> tuple[Estimate, Estimate]:
    """Calibration in the large and calibration slope, with Wald intervals.

    Parameters
    ----------
    probabilities
        Predicted probability of the event, n.
    positive
        Whether it happened, n.

    Returns
    -------
    tuple
        The intercept of a logistic regression of the event with the predicted log-odds as
        offset, and the coefficient of the log-odds in one with an intercept; NaN where a
        likelihood has no maximum.

    References
    ----------
    Van Calster B, McLernon DJ, van Smeden M, Wynants L, Steyerberg EW. Calibration: the Achilles
    heel of predictive analytics. BMC Medicine 17, 230 (2019).
    """
    logs = _logs(np.column_stack([1.0 - probabilities, probabilities]))
    odds = logs[:, 1] - logs[:, 0]
    alone = _newton(np.ones((len(odds), 1)), odds, positive)
    if np.ptp(odds) < 1e-9:
        return alone[0], Estimate(np.nan, np.nan, np.nan)
    both = _newton(np.column_stack([np.ones_like(odds), odds]), np.zeros_like(odds), positive)
    return alone[0], both[1]


def _newton(X: Floats, offset: Floats, positive: NDArray[np.bool_]) -> list[Estimate]:
    """Logistic regression of a few columns by Newton's method."""
    beta, nothing = np.zeros(X.shape[1]), [Estimate(np.nan, np.nan, np.nan)] * X.shape[1]
    for _ in range(_MOST_STEPS):
        p = expit(X @ beta + offset)
        information = (X * (p * (1.0 - p))[:, None]).T @ X
        if np.linalg.cond(information) > 1e12:
            return nothing
        step = np.linalg.solve(information, X.T @ (positive - p))
        beta = beta + np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-10:
            reach = _NORMAL * np.sqrt(np.diagonal(np.linalg.inv(information)))
            return [
                Estimate(float(b), float(b - r), float(b + r))
                for b, r in zip(beta, reach, strict=True)
            ]
    return nothing


def reliability(predicted: Floats, happened: NDArray[np.bool_]) -> Reliability:
    """Predicted probability against how often it happened, in five groups of equal size.

    Parameters
    ----------
    predicted
        Probability of an event, n; equal ones stay together.
    happened
        Whether it did, n.

    Returns
    -------
    Reliability
        With exact (Clopper-Pearson) 95 % intervals of the shares.
    """
    ranks = np.searchsorted(np.sort(predicted), predicted, side="left")
    group = (ranks * _GROUPS) // len(predicted)
    rows = []
    for code in np.unique(group):
        own = group == code
        test = binomtest(int(happened[own].sum()), int(own.sum()))
        ends = test.proportion_ci(0.95, method="exact")
        share = float(test.statistic)
        mean = float(predicted[own].mean())
        rows.append((mean, share, float(ends.low), float(ends.high), int(own.sum())))
    means, shares, lows, highs, counts = zip(*rows, strict=True)
    return Reliability(means, shares, lows, highs, counts)
