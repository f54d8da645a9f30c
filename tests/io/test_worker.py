"""What comes through the helper process is what its readers read."""

from __future__ import annotations

import errno
import io
import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest

import bulkwise as bw
from bulkwise.io import worker
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


def test_the_helper_answers_line_by_line_and_ends_with_its_input(tmp_path: Path) -> None:
    """Readiness, a question, facts, errors in words, and the exit code 0."""
    pd.DataFrame({"gene": ["A", "B"], "S1": [1.0, 2.0]}).to_parquet(tmp_path / "m.parquet")
    obs = pd.DataFrame({"age": pd.array([1, None], dtype="Int64"), "x": ["a", "b"]}, ["S", "T"])
    cohort = anndata.AnnData(np.ones((2, 1), np.float32), obs, uns={"unit": "tpm", "note": "n"})
    cohort.write_h5ad(tmp_path / "c.h5ad")
    (tmp_path / "broken.h5ad").write_bytes(b"\x89HDF\r\n\x1a\nand then nothing")

    def request(name: str, folder: Path) -> str:
        about = {**asdict(look_at(tmp_path / name)), "path": str(tmp_path / name)}
        return json.dumps(
            {"file": about, "from": str(Path.cwd()), "folder": str(folder), "memory": 1 << 31}
        )

    lines = [
        request("m.parquet", tmp_path),
        json.dumps({"genes_in": "rows"}),
        request("c.h5ad", tmp_path),
        request("broken.h5ad", tmp_path),
    ]
    done = subprocess.run(
        [sys.executable, "-P", "-m", "bulkwise.io.worker"],
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
    )
    ready, asked, parquet, h5ad, broken = map(json.loads, done.stdout.splitlines())
    assert done.returncode == 0
    assert ready == {"ready": True}
    assert asked == {"ask": {"columns": ["S1"], "rows": ["A", "B"]}}
    assert parquet["facts"]["genes"] == ["A", "B"]
    assert h5ad["facts"]["uns"] == {"unit": "tpm", "note": "n"}
    assert "it is damaged" in broken["error"]


def test_what_does_not_fit_is_said_by_the_helper(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    anndata.AnnData(np.ones((2, 1), np.float32), uns={"unit": "tpm"}).write_h5ad(tmp_path / "c")
    about = {**asdict(look_at(tmp_path / "c")), "path": str(tmp_path / "c")}
    asked = {"file": about, "from": str(Path.cwd()), "folder": str(tmp_path), "memory": 1 << 40}

    def fail_with(error: Exception) -> None:
        def keep(*_: object) -> None:
            raise error

        monkeypatch.setattr(worker, "_keep", keep)

    monkeypatch.setattr(worker, "_bound_memory", lambda n_bytes: None)
    fail_with(MemoryError())
    assert "more memory than there is free" in worker._serve(asked, io.StringIO())["error"]
    fail_with(OSError(errno.ENOSPC, "full"))
    assert "temporary files" in worker._serve(asked, io.StringIO())["error"]
    fail_with(OSError(errno.EIO, "broken disk"))
    with pytest.raises(OSError, match="broken disk"):
        worker._serve(asked, io.StringIO())


@pytest.mark.real
def test_a_real_cohort(data_folder: Path) -> None:
    file = look_at(data_folder / "metastasis" / "gse7390.h5ad")
    _same(read_container(file, _never), read_h5ad(file))
    assert bw.read(file.path).shape == (198, 76)


def _never(columns: list[str], rows: list[str]):
    raise AssertionError("an h5ad file has its genes in columns")
