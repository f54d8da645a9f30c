"""Make probabilities mean what they say: a temperature for log-odds, or three for directions."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from scipy.optimize import minimize, minimize_scalar
from scipy.special import log_softmax

__all__ = ["stretched", "stretches", "temperature"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_SPREAD = 0.5  # standard deviation of log(temperature), before the data are seen


def temperature(
    logits: Array,
    codes: Array,
    weights: Array | None = None,
    shift: Array | None = None,
) -> float:
    """The number that log-odds are best divided by, for the likelihood of known classes.

    Dividing leaves the most probable class as it is. log(temperature) has a normal prior around
    0 with standard deviation 0.5, so that a few samples, or samples that are all told right,
    don't move it far.

    Parameters
    ----------
    logits
        Samples x classes, of samples that the network wasn't trained on.
    codes
        The column of each sample's class.
    weights
        How often each sample counts; once each by default.
    shift
        What is added to the log-odds of each class after dividing; nothing by default.

    Returns
    -------
    float
        In [0.13, 7.4]; above 1 where the network was too sure of itself.

    References
    ----------
    Guo, Pleiss, Sun, Weinberger (2017), "On calibration of modern neural networks", ICML.

    Examples
    --------
    >>> logits = np.tile([[9.0, 0.0]], (50, 1))
    >>> codes = np.repeat([0, 1], [40, 10])
    >>> bool(temperature(logits, codes) > 3)
    True
    """

    counted = np.ones(len(codes)) if weights is None else weights
    moved = np.zeros(logits.shape[1]) if shift is None else shift

    def loss(log_t: float) -> float:
        scores = logits * np.exp(-log_t) + moved
        likelihood = log_softmax(scores, axis=1)[np.arange(len(codes)), codes]
        return float(0.5 * (log_t / _SPREAD) ** 2 - counted @ likelihood)

    return float(np.exp(minimize_scalar(loss, bounds=(-2, 2), method="bounded").x))


def stretched(logits: Array, sign: float, scale: float, shift: float) -> Array:
    """Logits of down, neutral and up, stretched without favouring up or down.

    Parameters
    ----------
    logits
        Genes x (down, neutral, up).
    sign
        Stretches the lean from down to up.
    scale, shift
        Stretch and move the distance from neutral.
    """
    lean = sign * (logits[:, 2] - logits[:, 0]) / 2
    neutral = scale * (logits[:, 1] - (logits[:, 2] + logits[:, 0]) / 2) + shift
    return np.column_stack([-lean, neutral, lean])


def stretches(logits: Array, label: Array, weight: Array) -> Array:
    """The three numbers of :func:`stretched` that fit genes of known direction best.

    Parameters
    ----------
    logits
        Genes x (down, neutral, up), of cohorts that the network wasn't trained on.
    label
        0, 1 or 2.
    weight
        How much each gene counts.
    """

    def loss(x: Array) -> float:
        fitted = stretched(logits, float(np.exp(x[0])), float(np.exp(x[1])), float(x[2]))
        logs = log_softmax(fitted, axis=1)
        return float(-(weight * logs[np.arange(len(label)), label]).mean())

    best = minimize(loss, np.zeros(3), method="Nelder-Mead", options={"maxiter": 120}).x
    return np.array([np.exp(best[0]), np.exp(best[1]), best[2]])
