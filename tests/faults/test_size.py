"""Files that are far too wide, too long or too many of one kind end in a sentence, soon."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

import bulkwise as bw
from bulkwise.errors import InputError
from bulkwise.io import genesets, read_gmt, read_sheet


def test_a_sheet_of_a_million_columns(tmp_path: Path) -> None:
    header = ",".join(f"c{i}" for i in range(1_000_000))
    (tmp_path / "wide.csv").write_text(f"sample,{header}\ns0,{header}\n")
    with pytest.raises(InputError, match=r"1,000,001 columns .* is it the matrix\?"):
        read_sheet(tmp_path / "wide.csv")


def test_a_matrix_of_a_million_columns(tmp_path: Path) -> None:
    header = ",".join(f"G{i}" for i in range(1_000_000))
    row = ",".join(["1"] * 1_000_000)
    (tmp_path / "wide.csv").write_text(f"sample,{header}\ns0,{row}\ns1,{row}\n")
    cohort = bw.read(tmp_path / "wide.csv", unit="log2", genes_in="columns")
    assert cohort.shape == (2, 1_000_000)


def test_a_gene_set_of_a_million_genes_and_a_million_names_alike(tmp_path: Path) -> None:
    genes = "\t".join(f"G{i}" for i in range(1_000_000))
    (tmp_path / "wide.gmt").write_text(f"SET\t\t{genes}\n")
    assert len(read_gmt(tmp_path / "wide.gmt")["SET"]) == 1_000_000
    (tmp_path / "long.gmt").write_text("".join(f"SET\t\tG{i}\n" for i in range(50_000)))
    sets = read_gmt(tmp_path / "long.gmt")
    assert len(sets) == 50_000
    assert sets["SET (50000)"] == ("G49999",)


def test_a_gene_set_called_like_a_numbered_one(tmp_path: Path) -> None:
    (tmp_path / "s.gmt").write_text("A (2)\t\tX\nA\t\tY\nA\t\tZ\nA\t\tY\n")
    sets = read_gmt(tmp_path / "s.gmt")
    assert dict(sets) == {"A (2)": ("X",), "A": ("Y",), "A (3)": ("Z",)}


def test_a_gene_set_file_that_unpacks_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(genesets, "_LARGEST", 1 << 20)
    (tmp_path / "bomb.gmt.gz").write_bytes(gzip.compress(b"SET\t\tTP53\n" * 200_000))
    with pytest.raises(InputError, match="more than 1 MB"):
        read_gmt(tmp_path / "bomb.gmt.gz")


def test_a_pipe_is_no_gene_set_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.gmt")
    with pytest.raises(InputError, match="a pipe or a device"):
        read_gmt(tmp_path / "pipe.gmt")
