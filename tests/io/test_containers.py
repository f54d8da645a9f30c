"""Parquet and h5ad files."""

from __future__ import annotations

import gzip
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from bulkwise.errors import InputError
from bulkwise.io.base import GenesIn, look_at
from bulkwise.io.containers import read_h5ad, read_parquet

X = np.arange(12, dtype=np.float64).reshape(3, 4)


def cohort(matrix: object = X) -> anndata.AnnData:
    made = anndata.AnnData(
        matrix,
        pd.DataFrame(
            {"label": pd.Categorical(["a", "b", "a"], categories=["a", "b", "unused"])},
            index=["S1", "S2", "S3"],
        ),
        pd.DataFrame({"entrez": ["1", "2", "3", "4"]}, index=["A", "B", "C", "D"]),
    )
    made.uns["unit"] = "tpm"
    made.uns["expected_counts"] = True
    made.uns["pca"] = {"variance": np.ones(2)}
    made.layers["raw"] = made.X
    return made


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.float16, np.int64, np.uint8])
def test_any_type_of_number_becomes_float32(tmp_path: Path, kind: type[np.generic]) -> None:
    cohort(X.astype(kind)).write_h5ad(tmp_path / "c.h5ad")
    matrix = read_h5ad(look_at(tmp_path / "c.h5ad"))
    assert matrix.X.dtype == np.float32
    np.testing.assert_array_equal(matrix.X, X)
    assert matrix.findings == {}


@pytest.mark.parametrize("form", [sparse.csr_matrix, sparse.csc_matrix])
def test_a_sparse_matrix_is_made_dense_and_that_is_said(tmp_path: Path, form: type) -> None:
    cohort(form(X)).write_h5ad(tmp_path / "c.h5ad")
    matrix = read_h5ad(look_at(tmp_path / "c.h5ad"))
    np.testing.assert_array_equal(matrix.X, X)
    assert "stored as sparse (92% of its values" in matrix.findings["made-dense"]


def test_what_is_kept_of_an_h5ad_file(tmp_path: Path) -> None:
    cohort().write_h5ad(tmp_path / "c.h5ad")
    matrix = read_h5ad(look_at(tmp_path / "c.h5ad"))
    assert matrix.samples == ["S1", "S2", "S3"]
    assert matrix.genes == list("ABCD")
    assert matrix.uns == {"unit": "tpm", "expected_counts": True}
    assert list(matrix.sample_notes["label"]) == ["a", "b", "a"]
    assert list(matrix.sample_notes["label"].categories) == ["a", "b"]  # type: ignore[attr-defined]
    assert list(matrix.gene_notes["entrez"]) == list("1234")


def test_an_h5ad_file_may_be_packed(tmp_path: Path) -> None:
    cohort().write_h5ad(tmp_path / "c.h5ad")
    packed = tmp_path / "c.h5ad.gz"
    packed.write_bytes(gzip.compress((tmp_path / "c.h5ad").read_bytes()))
    np.testing.assert_array_equal(read_h5ad(look_at(packed)).X, X)


def test_an_h5ad_file_of_text_is_refused(tmp_path: Path) -> None:
    import h5py

    cohort().write_h5ad(tmp_path / "c.h5ad")
    with h5py.File(tmp_path / "c.h5ad", "r+") as store:
        del store["X"]
        store["X"] = np.array([[b"a"]])
    with pytest.raises(InputError, match="expected numbers, samples x genes"):
        read_h5ad(look_at(tmp_path / "c.h5ad"))


def test_an_h5ad_file_whose_parts_disagree_is_refused(tmp_path: Path) -> None:
    import h5py

    cohort().write_h5ad(tmp_path / "c.h5ad")
    with h5py.File(tmp_path / "c.h5ad", "r+") as store:
        del store["X"]
        store["X"] = np.ones((3, 5))
    with pytest.raises(InputError, match=r"shape \(3, 5\), and .obs and .var have 3 and 4 rows"):
        read_h5ad(look_at(tmp_path / "c.h5ad"))


def frame() -> pd.DataFrame:
    return pd.DataFrame(X.T, index=list("ABCD"), columns=["S1", "S2", "S3"])


@pytest.mark.parametrize("genes_in", ["rows", "columns"])
@pytest.mark.parametrize("group", [2, 100])
def test_parquet_with_the_index_of_pandas(tmp_path: Path, genes_in: GenesIn, group: int) -> None:
    path = tmp_path / "m.parquet"
    frame().astype({"S2": "float32"}).to_parquet(path, row_group_size=group)
    matrix = read_parquet(look_at(path), lambda columns, rows: genes_in)
    values = matrix.X if genes_in == "rows" else matrix.X.T
    np.testing.assert_array_equal(values, X)
    assert (matrix.genes if genes_in == "rows" else matrix.samples) == list("ABCD")
    assert matrix.X.flags.c_contiguous


def test_parquet_with_columns_of_names_and_notes(tmp_path: Path) -> None:
    path = tmp_path / "m.parquet"
    table = frame().reset_index(names="gene")
    table.insert(1, "kind", pd.Categorical(["x", "y", "x", "y"]))
    table.to_parquet(path)
    asked = []

    def orient(columns: list[str], rows: list[str]) -> GenesIn:
        asked.append((columns, rows))
        return "rows"

    matrix = read_parquet(look_at(path), orient)
    assert asked == [(["S1", "S2", "S3"], list("ABCD"))]
    assert matrix.gene_notes == {"kind": ["x", "y", "x", "y"]}
    np.testing.assert_array_equal(matrix.X, X)


def test_parquet_missing_values_are_nan(tmp_path: Path) -> None:
    path = tmp_path / "m.parquet"
    table = frame().astype("Int64")
    table.iloc[1, 2] = pd.NA
    table.to_parquet(path)
    matrix = read_parquet(look_at(path), lambda columns, rows: "rows")
    assert np.argwhere(np.isnan(matrix.X)).tolist() == [[2, 1]]


def test_parquet_without_names_or_numbers_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.parquet"
    frame().reset_index(drop=True).to_parquet(path)
    with pytest.raises(InputError, match="no column of names"):
        read_parquet(look_at(path), lambda columns, rows: "rows")
    pd.DataFrame({"a": ["x"], "b": ["y"]}).to_parquet(path)
    with pytest.raises(InputError, match="holds numbers"):
        read_parquet(look_at(path), lambda columns, rows: "rows")
