"""Logistic regression with an L1 penalty along a path of penalties, on all genes.

For one part of the samples and a falling penalty,

    f(W, b) = sum_i w_i log(1 / p(y_i | x_i)) + penalty * |W|_1

with a softmax over ``x W + b`` (two classes: one column and the logistic function). The bias
isn't penalised. An L1 penalty looks at single genes, so nothing can be reduced to the row space;
but few genes have weights, so the work is done on a small *working set*: the genes with a weight
and those that break the conditions of an optimum most, more of them after each solution, until no
gene does. (The sequential strong rule would keep thousands of genes here, because so many are
correlated.) On the working set the method is accelerated proximal gradient descent with a step
found by halving (FISTA, Beck and Teboulle 2009) that starts again when it overshoots (O'Donoghue
and Candes 2015).
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from scipy.special import expit, log_expit, log_softmax, softmax

__all__ = ["LassoPath"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_SLACK = 1e-3  # how far a gene outside may pass the penalty, relative to it
_ADDED = 100  # genes that a working set grows by at first; the number doubles
_ROUNDS = 30  # of growing
_GROW = 1.1  # how fast a step that was halved grows again
_CHECK = 5  # iterations between two looks at the conditions


class LassoPath:
    """One part of the samples, and where it stands on the path.

    Parameters
    ----------
    X
        Samples x genes of the part, float32 or float64. Not copied.
    codes
        Class of each sample as a number from 0.
    n_classes
        Two give one column of weights (k = 1), more give one a class.
    w
        Weight of each sample.

    Attributes
    ----------
    weights, bias
        p x k on centred genes, and k.
    penalty
        Where it stands; at first the penalty at which the first gene enters.
    gradient
        Of the loss, p x k.
    n_iter
        Iterations so far.
    """

    def __init__(self, X: Array, codes: Array, n_classes: int, w: Array) -> None:
        self.X, self.w = X, w
        self.mean = X.mean(axis=0, dtype=np.float64)
        self.k = 1 if n_classes == 2 else n_classes
        self.truth = np.eye(n_classes)[codes]
        self.weights = np.zeros((X.shape[1], self.k))
        self.bias = self._shares()
        self.gradient = self._gradient(np.zeros(len(X))[:, None] + self.bias)
        self.penalty = float(np.abs(self.gradient).max())
        self.n_iter = 0

    def scores(self, X: Array) -> Array:
        """``x W + b`` of any rows, n x k."""
        used = np.flatnonzero(self.weights.any(axis=1))
        centred = X[:, used].astype(np.float64) - self.mean[used]
        scores: Array = centred @ self.weights[used] + self.bias
        return scores

    def go_to(self, penalty: float, *, tol: float, max_iter: int) -> bool:
        """Solve for a smaller penalty, from where the path stands.

        Parameters
        ----------
        penalty
            Of the sum of the weighted losses.
        tol
            How far the conditions of an optimum may be missed, relative to the penalty.
        max_iter
            The most iterations on a working set.

        Returns
        -------
        bool
            Whether the conditions hold.
        """
        inside: Array = np.any(self.weights != 0, axis=1)
        done = True
        for round_ in range(_ROUNDS):
            largest = np.abs(self.gradient).max(axis=1)
            breaks = np.flatnonzero((largest > penalty * (1 + max(tol, _SLACK))) & ~inside)
            if round_ and not len(breaks):
                break
            worst = np.argsort(-largest[breaks], kind="stable")[: _ADDED << round_]
            inside[breaks[worst]] = True
            done = self._solve(np.flatnonzero(inside), penalty, tol, max_iter)
            self.gradient = self._gradient(self.scores(self.X))
        self.penalty = penalty
        return done

    def _shares(self) -> Array:
        shares = self.w @ self.truth / self.w.sum()
        logs: Array = np.log(shares)
        return np.asarray(logs[1:] - logs[:1] if self.k == 1 else logs - logs.mean())

    def _residuals(self, scores: Array) -> Array:
        if self.k == 1:
            wrong = expit(scores) - self.truth[:, 1:]
        else:
            wrong = softmax(scores, axis=1) - self.truth
        weighted: Array = self.w[:, None] * wrong
        return weighted

    def _loss(self, scores: Array) -> float:
        if self.k == 1:
            sign = 2 * self.truth[:, 1] - 1
            return float(-self.w @ log_expit(sign * scores[:, 0]))
        return float(-self.w @ (log_softmax(scores, axis=1) * self.truth).sum(axis=1))

    def _gradient(self, scores: Array) -> Array:
        """Of the loss over all genes, p x k, at the precision of the rows."""
        residuals = self._residuals(scores)
        inner = (self.X.T @ residuals.astype(self.X.dtype)).astype(np.float64)
        centred: Array = inner - self.mean[:, None] * residuals.sum(axis=0)
        return centred

    def _solve(self, genes: Array, penalty: float, tol: float, max_iter: int) -> bool:
        """FISTA on some genes; the last row of the unknowns is the bias."""
        A = self.X[:, genes].astype(np.float64) - self.mean[genes]
        height = float(np.sqrt(np.square(A).mean())) if A.size else 1.0
        A = np.hstack([A, np.full((len(A), 1), height or 1.0)])
        U = np.vstack([self.weights[genes], self.bias / A[0, -1]])
        cut = np.full((len(U), 1), penalty)
        cut[-1] = 0.0
        ahead, momentum = U, 1.0
        step = 4.0 / max(_largest(A, self.w), np.finfo(float).tiny)
        done = False
        for i in range(max_iter):
            scores = A @ ahead
            G = A.T @ self._residuals(scores)
            if i % _CHECK == 0 and _missed(ahead, G, cut) < tol * penalty:
                U, done = ahead, True
                break
            self.n_iter += 1
            new, step = self._step(A, ahead, G, self._loss(scores), cut, step)
            if np.vdot(ahead - new, new - U) > 0:  # it goes uphill: start again from here
                momentum, ahead = 1.0, new
            else:
                faster = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
                ahead = new + (momentum - 1) / faster * (new - U)
                momentum = float(faster)
            U = new
        self.weights[genes] = U[:-1]
        self.bias = U[-1] * A[0, -1]
        return done

    def _step(
        self, A: Array, U: Array, G: Array, loss: float, cut: Array, step: float
    ) -> tuple[Array, float]:
        """A proximal step that the quadratic bound holds for."""
        step *= _GROW
        while True:
            moved = U - step * G
            new = np.sign(moved) * np.maximum(np.abs(moved) - step * cut, 0.0)
            change = new - U
            bound = loss + np.vdot(G, change) + np.vdot(change, change) / (2 * step)
            if self._loss(A @ new) <= bound + 1e-10 * abs(loss) or step < 1e-300:
                return new, step
            step /= 2


def _largest(A: Array, w: Array) -> float:
    """About the largest eigenvalue of ``A' diag(w) A``."""
    v = np.ones(A.shape[1])
    value = 0.0
    for _ in range(8):
        v = A.T @ (w * (A @ v))
        value = float(np.linalg.norm(v))
        v /= value or 1.0
    return value


def _missed(U: Array, G: Array, cut: Array) -> float:
    """How far the conditions of an optimum are missed: ``|G| <= cut``, and ``-sign(U) cut``."""
    outside = np.maximum(np.abs(G) - cut, 0.0)
    return float(np.where(U == 0, outside, np.abs(G + np.sign(U) * cut)).max())
