"""What comes through the helper process is what its readers read."""

from __future__ import annotations

from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest

import bulkwise as bw
from bulkwise.io.base import Matrix, look_at
from bulkwise.io.containers import read_h5ad, read_parquet
from bulkwise.io.quarantine import read_container


def _same(one: Matrix, other: Matrix) -> None:
    assert one.X.dtype == other.X.dtype == np.float32
    np.testing.assert_array_equal(one.X, other.X)
    for part in ("samples", "genes", "gene_places", "genes_in", "uns", "findings"):
        assert getattr(one, part) == getattr(other, part), part
    for ours, theirs in (
        (one.sample_notes, other.sample_notes),
        (one.gene_notes, other.gene_notes),
    ):
        assert list(ours) == list(theirs)
        for name in ours:
            assert isinstance(ours[name], list) == isinstance(theirs[name], list)
            left, right = pd.Series(ours[name]), pd.Series(theirs[name])
            pd.testing.assert_series_equal(left, right, check_dtype=left.dtype != object)


def test_every_kind_of_column_of_an_h5ad_file(tmp_path: Path) -> None:
    obs = pd.DataFrame(
        {
            "label": pd.Categorical(["b", "a", None], categories=["b", "unused", "a"]),
            "order": pd.Categorical(["low", "high", "low"], ["low", "high"], ordered=True),
            "age": [1, 2, 3],
            "share": [0.5, np.nan, 2.0],
            "flag": [True, False, True],
            "text": ["x", "=1+1", "ü"],
            "maybe": pd.array([1, None, 3], dtype="Int64"),
        },
        index=["S1", "S2", "S3"],
    )
    var = pd.DataFrame({"entrez": ["1", "02"]}, index=["A", "B"])
    cohort = anndata.AnnData(np.arange(6.0).reshape(3, 2), obs, var, uns={"unit": "tpm"})
    cohort.write_h5ad(tmp_path / "c.h5ad")
    file = look_at(tmp_path / "c.h5ad")
    _same(read_container(file, _never), read_h5ad(file))


@pytest.mark.parametrize("genes_in", ["rows", "columns"])
def test_the_asker_says_which_way_round_a_parquet_file_is(tmp_path: Path, genes_in: str) -> None:
    frame = pd.DataFrame({"name": ["A", "B"], "note": ["x", None], "S1": [1.0, 2.0], "S2": [3, 4]})
    frame.to_parquet(tmp_path / "m.parquet")
    file = look_at(tmp_path / "m.parquet")
    asked = []

    def orient(columns: list[str], rows: list[str]):
        asked.append((columns, rows))
        return genes_in

    _same(read_container(file, orient), read_parquet(file, orient))
    assert asked == [(["S1", "S2"], ["A", "B"])] * 2


@pytest.mark.real
def test_a_real_cohort(data_folder: Path) -> None:
    file = look_at(data_folder / "metastasis" / "gse7390.h5ad")
    _same(read_container(file, _never), read_h5ad(file))
    assert bw.read(file.path).shape == (198, 76)


def _never(columns: list[str], rows: list[str]):
    raise AssertionError("an h5ad file has its genes in columns")
