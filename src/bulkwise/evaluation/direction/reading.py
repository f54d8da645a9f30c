"""The directions of one cohort's genes beside a plain test of the same samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from bulkwise.baselines.direction import shrunken_probabilities
from bulkwise.checks.base import Finding
from bulkwise.errors import UnitError
from bulkwise.models.direction import DirectionModel
from bulkwise.models.gene_direction import GeneDirectionClassifier
from bulkwise.stats.base import adjust
from bulkwise.stats.effects import direction_table
from bulkwise.stats.two_groups import evidence, log_levels
from bulkwise.training.contrasts import open_contrast
from bulkwise.training.gene_rows import open_rows

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

    from bulkwise.stats.enrichment import Enrichment

__all__ = ["DirectionReading", "read_directions"]

_ALPHA = 0.05
_PLOTTED = 12


@dataclass(frozen=True, eq=False)
class DirectionReading:
    """What a report of predicted directions takes.

    Attributes
    ----------
    table
        A row a gene: ``gene``, ``predicted``, ``down``, ``neutral``, ``up``, and of the moderated
        t on the same samples ``log2_fold_change``, ``statistic``, ``p_value``,
        ``adjusted_p_value``, ``tested`` (down, neutral or up at a false discovery rate of 5 %);
        ``prior``, what other cohorts say, in standard deviations.
    pair
        The two conditions.
    sizes
        Samples of each.
    method
        ``"model"``, ``"DEGnext"`` or ``"closed form"``.
    reference
        Samples a side of the cohort in which "neutral" means not significant.
    plotted
        Samples x genes, log2: those genes on which the two disagree most.
    first
        True for samples of the first condition.
    enrichment
        Gene sets in the predicted lists, if libraries were given.
    findings
        What there is to say.
    trained_on
        Names of the model's cohorts.
    """

    table: pd.DataFrame
    pair: tuple[str, str]
    sizes: tuple[int, int]
    method: str
    reference: float
    plotted: pd.DataFrame
    first: Any
    enrichment: Enrichment | None = None
    findings: tuple[Finding, ...] = ()
    trained_on: tuple[str, ...] = field(default=())

    @property
    def disagreements(self) -> pd.DataFrame:
        """Genes of which prediction and test say different things, the surest prediction first."""
        part = self.table[self.table["predicted"] != self.table["tested"]]
        sure = part[["down", "neutral", "up"]].max(axis=1)
        return part.loc[sure.sort_values(ascending=False, kind="stable").index]


def read_directions(
    cohort: AnnData,
    *,
    column: str,
    contrast: str | tuple[str, str],
    model: DirectionModel | GeneDirectionClassifier | None = None,
    reference: float = 50,
    libraries: Sequence[Any] = (),
) -> DirectionReading:
    """Predict directions and set them beside a plain test.

    Parameters
    ----------
    cohort
        Samples x genes with ``.uns["unit"]``; two samples a side at least. Not changed.
    column, contrast
        The column of the conditions and ``"first:second"``.
    model
        A fitted model; ``None`` takes the closed form (:func:`bulkwise.baselines.shrunken`).
    reference
        Samples a side of the cohort in which "neutral" means not significant; for DEGnext it
        means not significant in its training cohorts, whatever is given here.
    libraries
        Gene sets to look for in the predicted lists.

    Raises
    ------
    SampleError, UnitError, InputError
        If the cohort can't be compared, or is in another unit than the model's.
    """
    import pandas as pd

    opened, findings = open_contrast(cohort, column=column, contrast=contrast)
    seen = evidence(opened.values, opened.unit, opened.first)
    prior = np.zeros(len(opened.genes))
    if model is None:
        chance = shrunken_probabilities(seen, reference)
    else:
        if opened.unit != model.unit_:
            raise UnitError(
                f"The model takes {model.unit_!r} and the matrix is in {opened.unit!r}; get the "
                f"matrix in {model.unit_!r}, or train a model on {opened.unit!r}."
            )
        if isinstance(model, GeneDirectionClassifier):
            chance = model.probabilities(open_rows(cohort, column=column, contrast=contrast))
        else:
            said = model.prior(opened, seen)
            prior = said.mean
            chance = model.probabilities(seen, said, reference)
            findings += model.remarks(opened, seen, reference)
    table = direction_table(opened.genes, chance)
    adjusted = adjust(seen.p_value)
    table = table.assign(
        log2_fold_change=seen.change,
        statistic=seen.t,
        p_value=seen.p_value,
        adjusted_p_value=adjusted,
        tested=np.where(adjusted > _ALPHA, "neutral", np.where(seen.change > 0, "up", "down")),
        prior=prior,
    )
    made = DirectionReading(
        table,
        opened.pair,
        (int(opened.first.sum()), int((~opened.first).sum())),
        _method(model),
        float(reference),
        pd.DataFrame(),
        opened.first,
        _enrich(table, libraries, findings),
        tuple(findings),
        () if model is None else tuple(model.cohorts_),
    )
    shown = made.disagreements.index[:_PLOTTED]
    logs = log_levels(opened.values, opened.unit)[:, shown]
    plotted = pd.DataFrame(logs, columns=opened.genes[shown])
    return DirectionReading(**{**made.__dict__, "plotted": plotted})


def _method(model: DirectionModel | GeneDirectionClassifier | None) -> str:
    if model is None:
        return "closed form"
    return "DEGnext" if isinstance(model, GeneDirectionClassifier) else "model"


def _enrich(
    table: pd.DataFrame, libraries: Sequence[Any], findings: list[Finding]
) -> Enrichment | None:
    from bulkwise.stats import over_representation

    if not libraries:
        return None
    lists = {
        side: table.loc[table["predicted"] == side, "gene"].tolist() for side in ("up", "down")
    }
    lists = {side: genes for side, genes in lists.items() if genes}
    if not lists:
        findings.append(
            Finding("nothing-called", "note", "No gene is predicted up or down: no sets tested.")
        )
        return None
    return over_representation(lists, list(libraries), universe=table["gene"].tolist())
