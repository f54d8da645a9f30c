"""Tables of differential expression and lists of genes, ours or another program's."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bulkwise.checks.base import name_some
from bulkwise.errors import GeneError, InputError
from bulkwise.io.base import read_whole
from bulkwise.storage import PathLike, unguard_cell

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_changes"]

_LARGEST = 1 << 28  # bytes of text

_NAMES = {
    "gene": ("gene", "", "unnamed: 0", "symbol", "gene_name", "gene_id", "id", "row"),
    "log2_fold_change": ("log2_fold_change", "logfc", "log2foldchange"),
    "adjusted_p_value": ("adjusted_p_value", "adj.p.val", "padj", "fdr"),
    "statistic": ("statistic", "t", "stat"),
}


def read_changes(path: PathLike) -> pd.DataFrame:
    """Read a table of differential expression, or a list of genes.

    Parameters
    ----------
    path
        ``de.csv`` of ``bulkwise diff``; a csv or tsv of limma, edgeR or DESeq2 (``logFC``,
        ``adj.P.Val``, ``t``; ``log2FoldChange``, ``padj``, ``stat``; ``FDR``); or a text file
        with a gene a line. Gzip'd or not.

    Returns
    -------
    pandas.DataFrame
        ``gene``, and for a table also ``log2_fold_change``, ``adjusted_p_value`` and, where there
        is one, ``statistic``. Rows without an adjusted P-value are kept.

    Raises
    ------
    InputError
        If there is no such file, it is empty, a column is missing or holds text for numbers.
    GeneError
        If a gene of a table is there twice.
    """
    import pandas as pd

    path = Path(path)
    text = _text(path)
    lines = [line.strip().strip('"') for line in text.splitlines() if line.strip()]
    if not lines:
        raise InputError(f"{str(path)!r} is empty; expected a table or a list of genes.")
    separator = "\t" if "\t" in lines[0] else ","
    if separator not in lines[0]:
        skipped = lines[0].lower() in _NAMES["gene"]
        return pd.DataFrame({"gene": list(dict.fromkeys(lines[skipped:]))})
    try:
        table = pd.read_csv(io.StringIO(text), sep=separator, dtype=str, keep_default_na=False)
    except pd.errors.ParserError as error:
        raise InputError(
            f"Can't read {str(path)!r} as a table: {' '.join(str(error).split())}."
        ) from error
    if table.index.nlevels > 1:
        raise InputError(
            f"Can't read {str(path)!r} as a table: its rows have more cells than its heading."
        )
    if not isinstance(table.index, pd.RangeIndex):  # R writes no heading over the names of rows
        table = table.reset_index(names="gene")
    return _settle(table, path)


def _text(path: Path) -> str:
    raw = read_whole(path, "a table such as de.csv (or text with a gene a line)", _LARGEST)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"Can't read {str(path)!r}: expected text in UTF-8 (a table or a gene a line), got "
            "another encoding; save it as UTF-8."
        ) from error


def _settle(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    import pandas as pd

    there = {unguard_cell(str(name)).strip().lower(): name for name in reversed(table.columns)}
    found = {
        name: there[word]
        for name, words in _NAMES.items()
        for word in reversed(words)
        if word in there
    }
    lacking = [name for name in _NAMES if name not in found and name != "statistic"]
    if lacking:
        raise InputError(
            f"The table {str(path)!r} has no column {name_some(lacking)}; it has "
            f"{name_some(table.columns, 12)}; expected de.csv of `bulkwise diff`, or a table of "
            "limma, edgeR or DESeq2."
        )
    settled = pd.DataFrame({"gene": table[found["gene"]].map(unguard_cell).str.strip()})
    for name in ("log2_fold_change", "adjusted_p_value", "statistic"):
        if name in found:
            settled[name] = _numbers(table[found[name]], path, str(found[name]))
    settled = settled[settled["gene"] != ""].reset_index(drop=True)
    twice = settled["gene"][settled["gene"].duplicated()]
    if len(twice):
        raise GeneError(
            f"{len(twice):,} genes stand in {str(path)!r} more than once ({name_some(twice)}); "
            "keep one row for each."
        )
    return settled


def _numbers(
    cells: pd.Series, path: Path, name: str
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    import pandas as pd

    blank = cells.str.strip().str.lower().isin(["", "na", "nan"])
    values = pd.to_numeric(cells.where(~blank), errors="coerce")
    wrong = values.isna() & ~blank
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        raise InputError(
            f"The column {name!r} of {str(path)!r} holds {cells.iloc[first]!r} in row {first + 2}; "
            "expected a number."
        )
    return values.to_numpy(dtype=np.float64)
