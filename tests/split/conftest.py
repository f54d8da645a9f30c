"""The sample sheet of RNAseqDB, read from the names of its files and columns."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

TISSUES = {
    "bladder": "blca bladder",
    "breast": "breast",
    "cervix": "cervix cesc",
    "liver": "chol lihc",
    "colon": "coad read",
    "esophagus": "esca",
    "salivary": "hnsc salivary",
    "kidney": "kich kirc kirp kidney",
    "lung": "luad lusc",
    "prostate": "prad",
    "stomach": "stad",
    "thyroid": "thca",
    "uterus": "ucec ucs uterus",
}


@pytest.fixture(scope="session")
def rnaseqdb(data_folder: Path) -> dict[str, np.ndarray]:
    """Tissue, condition, source and patient of each sample."""
    tissue_of = {code: tissue for tissue, codes in TISSUES.items() for code in codes.split()}
    rows = []
    for path in sorted(data_folder.glob("mirror/mskcc/RNAseqDB/*/data/normalized/*.txt.gz")):
        with gzip.open(path, "rt") as handle:
            names = handle.readline().rstrip("\n").split("\t")[2:]
        source = "gtex" if "-gtex" in path.name else "tcga"
        condition = "tumour" if "-tcga-t." in path.name else "normal"
        tissue = tissue_of[path.name.split("-")[0]]
        for name in names:
            parts = name.split("-")
            patient = "-".join(parts[:2] if source == "gtex" else parts[:3])
            rows.append((tissue, condition, source, patient))
    columns = ("tissue", "condition", "source", "patient")
    return dict(zip(columns, map(np.array, zip(*rows, strict=True)), strict=True))
