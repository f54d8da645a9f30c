"""The repository's files, their names, and the cohort they make."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bulkwise.datasets import rnaseqdb
from bulkwise.datasets.base import RemoteFile
from bulkwise.errors import DownloadError, InputError


def paths_of(files: dict[str, RemoteFile], root: Path, part: str) -> dict[str, Path]:
    return {n: root / "mirror" / f.location for n, f in files.items() if part in f.path}


def test_the_list_of_files_is_whole() -> None:
    normalised = rnaseqdb.files_of("rnaseqdb")
    counts = rnaseqdb.files_of("rnaseqdb-counts")
    assert (len(normalised), len(counts)) == (52, 52)
    assert all(len(file.blob_id) == 40 for file in normalised + counts)
    assert [file.name.replace("count", "fpkm") for file in counts] == [
        file.name for file in normalised
    ]
    sheets = [rnaseqdb.labels(file.name, ["GTEX-AB-1", "TCGA-AA-1234-01A"]) for file in normalised]
    assert len({sheet["tissue"].iloc[0] for sheet in sheets}) == 13
    tumours = sum(sheet["condition"].iloc[0] == "tumour" for sheet in sheets)
    assert tumours == sum("tcga-t" in file.name for file in normalised) == 19


@pytest.mark.parametrize(
    ("name", "sample", "expected"),
    [
        (
            "chol-rsem-fpkm-tcga-t.txt.gz",
            "TCGA-3X-AAVE-01A-11R-A41I-07",
            ("liver", "TCGA", "tumour", "TCGA-3X-AAVE", "chol"),
        ),
        (
            "hnsc-rsem-count-tcga.txt.gz",
            "TCGA-CV-7261-11A-01R-2016-07",
            ("salivary", "TCGA", "normal", "TCGA-CV-7261", "hnsc"),
        ),
        (
            "esophagus_muc-rsem-fpkm-gtex.txt.gz",
            "GTEX-13NYB-1726-SM-5N9G2",
            ("esophagus", "GTEx", "normal", "GTEX-13NYB", "esophagus_muc"),
        ),
    ],
)
def test_labels_come_from_the_names(name: str, sample: str, expected: tuple[str, ...]) -> None:
    sheet = rnaseqdb.labels(name, [sample])
    assert list(sheet.columns) == ["tissue", "source", "condition", "patient", "study"]
    assert tuple(sheet.loc[sample]) == expected


@pytest.mark.parametrize("name", ["brain-rsem-fpkm-gtex.txt.gz", "kich-fpkm.txt.gz"])
def test_a_foreign_file_name_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="isn't one of RNAseqDB's"):
        rnaseqdb.labels(name, [])


def test_files_are_joined_by_gene(small_mirror: dict[str, RemoteFile], tmp_path: Path) -> None:
    cohort, notes = rnaseqdb.build("rnaseqdb", paths_of(small_mirror, tmp_path, "normalized"))
    assert notes == ()
    assert list(cohort.var_names) == ["EGFR", "TP53", "XIST"]
    assert list(cohort.var["entrez"]) == ["1956", "7157", "7503"]
    assert list(cohort.obs["study"]) == ["esophagus_gas", "kich", "kich", "kich"]
    assert list(cohort.obs["condition"]) == ["normal", "tumour", "tumour", "normal"]
    expected = [[0.01, 6693e6, 9], [3, 1.5, 0], [4.5, 2.25, 5], [8, 7.5, 0.5]]
    assert cohort.X.dtype == np.float32
    assert np.array_equal(cohort.X, np.array(expected, np.float32))
    assert cohort.uns["unit"] == "fpkm_harmonised"
    assert list(cohort.uns["files"]) == sorted(cohort.uns["files"])


def test_counts_keep_their_fractions(small_mirror: dict[str, RemoteFile], tmp_path: Path) -> None:
    paths = paths_of(small_mirror, tmp_path, "expected_count")
    cohort, _ = rnaseqdb.build("rnaseqdb-counts", paths)
    assert cohort.X.dtype == np.float64
    assert cohort.X.tolist() == [[8.5, 12390198.26, 1.51]]
    assert list(cohort.var["entrez"]) == ["1956", "7157", "7503"]
    assert cohort.uns["unit"] == "counts"


def write(path: Path, text: str) -> Path:
    path.write_bytes(gzip.compress(text.encode()))
    return path


def test_of_a_gene_that_comes_twice_the_first_row_counts(tmp_path: Path) -> None:
    file = write(tmp_path / "x.txt.gz", "Hugo\tEntrez\tS\nB\t1\t1\nA\t2\t2\nB\t3\t3\nNA\t0\t4\n")
    table = rnaseqdb.read_file(file)
    assert (table.genes, table.entrez) == (["B", "A", "NA"], ["1", "2", "0"])
    assert table.values.ravel().tolist() == [1, 2, 4]


def test_of_a_sample_that_comes_twice_the_first_file_counts(tmp_path: Path) -> None:
    sample = "TCGA-KL-8339-01A"
    paths = {}
    for value, study in ((1, "kich"), (2, "kirp")):
        name = f"{study}-rsem-fpkm-tcga-t.txt.gz"
        paths[name] = write(tmp_path / name, f"Hugo\tEntrez\t{sample}\nA\t1\t{value}\n")
    cohort, notes = rnaseqdb.build("rnaseqdb", paths)
    assert list(cohort.obs["study"]) == ["kich"]
    assert cohort.X.tolist() == [[1]]
    assert "'TCGA-KL-8339-01A'" in notes[0]


@pytest.mark.parametrize(
    "text",
    ["", "Hugo\tEntrez\tS\nA\t1\tmany\n", "Hugo\tEntrez\tS\nA\t1\n", "one\nA\n"],
)
def test_what_is_no_table_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(DownloadError, match="can't be read: expected a gzip'd"):
        rnaseqdb.read_file(write(tmp_path / "x.txt.gz", text))


def test_what_is_no_gzip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.txt.gz").write_bytes(b"<html>busy</html>")
    with pytest.raises(DownloadError, match="can't be read"):
        rnaseqdb.read_file(tmp_path / "x.txt.gz")


@pytest.mark.parametrize("value", ["-1", "inf", "nan", "NA"])
def test_what_is_no_amount_is_refused(tmp_path: Path, value: str) -> None:
    file = write(tmp_path / "x.txt.gz", f"Hugo\tEntrez\tS\nA\t1\t{value}\n")
    with pytest.raises(DownloadError, match="missing, infinite or negative"):
        rnaseqdb.read_file(file)


@pytest.mark.real
def test_counts_of_a_real_file_are_those_that_pandas_reads(data_folder: Path) -> None:
    name = "kich-rsem-count-tcga.txt.gz"
    file = next(file for file in rnaseqdb.files_of("rnaseqdb-counts") if file.name == name)
    path = data_folder / "mirror" / file.location
    expected = pd.read_csv(path, sep="\t", float_precision="round_trip")
    table = rnaseqdb.read_file(path, dtype=np.float64)
    assert table.genes == list(expected["Hugo_Symbol"])
    assert table.samples == list(expected.columns[2:])
    assert np.array_equal(table.values, expected.iloc[:, 2:].to_numpy(float))
