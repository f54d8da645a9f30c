"""From follow-up columns to a column that can be predicted, with the censored set apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bulkwise.checks.base import Finding, name_some
from bulkwise.checks.labels import is_missing, require_column
from bulkwise.errors import InputError, SampleError
from bulkwise.stats.survival import DAYS_PER_YEAR, Endpoint, endpoint

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

__all__ = ["PER_YEAR", "Followed", "with_endpoint"]

PER_YEAR = {"days": DAYS_PER_YEAR, "months": 12.0, "years": 1.0}
"""Unit of a time column -> how many make a year."""

_MANY_CENSORED = 0.2


@dataclass(frozen=True, eq=False)
class Followed:
    """A cohort with a binary endpoint after k years.

    Attributes
    ----------
    cohort
        All patients with follow-up. ``obs[target]`` is ``"yes"``, ``"no"`` or ``""`` (censored);
        the time and event columns aren't in it, because they give the answer away.
    target
        Name of that column.
    endpoint
        The patients' follow-up, in the order of ``cohort``.
    dropped
        How many samples had no follow-up.
    findings
        What was left out, and why.
    """

    cohort: AnnData
    target: str
    endpoint: Endpoint
    dropped: int
    findings: tuple[Finding, ...]

    @property
    def known(self) -> AnnData:
        """The patients whose endpoint is known: what can be learned from and tested on."""
        return self.cohort[self.endpoint.known].copy()


def with_endpoint(
    cohort: AnnData, *, time: str, event: str, years: float, time_unit: str = "days"
) -> Followed:
    """Turn a time and an event column into a target: the event within ``years`` years.

    Parameters
    ----------
    cohort
        Samples x genes with the sample sheet in ``obs``. Not changed.
    time, event
        Columns with the length of follow-up, and whether it ended with the event (1 or 0, yes
        or no, true or false, event or censored, dead or alive).
    years
        k.
    time_unit
        ``"days"``, ``"months"`` or ``"years"``.

    Raises
    ------
    SampleError
        If a column is missing, or nobody has follow-up.
    InputError
        If a value can't be read, or nobody is followed for so long.

    Examples
    --------
    >>> followed = with_endpoint(cohort, time="days", event="relapse", years=5)  # doctest: +SKIP
    >>> bw.evaluate(model, followed.known, target=followed.target)  # doctest: +SKIP
    """
    if time_unit not in PER_YEAR:
        raise InputError(
            f"The time unit {time_unit!r} isn't known: expected one of {', '.join(PER_YEAR)}."
        )
    sheet = cohort.obs
    times = _times(require_column(sheet, time, what="the time column"), time)
    events = require_column(sheet, event, what="the event column").astype(object)
    there = np.isfinite(times) & ~events.map(is_missing).to_numpy(dtype=bool)
    if not there.any():
        raise SampleError(
            f"No sample has both a time ({time!r}) and an event ({event!r}); fill in the "
            "follow-up, or name other columns."
        )
    found = endpoint(
        times[there], events[there].to_numpy(), years, days_per_year=PER_YEAR[time_unit]
    )
    followed = cohort[there].copy()
    target = f"{event} within {years:g} years"
    followed.obs = followed.obs.drop(columns=[time, event]).assign(**{target: found.labels})
    names = np.array(cohort.obs_names, dtype=str)
    return Followed(
        followed,
        target,
        found,
        int((~there).sum()),
        tuple(_findings(found, names[there], names[~there], str(cohort.uns.get("cohort", "")))),
    )


def _times(column: pd.Series, name: str) -> NDArray[np.float64]:
    values = []
    for value in column.tolist():
        if is_missing(value):
            values.append(np.nan)
            continue
        try:
            values.append(float(str(value)))
        except ValueError as error:
            raise InputError(
                f"The time column {name!r} has {value!r}, which isn't a number; expected the "
                "length of follow-up."
            ) from error
    return np.array(values)


def _findings(
    found: Endpoint, names: NDArray[np.str_], gone: NDArray[np.str_], cohort: str
) -> list[Finding]:
    where = f" of {cohort}" if cohort else ""
    findings = []
    if len(gone):
        findings.append(
            Finding(
                "no-follow-up",
                "warning",
                f"{len(gone)} of {len(gone) + len(names)} samples{where} have no time or no event "
                f"and were left out: {name_some(gone)}.",
                tuple(gone.tolist()),
            )
        )
    censored = names[found.censored]
    if len(censored):
        many = len(censored) > _MANY_CENSORED * len(names)
        findings.append(
            Finding(
                "censored-before-endpoint",
                "warning" if many else "note",
                f"{len(censored)} of {len(names)} patients{where} left before {found.years:g} "
                "years without the event, so nobody knows their endpoint: they have no label and "
                "are left out of every figure that needs one; the time-dependent AUC and the "
                "C-indices take them in.",
                tuple(censored.tolist()),
            )
        )
    return findings
