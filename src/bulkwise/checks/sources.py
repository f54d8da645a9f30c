"""Whether the target varies within each source: where it doesn't, the source gives it away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bulkwise.checks.base import Finding

__all__ = ["check_target_by_source"]

_SHOWN = 5


def check_target_by_source(
    labels: Sequence[str] | NDArray[Any],
    sources: Sequence[str] | NDArray[Any],
    *,
    target: str,
    source: str,
) -> list[Finding]:
    """Name the sources in which all samples have the same label.

    Parameters
    ----------
    labels, sources
        One entry a sample.
    target, source
        Their columns, for the message.

    Returns
    -------
    list of Finding
        One warning, or none. Nothing is said where there is one source only.

    Examples
    --------
    >>> found = check_target_by_source(["a", "b", "a"], ["X", "X", "Y"], target="t", source="s")
    >>> found[0].items
    ('Y',)
    """
    label, place = np.asarray(labels, dtype=str), np.asarray(sources, dtype=str)
    names = np.unique(place)
    constant = [name for name in names if len(np.unique(label[place == name])) == 1]
    if len(names) < 2 or not constant:
        return []
    listed = ", ".join(
        f"{str(name)!r} ({int((place == name).sum())} samples, all {str(label[place == name][0])!r})"
        for name in constant[:_SHOWN]
    )
    more = len(constant) - _SHOWN
    return [
        Finding(
            "target-constant-in-source",
            "warning",
            f"The target {target!r} is constant in {len(constant)} of {len(names)} values of "
            f"{source!r}: {listed}{f' and {more} more' if more > 0 else ''}; there a model is right "
            "if it knows the source, so look at the figures of the others alone.",
            tuple(map(str, constant)),
        )
    ]
