"""Text matrices, gzip'd or not, streamed in blocks of lines.

One thread unpacks, two parse, and the calling thread puts the numbers of each block into their
place in the result, so that at any time there is one matrix and a few blocks. A block's names are
cut off its lines; what is left is numbers and separators, which Arrow turns into float32 at once:
the separators are taken out, and their places become the offsets of an array of strings.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bulkwise import memory
from bulkwise.checks.labels import MISSING_WORDS
from bulkwise.errors import InputError
from bulkwise.io.base import GenesIn, InputFile, Layout, Matrix, Orient, open_bytes, unchanged

__all__ = ["read_text"]

S = TypeVar("S")
T = TypeVar("T")

_BLOCK = 1 << 18
_LONGEST_LINE = 1 << 28
_PARSERS = 2
_IN_FLIGHT = 3
_MARGIN = 1.03
_MOST_GZIP = 1032
_NEWLINE = 10
_ODD_NUMBER = re.compile(r"\s*[-+]?\d{1,3}(,\d+)+(\.\d+)?\s*|\s*[-+]?\d*,\d+(e[-+]?\d+)?\s*", re.I)


@dataclass(frozen=True)
class _Block:
    """Some rows, parsed: ``values`` is rows x columns, ``notes`` a list of texts a row."""

    names: list[str]
    notes: list[list[str]]
    values: NDArray[np.float32]
    lines: list[int]


def read_text(file: InputFile, layout: Layout, orient: Orient) -> Matrix:
    """Read a text matrix.

    Parameters
    ----------
    file
        The file, looked at.
    layout
        Where things are in it.
    orient
        Asked once, with the names of the columns and of the first rows, where the genes are.

    Returns
    -------
    Matrix
        Samples x genes, whichever way round the file is. Missing cells (empty, ``NA``, ``NULL``
        and the like) are NaN.

    Raises
    ------
    InputError
        If a cell holds text or a decimal comma, a row has another number of fields than the
        header, the file is cut, or it was changed while it was read.
    """
    genes_in = layout.genes_in or orient(layout.columns, layout.first_rows)
    sink = _Sink(len(layout.columns), _guess_rows(file, layout), genes_in == "rows")
    names: list[str] = []
    lines: list[int] = []
    notes: list[list[str]] = []
    parse = _Parser(file, layout)
    with open_bytes(file) as stream:
        blocks = _in_parallel(parse, _line_blocks(stream, file))
        with closing(blocks):
            for block in blocks:
                sink.put(block.values)
                names += block.names
                lines += block.lines
                notes += block.notes
    unchanged(file)
    if layout.n_rows is not None and len(names) != layout.n_rows:
        raise InputError(
            f"The second line of {str(file.path)!r} says {layout.n_rows} rows of data, and there "
            f"are {len(names)}; the file was cut or changed: get it again."
        )
    return _assemble(layout, genes_in, sink.finish(), names, lines, notes)


def _assemble(
    layout: Layout,
    genes_in: GenesIn,
    X: NDArray[np.float32],
    names: list[str],
    lines: list[int],
    notes: list[list[str]],
) -> Matrix:
    titles = [*layout.lead, *layout.trail]
    row_notes = {
        title: [row[j] for row in notes]
        for j, title in enumerate(titles)
        if j != layout.names_at and title
    }
    if layout.names_at:
        row_notes.pop(layout.lead[0], None)
    columns = list(layout.columns)
    if genes_in == "rows":
        return Matrix(X, columns, names, layout.column_notes, dict(row_notes), lines, "rows")
    places = [len(layout.lead) + j + 1 for j in range(len(columns))]
    return Matrix(X, names, columns, dict(row_notes), {}, places, "columns")


def _guess_rows(file: InputFile, layout: Layout) -> int:
    """About how many rows a file has, a little more rather than less."""
    size = file.size
    if file.gzipped:
        with file.path.open("rb") as handle:
            handle.seek(-4, 2)
            size = min(int.from_bytes(handle.read(4), "little"), file.size * _MOST_GZIP)
    guess = int(size / layout.bytes_a_row * _MARGIN) + 16
    return guess if layout.n_rows is None else min(guess, layout.n_rows)


class _Sink:
    """Rows in, samples x genes out, in one allocation if the guess of their number is right.

    What isn't written to costs no memory, so the guess may be somewhat too large.
    """

    def __init__(self, n_columns: int, guess: int, transpose: bool) -> None:
        self._transpose = transpose
        self._n_columns = n_columns
        self._n = 0
        self._X = self._empty(guess)

    def _empty(self, n_rows: int) -> NDArray[np.float32]:
        shape = (self._n_columns, n_rows) if self._transpose else (n_rows, self._n_columns)
        memory.require(
            4 * n_rows * self._n_columns,
            f"A matrix of about {n_rows:,} rows and {self._n_columns:,} columns",
            "read fewer samples or use a larger machine",
        )
        return np.empty(shape, dtype=np.float32)

    def put(self, rows: NDArray[np.float32]) -> None:
        end = self._n + len(rows)
        if self._transpose:
            if end > self._X.shape[1]:
                larger = self._empty(end + end // 2)
                larger[:, : self._n] = self._X[:, : self._n]
                self._X = larger
            self._X[:, self._n : end] = rows.T
        else:
            if end > len(self._X):
                larger = self._empty(end + end // 2)
                larger[: self._n] = self._X[: self._n]
                self._X = larger
            self._X[self._n : end] = rows
        self._n = end

    def finish(self) -> NDArray[np.float32]:
        """The matrix, its rows moved together in place."""
        if not self._transpose:
            return self._X[: self._n]
        n, flat = self._n, self._X.reshape(-1)
        if n < self._X.shape[1]:
            for i in range(1, self._n_columns):
                flat[i * n : (i + 1) * n] = self._X[i, :n]
        return flat[: self._n_columns * n].reshape(self._n_columns, n)


def _line_blocks(stream: BinaryIO, file: InputFile) -> Iterator[tuple[int, bytes]]:
    """Whole lines, a quarter of a megabyte or more at a time, with the number of the first one."""
    line = 1
    parts: list[bytes] = []
    while data := stream.read(_BLOCK):
        cut = data.rfind(b"\n")
        if cut < 0:
            parts.append(data)
            if len(parts) * _BLOCK > _LONGEST_LINE:
                raise InputError(
                    f"Line {line} of {str(file.path)!r} is longer than {_LONGEST_LINE >> 20} MB; "
                    "expected a matrix with a line a gene or a sample."
                )
            continue
        block = b"".join([*parts, data[:cut]])
        parts = [data[cut + 1 :]]
        yield line, block
        line += block.count(b"\n") + 1
    if any(parts):
        yield line, b"".join(parts)


def _in_parallel(work: Callable[[S], T], items: Iterator[S]) -> Generator[T, None, None]:
    """``map(work, items)`` in order, with the items made ahead in one thread and the work in two.

    Few items are in flight at a time. On an error nothing more is started.
    """
    end = object()
    with ThreadPoolExecutor(1) as maker, ThreadPoolExecutor(_PARSERS) as workers:
        try:
            coming: deque[Future[Any]] = deque()
            working: deque[Future[T]] = deque()
            for _ in range(2):
                coming.append(maker.submit(next, items, end))
            while True:
                item = coming.popleft().result()
                if item is end:
                    break
                coming.append(maker.submit(next, items, end))
                working.append(workers.submit(work, item))
                if len(working) >= _IN_FLIGHT:
                    yield working.popleft().result()
            while working:
                yield working.popleft().result()
        finally:
            maker.shutdown(wait=True, cancel_futures=True)
            workers.shutdown(wait=True, cancel_futures=True)


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8").strip()
    except UnicodeDecodeError:
        return raw.decode("latin-1").strip()


class _Parser:
    """Parses blocks of lines of one file."""

    def __init__(self, file: InputFile, layout: Layout) -> None:
        self._path = str(file.path)
        self._layout = layout
        self._separator = layout.separator.encode()
        self._n_lead = len(layout.lead)
        self._n_trail = len(layout.trail)
        sep = re.escape(self._separator)
        self._field = re.compile(
            rb' *"((?:[^"]|"")*)" *(?:%b|$)|([^%b]*)(?:%b|$)' % (sep, sep, sep)
        )

    def __call__(self, numbered: tuple[int, bytes]) -> _Block:
        first, block = numbered
        if b"\r" in block:
            block = block.replace(b"\r\n", b"\n").rstrip(b"\r")
        names, notes, numbers, lines = [], [], [], []
        nothing = self._separator + b" \t"
        for at, line in enumerate(block.split(b"\n"), first):
            if at <= self._layout.skip or line[:1] == b"!" or not line.strip(nothing):
                continue
            texts, rest = self._peel(line, at)
            names.append(texts[self._layout.names_at])
            notes.append(texts if len(texts) > 1 else [])
            numbers.append(rest)
            lines.append(at)
        return _Block(names, notes, self._parse(numbers, names, lines), lines)

    def _peel(self, line: bytes, at: int) -> tuple[list[str], bytes]:
        """Cut the names and notes off a line."""
        if line[:1] == b'"' or (self._n_lead > 1 and b'"' in line):
            fields, start = [], 0
            for _ in range(self._n_lead):
                found = self._field.match(line, start)
                if found is None:
                    raise self._ragged(line, at, 0)
                quoted, plain = found.groups()
                fields.append(plain if quoted is None else quoted.replace(b'""', b'"'))
                start = found.end()
            rest = line[start:]
        else:
            *fields, rest = line.split(self._separator, self._n_lead)
            if len(fields) != self._n_lead:
                raise self._ragged(line, at, 0)
        if self._n_trail:
            rest, *after = rest.rsplit(self._separator, self._n_trail)
            fields += [text.strip(b' "') for text in after]
            if len(fields) != self._n_lead + self._n_trail:
                raise self._ragged(line, at, 0)
        return [_text(field) for field in fields], rest

    def _parse(
        self, numbers: list[bytes], names: list[str], lines: list[int]
    ) -> NDArray[np.float32]:
        n_rows, n_columns = len(numbers), len(self._layout.columns)
        if n_rows == 0:
            return np.empty((0, n_columns), dtype=np.float32)
        body = b"\n".join([*numbers, b""])
        if b'"' in body:
            body = body.replace(b'"', b"")
        raw = np.frombuffer(body, dtype=np.uint8)
        ends = np.flatnonzero((raw == self._separator[0]) | (raw == _NEWLINE))
        n = n_rows * n_columns
        if len(ends) != n or not (raw[ends[n_columns - 1 :: n_columns]] == _NEWLINE).all():
            self._complain_of_ragged(numbers, names, lines)
        offsets = np.zeros(n + 1, dtype=np.int32)
        np.subtract(ends, np.arange(n), out=offsets[1:], casting="unsafe")
        digits = body.translate(None, self._separator + b"\n")
        texts = pa.StringArray.from_buffers(n, pa.py_buffer(offsets), pa.py_buffer(digits))
        try:
            values = texts.cast(pa.float32())
        except pa.ArrowInvalid:
            values = self._parse_slowly(texts, names, lines)
        return np.asarray(values.to_numpy(zero_copy_only=False)).reshape(n_rows, n_columns)

    def _parse_slowly(self, texts: Any, names: list[str], lines: list[int]) -> Any:
        """Cells with spaces around them or words for missing; or name the cell that has text."""
        texts = pc.ascii_trim_whitespace(texts)
        words = pa.array(sorted(MISSING_WORDS))
        gone = pc.is_in(pc.ascii_lower(texts), value_set=words)
        texts = pc.if_else(gone, pa.scalar("nan"), texts)
        try:
            return texts.cast(pa.float32())
        except pa.ArrowInvalid:
            low, high = 0, len(texts)
            while high - low > 1:
                middle = (low + high) // 2
                try:
                    texts[low:middle].cast(pa.float32())
                    low = middle
                except pa.ArrowInvalid:
                    high = middle
            row, column = divmod(low, len(self._layout.columns))
            raise self._bad_cell(
                _text(texts[low].as_buffer().to_pybytes()),
                lines[row],
                names[row],
                self._layout.columns[column],
            ) from None

    def _bad_cell(self, text: str, line: int, name: str, column: str) -> InputError:
        remedy = "mend the cell, or leave it empty if it is missing"
        if _ODD_NUMBER.fullmatch(text):
            remedy = (
                "it has a decimal comma or a comma between thousands: write numbers with a point"
            )
        elif text.startswith("#"):
            remedy = "it is a spreadsheet's error: mend its formula, or leave the cell empty"
        return InputError(
            f"Expected a number in line {line} (row {name!r}), column {column!r} of "
            f"{self._path!r}, got {text!r}; {remedy}."
        )

    def _complain_of_ragged(self, numbers: list[bytes], names: list[str], lines: list[int]) -> None:
        """Name the first row with another number of fields, or its quoted cell with a comma."""
        columns = self._layout.columns
        for rest, name, at in zip(numbers, names, lines, strict=True):
            if rest.count(self._separator) == len(columns) - 1:
                continue
            try:
                fields = next(csv.reader([_text(rest)], delimiter=self._layout.separator), [""])
            except csv.Error:  # a carriage return or a field without end inside the line
                fields = []
            if len(fields) == len(columns):
                for text, column in zip(fields, columns, strict=True):
                    if self._layout.separator in text:
                        raise self._bad_cell(text, at, name, column)
            raise self._ragged(rest, at, self._n_lead + self._n_trail)

    def _ragged(self, rest: bytes, at: int, peeled: int) -> InputError:
        expected = self._n_lead + len(self._layout.columns) + self._n_trail
        got = rest.count(self._separator) + 1 + peeled
        return InputError(
            f"Line {at} of {self._path!r} has {got} fields and the header has {expected}; the "
            f"file was cut or changed, or a name holds the separator {self._layout.separator!r} or "
            "a line break."
        )
