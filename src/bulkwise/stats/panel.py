"""A panel of genes that tells most about all the others, chosen one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from scipy.linalg import eigh

from bulkwise.errors import InputError
from bulkwise.progress import task

__all__ = ["GenePanel", "choose_panel"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_MOST_SAMPLES = 1500
_PENALTIES = (0.05, 0.1, 0.2, 0.4, 0.8)  # times the number of genes in the panel
_ACTIVE = 1000  # candidates looked at between two looks at all
_AT_ONCE = 25  # genes chosen between them, at most


@dataclass(frozen=True, eq=False)
class GenePanel:
    """Genes in the order they were chosen.

    Attributes
    ----------
    index
        Positions of the genes.
    explained
        Share of the other genes' variance, in samples left out, that ridge regression on the genes
        up to this one explains.
    """

    index: Array
    explained: Array


def choose_panel(
    X: Array, k: int, *, candidates: Array | None = None, targets: Array | None = None
) -> GenePanel:
    """Choose genes greedily: each next one lowers the error of the others most.

    The error is that of ridge regression of the standardised genes on those of the panel, each
    sample left out in turn, and is known without a fit. With Z the panel (samples x genes), a
    penalty a and ``G = (Z Z' + a)^-1``, a gene y is missed by ``(G y)_i / G_ii`` in sample i left
    out, so over all genes by ``(G W G)_ii / G_ii^2`` with ``W = Y Y'``. A further gene z takes
    ``u u' / (1 + z'u)``, ``u = G z``, from G; what that does to the error follows, to first order
    in the leverage of one gene, from products of u with ``G W u`` and with itself, for all
    candidates at once. A gene's own error is taken off its gain, since only the genes that aren't
    measured are to be inferred: a gene that is mostly noise isn't chosen.

    G and the penalty are made anew every 25 genes (more often at first). All candidates are looked
    at whenever the panel has grown by a half, and between the 1,000 best of them.

    Parameters
    ----------
    X
        Samples x genes, on a log scale. Not changed. Of more than 1,500 samples, as many are taken
        at even distances.
    k
        How many genes.
    candidates
        Positions of the genes that may be chosen; all that vary by default.
    targets
        Positions of the genes whose error counts; all that vary by default.

    Raises
    ------
    InputError
        If there are fewer candidates that vary than ``k``.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> source = rng.normal(size=(200, 2))
    >>> X = source[:, [0, 0, 0, 1]] + 0.1 * rng.normal(size=(200, 4))
    >>> choose_panel(X, 2).index[1]
    np.int64(3)
    """
    if len(X) > _MOST_SAMPLES:
        X = X[np.linspace(0, len(X) - 1, _MOST_SAMPLES).astype(int)]
    center, scale = X.mean(axis=0, dtype=np.float64), X.std(axis=0, dtype=np.float64)
    varies = scale > 1e-6 * np.maximum(np.abs(center), 1.0)
    allowed = varies if candidates is None else varies & np.isin(np.arange(len(scale)), candidates)
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or not 1 <= k <= allowed.sum():
        raise InputError(
            f"A panel has from 1 to {allowed.sum():,} genes, as many as vary in these samples; "
            f"got {k!r}."
        )
    values = np.ascontiguousarray(((X[:, varies] - center[varies]) / scale[varies]).T, np.float32)
    own = np.flatnonzero(varies)
    counts = np.ones(len(own), dtype=bool) if targets is None else np.isin(own, targets)
    if not counts.any():
        raise InputError("None of the target genes of the panel varies in these samples.")
    index, explained = _greedy(values, counts, np.flatnonzero(allowed[own]), int(k))
    return GenePanel(own[index], explained)


def _greedy(values: Array, counts: Array, candidates: Array, k: int) -> tuple[Array, Array]:
    """Choose from genes x samples, standardised; ``counts`` says whose errors count."""
    total = (values[counts].T @ values[counts]).astype(np.float64)
    chosen: list[int] = []
    errors: list[float] = []
    active, next_look = candidates, 0
    with task("choosing genes", total=k) as bar:
        while len(chosen) < k:
            known = values[[gene for gene in chosen if counts[gene]]]
            others = max(int(counts.sum()) - len(known), 1)
            fit = Fit.of(values[chosen], (total - known.T @ known) / others)
            if len(chosen) >= next_look:
                next_look = len(chosen) + len(chosen) // 2 + 1
                free = np.setdiff1d(candidates, chosen)
                gains = Candidates(values[free], fit, counts[free] / others).gains()
                active = free[np.argsort(-gains, kind="stable")[:_ACTIVE]]
            active = active[~np.isin(active, chosen)]
            looked = Candidates(values[active], fit, counts[active] / others)
            for _ in range(min(max(1, len(chosen) // 2), _AT_ONCE, k - len(chosen))):
                chosen.append(int(active[looked.take()]))
                errors.append(looked.fit.error)
                bar.advance()
    return np.array(chosen), np.maximum.accumulate(1 - np.array(errors))


@dataclass(eq=False)
class Fit:
    """Ridge regression on a panel: ``G``, ``W``, and the diagonals that errors need."""

    G: Array
    W: Array
    diagonal: Array
    missed: Array

    @classmethod
    def of(cls, panel: Array, inner: Array) -> Fit:
        """The penalty is the one of least error."""
        n = len(inner)
        if not len(panel):
            return cls(np.eye(n), inner, np.ones(n), np.diag(inner).copy())
        kernel = (panel.T @ panel).astype(np.float64)
        spread, Q = eigh(kernel, overwrite_a=True, check_finite=False, driver="evd")
        turned = Q.T @ inner @ Q
        fits = []
        for penalty in _PENALTIES:
            part = Q / (np.maximum(spread, 0.0) + penalty * len(panel))
            diagonal = np.einsum("ij,ij->i", part, Q)
            missed = np.einsum("ij,ij->i", part @ turned, part)
            fits.append((float((missed / diagonal**2).mean()), penalty, diagonal, missed))
        _, penalty, diagonal, missed = min(fits, key=lambda one: one[0])
        part = Q / (np.maximum(spread, 0.0) + penalty * len(panel))
        return cls(part @ Q.T, inner, diagonal, missed)

    @property
    def error(self) -> float:
        """Mean squared error of all genes in samples left out."""
        return float((self.missed / self.diagonal**2).mean())


class Candidates:
    """Genes that may come next, and what each would do to the error. Arrays: genes x samples."""

    def __init__(self, rows: Array, fit: Fit, counted: Array | float = 0.0) -> None:
        self.rows = rows
        self.counted = counted  # the share of a gene's own error in the error of all
        self.fit = fit
        self.U = rows @ fit.G.astype(np.float32)
        self.V = self.U @ (fit.W @ fit.G).astype(np.float32)  # G W u
        self.own = np.einsum("ij,ij->i", rows, self.U).astype(np.float64)  # z'u
        self.inner = np.einsum("ij,ij->i", rows, self.V).astype(np.float64)  # u'Wu
        self.free = np.ones(len(rows), dtype=bool)

    def gains(self) -> Array:
        """By how much each gene would lower the error of the others, times the samples."""
        fit, share = self.fit, 1 / (1 + self.own)
        plain = (1 / fit.diagonal**2).astype(np.float32)
        steep = (2 * fit.missed / fit.diagonal**3).astype(np.float32)
        squares = np.square(self.U)
        gains: Array = 2 * share * ((self.U * self.V) @ plain)
        alone = squares @ plain  # what the gene itself is missed by
        gains -= share * (squares @ steep) + share**2 * self.inner * alone + self.counted * alone
        gains[~self.free] = -np.inf
        return gains

    def take(self) -> int:
        """Put the best gene into the panel; returns its position."""
        best = int(self.gains().argmax())
        fit = self.fit
        u, v = self.U[best].astype(np.float64), self.V[best].astype(np.float64)
        share, inner = 1 / (1 + self.own[best]), self.inner[best]
        pull = self.rows @ self.U[best]  # z'u of the others with this one
        along = (self.U @ (fit.W @ u).astype(np.float32)).astype(np.float64)
        fit.diagonal = fit.diagonal - share * u * u
        fit.missed = fit.missed - 2 * share * u * v + share**2 * inner * u * u
        moved = (-share * pull).astype(np.float64)
        self.U += np.outer(moved, u).astype(np.float32)
        self.V += np.outer(moved, v).astype(np.float32)
        self.V += np.outer(-share * along - share * moved * inner, u).astype(np.float32)
        self.inner += 2 * moved * along + moved**2 * inner
        self.own -= share * pull.astype(np.float64) ** 2
        self.free[best] = False
        return best
