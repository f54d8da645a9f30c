"""Follow-up with censoring: what a column says, and the curves of Kaplan and Meier.

The curves take weights for a whole stack of weightings of the patients at once (bootstrap draws).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bulkwise.checks.base import name_some
from bulkwise.errors import InputError
from bulkwise.stats.base.matrices import Floats

__all__ = [
    "EVENT_WORDS",
    "Bools",
    "Steps",
    "as_events",
    "censoring_curve",
    "follow_up",
    "kaplan_meier",
]

Bools: TypeAlias = NDArray[np.bool_]

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


def follow_up(time: ArrayLike, event: Sequence[object] | ArrayLike) -> tuple[Floats, Bools]:
    """The time of each patient and whether it ended with the event, checked.

    Raises
    ------
    InputError
        If a time is missing or negative, or the two don't go together.
    """
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
    times, events, _, at_risk = _tabulate(*follow_up(time, event), weights)
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
    times, events, censored, at_risk = _tabulate(*follow_up(time, event), weights)
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
