"""One direction of a translation, on arrays: from source profiles to target profiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from bulkwise.models.translator.kernels import Personal, fit_personal
from bulkwise.models.translator.means import Means, fit_means
from bulkwise.models.translator.pairing import Samples
from bulkwise.models.translator.slopes import clipped, shrunken_slopes
from bulkwise.models.translator.spread import fit_spread, p_values

__all__ = ["Translated", "Way", "fit_way"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, eq=False)
class Translated:
    """Predicted target profiles with their intervals, log2, samples x genes.

    ``p_value`` is two-sided: of a target profile as far from the prediction as the sample's own
    source profile is.
    """

    values: Array
    low: Array
    high: Array
    p_value: Array


@dataclass(frozen=True, eq=False)
class Way:
    """What is learned for one direction.

    Attributes
    ----------
    means
        Of both conditions in each tissue.
    slopes, reach
        A slope and the spread of the source deviations, a gene each.
    personal
        The kernels; ``None`` with too few pairs, or where they aren't wanted.
    spread, quantiles, tails
        Of the intervals and P values; see :func:`fit_spread`.
    """

    means: Means
    slopes: Array
    reach: Array
    personal: Personal | None
    spread: Array
    quantiles: Array
    tails: Array

    def predict(self, profiles: Array, tissue: Array) -> Translated:
        """Translate source profiles.

        Parameters
        ----------
        profiles
            Samples x genes, log2.
        tissue
            The tissue of each as a number; -1 for one that training hasn't seen.
        """
        known = tissue >= 0
        known[known] = np.isfinite(self.means.source[tissue[known], 0])
        values = self.means.expected(profiles)
        if known.any():
            where = tissue[known]
            x = profiles[known] - self.means.source[where]
            values[known] = self.means.target[where] + self._personal(x, where)
        spread = self.spread[tissue]  # -1 is the last row, of no tissue
        low, high = (values + edge * spread for edge in self.quantiles)
        p = p_values((profiles - values) / spread, self.tails)
        return Translated(values, low, high, p)

    def _personal(self, x: Array, tissue: Array) -> Array:
        part = clipped(x, self.reach) * self.slopes
        return part if self.personal is None else part + self.personal.predict(x, tissue)

    def to_dict(self) -> dict[str, Array]:
        """Everything as arrays by name."""
        parts = {
            "source_means": self.means.source,
            "target_means": self.means.target,
            "observed_means": self.means.observed,
            "general_means": self.means.general,
            "slopes": self.slopes,
            "reach": self.reach,
            "spread": self.spread,
            "quantiles": self.quantiles,
            "tails": self.tails,
        }
        if self.personal is not None:
            parts |= {f"personal_{name}": value for name, value in vars(self.personal).items()}
        return parts

    @classmethod
    def from_dict(cls, parts: dict[str, Array]) -> Way:
        """The inverse of :meth:`to_dict`."""
        prefix = "personal_"
        personal = {k.removeprefix(prefix): v for k, v in parts.items() if k.startswith(prefix)}
        return cls(
            Means(*(parts[f"{k}_means"] for k in ("source", "target", "observed", "general"))),
            parts["slopes"],
            parts["reach"],
            Personal(**personal) if personal else None,
            parts["spread"],
            parts["quantiles"],
            parts["tails"],
        )


def fit_way(
    samples: Samples, tissue: Array, n_tissues: int, level: float, *, kernels: bool = True
) -> Way:
    """Learn one direction.

    Parameters
    ----------
    samples
        The checked cohort.
    tissue
        The tissue of each sample as a number.
    n_tissues
        How many tissues there are.
    level
        Share of values that the intervals are to hold.
    kernels
        Whether to learn kernels on the pairs beside the slopes.
    """
    logs = samples.logs
    sides = [(logs[mask], tissue[mask]) for mask in (samples.source, samples.target)]
    means = fit_means(sides[0], sides[1], n_tissues)
    n_genes = logs.shape[1]
    if not len(samples.pairs):
        y, where = sides[1][0] - means.observed[sides[1][1]], sides[1][1]
        spread, quantiles, tails = fit_spread(y, where, n_tissues, level)
        return Way(means, np.zeros(n_genes), np.zeros(n_genes), None, spread, quantiles, tails)
    first, second = samples.pairs.T
    where = tissue[first]
    x = _centred(logs[first] - means.source[where], where)
    y = _centred(logs[second] - means.observed[where], where)
    reach = x.std(axis=0)
    inside = clipped(x, reach)
    slopes = shrunken_slopes(inside, y, len(np.unique(where)))
    rest = y - inside * slopes
    personal = fit_personal(x, y, rest, where) if kernels else None
    spread, quantiles, tails = fit_spread(_centred(rest, where), where, n_tissues, level)
    return Way(means, slopes, reach, personal, spread, quantiles, tails)


def _centred(values: Array, tissue: Array) -> Array:
    """Deviations with mean zero over the pairs of each tissue."""
    centred = values.copy()
    for t in np.unique(tissue).tolist():
        centred[tissue == t] -= centred[tissue == t].mean(axis=0)
    return centred
