"""Logistic regression with an L2 penalty: many problems on one design, solved in lock-step.

The problems share the rows Z and the classes y; each has its own weights of the samples, so
that the inner folds of a tuning are problems whose held-out samples weigh nothing. For each,

    f(W, b) = sum_i w_i log(1 / p(y_i | z_i)) + penalty / 2 * ||W||^2

with a softmax over ``z W + b`` (two classes: one column and the logistic function), which is
scikit-learn's ``LogisticRegression`` with ``C = 1 / penalty``. The bias isn't penalised.

The method is L-BFGS on the scores of all problems at once, one pair of matrix products a step:
the change of the scores along a direction is kept, so a line search costs no product. The first
guess of the inverse Hessian is diagonal, ``1 / (h_k * |column j|^2 + penalty)`` with h_k the mean
of ``w p (1 - p)`` of class k. That is near the truth where the columns of Z are orthogonal, as
those of the row space are. Along a path of penalties the next start is extrapolated from the
two solutions before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from scipy.special import expit, log_expit, log_softmax

__all__ = ["Design", "Solution", "log_probabilities", "path", "solve"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_MEMORY = 5  # pairs of steps and gradient changes; more don't save iterations here
_HALVINGS = 25
_LEAST_DECREASE = 1e-4  # Armijo's share of the slope
_ROUNDING = 1e-10  # what rounding may add to the objective
_LEAST_CURVATURE = 1e-10


class Solution(NamedTuple):
    """What B problems came to.

    Attributes
    ----------
    weights
        B x (q + 1) x k; the last row holds the biases.
    scores
        B x n x k, of all samples, those that weigh nothing included.
    n_iter
        Steps of each problem, B.
    """

    weights: Array
    scores: Array
    n_iter: Array


class Design:
    """What the problems share: the rows with a column of ones, and the classes.

    Parameters
    ----------
    Z
        n x q, float64; columns near to orthogonal converge fastest.
    codes
        Class of each sample as a number from 0, n.
    n_classes
        Two give one column of scores (k = 1), more give one a class.
    """

    def __init__(self, Z: Array, codes: Array, n_classes: int) -> None:
        self.rows = np.hstack([Z, np.ones((len(Z), 1))])
        self.squares = np.einsum("ij,ij->j", self.rows, self.rows)
        self.codes = codes
        self.k = 1 if n_classes == 2 else n_classes
        self._samples = np.arange(len(Z))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows of W with the bias, and columns."""
        return self.rows.shape[1], self.k

    def scores(self, W: Array) -> Array:
        """``Z W + b`` of B problems, B x n x k, from weights given flat, B x (q + 1) k."""
        q, k = self.shape
        side_by_side = W.reshape(-1, q, k).transpose(1, 0, 2).reshape(q, -1)
        scores = (self.rows @ side_by_side).reshape(len(self.rows), -1, k)
        return np.ascontiguousarray(scores.transpose(1, 0, 2))

    def losses(self, F: Array, w: Array) -> tuple[Array, Array]:
        """Weighted loss of each problem and the probabilities, B x n x k."""
        if self.k == 1:
            sign = np.where(self.codes == 1, 1.0, -1.0)
            return -np.vecdot(w, log_expit(sign * F[..., 0])), expit(F)
        P = F - F.max(axis=2, keepdims=True)
        own = P[:, self._samples, self.codes]
        np.exp(P, out=P)
        total = P @ np.ones(self.k)
        P /= total[..., None]
        return np.vecdot(w, np.log(total) - own), P

    def gradient(self, P: Array, w: Array) -> Array:
        """Gradient of the weighted losses, flat."""
        q, k = self.shape
        R = P.copy()
        if k == 1:
            R[..., 0] -= self.codes == 1
        else:
            R[:, self._samples, self.codes] -= 1.0
        R *= w[:, :, None]
        side_by_side = R.transpose(1, 0, 2).reshape(len(self.rows), -1)
        G = (self.rows.T @ side_by_side).reshape(q, -1, k)
        return G.transpose(1, 0, 2).reshape(-1, q * k)

    def penalties(self, penalty: float) -> Array:
        """The penalty of each flat weight: none on the biases."""
        flat = np.full(self.shape, penalty)
        flat[-1] = 0.0
        return flat.ravel()


@dataclass(eq=False)
class _State:
    """The problems still under way; every array's first axis is the problem."""

    who: Array
    w: Array
    W: Array
    F: Array
    f: Array
    P: Array
    G: Array
    history: list[tuple[Array, Array, Array]] = field(default_factory=list)

    def keep(self, mask: Array) -> None:
        for name in ("who", "w", "W", "F", "f", "P", "G"):
            setattr(self, name, getattr(self, name)[mask])
        self.history = [(S[mask], V[mask], rho[mask]) for S, V, rho in self.history]


def log_probabilities(scores: Array) -> Array:
    """Log-probability of every class from scores, ... x k -> ... x classes (two if k is 1)."""
    if scores.shape[-1] == 1:
        return np.concatenate([log_expit(-scores), log_expit(scores)], axis=-1)
    logs: Array = log_softmax(scores, axis=-1)
    return logs


def solve(
    design: Design, w: Array, penalty: float, start: Array, *, tol: float, max_iter: int
) -> Solution:
    """Minimise all problems for one penalty.

    Parameters
    ----------
    design
        Rows and classes.
    w
        Weight of each sample in each problem, B x n, at least 0.
    penalty
        Positive; ``1 / C``.
    start
        B x (q + 1) x k.
    tol
        A problem is solved when a further step would move no sample's score by more.
    max_iter
        The most steps; ``n_iter`` tells who needed them all.
    """
    pen = design.penalties(penalty)
    W = start.reshape(len(w), -1)
    F = design.scores(W)
    f, P = design.losses(F, w)
    G = design.gradient(P, w) + pen * W
    state = _State(np.arange(len(w)), w, W, F, f + 0.5 * np.vecdot(pen * W, W), P, G)
    weights, scores = np.empty_like(W), np.empty_like(F)
    n_iter = np.full(len(w), max_iter)
    for step in range(max_iter):
        D = _direction(design, state, pen)
        change = design.scores(D)
        done = np.abs(change).max(axis=(1, 2)) < tol
        if done.any():
            gone = state.who[done]
            weights[gone], scores[gone], n_iter[gone] = state.W[done], state.F[done], step
            state.keep(~done)
            D, change = D[~done], change[~done]
        if not len(state.who):
            break
        _advance(design, state, pen, D, change)
    else:
        weights[state.who], scores[state.who] = state.W, state.F
    return Solution(weights.reshape(start.shape), scores, n_iter)


def _direction(design: Design, state: _State, pen: Array) -> Array:
    """The quasi-Newton step by the two-loop recursion (Nocedal 1980), flat."""
    curvature = np.matmul(state.w[:, None], state.P * (1.0 - state.P)) / len(design.rows)
    np.maximum(curvature, _LEAST_CURVATURE, out=curvature)
    inverse = 1.0 / ((curvature * design.squares[:, None]).reshape(len(state.w), -1) + pen)
    D = state.G.copy()
    shares = []
    for S, V, rho in reversed(state.history):
        share = rho * np.vecdot(S, D)
        D -= share[:, None] * V
        shares.append(share)
    D *= inverse
    if state.history:
        _, V, rho = state.history[-1]
        fit = rho * np.vecdot(V * inverse, V)
        D *= np.clip(1.0 / np.where(fit > 0, fit, 1.0), 0.1, 10.0)[:, None]
    for (S, V, rho), share in zip(state.history, reversed(shares), strict=True):
        D += (share - rho * np.vecdot(V, D))[:, None] * S
    return np.negative(D, out=D)


def _advance(design: Design, state: _State, pen: Array, D: Array, change: Array) -> None:
    """Go along D until the objective falls enough, and remember the step."""
    slope = np.vecdot(state.G, D)
    still = 0.5 * np.vecdot(pen * state.W, state.W)
    linear, square = np.vecdot(pen * D, state.W), 0.5 * np.vecdot(pen * D, D)
    slack = _ROUNDING * np.abs(state.f)
    t = np.ones(len(D))
    for _ in range(_HALVINGS):
        F = state.F + t[:, None, None] * change
        loss, P = design.losses(F, state.w)
        f = loss + still + t * (linear + t * square)
        bad = f > state.f + _LEAST_DECREASE * t * slope + slack
        if not bad.any():
            break
        bend = np.where(bad, f - state.f - t * slope, 1.0)
        parabola = -0.5 * slope * t * t / bend
        t = np.where(bad, np.clip(parabola, 0.1 * t, 0.5 * t), t)
    S = t[:, None] * D
    W = state.W + S
    G = design.gradient(P, state.w) + pen * W
    V = G - state.G
    bent = np.vecdot(S, V)
    rho = np.where(bent > 0, 1.0 / np.where(bent > 0, bent, 1.0), 0.0)
    state.history = [*state.history, (S, V, rho)][-_MEMORY:]
    state.W, state.F, state.f, state.P, state.G = W, F, f, P, G


def path(
    design: Design, w: Array, penalties: Sequence[float], *, tol: float, max_iter: int
) -> Iterator[Solution]:
    """Solve for one penalty after the other, the strongest first, each from the last ones.

    Parameters
    ----------
    design
        Rows and classes.
    w
        B x n.
    penalties
        Falling.
    tol, max_iter
        As in :func:`solve`.

    Yields
    ------
    Solution
        One a penalty; stop asking and the rest costs nothing.
    """
    q, k = design.shape
    start = np.zeros((len(w), q, k))
    before: Array | None = None
    for i, penalty in enumerate(penalties):
        solution = solve(design, w, penalty, start, tol=tol, max_iter=max_iter)
        yield solution
        start = solution.weights
        if before is not None and i + 1 < len(penalties):
            last = np.log(penalties[i - 1] / penalty)
            coming = np.log(penalty / penalties[i + 1])
            start = start + min(coming / last, 1.0) * (start - before)
        before = solution.weights
