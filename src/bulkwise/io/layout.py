"""How a text matrix is laid out, told from its first lines."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection
from pathlib import Path

from bulkwise.checks.base import name_some
from bulkwise.checks.genes import TALLIES, looks_like_genes
from bulkwise.checks.labels import is_missing
from bulkwise.errors import InputError
from bulkwise.io.base import Layout

__all__ = ["sniff", "split_line"]

_SEPARATORS = ("\t", ",", ";", "|", " ")
_BOM = "\ufeff"
_LOOK_ROWS = 50
_SIZE = re.compile(r"[0-9]{1,10}")
_DIGITS = re.compile(r"[0-9]+")
_NUMBER = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*|\s*[-+]?(inf(inity)?|nan)\s*", re.I)
_NUMERIC_NOTES = frozenset(
    {
        "entrez", "entrezid", "entrezgene", "entrezgeneid", "geneid", "ensembl", "ensemblid",
        "ensemblgeneid", "ensgene", "hgncid", "chr", "chrom", "chromosome", "seqname", "start",
        "end", "strand", "length", "genelength", "exonlength", "effectivelength", "ncbigeneid",
        "txlength", "position", "locusid", "genestart", "geneend", "chromosomename",
    }
)  # fmt: skip
_ROW_NUMBER_NAMES = frozenset({"", "unnamed: 0", "index", "x", "...1", "row"})
_QUANTITIES = frozenset(
    {
        "tpm", "fpkm", "rpkm", "cpm", "numreads", "estcounts", "expectedcount", "count", "counts",
        "coverage", "unstranded", "strandedfirst", "strandedsecond", "tpmunstranded",
        "fpkmunstranded", "fpkmuqunstranded", "isopct", "efflength", "basemean", "log2foldchange",
        "logfc", "lfcse", "stat", "t", "b", "f", "lr", "logcpm", "aveexpr", "pvalue", "padj",
        "adjpval", "fdr", "qvalue", "adjustedpvalue",
    }
)  # fmt: skip


def split_line(line: str, separator: str) -> list[str]:
    """The fields of one line, quotes taken off, spaces around them dropped."""
    if '"' not in line:
        return [text.strip() for text in line.split(separator)]
    try:
        fields = next(csv.reader([line], delimiter=separator), [""])
    except csv.Error as error:
        raise InputError(
            f"Can't split the line that begins with {line[:40]!r} into fields ({error}); a quote "
            "may have been opened and never closed."
        ) from error
    return [text.strip() for text in fields]


def _decode(head: bytes, path: Path) -> list[str]:
    if b"\n" not in head and head.count(b"\r") > 1:
        raise InputError(
            f"Can't read {str(path)!r}: its lines end with CR alone (an old Mac format); save it "
            "with the line ends of Unix or Windows."
        )
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = head.decode("latin-1")
    return [line.rstrip("\r") for line in text.split("\n")]


def sniff(head: bytes, path: Path, *, samples: Collection[str] = (), whole: bool = True) -> Layout:
    """Tell the layout of a text matrix from its first bytes.

    Parameters
    ----------
    head
        The beginning of the file, uncompressed; several lines at least.
    path
        The file's name, for messages.
    samples
        Names of samples that are known from a sheet: a column called so holds numbers.
    whole
        Whether ``head`` is all of the file; otherwise its last, cut line is left out.

    Raises
    ------
    InputError
        If there is no header and row of the same number of fields, more than one and not all
        text.
    """
    lines = _decode(head, path)
    if not whole:
        lines = lines[:-1]
    if lines and re.match(r"#\d+\.\d+\s*$", lines[0]):
        return _sniff_gct(lines, path)
    at = _header_at(lines)
    rows = [line for line in lines[at + 1 :] if line.strip() and line[0] != "!"][: _LOOK_ROWS * 4]
    if at >= len(lines) or not rows:
        raise InputError(
            f"The file {str(path)!r} has no row of data below its header; expected a header and "
            "a row a gene or a sample."
        )
    separator = _separator(lines[at], rows[0], path)
    header = split_line(lines[at].removeprefix("#"), separator)
    table = [split_line(line, separator) for line in rows]
    if len(table[0]) == len(header) + 1:
        header = ["", *header]
    if len(table[0]) != len(header):
        raise InputError(
            f"Can't read {str(path)!r}: the header (line {at + 1}) has {len(header)} fields and "
            f"the first row of data has {len(table[0])}; expected the same number."
        )
    table = [row for row in table if len(row) == len(header)]
    n_lead, n_trail = _text_columns(header, table[:_LOOK_ROWS], samples, path)
    names_at = _names_at(header, table, n_lead)
    end = len(header) - n_trail
    if not set(header[n_lead:end]) & set(samples):
        _require_names(header[names_at], header[n_lead:end], table[0][names_at], at + 1, path)
        _require_samples(header[n_lead:end], path)
    return Layout(
        separator=separator,
        skip=at + 1,
        lead=tuple(header[:n_lead]),
        names_at=names_at,
        columns=header[n_lead:end],
        trail=tuple(header[end:]),
        first_rows=[row[names_at] for row in table],
        bytes_a_row=sum(len(row) + 1 for row in rows) / len(rows),
    )


def _header_at(lines: list[str]) -> int:
    """The first line that is neither empty nor a comment, or a comment that is the header.

    A line that begins with ``#`` is the header if the next one has as many fields, numbers for
    the most part.
    """
    at = 0
    while at < len(lines) and (not lines[at].strip() or lines[at][0] in "#!"):
        at += 1
    if 0 < at < len(lines) and lines[at - 1].startswith("#"):
        for separator in _SEPARATORS[:-1]:
            above, below = (split_line(line, separator) for line in lines[at - 1 : at + 1])
            numbers = sum(_is_number(cell) for cell in below[1:])
            if len(above) == len(below) > 1 and numbers > len(below[1:]) / 2:
                return at - 1
    return at


def _require_names(title: str, columns: list[str], row: str, line: int, path: Path) -> None:
    """Refuse a first line of data where the header should be."""
    if title == "" or not all(_is_number(name) for name in columns):
        return
    alike = _DIGITS.sub("0", title) == _DIGITS.sub("0", row) != row
    odd = len(set(columns)) < len(columns) or not all(map(_SIZE.fullmatch, columns))
    if looks_like_genes([title]) > 1 or title in TALLIES or alike or odd:
        raise InputError(
            f"Expected names of samples in line {line} of {str(path)!r}, got the numbers "
            f"{name_some(columns, 3)}: its header is missing; put a line with the names of the "
            "samples above."
        )


def _require_samples(columns: list[str], path: Path) -> None:
    """Refuse a table about genes whose columns aren't samples."""
    if len(columns) > 1 and {_plain(name) for name in columns} <= _QUANTITIES:
        raise InputError(
            f"The columns of {str(path)!r} ({name_some(columns)}) are properties of genes in one "
            "sample or comparison, and a matrix with a column a sample is expected; join the "
            "samples' values in one unit into a matrix."
        )


def _separator(header: str, row: str, path: Path) -> str:
    best, most = "", (0, 0)
    for separator in _SEPARATORS:
        above, below = len(split_line(header, separator)), len(split_line(row, separator))
        fits = above in {below, below - 1}
        if below > 1 and (above > 1 or fits) and (fits, below) > most:
            best, most = separator, (fits, below)
    if not best:
        raise InputError(
            f"Can't tell the columns of {str(path)!r}: its header and first row have no number of "
            "tabs, commas or semicolons in common; expected a table with a column of names and "
            "columns of numbers (take off a title above the header)."
        )
    if best == " " and ("  " in header.strip() or "  " in row.strip()):
        raise InputError(
            f"The columns of {str(path)!r} are parted by several spaces, which can't be told from "
            "an empty cell; save it with tabs or commas."
        )
    return best


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None


def _is_text(values: list[str]) -> bool:
    """Whether more than half of what isn't missing in a column is no number at all."""
    there = [value for value in values if not is_missing(value)]
    words = sum(not _is_number(value) for value in there)
    commas = sum(_is_number(value.replace(",", ".")) for value in there if "," in value)
    return words - commas > len(there) / 2


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _text_columns(
    header: list[str], table: list[list[str]], samples: Collection[str], path: Path
) -> tuple[int, int]:
    """How many columns before and after the numbers are names and notes."""
    known = set(samples)
    n_lead = 1
    while n_lead < len(header) and header[n_lead] not in known:
        values = [row[n_lead] for row in table]
        if not _is_text(values) and _plain(header[n_lead]) not in _NUMERIC_NOTES:
            break
        n_lead += 1
    n_trail = 0
    while len(header) - n_trail > n_lead:
        j = len(header) - n_trail - 1
        values = [row[j] for row in table]
        nothing = not header[j] and not any(values)
        if header[j] in known or not (nothing or _is_text(values)):
            break
        n_trail += 1
    if n_lead == len(header):
        raise InputError(
            f"No column of {str(path)!r} holds numbers (its columns: "
            f"{', '.join(map(repr, header[:6]))}); expected a matrix of expression."
        )
    return n_lead, n_trail


def _names_at(header: list[str], table: list[list[str]], n_lead: int) -> int:
    """1 if the first column is a mere row number and names come second."""
    if n_lead < 2 or header[0].lower() not in _ROW_NUMBER_NAMES:
        return 0
    numbers = [row[0] for row in table]
    counted = {str(i) for i in range(len(numbers))}, {str(i + 1) for i in range(len(numbers))}
    return 1 if set(numbers) in counted else 0


def _sniff_gct(lines: list[str], path: Path) -> Layout:
    version = lines[0].strip()
    if version not in {"#1.2", "#1.3"}:
        raise InputError(
            f"The GCT version {version!r} of {str(path)!r} isn't known; expected '#1.2' or '#1.3'."
        )
    sizes = lines[1].split() if len(lines) > 1 else []
    expected = 2 if version == "#1.2" else 4
    if len(sizes) < expected or not all(_SIZE.fullmatch(size) for size in sizes):
        raise InputError(
            f"The second line of {str(path)!r} should hold the {expected} sizes of a GCT file, got "
            f"{lines[1] if len(lines) > 1 else ''!r}; write the file again."
        )
    n_rows, n_columns = int(sizes[0]), int(sizes[1])
    n_row_notes, n_column_notes = (1, 0) if version == "#1.2" else (int(sizes[2]), int(sizes[3]))
    header = split_line(lines[2], "\t") if len(lines) > 2 else []
    n_lead = 1 + n_row_notes
    if len(header) != n_lead + n_columns:
        raise InputError(
            f"The second line of {str(path)!r} says {n_columns} columns of data and the header "
            f"(line 3) has {len(header) - n_lead}; the file was cut or changed: write it again."
        )
    first = 3 + n_column_notes
    if len(lines) <= first or not lines[first].strip():
        raise InputError(
            f"The GCT file {str(path)!r} says {n_rows} rows of data and has none; the file was "
            "cut: get it again."
        )
    notes = {}
    for line in lines[3:first]:
        fields = split_line(line, "\t")
        fields += [""] * (len(header) - len(fields))
        notes[fields[0]] = fields[n_lead : len(header)]
    rows = [line for line in lines[first:] if line.strip()][: _LOOK_ROWS * 4]
    return Layout(
        separator="\t",
        skip=first,
        lead=tuple(header[:n_lead]),
        names_at=0,
        columns=header[n_lead:],
        first_rows=[split_line(row, "\t")[0] for row in rows],
        column_notes=notes,
        n_rows=n_rows,
        genes_in="rows",
        bytes_a_row=sum(len(row) + 1 for row in rows) / len(rows),
    )
