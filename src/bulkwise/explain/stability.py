"""What stability selection found, in words and numbers that a reader can check."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bulkwise.checks.base import Finding
from bulkwise.stats.stability import ASSUMPTIONS, false_bounds

if TYPE_CHECKING:
    from bulkwise.models.selection import StabilitySelection

__all__ = ["expected_false", "stability_curve", "stability_findings"]


def stability_curve(selector: StabilitySelection) -> pd.DataFrame:
    """How many genes reach each threshold, and how many false ones are to be expected.

    Parameters
    ----------
    selector
        Fitted.

    Returns
    -------
    pandas.DataFrame
        A row for each frequency from one half on: ``threshold``, ``genes`` (how many reach it)
        and the bounds on the expected number of false genes under each assumption of
        :func:`bulkwise.stats.stability.false_bounds`: ``any``, ``unimodal``, ``r_concave``.
    """
    n_halves = 2 * selector.n_pairs
    frequencies = selector.frequencies_
    thresholds = np.arange(selector.n_pairs, n_halves + 1) / n_halves
    reached = [int((frequencies >= threshold - 1e-9).sum()) for threshold in thresholds]
    columns: dict[str, object] = {"threshold": thresholds, "genes": reached}
    for assumption in ASSUMPTIONS:
        bounds = _bounds(selector, assumption)
        columns[assumption.replace("-", "_")] = bounds[selector.n_pairs :]
    return pd.DataFrame(columns)


def expected_false(selector: StabilitySelection) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Bound on the expected number of false genes among those as frequent as each gene or more.

    Parameters
    ----------
    selector
        Fitted.

    Returns
    -------
    numpy.ndarray
        One a gene, float64, under r-concavity.
    """
    places = np.rint(selector.frequencies_ * 2 * selector.n_pairs).astype(np.intp)
    return _bounds(selector, "r-concave")[places]


def _bounds(
    selector: StabilitySelection, assumption: str
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return false_bounds(
        len(selector.frequencies_), selector.n_picked_, selector.n_pairs, assumption=assumption
    )


def stability_findings(selector: StabilitySelection, genes: Sequence[str]) -> list[Finding]:
    """What the frequencies don't show, and that nothing is stable where nothing is.

    Parameters
    ----------
    selector
        Fitted.
    genes
        Names of the genes.

    Returns
    -------
    list of Finding
        ``no-stable-gene`` (warning), ``bound-not-reached`` (warning: too few genes or halves for
        the bound that was asked for) and ``bound-means`` (note).
    """
    stable = int(selector.stable.sum())
    findings = []
    if not stable:
        best = int(selector.order_[0])
        findings.append(
            Finding(
                "no-stable-gene",
                "warning",
                f"No gene is stable: the most frequent, {genes[best]}, was picked in "
                f"{selector.frequencies_[best]:.0%} of the halves of the patients and "
                f"{selector.threshold_:.0%} are needed, so another cohort of this size would give "
                "another list; take the ranking for a list of candidates, no more.",
            )
        )
    if selector.expected_false_ > selector.expected_false:
        findings.append(
            Finding(
                "bound-not-reached",
                "warning",
                f"With {len(genes)} genes, {selector.n_picked_} picked in each half, no frequency "
                f"keeps the expected number of false genes under {selector.expected_false:g}: "
                f"even genes picked in all halves may hold {selector.expected_false_:.2g}; pick "
                "fewer in each half (n_picked) or allow more (expected_false).",
            )
        )
    findings.append(
        Finding(
            "bound-means",
            "note",
            f"A gene picked in {selector.threshold_:.0%} of the halves or more is called stable; "
            f"at most {selector.expected_false_:.2g} genes that are chosen no more often than "
            "blindly are expected there (r-concave bound of Shah and Samworth). Genes that only "
            "go with a true one are chosen more often than that, and aren't counted: look at the "
            "groups.",
        )
    )
    return findings
