"""Files of formats that aren't read here: what they are, by their first bytes, and what to do."""

from __future__ import annotations

import re

__all__ = ["foreign_format"]

_UNPACK = "unpack it or compress it with gzip"
_ARCHIVE = "unpack it and name the file inside"
_FROM_R = "write the matrix as tsv in R"
_PAGE = "download the file itself, not the page about it"
_UTF8 = "save it as UTF-8"
_MATRIX = "give the matrix itself"
_PARQUET = "write it as parquet, or as csv"
_TWICE = "unpack it once"
_COUNT = "count it into a matrix of genes and samples first"

_BYTES: tuple[tuple[bytes, str, str], ...] = (
    (b"\x1f\x8b", "compressed with gzip twice", _TWICE),
    (b"PK\x03\x04", "a zip archive or an Excel workbook", "unpack it, or save the sheet as csv"),
    (b"PK\x05\x06", "an empty zip archive", "make it again"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "save the sheet as csv"),
    (b"BZh", "compressed with bzip2", _UNPACK),
    (b"\xfd7zXZ", "compressed with xz", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", _UNPACK),
    (b"\x04\x22\x4d\x18", "compressed with lz4", _UNPACK),
    (b"\x1f\x9d", "compressed with compress (.Z)", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", _ARCHIVE),
    (b"Rar!\x1a\x07", "a rar archive", _ARCHIVE),
    (b"\xff\xfe\0\0", "text in UTF-32", _UTF8),
    (b"\0\0\xfe\xff", "text in UTF-32", _UTF8),
    (b"\xff\xfe", "text in UTF-16", _UTF8),
    (b"\xfe\xff", "text in UTF-16", _UTF8),
    (b"RDX", "an R workspace", _FROM_R),
    (b"RDA", "an R workspace", _FROM_R),
    (b"X\n\x00\x00", "an R object (rds)", _FROM_R),
    (b"A\n2\n", "an R object (rds)", _FROM_R),
    (b"A\n3\n", "an R object (rds)", _FROM_R),
    (b"ARROW1", "a feather (Arrow) file", _PARQUET),
    (b"FEA1", "a feather file", _PARQUET),
    (b"ORC", "an ORC file", _PARQUET),
    (b"\x93NUMPY", "a NumPy array, which has no names", "write it with its names as csv"),
    (b"SQLite format 3\0", "an SQLite database", "write the matrix as csv"),
    (b"MATLAB ", "a MATLAB file", "write the matrix as csv in MATLAB"),
    (b"\x89PNG", "a picture (png)", _MATRIX),
    (b"\xff\xd8\xff", "a picture (jpeg)", _MATRIX),
    (b"GIF8", "a picture (gif)", _MATRIX),
    (b"%PDF", "a PDF document", _MATRIX),
    (b"{\\rtf", "a text document (rtf)", "save it as plain text"),
    (b"BAM\1", "a BAM file of alignments", _COUNT),
    (b"CRAM", "a CRAM file of alignments", _COUNT),
    (b"\0\x05\x16\x07", "what macOS keeps beside a file", "name the file without '._' in front"),
)
_PICKLE = re.compile(rb"\x80[\x02-\x05]")
_JSON = re.compile(rb"\{\s*[\"}]|\[\s*([\[{\"\]]|-?\d)")
_TEXTS: tuple[tuple[bytes, str, str], ...] = (
    *(
        (start, "a web page", _PAGE)
        for start in (b"<!doctype", b"<html", b"<head", b"<body", b"<?xml", b"<!--", b"<error")
    ),
    (b"version https://git-lfs", "a Git LFS pointer", "fetch the file itself with git lfs pull"),
    (
        b"%%matrixmarket",
        "a sparse matrix without names (Matrix Market)",
        "join it with its genes and barcodes (scanpy.read_10x_mtx) and write h5ad",
    ),
    *(
        (start, "a SOFT file of GEO", "take the study's matrix of expression")
        for start in (b"^database", b"^series", b"^platform", b"^sample")
    ),
    (b"##fileformat=vcf", "a VCF file of variants", "give a matrix of expression"),
    (b"@hd\t", "a SAM file of alignments", _COUNT),
    (b"@sq\t", "a SAM file of alignments", _COUNT),
    (b">", "a FASTA file of sequences", _COUNT),
    (b"@relation", "an ARFF file", "write it as csv"),
    (b"[cel]", "the scan of one array (CEL)", "summarise the arrays into a matrix first"),
)


def foreign_format(head: bytes) -> tuple[str, str] | None:
    """What a file is, if it is none that is read here.

    Parameters
    ----------
    head
        Its first bytes (512 are enough), unpacked if it is compressed with gzip.

    Returns
    -------
    tuple or None
        What it is and what to do, as they stand in a sentence: ``"it is <what>; <remedy>."``.
        ``None`` for a table in text, and for what can't be told.

    Examples
    --------
    >>> foreign_format(b"<!DOCTYPE html>")[0]
    'a web page'
    """
    for start, what, remedy in _BYTES:
        if head.startswith(start):
            return what, remedy
    if _PICKLE.match(head):
        return "a Python pickle, which is never opened because that runs code", _PARQUET
    if head[257:262] == b"ustar":
        return "a tar archive", _ARCHIVE
    if _is_utf16(head):
        return "text in UTF-16", _UTF8
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for start, what, remedy in _TEXTS:
        if text.startswith(start):
            return what, remedy
    if _JSON.match(text):
        return "a JSON document", "write the table as csv or tsv"
    return None


def _is_utf16(head: bytes) -> bool:
    """Whether every second byte of the beginning is zero and the others aren't."""
    some = head[: len(head) // 2 * 2]
    for zeros, texts in ((some[1::2], some[::2]), (some[::2], some[1::2])):
        if len(some) >= 8 and not any(zeros) and all(texts):
            return True
    return False
