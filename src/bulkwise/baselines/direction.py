"""Rules that say which way a gene goes, and a closed form that needs no training.

The moderated t has the sign of the mean difference: it isn't a rule of its own, it ranks genes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import trim_mean

from bulkwise.errors import InputError
from bulkwise.stats.base import Floats
from bulkwise.stats.effects import (
    GenePrior,
    direction_probabilities,
    direction_table,
    posterior,
    signal_variance,
)
from bulkwise.stats.normalization import tmm_factors
from bulkwise.stats.two_groups import COUNTED, ODD, Evidence, evidence, log_levels

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

__all__ = [
    "DIRECTION_RULES",
    "drawn_to_mean",
    "rule_scores",
    "shrunken",
    "shrunken_probabilities",
]

DIRECTION_RULES: dict[str, str] = {
    "mean, raw": "Sign of the mean difference of log2(x + 1), nothing normalised.",
    "mean, CPM": "Sign of the mean difference of log2(CPM + 1).",
    "mean, median": "Sign of the mean difference, each sample centred at its median.",
    "mean, TMM": "Sign of the mean difference, libraries scaled by the trimmed mean of M-values "
    "(counts; other units are centred at their medians).",
    "trimmed mean": "Sign of the difference of means without a fifth at each end, log2(CPM + 1).",
    "Wilcoxon": "Sign of the rank-sum statistic of log2(CPM + 1).",
}
"""Name of a rule -> what it does."""

_TRIM = 0.2


def rule_scores(values: ArrayLike, unit: str, first: ArrayLike) -> dict[str, Floats]:
    """Each rule's score of each gene: above zero for up, below for down.

    Parameters
    ----------
    values
        Samples x genes, finite.
    unit
        Their unit.
    first
        True for samples of the first condition.

    Returns
    -------
    dict
        Name of a rule (:data:`DIRECTION_RULES`) -> one score a gene.

    Raises
    ------
    SampleError
        If a condition has fewer than two samples.
    """
    is_first = np.asarray(first, dtype=bool)
    logs = log_levels(values, unit)
    levels = {
        "raw": log_levels(values, unit, normalisation="raw"),
        "CPM": logs,
        "median": log_levels(values, unit, normalisation="median"),
    }
    levels["TMM"] = (
        log_levels(values, unit, factors=tmm_factors(values))
        if unit in COUNTED
        else levels["median"]
    )
    scores = {
        f"mean, {title}": np.asarray(level[is_first].mean(axis=0) - level[~is_first].mean(axis=0))
        for title, level in levels.items()
    }
    ends = [trim_mean(logs[side], _TRIM, axis=0) for side in (is_first, ~is_first)]
    scores["trimmed mean"] = np.asarray(ends[0] - ends[1])
    scores["Wilcoxon"] = evidence(values, unit, is_first).odd[:, ODD.index("rank")]
    return scores


def drawn_to_mean(seen: Evidence, prior: GenePrior) -> Floats:
    """Each gene's effect drawn towards its plain mean in other cohorts, all genes by one variance.

    Parameters
    ----------
    seen
        What the samples say.
    prior
        What other cohorts say; only their plain mean is used.

    Returns
    -------
    numpy.ndarray
        Effects in standard deviations.
    """
    between = signal_variance(seen.effect - prior.plain, seen.noise)
    share = between / (between + seen.noise)
    return np.asarray(share * seen.effect + (1 - share) * prior.plain)


def shrunken_probabilities(seen: Evidence, reference: float = 50) -> Floats:
    """Down, neutral and up by the closed form: a normal prior around zero, learnt by moments.

    Parameters
    ----------
    seen
        What the samples say.
    reference
        Samples a side of the cohort in which "neutral" means not significant.

    Returns
    -------
    numpy.ndarray
        Genes x (down, neutral, up).
    """
    if not 0 < reference < np.inf:
        raise InputError(f"The reference must be a number above 0. Got {reference!r} instead.")
    flat = GenePrior.flat(seen.effect, seen.noise)
    return direction_probabilities(*posterior(seen.effect, seen.noise, flat), reference)


def shrunken(
    cohort: AnnData,
    *,
    column: str = "condition",
    contrast: str | tuple[str, str] = "tumour:normal",
    reference: float = 50,
) -> pd.DataFrame:
    """Which way each gene goes, from this cohort's samples alone and without any training.

    A gene's change in moderated standard deviations is drawn towards zero by as much as all
    genes' changes are explained by chance; what a cohort of the stated size would call the gene
    follows from the normal law. The parameters and the table are those of
    :meth:`bulkwise.models.DirectionModel.predict`.
    """
    from bulkwise.training.contrasts import open_contrast

    opened, findings = open_contrast(cohort, column=column, contrast=contrast)
    seen = evidence(opened.values, opened.unit, opened.first)
    table = direction_table(opened.genes, shrunken_probabilities(seen, reference))
    table.attrs["findings"] = [finding.to_dict() for finding in findings]
    return table
