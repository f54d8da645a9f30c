"""Gene set enrichment of a ranked list, with the P-values of the whole library at once.

Random sets of every size come from shared permutations. Where fewer than ten of them reach a set's
score, its P-value comes from random sets drawn towards that score instead (``tail.py``), so that no
P-value is zero or the inverse of the number of permutations, and each says its standard error.

References
----------
Subramanian A, Tamayo P, Mootha VK, et al. Gene set enrichment analysis: a knowledge-based approach
for interpreting genome-wide expression profiles. PNAS 102, 15545-15550 (2005).

Korotkevich G, Sukhov V, Budin N, et al. Fast gene set enrichment analysis. bioRxiv 060012 (2021),
for permutations that sets of all sizes share.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bulkwise.checks.base import Finding, name_some
from bulkwise.errors import GeneError, InputError
from bulkwise.randomness import RandomState, Seeds
from bulkwise.stats.base import EncodedSets, Floats, adjust, encode_sets, group_terms, unique_genes
from bulkwise.stats.gsea.scores import null_scores, observed_scores, running_sum
from bulkwise.stats.gsea.tail import tail_probability

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RankedEnrichment", "RunningScore", "preranked", "running_score"]

_ENOUGH_REACHED = 10
_ALPHA = 0.05
_TIED_SHARE = 0.05
_SMALLEST = 1e-300


@dataclass(frozen=True)
class RankedEnrichment:
    """Gene sets along a ranked list.

    Parameters
    ----------
    table
        A row a library and term, the smallest P first within a library: ``library``, ``term``,
        ``size`` (genes in the list), ``es`` (enrichment score), ``nes`` (over the mean of random
        sets' scores of the same sign), ``p_value``, ``p_error`` (its relative standard error),
        ``adjusted_p_value`` (within a library), ``group`` (the term that leads the group of
        significant terms resting on the same genes), ``leading_edge`` (the genes up to the peak).
    findings
        What to know about the list and the libraries.
    """

    table: pd.DataFrame
    findings: tuple[Finding, ...]

    def significant(self, *, alpha: float = _ALPHA, leaders: bool = False) -> pd.DataFrame:
        """Terms at a false discovery rate; ``leaders`` keeps one of each group."""
        chosen = self.table["adjusted_p_value"] <= alpha
        if leaders:
            chosen &= self.table["group"] == self.table["term"]
        found: pd.DataFrame = self.table[chosen]
        return found.reset_index(drop=True)


@dataclass(frozen=True)
class RunningScore:
    """The running sum of one set, for a figure.

    Parameters
    ----------
    curve
        After each gene of the list.
    hits
        Positions of the set's genes.
    statistic
        The ranking statistic, in the order of the list.
    score
        The enrichment score.
    peak
        Position of the gene at which it is reached.
    """

    curve: Floats
    hits: NDArray[np.intp]
    statistic: Floats
    score: float
    peak: int


def preranked(
    genes: Iterable[str],
    statistic: ArrayLike,
    libraries: Any,
    *,
    smallest: int = 15,
    largest: int = 500,
    power: float = 1.0,
    permutations: int = 1000,
    random_state: RandomState = 0,
) -> RankedEnrichment:
    """Test whether gene sets gather at either end of a ranked list.

    Parameters
    ----------
    genes
        Names, each once.
    statistic
        A signed statistic of each gene, such as a moderated t; NaN leaves a gene out.
    libraries
        One library (name of a set -> genes), several (name -> library), or a list of
        ``bulkwise.io.GeneSets``.
    smallest, largest
        Sizes of sets, counted within the list, that are tested.
    power
        Power of the statistic's size by which a gene of the set counts; 0 counts genes alike.
    permutations
        Random sets of each size; P-values that need more are found otherwise.
    random_state
        Seed.

    Returns
    -------
    RankedEnrichment

    Raises
    ------
    GeneError
        If a gene is there twice, or sets and genes don't meet (share, examples, remedy).
    InputError
        If a statistic is infinite, all are equal, or no set has an allowed size.
    """
    if permutations < 100:
        raise ValueError(
            f"The 'permutations' must be an integer of at least 100. Got {permutations!r} instead."
        )
    names, values, findings = _ranked(genes, statistic)
    weights = _weights(values, power)
    encoded, more = encode_sets(libraries, names, smallest=smallest, largest=largest)
    encoded = [sets for sets in encoded if sets.terms]
    if any(int(sets.sizes.max()) >= len(names) for sets in encoded):
        raise InputError(
            f"A set holds all {len(names):,} ranked genes, so that nothing is left to compare it "
            "with; rank all measured genes."
        )
    seeds = Seeds(random_state)
    every = np.concatenate([sets.sizes for sets in encoded])
    null = null_scores(weights, every, permutations, seeds.numpy("permutations"))
    import pandas as pd

    tables = [_table(sets, names, weights, null, seeds) for sets in encoded]
    return RankedEnrichment(pd.concat(tables, ignore_index=True), tuple(findings + more))


def running_score(
    genes: Iterable[str], statistic: ArrayLike, members: Iterable[str], *, power: float = 1.0
) -> RunningScore:
    """The running sum of one set along a ranked list.

    Parameters
    ----------
    genes, statistic, power
        As in :func:`preranked`.
    members
        The set's genes.

    Returns
    -------
    RunningScore

    Raises
    ------
    GeneError
        If none of the set's genes is in the list, or all of the list's are in the set.
    """
    names, values, _ = _ranked(genes, statistic)
    wanted = set(map(str, members))
    hits = np.flatnonzero([name in wanted for name in names])
    if not 0 < len(hits) < len(names):
        raise GeneError(
            f"{len(hits):,} of the {len(names):,} ranked genes are in the set, which has "
            f"{len(wanted):,}; expected some and not all."
        )
    weights = _weights(values, power)
    alone = EncodedSets("", ("",), hits, np.array([0, len(hits)]))
    scores, peaks = observed_scores(weights, alone)
    return RunningScore(running_sum(weights, hits), hits, values, float(scores[0]), int(peaks[0]))


def _weights(values: Floats, power: float) -> Floats:
    if power < 0:
        raise ValueError(f"The 'power' must be a number of at least 0. Got {power!r} instead.")
    return np.asarray(np.abs(values) ** power)


def _ranked(genes: Iterable[str], statistic: ArrayLike) -> tuple[list[str], Floats, list[Finding]]:
    """Names and values from the highest to the lowest statistic."""
    names = unique_genes(genes, what="the ranked list")
    values = np.asarray(statistic, dtype=np.float64)
    if values.shape != (len(names),):
        raise InputError(
            f"There are {len(names):,} genes and {values.size:,} statistics; give one a gene."
        )
    if np.isinf(values).any():
        raise InputError(
            f"The statistic is infinite for {int(np.isinf(values).sum()):,} genes "
            f"({name_some([names[k] for k in np.flatnonzero(np.isinf(values))])}); rank by a "
            "moderated t or another finite statistic, not by the logarithm of P."
        )
    findings = []
    known = ~np.isnan(values)
    if not known.all():
        message = f"{int((~known).sum()):,} genes have no statistic and were left out of the list."
        findings.append(Finding("genes-without-statistic", "note", message))
        names = [name for name, there in zip(names, known.tolist(), strict=True) if there]
        values = values[known]
    if len(names) < 2 or np.ptp(values) == 0:
        raise InputError(
            "All statistics are equal, so that there is no ranking; give a signed statistic."
        )
    order = np.argsort(-values, kind="stable")
    values = values[order]
    tied = float((np.diff(values) == 0).mean())
    if tied > _TIED_SHARE:
        findings.append(
            Finding(
                "ties-in-ranking",
                "warning",
                f"{tied:.0%} of the genes share their statistic with the one before, so that the "
                "ranking among them is arbitrary; leave out genes without information.",
            )
        )
    return [names[k] for k in order.tolist()], values, findings


def _table(
    sets: EncodedSets,
    names: list[str],
    weights: Floats,
    null: dict[int, NDArray[np.float32]],
    seeds: Seeds,
) -> pd.DataFrame:
    import pandas as pd

    scores, peaks = observed_scores(weights, sets)
    sizes = sets.sizes
    nes, p, error = np.empty(len(scores)), np.empty(len(scores)), np.empty(len(scores))
    for k, (size, score) in enumerate(zip(sizes.tolist(), scores.tolist(), strict=True)):
        same = np.abs(null[size][(null[size] > 0) == (score > 0)])
        nes[k] = score / same.mean() if len(same) else np.nan
        p[k], error[k] = _p_value(weights, size, score, same, len(null[size]), seeds)
    edges = [
        members[members <= peak] if score > 0 else members[members >= peak]
        for members, peak, score in zip(sets, peaks.tolist(), scores.tolist(), strict=True)
    ]
    adjusted = adjust(p)
    terms = np.array(sets.terms, dtype=object)
    leads = np.arange(len(terms))
    strong = np.flatnonzero(adjusted <= _ALPHA)
    leads[strong] = strong[group_terms([edges[k] for k in strong], p[strong])]
    order = np.lexsort((-np.abs(nes), p))
    return pd.DataFrame(
        {
            "library": sets.library,
            "term": terms[order],
            "size": sizes[order],
            "es": scores[order],
            "nes": nes[order],
            "p_value": p[order],
            "p_error": error[order],
            "adjusted_p_value": adjusted[order],
            "group": terms[leads][order],
            "leading_edge": [";".join(names[g] for g in edges[k].tolist()) for k in order.tolist()],
        }
    )


def _p_value(
    weights: Floats,
    size: int,
    score: float,
    same: NDArray[np.float32],
    permutations: int,
    seeds: Seeds,
) -> tuple[float, float]:
    """P of a score as large among random scores of its sign, and the relative standard error."""
    reached = int((same >= abs(score)).sum())
    if reached >= _ENOUGH_REACHED:
        p = (reached + 1) / (len(same) + 1)
        return p, float(np.sqrt((1 - p) / reached))
    # a set's own draws, so that its P doesn't depend on the sets beside it
    rng = seeds.numpy("tail", size, f"{score:.12g}")
    log_p, error = tail_probability(weights, size, score, rng)
    if not np.isfinite(log_p):  # nothing was drawn that far: an upper bound
        return 1 / (len(same) + 1), 1.0
    log_sign = np.log(max(len(same), 0.5) / permutations)
    return float(np.clip(np.exp(log_p - log_sign), _SMALLEST, 1.0)), error
