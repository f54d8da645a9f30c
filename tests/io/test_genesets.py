from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from bulkwise.errors import InputError
from bulkwise.io.genesets import GeneSets, read_gene_list, read_gmt


def _codes(sets: GeneSets) -> list[str]:
    return [finding.code for finding in sets.findings]


@pytest.fixture
def gmt(tmp_path: Path) -> Path:
    return tmp_path / "my.library.gmt"


def test_a_plain_file(gmt: Path) -> None:
    gmt.write_text("A set\thttp://a\tTP53\tMYC\nB\t\tEGFR\n")
    sets = read_gmt(gmt)
    assert dict(sets) == {"A set": ("TP53", "MYC"), "B": ("EGFR",)}
    assert sets.descriptions == {"A set": "http://a"}
    assert sets.name == "my.library"
    assert sets.findings == ()
    assert len(sets) == 2
    assert "2 sets of 3 genes" in repr(sets)


def test_what_real_files_do_is_survived(gmt: Path) -> None:
    gmt.write_bytes(
        b"\xef\xbb\xbf#source\r\n"
        b"A\tna\tTP53\tMYC\t\t\t\r\n"
        b"\r\n   \r\n"
        b'"B"\t\t TP53 \tTP53\t"MYC"\r\n'
        b"C\t\tEGFR,1.0\tKRAS,-2e-3\r\n"
        b"D\tnothing\t\t\r\n"
        b"D2\r\n"
        b"\tx\tTP53\r\n"
        b"A\tna\tMYC\tTP53\r\n"
        b"A\tna\tBRAF\r\n"
        b"A\tna\tBRAF\r"
        b"E\t\tNRAS"
    )
    sets = read_gmt(gmt, name="mine")
    assert dict(sets) == {
        "A": ("TP53", "MYC"),
        "B": ("TP53", "MYC"),
        "C": ("EGFR", "KRAS"),
        "A (2)": ("BRAF",),
        "E": ("NRAS",),
    }
    assert sets.name == "mine"
    found = {finding.code: finding.items for finding in sets.findings}
    assert found == {
        "nameless-sets": ("9",),
        "empty-sets": ("D", "D2"),
        "repeated-sets": ("A", "A"),
        "renamed-sets": ("A (2)",),
    }


def test_gzip_latin1_and_utf16(gmt: Path) -> None:
    gmt.write_bytes(gzip.compress("Sjögren\t\tTP53\n".encode()))
    assert list(read_gmt(gmt)) == ["Sjögren"]
    gmt.write_bytes("Sjögren\t\tTP53\n".encode("latin-1"))
    sets = read_gmt(gmt)
    assert list(sets) == ["Sjögren"]
    assert _codes(sets) == ["not-utf8"]
    gmt.write_bytes("A\t\tTP53\n".encode("utf-16"))
    assert dict(read_gmt(gmt)) == {"A": ("TP53",)}


@pytest.mark.parametrize(
    "line", ["A set  na  TP53  MYC", "A http://x TP53 MYC", "A  NA  TP53  MYC", "A na TP53 MYC"]
)
def test_spaces_for_tabs_are_read_where_it_is_plain(gmt: Path, line: str) -> None:
    gmt.write_text(f"{line}\n")
    sets = read_gmt(gmt)
    assert next(iter(sets.values())) == ("TP53", "MYC")
    assert _codes(sets) == ["spaces-for-tabs"]


def test_spaces_for_tabs_are_refused_where_it_is_a_guess(gmt: Path) -> None:
    gmt.write_text("A\t\tTP53\nCell cycle TP53 MYC\n")
    with pytest.raises(InputError, match=r"Line 2 of .* has no tab .*save the file with tabs"):
        read_gmt(gmt)


def test_a_missing_description_column_is_noticed(gmt: Path) -> None:
    genes = [f"G{i}" for i in range(12)]
    rows = ["\t".join([f"S{i}", *genes[i:], *genes[:i]]) for i in range(12)]
    gmt.write_text("\n".join(rows))
    sets = read_gmt(gmt)
    assert sets["S3"][0] == "G3"
    assert all(len(members) == 12 for members in sets.values())
    assert _codes(sets) == ["no-descriptions"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no gene sets"),
        (b"\n\n", "no gene sets"),
        (b"A\t\t\n", "no gene sets"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"PK\x03\x04\x00\x00", "a zip archive"),
        (b"\x1f\x8b\x08\x00broken", "ends too early"),
    ],
)
def test_what_is_no_gmt_is_refused(gmt: Path, content: bytes, message: str) -> None:
    gmt.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_gmt(gmt)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file"):
        read_gmt(tmp_path / "none.gmt")
    with pytest.raises(InputError, match="is a folder"):
        read_gmt(tmp_path)


@pytest.mark.real
@pytest.mark.parametrize(
    ("file", "sets", "genes"),
    [
        ("GO_Biological_Process_2021", 6036, 14_937),
        ("KEGG_2021_Human", 320, 8078),
        ("MSigDB_Hallmark_v7.0", 50, 4384),
        ("ReactomePathways", 2444, 11_201),
        ("ChEA_2016_dedup", 307, 20_163),
    ],
)
def test_real_libraries(data_folder: Path, file: str, sets: int, genes: int) -> None:
    library = read_gmt(data_folder / "genesets" / f"{file}.gmt")
    assert len(library) == sets
    assert len(set().union(*library.values())) == genes
    assert [f for f in library.findings if f.level == "warning"] == []


def test_a_list_of_genes_is_read_from_lines_or_from_a_gmt(tmp_path: Path) -> None:
    lines = tmp_path / "genes.tsv"
    lines.write_text("symbol\tscore\nTP53\t1\n# a remark\nGAPDH\t2\n")
    assert read_gene_list(lines) == ["TP53", "GAPDH"]
    sets = tmp_path / "sets.gmt"
    sets.write_text("one\t\tTP53\tMYC\ntwo\t\tMYC\tEGFR\n")
    assert read_gene_list(sets) == ["TP53", "MYC", "EGFR"]
    with pytest.raises(InputError, match="Can't read validated genes"):
        read_gene_list(tmp_path / "none.txt", what="validated genes")
