"""Rows for networks of directions: a gene's samples in a line, with a label from its cohort.

DEGnext (Kakati et al. 2022) sees a gene as a row of samples, one condition behind the other, and
learns down, neutral or up from labels that a differential expression analysis of the same cohort
gave. :func:`label_directions` makes a cohort ready for that, :func:`open_rows` takes its rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bulkwise.checks.base import name_some
from bulkwise.checks.directions import require_agreement
from bulkwise.errors import GeneError, InputError, SampleError
from bulkwise.progress import say
from bulkwise.stats.comparison import pick_samples
from bulkwise.stats.contrast import differential_expression
from bulkwise.stats.effects import CLASSES
from bulkwise.stats.two_groups import log_levels

if TYPE_CHECKING:
    from anndata import AnnData

    from bulkwise.stats.comparison import Comparison

__all__ = ["DIRECTION", "VALIDATED", "GeneRows", "label_directions", "open_rows", "standardised"]

Array = NDArray[Any]

DIRECTION, VALIDATED = "direction", "validated"
"""Columns of ``.var`` that hold the labels, and which genes are known to belong to the disease."""

DOWN, NEUTRAL, UP = range(3)
_LEAST_GROUP = 2
_SMALL = 1e-6


@dataclass(frozen=True, eq=False)
class GeneRows:
    """A cohort as rows of genes.

    Attributes
    ----------
    name
        Of the cohort.
    levels
        Genes x samples, log2: first the samples of the second condition (the normal ones of
        ``"tumour:normal"``), then those of the first, each in the cohort's order.
    n_second
        How many samples come first.
    genes
        Names.
    unit
        Of the cohort; counts became log2(CPM + 1).
    pair
        The first and the second condition.
    label
        0 down, 1 neutral, 2 up, one a gene; ``None`` without labels.
    validated
        Genes that are known to belong to the disease; ``None`` without labels.
    """

    name: str
    levels: Array
    n_second: int
    genes: Array
    unit: str
    pair: tuple[str, str]
    label: Array | None = None
    validated: Array | None = None

    @property
    def change(self) -> Array:
        """Mean log2 difference of each gene, first condition minus second."""
        second, first = np.split(self.levels, [self.n_second], axis=1)
        return np.asarray(first.mean(axis=1) - second.mean(axis=1))

    def take(self, genes: Array) -> GeneRows:
        """Some of the genes: positions, or true and false."""
        return replace(
            self,
            levels=self.levels[genes],
            genes=self.genes[genes],
            label=None if self.label is None else self.label[genes],
            validated=None if self.validated is None else self.validated[genes],
        )


def standardised(levels: Array, n_second: int) -> Array:
    """Each row around the midpoint of its two conditions' means, with standard deviation 1.

    Centred so, a row's two conditions lie on different sides of zero whatever their sizes. The
    values are float32; constant rows become zero.

    Examples
    --------
    >>> standardised(np.array([[1.0, 3.0, 3.0], [5.0, 5.0, 5.0]]), 1).round(3)
    array([[-1.061,  1.061,  1.061],
           [ 0.   ,  0.   ,  0.   ]], dtype=float32)
    """
    middle = (levels[:, :n_second].mean(axis=1) + levels[:, n_second:].mean(axis=1)) / 2
    scale = levels.std(axis=1, keepdims=True)
    centred = (levels - middle[:, None]) / np.maximum(scale, _SMALL)
    return np.where(scale > _SMALL, centred, 0.0).astype(np.float32)


def open_rows(
    cohort: AnnData,
    *,
    column: str = "condition",
    contrast: str | tuple[str, str] = "tumour:normal",
    labelled: bool = False,
) -> GeneRows:
    """The rows of a cohort, with labels if they are asked for.

    Parameters
    ----------
    cohort
        Samples x genes with ``.uns["unit"]``. Labels are ``"down"``, ``"neutral"`` and ``"up"`` in
        the column ``direction`` of ``.var``; ``validated``, true or false, may stand beside it.
    column, contrast
        The column of the conditions, and ``"first:second"``.
    labelled
        Whether labels are wanted.

    Raises
    ------
    SampleError, UnitError
        If a column, a condition, two samples of it, or the unit is missing.
    InputError
        If values are missing or infinite, labels are missing or unknown, or labels contradict the
        matrix in most genes that change.
    """
    picked = pick_samples(cohort, column=column, contrast=contrast)
    if min(picked.sizes) < _LEAST_GROUP:
        raise SampleError(
            f"Expected two samples or more in each condition, got {picked.sizes[0]} "
            f"{picked.pair[0]!r} and {picked.sizes[1]} {picked.pair[1]!r}: nothing says how much "
            "samples of a condition differ by chance; add samples."
        )
    if not np.isfinite(picked.values).all():
        count = int((~np.isfinite(picked.values)).sum())
        raise InputError(
            f"{count:,} values of the compared samples are missing or infinite; fill them in or "
            "leave those genes out."
        )
    order = np.argsort(picked.is_first, kind="stable")
    rows = GeneRows(
        str(cohort.uns.get("cohort", "")) or "the cohort",
        log_levels(picked.values, picked.unit)[order].T,
        picked.sizes[1],
        np.array(picked.genes, dtype=str),
        picked.unit,
        picked.pair,
    )
    return _labelled(rows, cohort) if labelled else rows


def _labelled(rows: GeneRows, cohort: AnnData) -> GeneRows:
    if DIRECTION not in cohort.var:
        raise InputError(
            f"{_named(rows)} has no labels: expected a column {DIRECTION!r} of the genes (down, "
            "neutral, up); make it with bulkwise.training.label_directions."
        )
    words = cohort.var[DIRECTION].astype(str)
    odd = sorted(set(words) - set(CLASSES))
    if odd:
        raise InputError(
            f"The column {DIRECTION!r} of the genes holds {odd[0]!r}; expected down, neutral or up."
        )
    label = words.map({word: code for code, word in enumerate(CLASSES)}).to_numpy(dtype=np.int64)
    validated = np.zeros(len(label), dtype=bool)
    if VALIDATED in cohort.var:
        validated = cohort.var[VALIDATED].to_numpy().astype(bool)
    if (label != NEUTRAL).any():
        require_agreement(rows.name, rows.change, label - NEUTRAL)
    return replace(rows, label=label, validated=validated)


def label_directions(
    cohort: AnnData,
    *,
    column: str = "condition",
    contrast: str | tuple[str, str] = "tumour:normal",
    validated: Sequence[str] = (),
    alpha: float = 0.01,
    least_correlation: float = 0.6,
    lowest: float = 0.25,
) -> AnnData:
    """Prepare a cohort as DEGnext did, and label its genes by its own differential expression.

    Samples go whose mean rank correlation with all samples isn't above ``least_correlation``, then
    the quarter of the genes with the lowest means. A gene is up or down where its difference is
    significant, by the sign of its log fold change, and neutral elsewhere.

    Parameters
    ----------
    cohort
        Samples x genes with ``.uns["unit"]``. Not changed.
    column, contrast
        The column of the conditions, and ``"first:second"``.
    validated
        Genes that are known to belong to the disease.
    alpha
        False discovery rate.
    least_correlation
        What a sample's mean Spearman correlation must pass.
    lowest
        Share of the genes, by mean, that is left out.

    Returns
    -------
    AnnData
        The samples and genes that stay, with ``direction``, ``validated``, ``log2_fold_change``
        and ``adjusted_p_value`` in ``.var``. Only genes that change count as validated.

    Raises
    ------
    SampleError, UnitError
        If the cohort can't be compared, or a condition loses all but one sample.
    GeneError
        If genes are named as validated and none of them is there.
    """
    picked = pick_samples(cohort, column=column, contrast=contrast)
    kept = _alike(picked, least_correlation)
    means = picked.values[kept].mean(axis=0, dtype=np.float64)
    genes = means > np.quantile(means, lowest) if lowest > 0 else np.ones(len(means), dtype=bool)
    names = np.array(picked.samples, dtype=str)[kept].tolist()
    made: AnnData = cohort[names, genes].copy()
    table = differential_expression(made, column=column, contrast=picked.pair).table
    significant = table["adjusted_p_value"].to_numpy(dtype=np.float64) <= alpha  # NaN isn't
    rises = table["log2_fold_change"].to_numpy(dtype=np.float64) > 0
    made.var[DIRECTION] = np.where(significant, np.where(rises, "up", "down"), "neutral")
    known = _known(made, validated)
    made.var[VALIDATED] = known & significant
    for name in ("log2_fold_change", "adjusted_p_value"):
        made.var[name] = table[name].to_numpy()
    return made


def _alike(picked: Comparison, least: float) -> NDArray[np.bool_]:
    """Samples whose mean rank correlation with all passes a level."""
    from scipy.stats import rankdata

    ranks = rankdata(picked.values, axis=1)
    mean = np.corrcoef(ranks).mean(axis=1)
    kept: NDArray[np.bool_] = mean > least
    if not kept.all():
        names = np.array(picked.samples, dtype=str)[~kept].tolist()
        say(
            f"{len(names)} of {len(kept)} samples were left out: their mean rank correlation with "
            f"all samples isn't above {least:g} ({name_some(names)})."
        )
    left = [int((kept & (picked.is_first == side)).sum()) for side in (True, False)]
    if min(left) < _LEAST_GROUP:
        raise SampleError(
            f"Expected two samples or more in each condition, and {left[0]} {picked.pair[0]!r} and "
            f"{left[1]} {picked.pair[1]!r} are left whose mean rank correlation is above {least:g};"
            " add samples, or lower the limit."
        )
    return kept


def _known(cohort: AnnData, validated: Sequence[str]) -> NDArray[np.bool_]:
    known: NDArray[np.bool_] = np.asarray(cohort.var_names.isin([str(one) for one in validated]))
    if len(validated) and not known.any():
        raise GeneError(
            f"None of the {len(validated):,} validated genes ({name_some(validated)}) is among the "
            f"{cohort.n_vars:,} genes kept ({name_some(list(cohort.var_names))}); give names of "
            "the same kind."
        )
    return known


def _named(rows: GeneRows) -> str:
    return "The cohort" if rows.name == "the cohort" else f"The cohort {rows.name!r}"
