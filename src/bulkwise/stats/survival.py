"""Follow-up with censoring: an endpoint after k years, and how well a score orders patients.

A patient who left before k years without the event is *censored*: nobody knows the answer. Such
patients are neither dropped in silence nor counted as free of the event. They have no label of
the binary endpoint; in the area under the time-dependent ROC curve and in Uno's C-index the
patients who are known stand in for them, by the inverse probability of still being followed.

All measures take weights for a whole stack of weightings of the patients at once (bootstrap
draws), and then estimate the censoring anew under each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bulkwise.checks.base import name_some
from bulkwise.errors import InputError
from bulkwise.stats.base import Floats

__all__ = [
    "DAYS_PER_YEAR",
    "EVENT_WORDS",
    "Endpoint",
    "Steps",
    "as_events",
    "auc_at",
    "censoring_curve",
    "concordance",
    "endpoint",
    "kaplan_meier",
    "uno_concordance",
]

DAYS_PER_YEAR = 365.25

EVENT_WORDS: dict[str, bool] = {
    "1": True,
    "yes": True,
    "true": True,
    "event": True,
    "dead": True,
    "deceased": True,
    "0": False,
    "no": False,
    "false": False,
    "censored": False,
    "alive": False,
    "living": False,
}
"""How a column may say whether the event was seen, in lower case."""

Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Endpoint:
    """Who had the event within k years, who didn't, and of whom it isn't known.

    Attributes
    ----------
    years, horizon
        k in years, and in the unit of ``time``.
    time, event
        Follow-up and whether it ended with the event, one entry a patient.
    positive
        The event was seen at or before the horizon.
    known
        Positive, or followed up to the horizon without the event.
    weights
        One over the (Kaplan-Meier) probability of not being censored before the event or the
        horizon; 0 for those who are censored. They sum to about the number of patients.
    risk
        Share of patients with the event by the horizon, one minus Kaplan and Meier's estimate.
    """

    years: float
    horizon: float
    time: Floats
    event: Bools
    positive: Bools
    known: Bools
    weights: Floats
    risk: float

    @property
    def labels(self) -> NDArray[np.str_]:
        """``"yes"``, ``"no"``, or ``""`` where nobody knows."""
        return np.where(self.known, np.where(self.positive, "yes", "no"), "")

    @property
    def censored(self) -> NDArray[np.intp]:
        """Positions of the patients who were censored before the horizon."""
        return np.flatnonzero(~self.known)

    def counts(self) -> dict[str, int]:
        """How many patients have the event, are free of it, and are censored."""
        return {
            "yes": int(self.positive.sum()),
            "no": int((self.known & ~self.positive).sum()),
            "censored": len(self.censored),
        }


def as_events(values: Sequence[object] | ArrayLike) -> Bools:
    """Read whether the event was seen, from 1/0, yes/no, true/false, event/censored, dead/alive.

    Raises
    ------
    InputError
        If a value is missing or of another kind, or the values are all of one kind of a pair
        that doesn't tell events from censoring.
    """
    words = [_word(value) for value in np.asarray(values, dtype=object).tolist()]
    unknown = sorted({word for word in words if word not in EVENT_WORDS})
    if unknown:
        raise InputError(
            f"The event column has {name_some(unknown)}; expected 1 or 0, yes or no, true or "
            "false, event or censored, dead or alive."
        )
    return np.array([EVENT_WORDS[word] for word in words], dtype=bool)


def _word(value: object) -> str:
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).lower()
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value).strip().lower()


def endpoint(
    time: ArrayLike,
    event: Sequence[object] | ArrayLike,
    years: float,
    *,
    days_per_year: float = DAYS_PER_YEAR,
) -> Endpoint:
    """Turn follow-up into an endpoint after ``years`` years, with the censored set apart.

    Parameters
    ----------
    time
        Follow-up of each patient, to the event or to the last time seen.
    event
        Whether the event was seen; see :func:`as_events`.
    years
        k, greater than 0.
    days_per_year
        How many units of ``time`` a year has: 365.25 for days, 12 for months, 1 for years.

    Raises
    ------
    InputError
        If a time is missing or negative, ``years`` isn't positive, or nobody is followed for so
        long (is the time in months?).

    Examples
    --------
    >>> found = endpoint([400, 900, 2500, 3000], ["yes", "no", "no", "yes"], 5)
    >>> found.labels.tolist(), found.censored.tolist()
    (['yes', '', 'no', 'no'], [1])
    """
    if not np.isfinite(years) or years <= 0:
        raise InputError(f"The endpoint must lie after more than 0 years; got {years!r}.")
    followed, seen = _follow_up(time, event)
    horizon = float(years) * float(days_per_year)
    longest = float(followed.max())
    if longest < horizon:
        raise InputError(
            f"Nobody is followed for {years:g} years: the longest time is {longest:g} and "
            f"{years:g} years are {horizon:g} at {days_per_year:g} to a year; take fewer years, "
            "or say in which unit the times are (days, months or years)."
        )
    positive = seen & (followed <= horizon)
    known = positive | (followed >= horizon)
    staying = censoring_curve(followed, seen).before(np.minimum(followed, horizon))
    weights = np.zeros(len(followed))
    np.divide(1.0, staying, out=weights, where=known & (staying > 0))
    risk = 1.0 - float(kaplan_meier(followed, seen).at(horizon))
    return Endpoint(float(years), horizon, followed, seen, positive, known, weights, risk)


def _follow_up(time: ArrayLike, event: Sequence[object] | ArrayLike) -> tuple[Floats, Bools]:
    followed = np.asarray(time, dtype=np.float64)
    given = np.asarray(event)
    seen = given if given.dtype == np.bool_ else as_events(given)
    if followed.ndim != 1 or followed.shape != seen.shape or not len(followed):
        raise InputError(
            "Expected a time and an event for each of at least one patient, got shapes "
            f"{followed.shape} and {seen.shape}."
        )
    wrong = np.flatnonzero(~(np.isfinite(followed) & (followed >= 0)))
    if len(wrong):
        raise InputError(
            f"Times are at least 0 and none may be missing; got {followed[wrong[0]]:g} "
            f"({len(wrong)} such, first at position {wrong[0]})."
        )
    return followed, seen


@dataclass(frozen=True, eq=False)
class Steps:
    """A curve that starts at 1 and falls in steps.

    Attributes
    ----------
    times
        Where it may step, ascending, m.
    values
        Its value from there on; m, or weightings x m.
    """

    times: Floats
    values: Floats

    def at(self, t: ArrayLike) -> Floats:
        """Value at ``t``, a step at ``t`` included; the last axis goes with ``t``."""
        return self._look_up(np.searchsorted(self.times, t, side="right"))

    def before(self, t: ArrayLike) -> Floats:
        """Value just before ``t``."""
        return self._look_up(np.searchsorted(self.times, t, side="left"))

    def _look_up(self, place: Any) -> Floats:
        whole = np.concatenate([np.ones((*self.values.shape[:-1], 1)), self.values], axis=-1)
        return np.asarray(whole[..., place])


def kaplan_meier(time: ArrayLike, event: ArrayLike, weights: Floats | None = None) -> Steps:
    """Probability of being free of the event, by Kaplan and Meier's product.

    Parameters
    ----------
    time, event
        Follow-up, and whether it ended with the event, n.
    weights
        How often each patient counts, n or weightings x n; once each by default.

    Examples
    --------
    >>> kaplan_meier([1, 2, 3], [True, False, True]).values.round(3).tolist()
    [0.667, 0.667, 0.0]
    """
    times, events, _, at_risk = _tabulate(*_follow_up(time, event), weights)
    return Steps(times, _product(events, at_risk))


def censoring_curve(time: ArrayLike, event: ArrayLike, weights: Floats | None = None) -> Steps:
    """Probability of not being censored yet: Kaplan-Meier with the parts exchanged.

    Who has the event at a time is out of the risk of being censored at that time, because events
    come before censoring when they are tied.

    Parameters
    ----------
    time, event, weights
        See :func:`kaplan_meier`.
    """
    times, events, censored, at_risk = _tabulate(*_follow_up(time, event), weights)
    return Steps(times, _product(censored, at_risk - events))


def _tabulate(
    time: Floats, event: Bools, weights: Floats | None
) -> tuple[Floats, Floats, Floats, Floats]:
    """Distinct times; weighted events, censorings and patients at risk at each (... x m)."""
    counted = np.ones(len(time)) if weights is None else np.asarray(weights, np.float64)
    order = np.argsort(time, kind="stable")
    times, first = np.unique(time[order], return_index=True)
    own = counted[..., order]
    events = np.add.reduceat(own * event[order], first, axis=-1)
    leaving = np.add.reduceat(own, first, axis=-1)
    at_risk = np.cumsum(leaving[..., ::-1], axis=-1)[..., ::-1]
    return times, events, leaving - events, at_risk


def _product(falls: Floats, at_risk: Floats) -> Floats:
    share = np.zeros_like(falls)
    np.divide(falls, at_risk, out=share, where=at_risk > 1e-12)
    return np.asarray(np.cumprod(1.0 - np.clip(share, 0.0, 1.0), axis=-1))


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
def concordance(
    time: ArrayLike, event: ArrayLike, score: ArrayLike, weights: None = None
) -> float: ...


@overload
def concordance(time: ArrayLike, event: ArrayLike, score: ArrayLike, weights: Floats) -> Floats: ...


def concordance(
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
    >>> concordance([1, 2, 3, 4], [True, False, True, True], [4.0, 3.0, 1.0, 2.0])
    0.75
    """
    followed, seen, scores, counted = _ready(time, event, score, weights)
    found = _concordance(followed, seen, scores, counted, counted[:, seen])
    return found if weights is not None else float(found[0])


@overload
def uno_concordance(
    time: ArrayLike, event: ArrayLike, score: ArrayLike, horizon: float, weights: None = None
) -> float: ...


@overload
def uno_concordance(
    time: ArrayLike, event: ArrayLike, score: ArrayLike, horizon: float, weights: Floats
) -> Floats: ...


def uno_concordance(
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
    followed, seen = _follow_up(time, event)
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
