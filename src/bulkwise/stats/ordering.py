"""How well a score orders patients who are followed, some of them not to the end.

All measures take weights for a whole stack of weightings of the patients at once (bootstrap
draws), and then estimate the censoring anew under each.
"""

from __future__ import annotations

from typing import overload

import numpy as np
from numpy.typing import ArrayLike

from bulkwise.errors import InputError
from bulkwise.stats.base import Bools, Floats, censoring_curve, follow_up

__all__ = ["auc_at", "c_index", "uno_c_index"]


@overload
def auc_at(
    time: ArrayLike, event: ArrayLike, score: ArrayLike, horizon: float, weights: None = None
) -> float: ...


@overload
def auc_at(
    time: ArrayLike, event: ArrayLike, score: ArrayLike, horizon: float, weights: Floats
) -> Floats: ...


def auc_at(
    time: ArrayLike,
    event: ArrayLike,
    score: ArrayLike,
    horizon: float,
    weights: Floats | None = None,
) -> float | Floats:
    """Area under the time-dependent (cumulative/dynamic) ROC curve, censoring weighed in.

    The probability that a patient with the event by the horizon t has a higher score than one
    without, ties counting half:

        sum_ij w_i I(T_i <= t, event_i) I(T_j >= t) I(s_i > s_j) / (sum_i w_i  sum_j 1)

    with ``w_i = 1 / G(T_i-)``, G being the Kaplan-Meier estimate of not being censored yet. The
    weights of those without the event are all ``1 / G(t-)`` and cancel. Censoring is taken not
    to depend on the score.

    Parameters
    ----------
    time, event
        Follow-up, and whether it ended with the event, n.
    score
        Higher for a higher risk, n.
    horizon
        In the unit of ``time``.
    weights
        How often each patient counts, weightings x n.

    Returns
    -------
    float or numpy.ndarray
        The area, or one a weighting; NaN without patients on either side.

    References
    ----------
    Uno H, Cai T, Tian L, Wei LJ. Evaluating prediction rules for t-year survivors with censored
    regression models. JASA 102, 527-537 (2007). Hung H, Chiang CT. Estimation methods for
    time-dependent AUC models with survival data. Canadian Journal of Statistics 38, 8-26 (2010).

    Examples
    --------
    >>> auc_at([1, 2, 6, 7], [True, True, False, True], [4.0, 2.0, 3.0, 1.0], 5)
    0.75
    """
    followed, seen, scores, counted = _ready(time, event, score, weights)
    case = seen & (followed <= horizon)
    control = (followed >= horizon) & ~case
    staying = censoring_curve(followed, seen, counted).before(followed[case])
    own = np.zeros((len(counted), int(case.sum())))
    np.divide(counted[:, case], staying, out=own, where=staying > 0)
    other = counted[:, control]
    wins = _wins(scores[case], scores[control])
    found = _ratio(((own @ wins) * other).sum(axis=1), own.sum(axis=1) * other.sum(axis=1))
    return found if weights is not None else float(found[0])


@overload
def c_index(time: ArrayLike, event: ArrayLike, score: ArrayLike, weights: None = None) -> float: ...


@overload
def c_index(time: ArrayLike, event: ArrayLike, score: ArrayLike, weights: Floats) -> Floats: ...


def c_index(
    time: ArrayLike, event: ArrayLike, score: ArrayLike, weights: Floats | None = None
) -> float | Floats:
    """Harrell's C-index: of all pairs whose order is known, the share that the score has right.

    The order is known where the earlier of two times ended with the event; of two equal times,
    where one ended with the event and the other was censored. Equal scores count half.

    Parameters
    ----------
    time, event, score, weights
        See :func:`auc_at`.

    References
    ----------
    Harrell FE, Lee KL, Mark DB. Multivariable prognostic models. Statistics in Medicine 15,
    361-387 (1996).

    Examples
    --------
    >>> c_index([1, 2, 3, 4], [True, False, True, True], [4.0, 3.0, 1.0, 2.0])
    0.75
    """
    followed, seen, scores, counted = _ready(time, event, score, weights)
    found = _concordance(followed, seen, scores, counted, counted[:, seen])
    return found if weights is not None else float(found[0])


@overload
def uno_c_index(
    time: ArrayLike, event: ArrayLike, score: ArrayLike, horizon: float, weights: None = None
) -> float: ...


@overload
def uno_c_index(
    time: ArrayLike, event: ArrayLike, score: ArrayLike, horizon: float, weights: Floats
) -> Floats: ...


def uno_c_index(
    time: ArrayLike,
    event: ArrayLike,
    score: ArrayLike,
    horizon: float,
    weights: Floats | None = None,
) -> float | Floats:
    """Uno's C-index up to a horizon: Harrell's, freed of the pattern of censoring.

    Pairs count ``1 / G(T_i-)^2`` with T_i the earlier time, which must lie before the horizon.

    Parameters
    ----------
    time, event, score, horizon, weights
        See :func:`auc_at`.

    References
    ----------
    Uno H, Cai T, Pencina MJ, D'Agostino RB, Wei LJ. On the C-statistics for evaluating overall
    adequacy of risk prediction procedures with censored survival data. Statistics in Medicine
    30, 1105-1117 (2011).
    """
    followed, seen, scores, counted = _ready(time, event, score, weights)
    staying = censoring_curve(followed, seen, counted).before(followed[seen])
    own = np.zeros_like(staying)
    before = (followed[seen] < horizon) & (staying > 0)
    np.divide(counted[:, seen], np.square(staying), out=own, where=before)
    found = _concordance(followed, seen, scores, counted, own)
    return found if weights is not None else float(found[0])


def _concordance(time: Floats, event: Bools, score: Floats, weights: Floats, own: Floats) -> Floats:
    """Weighted share of ordered pairs; ``own`` is the weight of each patient with the event."""
    known = (time[event][:, None] < time) | ((time[event][:, None] == time) & ~event)
    right = _wins(score[event], score)
    right *= known
    total = (own * (weights @ known.T.astype(np.float64))).sum(axis=1)
    return _ratio((own * (weights @ right.T)).sum(axis=1), total)


def _ready(
    time: ArrayLike, event: ArrayLike, score: ArrayLike, weights: Floats | None
) -> tuple[Floats, Bools, Floats, Floats]:
    followed, seen = follow_up(time, event)
    scores = np.asarray(score, dtype=np.float64)
    if scores.shape != followed.shape or not np.isfinite(scores).all():
        raise InputError(
            f"Expected one finite score for each of {len(followed)} patients, got shape "
            f"{scores.shape} with {int((~np.isfinite(scores)).sum())} that aren't numbers."
        )
    counted = np.ones((1, len(followed))) if weights is None else np.asarray(weights, np.float64)
    if counted.ndim != 2 or counted.shape[1] != len(followed):
        raise InputError(
            f"Expected weights of shape weightings x {len(followed)}, got {counted.shape}."
        )
    return followed, seen, scores, counted


def _wins(own: Floats, other: Floats) -> Floats:
    """1 where the first score is higher, a half where they are equal: own x other."""
    wins = (own[:, None] > other).astype(np.float64)
    wins += 0.5 * (own[:, None] == other)
    return wins


def _ratio(top: Floats, bottom: Floats) -> Floats:
    ratio: Floats = np.full(top.shape, np.nan)
    np.divide(top, bottom, out=ratio, where=bottom > 0)
    return ratio
