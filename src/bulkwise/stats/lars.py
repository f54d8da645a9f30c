"""The first genes on the LASSO's path, in many parts of the samples at once.

The path of ``min |y - X b|^2 / 2 + penalty |b|_1`` from the penalty at which the first gene
enters downwards is piecewise linear in the penalty. Between two corners the genes in the model
(A, with signs s) keep the largest correlation with the residual, and

    b_A moves by (X_A'X_A)^-1 s,    the correlation of gene j falls by x_j'X_A (X_A'X_A)^-1 s

as the penalty falls by one. The next corner is where another gene reaches the penalty, or where a
coefficient reaches 0 and its gene leaves (least angle regression with the LASSO's modification).
Each part goes through its own corners; the parts take them together, so that the products with
all genes are one multiplication of matrices.

Efron B, Hastie T, Johnstone I, Tibshirani R. Least angle regression. Ann Stat 32, 407 (2004).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

__all__ = ["lasso_order"]

Floats = NDArray[np.float64]
Order = NDArray[np.int32]

_VALUES = 1 << 23  # float64 numbers of one matrix of parts x genes: 64 MiB
_SAME = 1e-8  # squared length of a gene, of 1, that the genes in the model don't explain
_CORNERS = 8  # corners of a path, times the genes asked for


@dataclass(eq=False)
class _Path:
    """One part's place on its path."""

    genes: list[int] = field(default_factory=list)
    signs: list[float] = field(default_factory=list)
    columns: Floats = field(default_factory=lambda: np.zeros((0, 0)))  # genes in the model x n
    weights: Floats = field(default_factory=lambda: np.zeros(0))
    slope: Floats = field(default_factory=lambda: np.zeros(0))
    entered: int = 0

    def enter(self, gene: int, sign: float, column: Floats) -> bool:
        """Take a gene in, unless those that are in explain it."""
        if self.genes:
            inner = self.columns @ column
            rest = 1.0 - inner @ cho_solve(cho_factor(self.columns @ self.columns.T), inner)
            if rest < _SAME:
                return False
            self.columns = np.vstack([self.columns, column])
        else:
            self.columns = column[None]
        self.genes.append(gene)
        self.signs.append(sign)
        self.weights = np.append(self.weights, 0.0)
        return True

    def leave(self, place: int) -> int:
        """Drop a gene whose coefficient has reached 0."""
        self.signs.pop(place)
        self.columns = np.delete(self.columns, place, axis=0)
        self.weights = np.delete(self.weights, place)
        return self.genes.pop(place)

    def direction(self) -> Floats:
        """How the fit moves as the penalty falls by one, n."""
        self.slope = cho_solve(cho_factor(self.columns @ self.columns.T), np.array(self.signs))
        moved: Floats = self.slope @ self.columns
        return moved

    def next_zero(self) -> tuple[float, int]:
        """After how much of the penalty a coefficient reaches 0, and which."""
        with np.errstate(divide="ignore", invalid="ignore"):
            after = -self.weights / self.slope
        after[~(after > 0)] = np.inf
        place = int(after.argmin())
        return float(after[place]), place


def lasso_order(X: NDArray[Any], y: NDArray[Any], parts: NDArray[np.bool_], n_genes: int) -> Order:
    """The genes that enter the LASSO's path first in each part of the samples.

    Within a part each gene is centred and scaled to the same length, and ``y`` is centred.

    Parameters
    ----------
    X
        Samples x genes.
    y
        A number for each sample: an indicator of a class, coded in any way.
    parts
        Parts x samples: which samples each part has.
    n_genes
        How many genes to let enter. Fewer do where the model fits before that: a part of n
        samples has n - 1 of them at most.

    Returns
    -------
    numpy.ndarray
        Parts x genes: 1 for the gene that entered first, 2 for the second, ...; 0 for the rest.
        A gene that left and came back counts once. Of genes that are equal in a part the first
        enters.
    """
    X = np.asarray(X, dtype=np.float64)
    X = X - X.mean(axis=0)
    y = np.asarray(y, dtype=np.float64)
    order = np.zeros((len(parts), X.shape[1]), dtype=np.int32)
    for chunk in _chunks(len(parts), X.shape[1]):
        order[chunk] = _Walk(X, y, parts[chunk], min(n_genes, X.shape[1])).run()
    return order


class _Walk:
    """Some parts on their way down their paths."""

    def __init__(self, X: Floats, y: Floats, inside: NDArray[np.bool_], n_genes: int) -> None:
        self.X, self.inside, self.n_genes = X, inside, n_genes
        member = inside.astype(np.float64)
        sizes = member.sum(axis=1)
        self.means = (member @ X) / sizes[:, None]
        squares = member @ np.square(X)
        lengths = squares - sizes[:, None] * np.square(self.means)
        varies = lengths > 1e-10 * np.maximum(squares, 1e-300)
        self.scales = np.zeros_like(lengths)
        np.divide(1.0, np.sqrt(np.where(varies, lengths, 1.0)), out=self.scales, where=varies)
        residual = np.where(inside, y - (member @ y / sizes)[:, None], 0.0)
        residual /= np.maximum(np.linalg.norm(residual, axis=1, keepdims=True), 1e-300)
        self.correlations = (residual @ X) * self.scales
        self.shut = ~varies  # genes that can't enter: in the model, constant or explained
        self.paths = [_Path() for _ in inside]
        self.order = np.zeros(self.means.shape, dtype=np.int32)
        open_ones = np.where(self.shut, 0.0, np.abs(self.correlations))
        self.coming = open_ones.argmax(axis=1)
        self.leaving = np.full(len(inside), -1)
        self.penalties = open_ones.max(axis=1)
        self.walking = self.penalties > 1e-12

    def run(self) -> Order:
        """Go from corner to corner until every part has its genes."""
        for _ in range(_CORNERS * self.n_genes):
            for part in np.flatnonzero(self.walking):
                self._turn(int(part))
            walking = np.flatnonzero(self.walking)
            if not len(walking):
                break
            self._step(walking)
        return self.order

    def _turn(self, part: int) -> None:
        """Let the gene in, or out, that has brought the part to its corner."""
        path = self.paths[part]
        if self.leaving[part] >= 0:
            gene = path.leave(int(self.leaving[part]))
            self.shut[part, gene] = False
            self.leaving[part] = -1
            return
        gene = int(self.coming[part])
        column = (self.X[:, gene] - self.means[part, gene]) * self.scales[part, gene]
        column[~self.inside[part]] = 0.0
        self.shut[part, gene] = True
        sign = float(np.sign(self.correlations[part, gene]))
        if path.enter(gene, sign, column) and self.order[part, gene] == 0:
            path.entered += 1
            self.order[part, gene] = path.entered
            self.walking[part] = path.entered < self.n_genes

    def _step(self, walking: NDArray[np.intp]) -> None:
        """Lower the penalty of each part to its next corner."""
        fits = np.stack([self.paths[part].direction() for part in walking])
        falls = (fits @ self.X) * self.scales[walking]
        correlations, penalty = self.correlations[walking], self.penalties[walking][:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            up = (penalty - correlations) / (1.0 - falls)
            down = (penalty + correlations) / (1.0 + falls)
        up[~(up > 1e-14)] = np.inf
        down[~(down > 1e-14)] = np.inf
        after = np.minimum(up, down, out=up)
        after[self.shut[walking]] = np.inf
        self.coming[walking] = after.argmin(axis=1)
        steps = after.min(axis=1)
        for place, part in enumerate(walking):
            path, left = self.paths[part], self.penalties[part]
            zero, leaver = path.next_zero()
            step = min(steps[place], zero, left)
            if step == left:
                self.walking[part] = False  # nothing is left to explain
            elif step == zero:
                self.leaving[part] = leaver
            path.weights = path.weights + step * path.slope
            steps[place] = step
        self.correlations[walking] = correlations - steps[:, None] * falls
        self.penalties[walking] -= steps


def _chunks(n_parts: int, n_genes: int) -> Iterator[slice]:
    """Parts that walk together, so many that their matrices fit into memory."""
    size = max(1, min(n_parts, _VALUES // max(n_genes, 1)))
    for start in range(0, n_parts, size):
        yield slice(start, min(start + size, n_parts))
