"""RNAseqDB: normal and tumour tissue of GTEx and TCGA, from its public repository's raw files.

A file holds one study's samples: tab-separated, gzip'd, a symbol and an Entrez id, then a column
a sample. Tissue, source and condition are read off the file's name, the patient off the sample's.
The mapping of studies to 13 tissues is that of Wang et al. (Scientific Data 5, 180061, 2018),
who put the head and neck study beside the salivary gland.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from bulkwise.checks.base import name_some
from bulkwise.datasets.base import RemoteFile
from bulkwise.errors import DownloadError, InputError
from bulkwise.progress import track

if TYPE_CHECKING:
    import anndata
    import pandas as pd

__all__ = ["COHORTS", "COMMIT", "REPOSITORY", "TISSUES", "build", "files_of", "read_file"]

REPOSITORY = "mskcc/RNAseqDB"
COMMIT = "6a853176fe925bd15f7392e84d433d4b34fb396a"

COHORTS = {
    "rnaseqdb": ("data/normalized/", "fpkm_harmonised"),
    "rnaseqdb-counts": ("data/expected_count/", "counts"),
}
"""Cohort -> folder in the repository, unit."""

_STUDIES = {
    "bladder": ("blca", "bladder"),
    "breast": ("brca", "breast"),
    "cervix": ("cervix", "cesc"),
    "colon": ("coad", "colon", "read"),
    "esophagus": ("esca", "esophagus_gas", "esophagus_muc", "esophagus_mus"),
    "kidney": ("kich", "kidney", "kirc", "kirp"),
    "liver": ("chol", "lihc", "liver"),
    "lung": ("luad", "lung", "lusc"),
    "prostate": ("prad", "prostate"),
    "salivary": ("hnsc", "salivary"),
    "stomach": ("stad", "stomach"),
    "thyroid": ("thca", "thyroid"),
    "uterus": ("ucec", "ucs", "uterus"),
}

TISSUES = {study: tissue for tissue, studies in _STUDIES.items() for study in studies}
"""Study code in a file's name -> tissue."""

_NAME = re.compile(r"(?P<study>[a-z_]+)-rsem-(?:fpkm|count)-(?P<origin>gtex|tcga-t|tcga)\.txt\.gz")
_ORIGINS = {"gtex": ("GTEx", "normal"), "tcga": ("TCGA", "normal"), "tcga-t": ("TCGA", "tumour")}
_BLOBS = Path(__file__).parent / "data" / "rnaseqdb_blobs.tsv"


@dataclass(frozen=True)
class _Table:
    genes: list[str]
    entrez: list[str]
    samples: list[str]
    values: NDArray[Any]  # genes x samples


@lru_cache(maxsize=1)
def _all_files() -> tuple[RemoteFile, ...]:
    lines = _BLOBS.read_text(encoding="utf-8").splitlines()
    pairs = (line.split("\t") for line in lines)
    return tuple(RemoteFile(REPOSITORY, COMMIT, path, blob_id) for blob_id, path in pairs)


def files_of(name: str) -> tuple[RemoteFile, ...]:
    """The repository's files of a cohort (``"rnaseqdb"`` or ``"rnaseqdb-counts"``), by name."""
    folder = COHORTS[name][0]
    return tuple(file for file in _all_files() if file.path.startswith(folder))


def read_file(path: Path, *, dtype: DTypeLike = np.float32) -> _Table:
    """Read one file of the repository.

    Parameters
    ----------
    path
        A ``.txt.gz`` file.
    dtype
        float32 or float64 (the values as the file has them, which tests of counts need).

    Returns
    -------
    _Table
        ``genes`` (a symbol once: the first row counts), ``entrez``, ``samples`` and ``values``
        (genes x samples).

    Raises
    ------
    DownloadError
        If it isn't such a table, or a value is missing, negative or not finite.
    """
    import pyarrow as pa
    from pyarrow import csv

    kind = pa.from_numpy_dtype(np.dtype(dtype))
    try:
        with csv.open_csv(path, parse_options=csv.ParseOptions(delimiter="\t")) as head:
            symbol, entrez, *samples = head.schema.names
        types = {symbol: pa.string(), entrez: pa.string(), **dict.fromkeys(samples, kind)}
        table = csv.read_csv(
            path,
            parse_options=csv.ParseOptions(delimiter="\t"),
            convert_options=csv.ConvertOptions(column_types=types, strings_can_be_null=False),
        )
    except (pa.ArrowInvalid, OSError, ValueError) as error:
        raise DownloadError(
            f"The file {str(path)!r} can't be read: expected a gzip'd tab-separated table of "
            f"genes x samples, got: {error}."
        ) from error
    values = np.empty((table.num_rows, len(samples)), np.dtype(dtype), order="F")
    for j, sample in enumerate(samples):
        values[:, j] = table.column(sample).to_numpy()
    if not (np.isfinite(values).all() and values.min(initial=0) >= 0):
        raise DownloadError(
            f"The file {str(path)!r} holds a missing, infinite or negative value, and expected "
            "are amounts of RNA; replace the mirror's copy."
        )
    genes = table.column(symbol).to_pylist()
    rows: dict[str, int] = {}
    for i, gene in enumerate(genes):
        rows.setdefault(gene, i)
    first = list(rows.values())
    ids = [text.strip() for text in table.column(entrez).to_pylist()]
    if len(first) < len(genes):
        values = values[first]
    return _Table([genes[i] for i in first], [ids[i] for i in first], samples, values)


def labels(file_name: str, samples: list[str]) -> pd.DataFrame:
    """The sample sheet of one file.

    Parameters
    ----------
    file_name
        ``<study>-rsem-<fpkm or count>-<gtex, tcga or tcga-t>.txt.gz``.
    samples
        The names of its columns.

    Returns
    -------
    pandas.DataFrame
        Indexed by sample: tissue, source (GTEx, TCGA), condition (normal, tumour), patient (the
        first 12 characters of a TCGA barcode, ``GTEX-XXXX``), study (the file's code).

    Raises
    ------
    InputError
        If the name isn't of that form or the study is unknown.
    """
    import pandas as pd

    match = _NAME.fullmatch(file_name)
    if match is None or match["study"] not in TISSUES:
        raise InputError(
            f"The file name {file_name!r} isn't one of RNAseqDB's: expected a study, "
            "'-rsem-fpkm-' or '-rsem-count-', and 'gtex', 'tcga' or 'tcga-t'."
        )
    source, condition = _ORIGINS[match["origin"]]
    n_parts = 2 if source == "GTEx" else 3
    return pd.DataFrame(
        {
            "tissue": TISSUES[match["study"]],
            "source": source,
            "condition": condition,
            "patient": ["-".join(sample.split("-")[:n_parts]) for sample in samples],
            "study": match["study"],
        },
        index=pd.Index(samples, name="sample", dtype=object),
    )


def build(name: str, paths: Mapping[str, Path]) -> tuple[anndata.AnnData, tuple[str, ...]]:
    """Join files to one cohort.

    Parameters
    ----------
    name
        ``"rnaseqdb"`` or ``"rnaseqdb-counts"``.
    paths
        File name -> path, verified.

    Returns
    -------
    tuple
        The cohort (samples in the order of file names; the genes that all files have, sorted;
        linear values as the files have them, float32 for FPKM and float64 for counts) and
        sentences about what was left out.
    """
    import anndata
    import pandas as pd

    unit = COHORTS[name][1]
    dtype = np.float64 if unit == "counts" else np.float32
    names = sorted(paths)
    tables = [read_file(paths[file], dtype=dtype) for file in track(names, f"Reading {name}")]
    genes = sorted(set.intersection(*(set(table.genes) for table in tables)))
    sheet = pd.concat(
        [labels(file, table.samples) for file, table in zip(names, tables, strict=True)]
    )
    entrez = dict(zip(tables[0].genes, tables[0].entrez, strict=True))
    X = _stack(tables, genes, dtype)
    again = sheet.index.duplicated()
    notes: tuple[str, ...] = ()
    if again.any():
        left_out = list(sheet.index[again])
        notes = (
            f"{len(left_out)} samples that stand in an earlier file too: {name_some(left_out)}",
        )
        X, sheet = X[~again], sheet[~again]
    var = pd.DataFrame({"entrez": [entrez[gene] for gene in genes]}, index=genes)
    cohort = anndata.AnnData(X, obs=sheet, var=var)
    cohort.uns.update(unit=unit, cohort=name, commit=COMMIT, files=np.array(names, dtype=object))
    return cohort, notes


def _stack(tables: list[_Table], genes: list[str], dtype: type) -> NDArray[Any]:
    """Samples x genes of all tables, which are used up: each is freed once it is copied."""
    stop = sum(len(table.samples) for table in tables)
    X: NDArray[Any] = np.empty((stop, len(genes)), dtype)
    while tables:
        table = tables.pop()
        row = {gene: i for i, gene in enumerate(table.genes)}
        start = stop - len(table.samples)
        X[start:stop] = table.values[[row[gene] for gene in genes]].T
        stop = start
    return X
