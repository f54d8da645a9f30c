"""The sample sheet: read without touching a name, and joined to a matrix by name."""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from bulkwise.checks.base import name_some, refuse
from bulkwise.checks.samples import check_match, check_samples, r_mangled
from bulkwise.errors import InputError, SampleError
from bulkwise.io.base import InputFile, look_at, open_bytes, unchanged
from bulkwise.storage import PathLike

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Sheet", "Unmatched", "join", "read_sheet", "typed"]

Unmatched: TypeAlias = Literal["refuse", "drop"]

_SEPARATORS = ("\t", ",", ";", "|")
_MISSING = frozenset({"", "NA", "N/A", "#N/A", "NaN", "nan", "NULL", "null", "<NA>"})
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_LEADING_ZERO = re.compile(r"[-+]?0\d+")
_EXACT = 2**53
_LONGEST_SHEET = 1 << 28
_WIDEST_SHEET = 10_000


@dataclass(frozen=True)
class Sheet:
    """A sample sheet as text: every cell as it was written.

    Parameters
    ----------
    columns
        Name -> one value a row, in the order of the file. Texts, unless the sheet was a
        DataFrame.
    where
        What to call it in messages.
    """

    columns: dict[str, list[Any]]
    where: str

    def names(self, column: str) -> list[str]:
        """A column as names."""
        return [str(value).strip() for value in self.columns[column]]

    def best_column(self, samples: Sequence[str]) -> str:
        """The column that holds most of ``samples``; the first one where several do, or none."""
        wanted = set(samples)
        mangled = {r_mangled(name) for name in samples}
        best, most = next(iter(self.columns)), (0, 0)
        for column in self.columns:
            names = set(self.names(column))
            hits = len(names & wanted), sum(r_mangled(name) in mangled for name in names)
            if hits > most:
                best, most = column, hits
        return best

    def share(self, names: Sequence[str]) -> float:
        """The largest share of ``names`` that any column holds, as R may have changed them."""
        wanted = {r_mangled(name) for name in names}
        held = (
            len(wanted & {r_mangled(name) for name in self.names(column)})
            for column in self.columns
        )
        return max(held, default=0) / max(1, len(wanted))


def read_sheet(source: PathLike | pd.DataFrame) -> Sheet:
    """Read a sample sheet: csv or tsv (gzip'd or not), or a DataFrame.

    Raises
    ------
    InputError
        If it is broken, has no rows, or a row has another number of fields than the header.
    SampleError
        If two columns have the same name.
    """
    if hasattr(source, "columns") and hasattr(source, "index"):
        frame: Any = source
        first = "sample" if frame.index.name is None else str(frame.index.name)
        names = [str(column) for column in frame.columns]
        _refuse_twice([first, *names], "the sample sheet")
        columns = {first: frame.index.tolist()}
        columns |= {name: frame.iloc[:, j].tolist() for j, name in enumerate(names)}
        return Sheet(columns, "the sample sheet")
    file = look_at(source)
    if file.kind != "text":
        raise InputError(
            f"Expected a sample sheet (csv or tsv), got the {file.kind} file {str(file.path)!r}."
        )
    return _read_text(file)


def _read_text(file: InputFile) -> Sheet:
    where = f"the sample sheet {str(file.path)!r}"
    with open_bytes(file) as stream:
        raw = stream.read(_LONGEST_SHEET + 1)
    unchanged(file)
    if len(raw) > _LONGEST_SHEET:
        raise InputError(
            f"Expected {where} to be smaller than {_LONGEST_SHEET >> 20} MB, a row a sample; is "
            "it the matrix?"
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    rows, separator = _rows(text, where)
    if len(rows) < 2:
        raise InputError(f"There is no row below the header in {where}; expected a row a sample.")
    header = rows.pop(0)[1]
    if len(header) > _WIDEST_SHEET:
        raise InputError(
            f"There are {len(header):,} columns in {where}, and a sheet has {_WIDEST_SHEET:,} at "
            "most (a row a sample, a column a property); is it the matrix?"
        )
    if all(len(row) == len(header) + 1 for _, row in rows):
        header = ["sample", *header]
    while header[-1:] == [""] and not any("".join(row[len(header) - 1 :]) for _, row in rows):
        header = header[:-1]
        rows = [(line, row[: len(header)]) for line, row in rows]
    first = "row" if "sample" in header else "sample"
    header = [name or (f"column {j}" if j > 1 else first) for j, name in enumerate(header, 1)]
    _refuse_twice(header, where)
    for line, row in rows:
        if len(row) != len(header):
            raise InputError(
                f"Line {line} of {where} has {len(row)} fields and the header has {len(header)}; "
                f"put values that hold {separator!r} in quotes, or mend the line."
            )
    return Sheet({name: [row[j] for _, row in rows] for j, name in enumerate(header)}, where)


def _rows(text: str, where: str) -> tuple[list[tuple[int, list[str]]], str]:
    """The rows that aren't empty or comments, with their line numbers, and the separator."""
    lines = [line for line in text.splitlines() if line.strip()]
    at = next((i for i, line in enumerate(lines) if line[0] != "#"), 0)
    first = lines[at] if lines else ""
    separator = max(_SEPARATORS, key=first.count)
    header = lines[at - 1] if at else ""
    if re.match(r"#\w", header) and header.count(separator) == first.count(separator) > 0:
        text = text.replace(header, header[1:], 1)  # "#SampleID" names the columns
    stream = io.StringIO(text, newline="")
    try:
        reader = csv.reader(stream, delimiter=separator, skipinitialspace=True)
        rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error as error:
        raise InputError(
            f"Can't split {where} into fields ({error}); a quote may never be closed."
        ) from error
    return [(line, row) for line, row in rows if any(row) and row[0][:1] != "#"], separator


def _refuse_twice(header: list[str], where: str) -> None:
    twice = sorted(name for name, n in Counter(header).items() if n > 1)
    if twice:
        raise SampleError(
            f"Columns of {where} have the same name: {name_some(twice)}; rename or drop one."
        )


def typed(values: Sequence[Any]) -> Any:
    """A column as pandas should hold it.

    Texts that are all numbers become numbers (integers where none is missing), unless one has a
    leading zero, as ids do. Words for missing become NaN in a column of numbers and in one of
    text; the word ``None`` stays, because it may be a treatment.
    """
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        return values
    there = [value for value in values if value not in _MISSING]
    numeric = bool(there) and all(
        _NUMBER.fullmatch(value) and not _LEADING_ZERO.fullmatch(value) for value in there
    )
    if numeric and all(abs(float(value)) < _EXACT for value in there):
        if len(there) == len(values) and all(re.fullmatch(r"[-+]?\d+", v) for v in there):
            return [int(value) for value in values]
        return [math.nan if value in _MISSING else float(value) for value in values]
    return np.array([None if value in _MISSING else value for value in values], dtype=object)


def join(
    sheet: Sheet, samples: Sequence[str], *, unmatched: Unmatched = "refuse"
) -> tuple[list[int], dict[str, Any], str | None]:
    """Join a sheet to the samples of a matrix, by name and in the matrix's order.

    Parameters
    ----------
    sheet
        The sample sheet. The column that holds most of the samples names them.
    samples
        The matrix's sample names.
    unmatched
        ``"refuse"``: every sample must be in both; ``"drop"``: go on with those that are.

    Returns
    -------
    tuple
        Positions of the samples kept, columns (name -> one value a sample kept), and a sentence
        on what was dropped or None.

    Raises
    ------
    SampleError
        If names are duplicated in the sheet, none matches, or some don't and ``unmatched`` is
        ``"refuse"``.
    """
    if unmatched not in ("refuse", "drop"):
        raise InputError(f"Expected unmatched='refuse' or 'drop', got {unmatched!r}.")
    column = sheet.best_column(samples)
    names = sheet.names(column)
    where = f"{sheet.where} (column {column!r})"
    findings = check_match(samples, names, where=where)
    nothing = [finding for finding in findings if finding.code == "no-sample-matches"]
    refuse(nothing, SampleError)
    refuse(check_samples(names, where=where), SampleError)
    if unmatched == "refuse":
        refuse(findings, SampleError)
    row = {name: i for i, name in enumerate(names)}
    kept = [i for i, name in enumerate(samples) if name in row]
    order = [row[samples[i]] for i in kept]
    columns = {
        name: typed([values[i] for i in order])
        for name, values in sheet.columns.items()
        if name != column
    }
    said = "; ".join(finding.message.rsplit("; ", 1)[0] for finding in findings)
    return kept, columns, f"{said}; they were left out." if said else None
