"""What a file is by its first bytes."""

from __future__ import annotations

import pytest

from bulkwise.checks.formats import foreign_format

TAR = bytes(257) + b"ustar\x0000"


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (b"\x1f\x8b\x08\x00", "gzip twice"),
        (b"PK\x03\x04\x14", "zip archive or an Excel"),
        (b"PK\x05\x06\x00", "empty zip"),
        (b"\xd0\xcf\x11\xe0", "old Excel"),
        (b"BZh91AY", "bzip2"),
        (b"\xfd7zXZ\x00", "xz"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"\x04\x22\x4d\x18", "lz4"),
        (b"\x1f\x9d\x90", r"compress \(.Z\)"),
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b"Rar!\x1a\x07\x01", "rar"),
        ("gene\tS1\n".encode("utf-32"), "UTF-32"),
        ("\ufeffgene\tS1\n".encode("utf-32-be"), "UTF-32"),
        ("gene\tS1\n".encode("utf-16"), "UTF-16"),
        ("gene\tS1\n".encode("utf-16-le"), "UTF-16"),
        ("gene\tS1\n".encode("utf-16-be"), "UTF-16"),
        (b"RDX3\nX\n", "R workspace"),
        (b"RDA3\nA\n", "R workspace"),
        (b"X\n\x00\x00\x00\x03", r"R object \(rds\)"),
        (b"A\n3\n262401\n", r"R object \(rds\)"),
        (b"A\n2\n197888\n", r"R object \(rds\)"),
        (b"ARROW1\x00\x00", r"feather \(Arrow\)"),
        (b"FEA1\x00", "feather"),
        (b"ORC\x11", "ORC"),
        (b"\x93NUMPY\x01\x00", "NumPy"),
        (b"SQLite format 3\x00", "SQLite"),
        (b"MATLAB 5.0 MAT-file", "MATLAB"),
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"\xff\xd8\xff\xe0", "jpeg"),
        (b"GIF89a", "gif"),
        (b"%PDF-1.7", "PDF"),
        (b"{\\rtf1\\ansi", "rtf"),
        (b"BAM\x01", "BAM"),
        (b"CRAM\x03", "CRAM"),
        (b"\x00\x05\x16\x07\x00\x02", "macOS"),
        (b"\x80\x04\x95\x10", "pickle"),
        (TAR, "tar archive"),
        (b"\n <!DOCTYPE HTML>", "web page"),
        (b"\xef\xbb\xbf<HTML lang=en>", "web page"),
        (b"<head><title>", "web page"),
        (b"<body>404", "web page"),
        (b"<?xml version='1.0'?><Error>", "web page"),
        (b"<!-- a comment -->", "web page"),
        (b"<Error><Code>NoSuchKey", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
        (b"%%MatrixMarket matrix coordinate", "Matrix Market"),
        (b"^DATABASE = GeoMiame", "SOFT"),
        (b"^SERIES = GSE1", "SOFT"),
        (b"^PLATFORM = GPL1", "SOFT"),
        (b"^SAMPLE = GSM1", "SOFT"),
        (b"##fileformat=VCFv4.2", "VCF"),
        (b"@HD\tVN:1.6", "SAM"),
        (b"@SQ\tSN:chr1", "SAM"),
        (b">seq1\nACGT", "FASTA"),
        (b"@relation x", "ARFF"),
        (b"[CEL]\nVersion=3", "CEL"),
        (b'{"gene": 1}', "JSON"),
        (b"{}", "JSON"),
        (b'[\n {"gene"', "JSON"),
        (b"[1, 2]", "JSON"),
        (b"[-1]", "JSON"),
        (b"[[1]]", "JSON"),
        (b"[]", "JSON"),
    ],
)
def test_a_format_that_is_not_read_is_named(head: bytes, what: str) -> None:
    import re

    named = foreign_format(head)
    assert named is not None
    assert re.search(what, named[0])
    assert not named[1].endswith(".")


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"gene\tS1\tS2\nTP53\t1\t2\n",
        b"\xef\xbb\xbfgene,S1\n",
        b"#1.2\n3\t4\n",
        b'!Series_title\t"x"\n',
        b"[gene],S1\n",
        b"<NA>\tS1\n",
        b"{gene}\tS1\n",
        b"\x80 uro\tS1\n",
        b"\x00\x01\x00\x01\x02\x03\x04\x05",
        b"@S1\tS2\n",
    ],
)
def test_a_table_is_not_foreign(head: bytes) -> None:
    assert foreign_format(head) is None
