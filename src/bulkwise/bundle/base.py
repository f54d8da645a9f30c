"""What a bundle may hold: plain values as JSON, arrays apart, nothing that runs.

A value becomes JSON as it is (null, true, 1, 0.5, "text", a list) or an object with one of a
few kinds: ``array`` (a key into the arrays, with type and shape), ``values`` (an array of text
or of mixed scalars), ``number`` (not finite), ``tuple``, ``dict`` and ``object`` (an estimator or
its settings, by the name of its class).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from hashlib import sha256
from typing import Any, TypeAlias

import numpy as np

from bulkwise.errors import BundleError

__all__ = ["Array", "Arrays", "Document", "Nested", "hashed", "member", "pack", "unpack"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Arrays: TypeAlias = "dict[str, Array]"
Document: TypeAlias = "dict[str, Any]"
Nested: TypeAlias = "Callable[[Any, str, Arrays], Any]"

_DEEPEST = 32
_SCALARS = (bool, int, float, str)
_NUMBERS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
_DTYPES = frozenset(
    ["bool", "float16", "float32", "float64"]
    + [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
)


def pack(value: Any, where: str, arrays: Arrays, nested: Nested) -> Any:
    """Turn a value into what JSON can hold; its arrays go into ``arrays``.

    Parameters
    ----------
    value
        A parameter or a fitted attribute.
    where
        Its place, ``"steps/1/coef_"``: the key of its array, and its name in an error.
    arrays
        Filled with the arrays met.
    nested
        Packs an estimator or settings that stand in the value.

    Raises
    ------
    BundleError
        If it holds something else; the message names the place.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return {"kind": "number", "value": str(value)}
    if value is None or isinstance(value, _SCALARS):
        return value
    if isinstance(value, np.ndarray):
        return _pack_array(value, where, arrays)
    if isinstance(value, list | tuple):
        items = [pack(item, f"{where}/{i}", arrays, nested) for i, item in enumerate(value)]
        return items if isinstance(value, list) else {"kind": "tuple", "items": items}
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        packed = {k: pack(item, f"{where}/{k}", arrays, nested) for k, item in value.items()}
        return {"kind": "dict", "items": packed}
    if isinstance(value, dict):
        pairs = [
            [pack(side, f"{where}/{i}", arrays, nested) for side in pair]
            for i, pair in enumerate(value.items())
        ]
        return {"kind": "pairs", "items": pairs}
    if hasattr(value, "get_params") and not isinstance(value, type):
        return nested(value, where, arrays)
    raise BundleError(
        f"A bundle can't hold {where}: expected numbers, text, arrays, or lists and dicts of "
        f"these, got {type(value).__module__}.{type(value).__qualname__}; give it a plain value "
        "(an integer for a random_state)."
    )


def unpack(document: Any, where: str, arrays: Arrays, nested: Nested, depth: int = 0) -> Any:
    """Turn what :func:`pack` made back into the value; takes its arrays out of ``arrays``.

    Raises
    ------
    BundleError
        If the document isn't one that :func:`pack` makes.
    """
    if depth > _DEEPEST:
        raise BundleError(f"The bundle is nested too deeply at {where}.")
    if document is None or isinstance(document, _SCALARS):
        return document
    if isinstance(document, list):
        return [unpack(item, where, arrays, nested, depth + 1) for item in document]
    kind = member(document, "kind", str, where)
    if kind == "array":
        return _unpack_array(document, where, arrays)
    if kind == "values":
        return _unpack_values(document, where)
    if kind == "object":
        return nested(document, where, arrays)
    if kind == "number" and document.get("value") in _NUMBERS:
        return _NUMBERS[document["value"]]
    items = member(document, "items", dict if kind == "dict" else list, where)
    if kind == "dict":
        return {k: unpack(item, where, arrays, nested, depth + 1) for k, item in items.items()}
    if kind == "tuple":
        return tuple(unpack(items, where, arrays, nested, depth + 1))
    if kind == "pairs":
        return dict(unpack(items, where, arrays, nested, depth + 1))
    raise BundleError(f"The bundle holds something of an unknown kind, {kind!r}, at {where}.")


def member(document: Any, key: str, kind: type, where: str) -> Any:
    """A member of a JSON object, which must be there and of this type.

    Raises
    ------
    BundleError
        If it isn't.
    """
    value = document.get(key) if isinstance(document, dict) else None
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise BundleError(
            f"The bundle is damaged at {where}: expected {key!r} to be of type {kind.__name__}, "
            f"got {type(value).__name__}."
        )
    return value


def hashed(salt: str, name: object) -> str:
    """A name that can be recognised but not read, 32 hexadecimal digits."""
    return sha256(f"{salt}\0{str(name).strip()}".encode()).hexdigest()[:32]


def _pack_array(value: Array, where: str, arrays: Arrays) -> Document:
    if value.dtype.name in _DTYPES:
        columns = bool(value.flags.f_contiguous and not value.flags.c_contiguous)
        native = value.T if columns else value
        arrays[where] = np.array(native, dtype=value.dtype.newbyteorder("="), order="C")
        return {
            "kind": "array",
            "key": where,
            "dtype": value.dtype.name,
            "shape": list(value.shape),
            "by_columns": columns,  # products with it round as before
        }
    items = value.tolist()
    if value.ndim == 1 and all(item is None or isinstance(item, _SCALARS) for item in items):
        text = "text" if value.dtype.kind in "UT" else "object"
        return {"kind": "values", "dtype": text, "items": items}
    raise BundleError(
        f"A bundle can't hold {where}: expected an array of numbers or of text, got type "
        f"{value.dtype} and {value.ndim} dimensions."
    )


def _unpack_array(document: Document, where: str, arrays: Arrays) -> Array:
    key = member(document, "key", str, where)
    declared = member(document, "dtype", str, where), member(document, "shape", list, where)
    if key not in arrays:
        raise BundleError(f"The bundle lacks the array {key!r} of {where}, or names it twice.")
    by_columns = member(document, "by_columns", bool, where)
    array = arrays.pop(key).T if by_columns else arrays.pop(key)
    if (array.dtype.name, list(array.shape)) != declared:
        raise BundleError(
            f"The array {key!r} of the bundle isn't what was declared: expected type "
            f"{declared[0]} and shape {declared[1]}, got {array.dtype} and {list(array.shape)}."
        )
    return array


def _unpack_values(document: Document, where: str) -> Array:
    items = member(document, "items", list, where)
    if not all(item is None or isinstance(item, _SCALARS) for item in items):
        raise BundleError(f"The bundle is damaged at {where}: expected text or numbers.")
    if document.get("dtype") == "text":
        return np.array([str(item) for item in items], dtype=np.str_)
    values = np.empty(len(items), dtype=object)
    values[:] = items
    return values
