"""An endpoint after k years, with the patients of whom nobody knows it set apart.

A patient who left before k years without the event is *censored*. Such patients are neither
dropped in silence nor counted as free of the event: they are listed, they have no label of the
binary endpoint, and in measures that can take weights (:mod:`bulkwise.stats.ordering`) the
patients who are known stand in for them, by the inverse probability of still being followed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bulkwise.errors import InputError
from bulkwise.stats.base import Bools, Floats, censoring_curve, follow_up, kaplan_meier

__all__ = ["DAYS_PER_YEAR", "Endpoint", "endpoint"]

DAYS_PER_YEAR = 365.25


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
    followed, seen = follow_up(time, event)
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
