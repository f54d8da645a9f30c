"""Several targets at once: their names, their labels, and what of them is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bulkwise.errors import InputError, SampleError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["plain_labels", "target_columns", "target_names"]

Array = NDArray[Any]


def target_names(y: Any) -> list[str] | None:
    """The targets' names, if ``y`` is a DataFrame.

    Parameters
    ----------
    y
        Labels: one a sample, or samples x targets.

    Raises
    ------
    InputError
        If two targets have the same name, or there is none.
    SampleError
        Names the target and the first sample without a label.
    """
    if not hasattr(y, "columns"):
        return None
    names = [str(name) for name in y.columns]
    if len(set(names)) < len(names) or not names:
        raise InputError(
            f"The targets must have names of their own, at least one; got the columns {names}."
        )
    for number, name in enumerate(names):
        missing = y.iloc[:, number].isna().to_numpy()
        if missing.any():
            raise SampleError(
                f"The target {name!r} has no label for {int(missing.sum())} of {len(y)} samples "
                f"({str(y.index[missing.argmax()])!r} for one); every sample needs a label of "
                "every target: leave those samples out, or that target."
            )
    return names


def target_columns(y: Array, names: Sequence[str] | None) -> dict[str, Array]:
    """Target -> label of each sample.

    Parameters
    ----------
    y
        One label a sample, or samples x targets.
    names
        From :func:`target_names`; without them the targets are called ``"0"``, ``"1"``, ...

    Examples
    --------
    >>> target_columns(np.array([["liver", "normal"], ["lung", "tumour"]]), None)["1"].tolist()
    ['normal', 'tumour']
    """
    table = y.reshape(len(y), -1)
    found = [str(number) for number in range(table.shape[1])] if names is None else names
    return {name: plain_labels(column) for name, column in zip(found, table.T, strict=True)}


def plain_labels(y: Array) -> Array:
    """Labels of one kind as an array of that kind, not of objects."""
    if y.dtype != object:
        return y
    kinds = {type(value) for value in y}
    if kinds <= {str, np.str_}:
        return y.astype(str)
    return np.array(y.tolist()) if len(kinds) == 1 else y
