"""The paper's cohorts: rows of genes, its own parts, and what stands in for a part that lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bulkwise.errors import InputError
from bulkwise.reproduce.degnext import paper
from bulkwise.stats.two_groups import log_levels
from bulkwise.training.gene_rows import NEUTRAL, GeneRows, open_rows

if TYPE_CHECKING:
    from anndata import AnnData

    from bulkwise.storage import PathLike

__all__ = ["Cohort", "degnext_cohorts", "opened"]

Array = NDArray[Any]


def degnext_cohorts(folder: PathLike) -> list[AnnData]:
    """Read those of the paper's cohorts that are in a folder of real data.

    Parameters
    ----------
    folder
        Holds ``degnext/<COHORT>.h5ad``: samples x genes, ``condition`` (tumour, normal) of the
        samples, and of the genes ``split`` (T1, T2, F1, T3), ``direction`` and ``validated``.

    Raises
    ------
    InputError
        If none is there.
    """
    from bulkwise.datasets import load

    paths = [Path(folder) / "degnext" / f"{name}.h5ad" for name in paper.COHORTS]
    there = [path for path in paths if path.is_file()]
    if not there:
        raise InputError(
            f"There is no cohort of DEGnext in {str(paths[0].parent)!r}: expected files such as "
            f"{paths[0].name}; name the folder above 'degnext' (--data)."
        )
    made = []
    for path in there:
        cohort = load(str(path))
        cohort.uns["cohort"] = path.stem
        made.append(cohort)
    return made


@dataclass(frozen=True, eq=False)
class Cohort:
    """A cohort, opened.

    Attributes
    ----------
    rows
        Its genes, labelled; normal samples first.
    split
        T1, T2, F1 or T3, one a gene.
    values
        Samples x genes in the cohort's unit, the samples as in the rows.
    """

    rows: GeneRows
    split: Array
    values: Array

    @property
    def name(self) -> str:
        """TCGA's code."""
        return self.rows.name

    @property
    def first(self) -> Array:
        """True for tumours."""
        return np.arange(self.rows.levels.shape[1]) >= self.rows.n_second

    @property
    def sign(self) -> Array:
        """-1 down, 0 neutral, 1 up."""
        return _label(self.rows) - NEUTRAL

    @property
    def learnt(self) -> tuple[Array, str]:
        """Positions of the genes to learn from, and which parts these are."""
        other = "T1" if (self.split == "T1").any() else "T2"
        parts = [part for part in (other, "F1") if (self.split == part).any()]
        return np.flatnonzero(np.isin(self.split, parts)), " and ".join(parts)

    @property
    def tested(self) -> Array:
        """Positions of T3."""
        return np.flatnonzero((self.split == "T3") & (self.sign != 0))

    @property
    def transferred(self) -> tuple[Array, str]:
        """Positions of the genes that the transfer is judged on, and which parts these are."""
        parts = [part for part in ("F1", "T3") if (self.split == part).any()] or ["T2"]
        at = np.flatnonzero(np.isin(self.split, parts) & (self.sign != 0))
        return at, "Q" if parts == ["F1", "T3"] else " and ".join(parts)

    def scaled(self, factors: Array) -> Cohort:
        """The same, each sample's values multiplied by a factor."""
        values = self.values * factors[:, None]
        return replace(
            self,
            values=values,
            rows=replace(self.rows, levels=log_levels(values, self.rows.unit).T),
        )


def _label(rows: GeneRows) -> Array:
    if rows.label is None:
        raise InputError(f"The cohort {rows.name!r} has no labels.")
    return rows.label


def opened(cohorts: Sequence[AnnData]) -> list[Cohort]:
    """Open cohorts.

    Raises
    ------
    InputError
        If a cohort has no parts (``split``) or labels, or labels contradict its matrix.
    """
    return [_opened(cohort) for cohort in cohorts]


def _opened(cohort: AnnData) -> Cohort:
    rows = open_rows(cohort, labelled=True)
    if "split" not in cohort.var:
        raise InputError(
            f"The cohort {rows.name!r} has no column 'split' of the genes (T1, T2, F1, T3): "
            "DEGnext's tables need its parts."
        )
    conditions = cohort.obs["condition"].astype(str).to_numpy()
    order = np.concatenate([np.flatnonzero(conditions == side) for side in rows.pair[::-1]])
    values = np.asarray(cohort.X, dtype=np.float64)[order]
    return Cohort(rows, cohort.var["split"].astype(str).to_numpy(), values)
