"""Whether labels, sources and genes are entangled before anything is fitted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bulkwise.checks.base import Finding, name_some

__all__ = ["check_groups", "check_one_source_genes", "check_source"]

_FEW_SAMPLES = 3


def check_source(
    labels: Sequence[str], sources: Sequence[str], *, target: str, source: str
) -> list[Finding]:
    """A complaint if the label is fixed by the source, wholly or for some classes.

    A class that comes from one source only, whose source holds no other class, can't be told
    from its batch by any model.
    """
    classes, batches = defaultdict(set), defaultdict(set)
    for label, batch in zip(labels, sources, strict=True):
        classes[label].add(batch)
        batches[batch].add(label)
    if len(batches) < 2:
        return []
    fixed = sum(len(held) == 1 for held in batches.values())
    if fixed == len(batches) and len(classes) > 1:
        return [
            Finding(
                "label-fixed-by-source",
                "warning",
                f"Each of the {len(batches)} values of {source!r} holds one class of {target!r} "
                "only, so no model can tell the class from the batch; compare classes within a "
                "source, or add samples.",
                tuple(sorted(batches)),
            )
        ]
    alone = [
        label
        for label, held in classes.items()
        if len(held) == 1 and len(batches[next(iter(held))]) == 1
    ]
    if not alone:
        return []
    return [
        Finding(
            "label-fixed-by-source",
            "warning",
            f"{len(alone)} classes of {target!r} come from one {source!r} each, which holds no "
            f"other class ({name_some(alone)}): the class can't be told from the batch.",
            tuple(alone),
        )
    ]


def check_groups(groups: Sequence[str], *, name: str) -> list[Finding]:
    """A note if every sample is a patient of its own, or all are one patient's."""
    n_groups = len(set(groups))
    if n_groups == 1 and len(groups) > 1:
        return [
            Finding(
                "one-patient",
                "error",
                f"All {len(groups)} samples have the same {name!r} ({groups[0]!r}), so they can't "
                "be split by patient; choose another column for the groups.",
            )
        ]
    return []


def check_one_source_genes(
    X: NDArray[Any], sources: Sequence[str], genes: Sequence[str], *, source: str
) -> list[Finding]:
    """Genes that are zero in every source but one: measured there only, most likely.

    Only sources of three samples or more count, and genes that are above zero in at least half
    of the samples of their one source.
    """
    names = [name for name in sorted(set(sources)) if list(sources).count(name) >= _FEW_SAMPLES]
    if len(names) < 2:
        return []
    batch = np.asarray(sources)
    shares = np.stack([(X[batch == name] > 0).mean(axis=0) for name in names])
    only = ((shares > 0).sum(axis=0) == 1) & (shares.max(axis=0) >= 0.5)
    if not only.any():
        return []
    found = [genes[j] for j in np.flatnonzero(only).tolist()]
    return [
        Finding(
            "gene-in-one-source",
            "warning",
            f"{len(found):,} genes are above zero in one {source!r} only ({name_some(found)}): "
            "they tell the source, whatever the label; drop genes that the others didn't measure.",
            tuple(found),
        )
    ]
