"""Parameters of an estimator: a number in its range, settings of the right class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from bulkwise.errors import InputError

__all__ = ["chosen", "instance", "weight", "weights_by_name"]

T = TypeVar("T")


def instance(owner: str, name: str, value: object, kind: type[T]) -> T:
    """A parameter that must be settings of a class, or an ``InputError``."""
    if isinstance(value, kind):
        return value
    room = kind.__module__.rsplit(".", 1)[0]
    raise InputError(
        f"The '{name}' parameter of {owner} must be {room}.{kind.__name__}(). Got {value!r} "
        "instead."
    )


def chosen(owner: str, name: str, value: str, known: Mapping[str, Any]) -> str:
    """A parameter that must be one of some words, or an ``InputError``."""
    if value in known:
        return value
    raise InputError(
        f"The '{name}' parameter of {owner} must be one of {sorted(known)}. Got {value!r} instead."
    )


def weight(owner: str, name: str, value: Any) -> float:
    """A parameter that must be a number of 0 or more, or an ``InputError``."""
    if _is_weight(value):
        return float(value)
    raise InputError(
        f"The '{name}' parameter of {owner} must be a float in the range [0, inf). Got {value!r} "
        "instead."
    )


def weights_by_name(
    owner: str, name: str, value: Mapping[str, float] | Sequence[float] | None, names: Sequence[str]
) -> list[float]:
    """A weight for each of some names, from a mapping or in order; ``None`` weighs them equally.

    Raises
    ------
    InputError
        If a name has no weight, or a weight no name.
    """
    if value is None:
        return [1 / len(names)] * len(names)
    fits = set(value) == set(names) if isinstance(value, Mapping) else len(value) == len(names)
    if fits:
        given = [value[one] for one in names] if isinstance(value, Mapping) else list(value)
        if all(map(_is_weight, given)):
            return [float(one) for one in given]
    raise InputError(
        f"The '{name}' parameter of {owner} must be None or a number of 0 or more for each of the "
        f"targets {list(names)}. Got {value!r} instead."
    )


def _is_weight(value: Any) -> bool:
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    return number and bool(0 <= value < np.inf)
