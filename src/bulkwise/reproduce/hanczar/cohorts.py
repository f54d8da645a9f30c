"""The cohorts and questions of the reproduction, from a folder of real data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bulkwise.errors import InputError
from bulkwise.study.transfer_matrix import OTHERS

if TYPE_CHECKING:
    from anndata import AnnData

    from bulkwise.storage import PathLike

__all__ = ["Passage", "Task", "hanczar_passages", "hanczar_tasks"]

_OTHER_UNIT = ("COAD", "STAD")  # of the pairs: log2 with another offset, or none
_OFFSET = 0.25  # of the pairs' logarithm
_LEAST_LINES = 10


@dataclass(frozen=True, eq=False)
class Task:
    """One question of the reproduction.

    Attributes
    ----------
    name
        Short, as a folder's name: letters and hyphens.
    title
        In headings.
    cohort
        Samples x genes.
    target
        Column to predict.
    """

    name: str
    title: str
    cohort: AnnData
    target: str


def hanczar_tasks(folder: PathLike) -> list[Task]:
    """Tumour or normal in TCGA pairs, tissue in RNAseqDB, site of cell lines.

    Parameters
    ----------
    folder
        Holds ``tcga_pairs.h5ad`` and ``ccle_small.h5ad``, and ``rtcga/CHOL.h5ad`` if there is
        one. RNAseqDB comes from where ``bulkwise data`` keeps it.

    Raises
    ------
    InputError
        If a file isn't there.
    """
    from bulkwise.datasets import load

    folder = Path(folder)
    for name in ("tcga_pairs.h5ad", "ccle_small.h5ad"):
        if not (folder / name).is_file():
            raise InputError(
                f"There is no file {str(folder / name)!r}: expected tcga_pairs.h5ad and "
                "ccle_small.h5ad; name the folder that holds them (--data)."
            )
    return [
        Task("pairs", "Tumour or normal, TCGA", _pairs(folder), "condition"),
        Task("tissue", "Tissue, RNAseqDB", load("rnaseqdb"), "tissue"),
        Task("lines", "Tissue of origin, cell lines", _lines(folder), "site"),
    ]


@dataclass(frozen=True, eq=False)
class Passage:
    """One transfer of the reproduction.

    Attributes
    ----------
    name
        Short, as a folder's name.
    title
        In headings.
    figures
        Which of the paper's it stands for.
    asked
        Options of :func:`bulkwise.study.transfer`.
    """

    name: str
    title: str
    figures: str
    asked: Mapping[str, Any]


_SITES = {
    "lung": "lung",
    "breast": "breast",
    "large_intestine": "colon",
    "stomach": "stomach",
    "liver": "liver",
    "urinary_tract": "bladder",
    "oesophagus": "esophagus",
    "endometrium": "uterus",
}
"""Site of a cell line -> RNAseqDB's tissue."""


def hanczar_passages(tasks: Sequence[Task]) -> list[Passage]:
    """Pan-cancer to each cancer, each cancer to each, cell lines to patients and back.

    Parameters
    ----------
    tasks
        From :func:`hanczar_tasks`.
    """
    by_name = {task.name: task.cohort for task in tasks}
    cancers = {"cohorts": by_name["pairs"], "target": "condition", "by": "cancer", "least": 9}
    lines, patients = by_name["lines"].copy(), by_name["tissue"]
    lines.obs["tissue"] = lines.obs["site"].map(_SITES)
    both = {
        "cell lines": lines[lines.obs["tissue"].notna()].copy(),
        "patients": patients[patients.obs["tissue"].isin(_SITES.values())].copy(),
    }
    ways = ("classes", "denoising", "layerwise")
    return [
        Passage(
            "pan-cancer",
            "From all other cancers to one",
            "5, 6, 9 and 10",
            {
                **cancers,
                "sources": [OTHERS],
                "sizes": (10, 20, 40),
                "freeze": (0, 1, 2),
                "pretraining": ways,
            },
        ),
        Passage("matrix", "From one cancer to another", "7 and 8", {**cancers, "sizes": (20,)}),
        Passage(
            "lines-patients",
            "Between cell lines and patients, tissue of origin",
            "4",
            {
                "cohorts": both,
                "target": "tissue",
                "sizes": (25, 50),
                "freeze": (0, 1, 2),
                "pretraining": ways[:1],
            },
        ),
    ]


def _pairs(folder: Path) -> AnnData:
    """Matched pairs of one unit, with the bile ducts of RTCGA in the same."""
    from anndata import concat, read_h5ad

    pairs = read_h5ad(folder / "tcga_pairs.h5ad")
    pairs = pairs[~pairs.obs["cancer"].isin(_OTHER_UNIT)].copy()
    path = folder / "rtcga" / "CHOL.h5ad"
    unit = pairs.uns["unit"]
    if path.is_file():
        more = read_h5ad(path)
        more.X = np.log2(np.asarray(more.X, dtype=np.float32) + np.float32(_OFFSET))
        pairs = concat([_plain(pairs), _plain(more)], join="inner")
    pairs.uns["unit"], pairs.uns["cohort"] = unit, "TCGA pairs"
    return pairs


def _plain(cohort: AnnData) -> AnnData:
    """Values and the three columns that are asked about, as words."""
    from anndata import AnnData

    sheet = cohort.obs[["cancer", "patient", "condition"]].astype(str)
    made: Any = AnnData(np.asarray(cohort.X, dtype=np.float32), obs=sheet)
    made.var_names = pd.Index(cohort.var_names.astype(str))
    return made


def _lines(folder: Path) -> AnnData:
    """Cell lines of sites with at least ten of them."""
    from anndata import read_h5ad

    lines = read_h5ad(folder / "ccle_small.h5ad")
    sites = lines.obs["site"].astype(str)
    kept = lines[(sites.map(sites.value_counts()) >= _LEAST_LINES).to_numpy()].copy()
    kept.obs["site"] = kept.obs["site"].astype(str)
    kept.uns["cohort"] = "CCLE"
    return kept
