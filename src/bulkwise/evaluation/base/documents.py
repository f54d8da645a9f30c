"""Between results and their files: dataclasses as JSON has them, and tables read back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import numpy as np
import pandas as pd

from bulkwise.errors import InputError
from bulkwise.storage import unguard_cell

__all__ = ["plain", "read_figures", "read_table", "restored"]

T = TypeVar("T")


def plain(value: Any) -> Any:
    """Dataclasses, tuples and NaN into what JSON has."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value


def restored(kind: type[T], value: Any) -> T:
    """What :func:`plain` was given: a dataclass, a tuple or a dictionary of them, by its type."""
    return cast(T, _typed(kind, value))


def read_table(path: Path) -> pd.DataFrame:
    """A table of predictions, its cells as they were before they were guarded for a spreadsheet.

    Raises
    ------
    InputError
        If there is no such file.
    """
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except FileNotFoundError as error:
        raise InputError(f"There is no file {str(path)!r}; make the results again.") from error
    except pd.errors.EmptyDataError:
        return pd.DataFrame()
    table.columns = [unguard_cell(name) for name in table.columns]
    for column in table.columns:
        if column == "repeat":
            table[column] = table[column].astype(np.int64)
        elif column.startswith("p("):
            table[column] = table[column].replace("", "nan").astype(np.float64)
        else:
            table[column] = table[column].map(unguard_cell)
    return table


def read_figures(path: Path, words: Collection[str]) -> pd.DataFrame:
    """A table of figures: some columns as text, whatever they hold, the others with NaN for gaps.

    Raises
    ------
    OSError
        If there is no such file.
    """
    try:
        numbers = [name for name in pd.read_csv(path, nrows=0).columns if name not in words]
    except pd.errors.EmptyDataError:
        return pd.DataFrame()
    table = pd.read_csv(
        path,
        dtype=dict.fromkeys(words, str),
        keep_default_na=False,
        na_values={name: [""] for name in numbers},
    )
    for name in table.columns.difference(numbers):
        table[name] = table[name].map(unguard_cell)
    return table


def _typed(kind: Any, value: Any) -> Any:
    """The inverse of :func:`plain` for an annotated type."""
    origin, inner = get_origin(kind), get_args(kind)
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        return kind(**{f.name: _typed(hints[f.name], value[f.name]) for f in fields(kind)})
    if origin is tuple:
        return tuple(_typed(inner[0], item) for item in value)
    if origin is dict:
        return {key: _typed(inner[1], item) for key, item in value.items()}
    if origin in (Union, UnionType):
        return None if value is None else _typed(inner[0], value)
    if kind is float:
        return float("nan") if value is None else float(value)
    return value
