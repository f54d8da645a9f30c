"""Files of other kinds than a matrix of expression: read rightly, or one sentence with a remedy."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anndata
import h5py
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import scipy.sparse as sp

import bulkwise as bw
from bulkwise.errors import InputError
from bulkwise.io import read_changes, read_gmt, read_sheet

GENES = ["TP53", "MYC", "EGFR", "ACTB", "GAPDH", "VIM"]
SAMPLES = ["S1", "S2", "S3", "S4"]
FRAME = pd.DataFrame(
    np.random.default_rng(0).normal(5, 1, (6, 4)).round(2), pd.Index(GENES, name="gene"), SAMPLES
)
TSV = FRAME.to_csv(sep="\t")


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def same(cohort: anndata.AnnData) -> None:
    """The cohort is FRAME."""
    assert cohort.var_names.tolist() == GENES
    assert cohort.obs_names.tolist() == SAMPLES
    np.testing.assert_allclose(cohort.X, FRAME.to_numpy().T, rtol=1e-6)


READ = {
    "Windows line ends": TSV.replace("\n", "\r\n"),
    "a byte-order mark": "\ufeff" + TSV,
    "R's write.table": TSV.replace("gene\t", "", 1),
    "R's write.table with its quotes": FRAME.to_csv(sep=" ", quoting=2).replace('"gene" ', "", 1),
    "single spaces": FRAME.to_csv(sep=" "),
    "bars": FRAME.to_csv(sep="|"),
    "comments above": "# made by a program\n# on a day\n" + TSV,
    "a header behind a hash": "#" + TSV,
    "a comment and a header behind a hash": "# by, a program\n#" + TSV,
    "a series matrix of GEO": (
        f'!Series_title\t"x"\n!Sample\ta\tb\n!series_matrix_table_begin\n{TSV}'
        "!series_matrix_table_end\n"
    ),
    "empty lines above": "\n\n" + TSV,
    "a tab behind every line": TSV.replace("\n", "\t\n"),
    "row numbers before the names": FRAME.reset_index().to_csv(),
    "gzip": gzip.compress(TSV.encode()),
    "gzip in two members": gzip.compress(TSV[:50].encode()) + gzip.compress(TSV[50:].encode()),
}


@pytest.mark.parametrize("case", READ)
def test_a_table_in_another_form_is_read(case: str, tmp_path: Path) -> None:
    cohort = bw.read(write(tmp_path / "matrix.txt", READ[case]), unit="log2")
    same(cohort)
    assert "findings" not in cohort.uns


def quantified(columns: str) -> str:
    """What a quantifier writes of one sample."""
    return f"gene\tlength\t{columns}\n" + "".join(f"{g}\t1\t2.5\t3\t4\n" for g in GENES)


TEXTS = {
    "compressed with bzip2": (bz2.compress(TSV.encode()), "bzip2.*unpack it"),
    "compressed with xz": (lzma.compress(TSV.encode()), "xz.*unpack it"),
    "gzip of gzip": (gzip.compress(gzip.compress(TSV.encode())), "gzip twice.*unpack it once"),
    "a web page in gzip": (gzip.compress(b"\n<!doctype html>404"), "a web page.*download"),
    "JSON": (json.dumps(FRAME.to_dict()), "a JSON document.*as csv or tsv"),
    "UTF-16 without its mark": (TSV.encode("utf-16-le"), "UTF-16.*save it as UTF-8"),
    "a header only": ("gene\tS1\tS2", "no row of data below its header"),
    "a word": ("Not Found\n", "no row of data"),
    "several spaces": (TSV.replace("\t", "   "), "parted by several spaces.*tabs or commas"),
    "a printed data frame": (FRAME.to_string(), "parted by several spaces"),
    "a line break in a quoted name": (
        FRAME.to_csv().replace("MYC,", '"MYC\nalias",'),
        "Line 3 .* a line break",
    ),
    "a title above the header": ("My results\n" + TSV, "take off a title"),
    "no header, decimals": (
        TSV.split("\n", 1)[1],
        r"names of samples in line 1.*header is missing",
    ),
    "no header, one column of counts": (
        "".join(f"{gene}\t{i}\n" for i, gene in enumerate(GENES)),
        "header is missing",
    ),
    "no header, ids of no kind": ("G001\t1\t5\nG002\t3\t4\nG003\t0\t9\n", "header is missing"),
    "STAR's table of one sample": (
        "N_unmapped\t1\t2\t3\nN_ambiguous\t4\t5\t6\nTP53\t1\t2\t3\n",
        "header is missing",
    ),
    "Salmon": (quantified("EffectiveLength\tTPM\tNumReads"), "properties of genes in one sample"),
    "kallisto": (quantified("eff_length\test_counts\ttpm"), "properties of genes in one sample"),
    "RSEM": (quantified("expected_count\tTPM\tFPKM"), "properties of genes in one sample"),
    "differential expression": (
        quantified("logFC\tP.Value\tadj.P.Val"),
        "properties of genes in one sample or comparison",
    ),
    "the long form": (
        FRAME.melt(ignore_index=False).reset_index().to_csv(index=False),
        r"a row for each gene and each 'variable'.*table\.pivot",
    ),
    "end of file of DOS": (TSV + "\x1a", "Line 8 .* has 1 fields"),
}


@pytest.mark.parametrize("case", TEXTS)
def test_what_is_no_matrix_gets_a_sentence_with_a_remedy(case: str, tmp_path: Path) -> None:
    content, message = TEXTS[case]
    with pytest.raises(InputError, match=message) as caught:
        bw.read(write(tmp_path / "matrix.tsv", content), unit="log2")
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


def test_names_of_samples_that_are_numbers_are_read(tmp_path: Path) -> None:
    rows = "".join(f"{gene}\t1\t2\t3\n" for gene in GENES)
    path = tmp_path / "m.tsv"
    for header in ("gene\t1\t2\t3", "\t1\t2\t3", "ID\t101\t102\t103", "1\t2\t3"):
        assert bw.read(write(path, f"{header}\n{rows}"), unit="log2").n_obs == 3
    sheet = write(tmp_path / "s.csv", "sample,label\n1.1,a\n1.2,b\n2.1,a\n")
    cohort = bw.read(write(path, f"gene\t1.1\t1.2\t2.1\n{rows}"), samples=sheet, unit="log2")
    assert cohort.obs_names.tolist() == ["1.1", "1.2", "2.1"]


def test_the_reads_of_no_gene_are_left_out_and_told(tmp_path: Path) -> None:
    tallies = "__no_feature\t9\t9\t9\t9\nN_unmapped\t8\t8\t8\t8\n"
    head, rest = TSV.split("\n", 1)
    for text in (TSV + tallies, f"{head}\n{tallies}{rest}"):
        cohort = bw.read(write(tmp_path / "m.tsv", text), unit="log2")
        same(cohort)
        assert (
            "'__no_feature', 'N_unmapped' count reads" in cohort.uns["findings"]["tallies-dropped"]
        )


def test_long_tables_are_not_confused_with_doubled_genes_of_one_sample(tmp_path: Path) -> None:
    text = "gene\tchromosome\tS1\nA\tX\t1.5\nA\tY\t2.5\nB\tX\t3.5\n"
    cohort = bw.read(write(tmp_path / "m.tsv", text), unit="log2", duplicates="mean")
    assert cohort.X.tolist() == [[2.0, 3.5]]


def h5ad(path: Path, X: Any) -> Path:
    obs = pd.DataFrame({"label": pd.Categorical(list("abab"), ["a", "b", "c"])}, index=SAMPLES)
    cohort = anndata.AnnData(X, obs, pd.DataFrame(index=GENES), uns={"unit": "log2"})
    cohort.layers["other"] = np.ones((4, 6))
    cohort.raw = cohort.copy()
    cohort.obsm["X_pca"] = np.ones((4, 2))
    cohort.write_h5ad(path)
    return path


def wide(X: sp.csr_matrix) -> sp.csr_matrix:
    X.indices, X.indptr = X.indices.astype(np.int64), X.indptr.astype(np.int64)
    return X


@pytest.mark.parametrize(
    "make",
    [
        lambda X: X,
        lambda X: X.astype(np.float32),
        sp.csr_matrix,
        sp.csc_matrix,
        lambda X: wide(sp.csr_matrix(X)),
    ],
    ids=["float64", "float32", "csr", "csc", "csr of 64 bits"],
)
def test_an_h5ad_of_any_type_with_layers_and_raw(make: Callable[..., Any], tmp_path: Path) -> None:
    X = make(FRAME.to_numpy().T)
    cohort = bw.read(h5ad(tmp_path / "c.h5ad", X))
    same(cohort)
    assert cohort.obs["label"].cat.categories.tolist() == ["a", "b"]
    assert not cohort.layers
    assert ("made-dense" in cohort.uns.get("findings", {})) == sp.issparse(X)


@pytest.mark.parametrize("kind", ["int64", "float16", "uint8"])
def test_an_h5ad_of_whole_numbers_or_halves(kind: str, tmp_path: Path) -> None:
    cohort = bw.read(h5ad(tmp_path / "c.h5ad", FRAME.to_numpy().T.round().astype(kind)))
    assert cohort.X.dtype == np.float32
    np.testing.assert_array_equal(cohort.X, FRAME.to_numpy().T.round())


STORES = {
    "10x Genomics": (["matrix/barcodes", "matrix/data"], r"10x Genomics.*scanpy\.read_10x_h5"),
    "loom": (["matrix", "row_attrs/Gene", "col_attrs/CellID"], r"loom.*read_loom"),
    "MuData": (["mod/rna", "obs/x", "var/x"], "MuData.*modality"),
    "AnnData without X": (["obs/x", "var/x", "layers/counts"], r"layer wanted into \.X"),
    "ARCHS4": (["data/expression", "meta/genes"], "an HDF5 file without 'X'.*write_h5ad"),
}


@pytest.mark.parametrize("case", STORES)
def test_another_store_in_hdf5_is_named(case: str, tmp_path: Path) -> None:
    names, message = STORES[case]
    with h5py.File(tmp_path / "store.h5", "w") as store:
        for name in names:
            store[name] = [1.0, 2.0]
    with pytest.raises(InputError, match=message):
        bw.read(tmp_path / "store.h5")


PARQUET: dict[str, Callable[[Path], Any]] = {
    "an index": FRAME.to_parquet,
    "a column of names": FRAME.reset_index().to_parquet,
    "row numbers kept as the index": lambda path: FRAME.reset_index().to_parquet(path, index=True),
    "samples in rows": FRAME.T.to_parquet,
    "an index of categories": FRAME.set_axis(pd.CategoricalIndex(GENES)).to_parquet,
}


@pytest.mark.parametrize("case", PARQUET)
def test_a_parquet_file_in_another_form_is_read(case: str, tmp_path: Path) -> None:
    PARQUET[case](tmp_path / "m.parquet")
    same(bw.read(tmp_path / "m.parquet", unit="log2"))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"S1": ["1.5"] * 6}, r"'S1' \(string\).*as floats or integers"),
        ({"S1": [[1.0, 2.0]] * 6}, r"list<.*as floats or integers"),
        ({"S1": [1.0, None, 1, 1, 1, 1]}, "1 of 6 values are missing"),
    ],
    ids=["text", "lists", "nulls"],
)
def test_a_parquet_file_without_numbers(columns: dict[str, Any], message: str, tmp_path: Path):
    pq.write_table(pa.table({"gene": GENES, **columns}), tmp_path / "m.parquet")
    with pytest.raises(InputError, match=message):
        bw.read(tmp_path / "m.parquet", unit="log2")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("matrix.mtx.gz", r"scanpy\.read_10x_mtx"),
        (".zgroup", "zarr store"),
        ("bundle.json", "a model, which `bulkwise predict` takes"),
        ("other.tsv", "name the file inside it"),
    ],
)
def test_a_folder_is_told_apart(name: str, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("x")
    with pytest.raises(InputError, match=rf"Expected a file, got the folder .*{message}"):
        bw.read(tmp_path, unit="log2")


def test_paths_that_the_system_refuses(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for read in (read_gmt, read_sheet, read_changes, lambda path: bw.read(path, unit="log2")):
        with pytest.raises(InputError, match="Too many levels of symbolic links"):
            read(tmp_path / "loop")
        with pytest.raises(InputError, match="File name too long"):
            read(tmp_path / ("x" * 300))
        with pytest.raises(InputError, match="a part of its path is a file"):
            read(write(tmp_path / "file", "x") / "inside")


@pytest.mark.parametrize("read", [read_gmt, read_sheet, read_changes])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04 a workbook", "an Excel workbook"),
        (b"<html><body>Sign in", "a web page"),
        (b'{"S1": 1}', "a JSON document"),
        (b"\x80\x04\x95pickle\n", "never opened because that runs code"),
        (b"ab\0\1cd", "binary data"),
        (gzip.compress(b"a\tb\tc\n" * 99)[:-9], "ends too early"),
    ],
    ids=["workbook", "page", "JSON", "pickle", "binary", "cut"],
)
def test_sheets_lists_and_gene_sets_of_another_kind(
    read: Callable[[Path], object], content: bytes, message: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=message):
        read(write(tmp_path / "file.txt", content))


def test_a_matrix_given_for_gene_sets(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"hold numbers .* for genes.*is it a matrix"):
        read_gmt(write(tmp_path / "m.gmt", TSV))


def test_a_sheet_with_comments_or_its_header_behind_a_hash(tmp_path: Path) -> None:
    plain = "sample,label\nS1,a\nS2,b\n"
    for text in (plain, "#" + plain, "# by a program\n" + plain, "# one\n\n# two\n" + plain):
        assert read_sheet(write(tmp_path / "s.csv", text)).columns == {
            "sample": ["S1", "S2"],
            "label": ["a", "b"],
        }


def test_a_table_of_genes_in_gzip_whatever_its_name(tmp_path: Path) -> None:
    table = "gene,logFC,adj.P.Val\nTP53,1.5,0.01\n"
    for name in ("de.csv", "de.csv.gz", "de"):
        found = read_changes(write(tmp_path / name, gzip.compress(table.encode())))
        assert found["log2_fold_change"].tolist() == [1.5]


def test_a_file_that_another_program_writes_to_is_named_so(tmp_path: Path) -> None:
    path = tmp_path / "busy.h5ad"
    anndata.AnnData(np.ones((3, 2), np.float32)).write_h5ad(path)
    hold = "import sys, h5py; f = h5py.File(sys.argv[1], 'a'); print('open', flush=True); input()"
    other = subprocess.Popen(
        [sys.executable, "-c", hold, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "open\n"
    try:
        with pytest.raises(InputError, match="another program has it open to write to it; close"):
            bw.read(path, unit="log2")
    finally:
        other.communicate("\n")
    assert bw.read(path, unit="log2").shape == (3, 2)
