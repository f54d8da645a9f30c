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
    inside = {str(name): label[place == name].tolist() for name in constant[:_SHOWN]}
    listed = ", ".join(
        f"{name!r} ({len(own)} samples, all {own[0]!r})" for name, own in inside.items()
    )
    more = f" and {len(constant) - _SHOWN} more" if len(constant) > _SHOWN else ""
    return [
        Finding(
            "target-constant-in-source",
            "warning",
            f"The target {target!r} is constant in {len(constant)} of {len(names)} values of "
            f"{source!r}: {listed}{more}; there a model is right if it knows the source, so look "
            "at the figures of the others alone.",
            tuple(map(str, constant)),
        )
    ]
