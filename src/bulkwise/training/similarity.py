"""How alike samples are: kernels between rows, by a name such as ``"matern-0.5"``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from bulkwise.errors import InputError

__all__ = ["Kernel", "Rows", "parse"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_KINDS = ("linear", "rbf", "matern")
_VIEWS = ("scaled", "centred")


@dataclass(frozen=True)
class Kernel:
    """A kernel of rows.

    Attributes
    ----------
    kind
        ``"linear"``: the inner product. ``"rbf"``: ``exp(-width d)``. ``"matern"``:
        ``(1 + r) exp(-r)`` with ``r = sqrt(width d)`` (smoothness 3/2), which keeps finer detail.
        ``d`` is the squared distance over its median among the training rows.
    width
        See above; nothing for a linear kernel.
    view
        ``"scaled"``: each gene to variance 1 first. ``"centred"``: not, so that genes that vary
        much count more.
    """

    kind: str
    width: float = 0.0
    view: str = "scaled"


def parse(names: Sequence[str]) -> tuple[Kernel, ...]:
    """Kernels by their names: ``kind``, ``kind-width`` or ``kind-width-centred``.

    Raises
    ------
    InputError
        If a name isn't one, or there is none.

    Examples
    --------
    >>> parse(["linear", "rbf-0.25"])
    (Kernel(kind='linear', width=0.0, view='scaled'), Kernel(kind='rbf', width=0.25, view='scaled'))
    """
    if isinstance(names, str) or not len(names):
        raise InputError(f"Expected a sequence of names of kernels; got {names!r}.")
    return tuple(_parse(str(name)) for name in names)


def _parse(name: str) -> Kernel:
    kind, *rest = name.split("-")
    view = rest.pop() if rest and rest[-1] in _VIEWS else "scaled"
    try:
        width = float(rest.pop()) if kind != "linear" else 0.0
        good = kind in _KINDS and not rest and (kind == "linear" or 0 < width < np.inf)
    except (IndexError, ValueError):
        good = False
    if not good:
        raise InputError(
            f"There is no kernel {name!r}: expected 'linear', 'rbf-WIDTH' or 'matern-WIDTH' with a "
            "width above 0, '-centred' behind it or not."
        )
    return Kernel(kind, width, view)


@dataclass(frozen=True, eq=False, repr=False)
class Rows:
    """Training rows that others are compared with.

    Attributes
    ----------
    X
        Samples x genes.
    center, scale
        Mean of each gene, and what it is divided by in the scaled view (1 for a constant gene).
    medians
        View -> median squared distance between two training rows.
    """

    X: Array
    center: Array
    scale: Array
    medians: dict[str, float]

    @classmethod
    def of(cls, X: Array, views: Sequence[str] = _VIEWS) -> Rows:
        """Learn mean, scale and typical distances."""
        center = X.mean(axis=0, dtype=np.float64)
        scale = X.std(axis=0, dtype=np.float64)
        scale[scale <= 1e-7 * np.maximum(np.abs(center), 1e-30)] = 1.0
        rows = cls(X, center, scale, {})
        above = np.triu_indices(len(X), 1)
        for view in views:
            seen = rows.view(X, view)
            median = float(np.median(_squared(seen, seen)[above]))
            rows.medians[view] = median if median > 0 else 1.0
        return rows

    def view(self, X: Array, view: str) -> Array:
        """Rows as a kernel sees them, float64."""
        seen: Array = X - self.center
        if view == "scaled":
            seen /= self.scale
        return seen

    def compare(self, kernel: Kernel, X: Array | None = None) -> Array:
        """The kernel between rows (the training rows by default) and the training rows, float64."""
        own = self.view(self.X, kernel.view)
        seen = own if X is None else self.view(X, kernel.view)
        if kernel.kind == "linear":
            return np.asarray(seen @ own.T)
        distances = _squared(seen, own) * (kernel.width / self.medians[kernel.view])
        if kernel.kind == "rbf":
            return np.asarray(np.exp(-distances))
        roots = np.sqrt(distances)
        return np.asarray((1.0 + roots) * np.exp(-roots))


def _squared(A: Array, B: Array) -> Array:
    lengths = np.square(A).sum(axis=1)[:, None] + np.square(B).sum(axis=1)
    lengths -= 2.0 * (A @ B.T)
    if A is B:
        np.fill_diagonal(lengths, 0.0)
    squared: Array = np.maximum(lengths, 0.0, out=lengths)
    return squared
