"""Files that spreadsheets, R, half downloads and strangers make: one clear sentence each."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import bulkwise as bw
from bulkwise.errors import BulkwiseError, GeneError, InputError, SampleError, UnitError

GOOD = "gene\tS1\tS2\tS3\nTP53\t1\t2\t3\nEGFR\t4\t5\t6.5\nMYC\t0\t1\t2\n"

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def writer(content: str | bytes, name: str = "matrix.tsv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return writer


BROKEN_TEXT = {
    "text in a number cell": (
        GOOD.replace("5\t", "five\t"),
        InputError,
        r"line 3 \(row 'EGFR'\), column 'S2'.*got 'five'",
    ),
    "decimal comma": (GOOD.replace("6.5", "6,5"), InputError, r"column 'S3'.*'6,5'.*decimal comma"),
    "decimal comma in quotes": (
        'gene,S1,S2\nTP53,"1,5",2\nEGFR,3,4\n',
        InputError,
        r"column 'S1'.*'1,5'.*decimal comma",
    ),
    "thousands": (GOOD.replace("6.5", "1,234"), InputError, r"'1,234'.*comma between thousands"),
    "a spreadsheet's error": (GOOD.replace("6.5", "#VALUE!"), InputError, r"spreadsheet's error"),
    "a row cut short": (GOOD.replace("4\t5\t6.5", "4\t5"), InputError, r"Line 3 .* 3 fields .* 4"),
    "rows that make up for each other": (
        GOOD.replace("1\t2\t3", "1\t2").replace("4\t5\t6.5", "4\t5\t6\t7"),
        InputError,
        r"the header \(line 1\) has 4 fields and the first row of data has 3",
    ),
    "later rows that make up for each other": (
        GOOD.replace("4\t5\t6.5", "4\t5").replace("0\t1\t2", "0\t1\t2\t3"),
        InputError,
        r"Line 3 .* has 3 fields and the header has 4",
    ),
    "no rows": ("gene\tS1\tS2\n", InputError, "no row of data"),
    "one column": ("gene\nTP53\nEGFR\n", InputError, "Can't tell the columns"),
    "no numbers": ("gene\ta\nTP53\tx\nEGFR\ty\n", InputError, "holds numbers"),
    "missing values": (
        GOOD.replace("6.5", "NA"),
        InputError,
        r"1 of 9 values are missing.*gene 'EGFR', sample 'S3'",
    ),
    "infinite values": (GOOD.replace("6.5", "inf"), InputError, r"infinite.*'EGFR'.*'S3'"),
    "too large to be a number here": (GOOD.replace("6.5", "1e400"), InputError, "infinite"),
    "duplicate samples": (
        GOOD.replace("S3", "S1"),
        SampleError,
        r"'S1' 2 times.*name of its own",
    ),
    "duplicate genes apart": (
        GOOD.replace("MYC", "TP53"),
        GeneError,
        r"'TP53'.*--duplicates sum",
    ),
    "a gene without a name": (GOOD.replace("EGFR", ""), GeneError, r"no name \(first at 3\)"),
    "old Mac line ends": (GOOD.replace("\n", "\r"), InputError, "end with CR alone"),
    "dates of a spreadsheet": (
        GOOD.replace("EGFR", "1-Mar").replace("MYC", "2001-03-01"),
        GeneError,
        r"'1-Mar' in row 3, '2001-03-01' in row 4",
    ),
    "negatives": (GOOD.replace("6.5", "-6.5"), UnitError, r"'fpkm'.*-6.5 at gene 'EGFR'"),
    "a code for missing": (GOOD.replace("6.5", "-999"), UnitError, r"-999 at gene 'EGFR'"),
    "a quote never closed": ('gene\tS1\tS2\n"TP53\t1\t2\nMYC\t1\t2\n', InputError, "matrix.tsv"),
}


@pytest.mark.parametrize("case", BROKEN_TEXT)
def test_a_broken_text_matrix_is_named(case: str, write: Write) -> None:
    content, error, message = BROKEN_TEXT[case]
    with pytest.raises(error, match=message) as caught:
        bw.read(write(content), unit="fpkm")
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith((".", ")"))


FOREIGN = {
    "empty": (b"", "is empty"),
    "only spaces": (b" \n\n", "is empty"),
    "workbook": (b"PK\x03\x04rest of it", "Excel workbook"),
    "old workbook": (b"\xd0\xcf\x11\xe0rest", "old Excel workbook"),
    "UTF-16": ("gene\tS1\n".encode("utf-16"), "UTF-16"),
    "web page": (b"<!DOCTYPE html><html>", "web page"),
    "LFS pointer": (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
    "bzip2": (b"BZh91AY&SY", "bzip2"),
    "binary": (b"ab\0cd\0", "binary data"),
    "not quite HDF5": (b"\x89HDF\r\n\x1a\nand then nothing", "as h5ad"),
    "not quite parquet": (b"PAR1 and then nothing", "as parquet"),
    "newer GCT": (b"#1.4\n1\t1\n", "GCT version '#1.4'"),
}


@pytest.mark.parametrize("case", FOREIGN)
def test_a_foreign_file_is_named(case: str, write: Write) -> None:
    content, message = FOREIGN[case]
    with pytest.raises(InputError, match=message):
        bw.read(write(content, "data.bin"), unit="log2")


@pytest.mark.parametrize("cut", [5, 20, 60])
def test_a_cut_gzip_file_is_named(cut: int, write: Write) -> None:
    whole = gzip.compress(GOOD.encode())
    with pytest.raises(InputError, match=r"gzip stream (ends too early|is damaged)"):
        bw.read(write(whole[:-cut] if cut < 60 else whole[:12], "m.tsv.gz"), unit="fpkm")


def test_a_gzip_file_cut_far_behind_its_head_is_named(write: Write) -> None:
    rows = "".join(f"G{i}\t{i % 97}\t{i * 7919 % 1013}\n" for i in range(600_000))
    whole = gzip.compress(("gene\tS1\tS2\n" + rows).encode(), compresslevel=1)
    with pytest.raises(InputError, match="ends too early"):
        bw.read(write(whole[: len(whole) * 3 // 4], "m.tsv.gz"), unit="fpkm")


def test_a_damaged_gzip_file_is_named(write: Write) -> None:
    whole = bytearray(gzip.compress(GOOD.encode()))
    whole[-6] ^= 0xFF
    with pytest.raises(InputError, match="is damaged"):
        bw.read(write(bytes(whole), "m.tsv.gz"), unit="fpkm")


def _h5ad(path: Path) -> Path:
    cohort = anndata.AnnData(
        np.ones((3, 2), np.float32), pd.DataFrame(index=list("abc")), pd.DataFrame(index=["X", "Y"])
    )
    cohort.uns["unit"] = "log2"
    cohort.write_h5ad(path)
    return path


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_cut_h5ad_file_is_named(share: float, tmp_path: Path) -> None:
    path = _h5ad(tmp_path / "cohort.h5ad")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(InputError, match=r"cohort\.h5ad' as h5ad: it is damaged"):
        bw.read(path)


def test_a_cut_parquet_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "m.parquet"
    pd.DataFrame({"gene": ["A", "B"], "S1": [1.0, 2.0]}).to_parquet(path)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(InputError, match="as parquet: it is damaged"):
        bw.read(path, unit="fpkm")


def test_another_hdf5_file_is_named(tmp_path: Path) -> None:
    import h5py

    with h5py.File(tmp_path / "other.h5", "w") as store:
        store["data"] = [1, 2]
    with pytest.raises(InputError, match="without 'X'"):
        bw.read(tmp_path / "other.h5")


def test_what_is_no_file_is_named(tmp_path: Path, write: Write) -> None:
    with pytest.raises(InputError, match="There is no file"):
        bw.read(tmp_path / "nowhere.tsv", unit="fpkm")
    with pytest.raises(InputError, match="Expected a file, got the folder"):
        bw.read(tmp_path, unit="fpkm")
    with pytest.raises(InputError, match="a part of its path is a file"):
        bw.read(write(GOOD) / "inside.tsv", unit="fpkm")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="a pipe or a device"):
        bw.read(tmp_path / "pipe", unit="fpkm")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_locked_file_is_named(write: Write) -> None:
    path = write(GOOD)
    path.chmod(0)
    with pytest.raises(InputError, match="this user may not"):
        bw.read(path, unit="fpkm")


def test_a_file_that_changes_while_it_is_read_is_named(write: Write) -> None:
    from bulkwise.io.base import look_at, unchanged

    file = look_at(write(GOOD))
    unchanged(file)
    write(GOOD + "KRAS\t1\t2\t3\n")
    with pytest.raises(InputError, match="changed while it was read"):
        unchanged(file)


def test_a_gct_file_whose_header_disagrees_with_its_rows_is_named(write: Write) -> None:
    gct = "#1.2\n3\t2\nName\tDescription\tS1\tS2\nTP53\tx\t1\t2\nMYC\ty\t3\t4\n"
    with pytest.raises(InputError, match="says 3 rows of data, and there are 2"):
        bw.read(write(gct, "m.gct"), unit="fpkm")
    with pytest.raises(InputError, match="says 5 columns of data and the header"):
        bw.read(write(gct.replace("3\t2\n", "2\t5\n"), "m.gct"), unit="fpkm")
    with pytest.raises(InputError, match="should hold the 2 sizes"):
        bw.read(write(gct.replace("3\t2\n", "three\n"), "m.gct"), unit="fpkm")


SHEETS = {
    "R changed the matrix's names": (
        "sample,label\nS-1,a\nS-2,b\n3,a\n",
        "gene\tS.1\tS.2\tX3\nTP53\t1\t2\t3\nMYC\t3\t4\t5\n",
        r"the matrix has 'S\.1' for 'S-1': R changed",
    ),
    "R changed the sheet's names": (
        "sample,label\nS.1,a\nS.2,b\nX3,a\n",
        "gene\tS-1\tS-2\t3\nTP53\t1\t2\t3\nMYC\t3\t4\t5\n",
        r"the sheet has 'S\.1' for 'S-1'",
    ),
    "a sample only in the matrix": (
        "sample,label\nS1,a\nS2,b\n",
        GOOD,
        r"1 of 3 samples of the matrix aren't in .*: 'S3'",
    ),
    "a sample only in the sheet": (
        "sample,label\nS1,a\nS2,b\nS3,a\nS4,a\n",
        GOOD,
        r"1 of 4 samples of .* aren't in the matrix: 'S4'",
    ),
    "nothing in common": ("sample,label\nA,a\nB,b\n", GOOD, r"None of the 3 samples"),
    "another case": ("sample,label\ns1,a\ns2,b\ns3,c\n", GOOD, "differ only in case or spaces"),
    "cut barcodes": (
        "sample,label\nTCGA-A6-2671,a\nTCGA-A6-2672,b\n",
        "gene\tTCGA-A6-2671-01A\tTCGA-A6-2672-01A\nTP53\t1\t2\nMYC\t3\t4\n",
        "one of the two has cut names",
    ),
    "a sample twice in the sheet": ("sample,label\nS1,a\nS1,b\nS2,a\nS3,b\n", GOOD, "'S1' 2 times"),
    "a column twice in the sheet": ("sample,x,x\nS1,a,b\nS2,a,b\nS3,a,b\n", GOOD, "the same name"),
}


@pytest.mark.parametrize("case", SHEETS)
def test_a_sheet_that_does_not_fit_is_named(case: str, write: Write) -> None:
    sheet, matrix, message = SHEETS[case]
    with pytest.raises(SampleError, match=message):
        bw.read(write(matrix), samples=write(sheet, "samples.csv"), unit="fpkm")


def test_a_broken_sheet_is_named(write: Write) -> None:
    matrix = write(GOOD)
    with pytest.raises(InputError, match=r"Line 3 of the sample sheet .* has 3 fields"):
        bw.read(matrix, samples=write("s,l\nS1,a\nS2,b,c\nS3,d\n", "s.csv"), unit="fpkm")
    with pytest.raises(InputError, match="no row below the header"):
        bw.read(matrix, samples=write("s,l\n", "s.csv"), unit="fpkm")
    with pytest.raises(InputError, match="is empty"):
        bw.read(matrix, samples=write("", "s.csv"), unit="fpkm")
    with pytest.raises(InputError, match="Expected a sample sheet"):
        bw.read(matrix, samples=_h5ad(matrix.with_name("c.h5ad")), unit="fpkm")


def test_a_matrix_the_wrong_way_round_is_named(write: Write) -> None:
    sheet = write("sample,label\nS1,a\nS2,b\nS3,a\n", "s.csv")
    with pytest.raises(InputError, match="wrong way round: the samples of the sheet stand where"):
        bw.read(write(GOOD), samples=sheet, unit="fpkm", genes_in="columns")


def test_an_h5ad_with_genes_in_rows_is_named(tmp_path: Path) -> None:
    genes = [f"ENSG000000000{i:02d}" for i in range(30)]
    path = tmp_path / "t.h5ad"
    X = np.ones((30, 2), np.float32)
    anndata.AnnData(X, pd.DataFrame(index=genes), pd.DataFrame(index=["S1", "S2"])).write_h5ad(path)
    with pytest.raises(InputError, match="wrong way round"):
        bw.read(path, unit="log2")


def test_an_unknown_choice_is_named(write: Write) -> None:
    path = write(GOOD)
    with pytest.raises(InputError, match="genes_in='auto', 'rows' or 'columns'"):
        bw.read(path, unit="fpkm", genes_in="lines")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="missing='refuse' or 'keep'"):
        bw.read(path, unit="fpkm", missing="zero")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="'median'; expected one of: refuse, sum"):
        bw.read(write(GOOD + "MYC\t1\t1\t1\n"), unit="fpkm", duplicates="median")  # type: ignore[arg-type]


def test_names_with_odd_characters_are_kept(write: Write) -> None:
    names = ["NA", "nan", "A,B", "x<y>", "[z]", "gène", "a/b", '5"-end', "=1+1"]
    rows = "".join(f"{name}\t{i}\t1\n" for i, name in enumerate(names))
    cohort = bw.read(write(f"gene\tNaN\tNA 2\n{rows}", "with space é.tsv"), unit="fpkm")
    assert cohort.var_names.tolist() == names
    assert cohort.obs_names.tolist() == ["NaN", "NA 2"]


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    at=st.integers(0, len(GOOD)),
    length=st.integers(0, 12),
    junk=st.binary(max_size=8),
    packed=st.booleans(),
)
def test_damage_anywhere_is_an_error_of_ours_or_a_cohort(
    at: int, length: int, junk: bytes, packed: bool, tmp_path: Path
) -> None:
    content = GOOD.encode()
    content = content[:at] + junk + content[at + length :]
    path = tmp_path / "damaged"
    path.write_bytes(gzip.compress(content) if packed else content)
    try:
        cohort = bw.read(path, unit="log2", duplicates="mean")
    except BulkwiseError:
        pass
    else:
        assert cohort.X.dtype == np.float32
        assert np.isfinite(cohort.X).all()
        assert cohort.obs_names.is_unique
        assert cohort.var_names.is_unique
