"""Locally weighted robust regression of one variable on another.

References
----------
Cleveland WS. Robust locally weighted regression and smoothing scatterplots. Journal of the
American Statistical Association 74, 829-836 (1979), with the rule of Cleveland's program for
skipping near neighbours (``delta``).
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from bulkwise.errors import InputError
from bulkwise.stats.base.matrices import Floats

__all__ = ["interpolate", "lowess", "lowess_knots"]

_Plan: TypeAlias = "list[tuple[int, int, int]]"


def lowess(
    x: ArrayLike,
    y: ArrayLike,
    *,
    span: float = 2 / 3,
    iterations: int = 3,
    delta: float | None = None,
) -> tuple[Floats, Floats]:
    """Smooth ``y`` over ``x``, as R's ``lowess``.

    At each of a grid of points a line is fitted to the ``span * n`` nearest points with tricube
    weights; points nearer than ``delta`` to the last fitted one are interpolated. Each further
    iteration weighs every point down by the bisquare of its residual over six median residuals.

    Parameters
    ----------
    x, y
        Finite numbers of equal length.
    span
        Share of the points in each local fit.
    iterations
        Robust iterations after the first fit.
    delta
        By default 1 % of the range of ``x``.

    Returns
    -------
    tuple
        ``x`` sorted, and the smoothed values there.

    Raises
    ------
    InputError
        If the lengths differ, there are no points, or one isn't finite.
    """
    xs, smooth, _ = _smooth(x, y, span, iterations, delta)
    return xs, smooth


def lowess_knots(x: ArrayLike, y: ArrayLike, *, span: float) -> tuple[Floats, Floats]:
    """The points between which the curve of :func:`lowess` is straight, far fewer than it has.

    Parameters
    ----------
    x, y, span
        As in :func:`lowess`.

    Returns
    -------
    tuple
        Positions, ascending, and heights.

    Raises
    ------
    InputError
        As :func:`lowess`.
    """
    xs, smooth, plan = _smooth(x, y, span, 3, None)
    at = np.array([place for place, _, _ in plan], dtype=np.intp)
    return xs[at], smooth[at]


def _smooth(
    x: ArrayLike, y: ArrayLike, span: float, iterations: int, delta: float | None
) -> tuple[Floats, Floats, _Plan]:
    xs, ys = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if xs.ndim != 1 or xs.shape != ys.shape or not xs.size:
        raise InputError(
            f"lowess needs as many x as y and at least one, got shapes {xs.shape} and {ys.shape}."
        )
    if not (np.isfinite(xs).all() and np.isfinite(ys).all()):
        raise InputError("lowess needs finite numbers; leave out missing and infinite ones.")
    order = np.argsort(xs, kind="stable")
    xs, ys = xs[order], ys[order]
    n = len(xs)
    if n == 1:
        return xs, ys, [(0, 0, 0)]
    near = max(min(int(span * n + 1e-7), n), 2)
    step = 0.01 * (xs[-1] - xs[0]) if delta is None else delta
    plan = _plan(xs, near, step)
    robust: Floats | None = None
    smooth = ys
    for turn in range(iterations + 1):
        smooth = _pass(xs, ys, near, plan, robust)
        if turn < iterations:
            robust = _bisquare(ys - smooth)
            if robust is None:
                break
    return xs, smooth, plan


def _plan(x: Floats, near: int, delta: float) -> _Plan:
    """Points to fit at: (position, first point of its neighbourhood, last point tied with it)."""
    n = len(x)
    plan: _Plan = []
    at, left = 0, 0
    while True:
        right = left + near - 1
        while right < n - 1 and x[at] - x[left] > x[right + 1] - x[at]:
            left, right = left + 1, right + 1
        # points tied with the fitted one share its value; then on by at most delta
        last = at
        beyond = int(np.searchsorted(x, x[at] + delta, side="right"))
        tied = int(np.searchsorted(x, x[at], side="right")) - 1
        if tied > at and beyond > at + 1:
            last = min(tied, beyond - 1)
        plan.append((at, left, last))
        if last >= n - 1:
            return plan
        at = max(last + 1, beyond - 1)


def _pass(x: Floats, y: Floats, near: int, plan: _Plan, robust: Floats | None) -> Floats:
    smooth = np.zeros(len(x))
    before = -1
    for at, left, last in plan:
        fitted = _local_line(x, y, x[at], left, left + near - 1, robust)
        smooth[at] = y[at] if fitted is None else fitted
        if before >= 0 and before < at - 1:
            gap = slice(before + 1, at)
            share = (x[gap] - x[before]) / (x[at] - x[before])
            smooth[gap] = share * smooth[at] + (1 - share) * smooth[before]
        smooth[at + 1 : last + 1] = smooth[at]
        before = last
    return smooth


def _local_line(
    x: Floats, y: Floats, centre: float, left: int, right: int, robust: Floats | None
) -> float | None:
    """Tricube-weighted line through a neighbourhood, at ``centre``; None without weight."""
    reach = max(centre - x[left], x[right] - centre)
    end = max(int(np.searchsorted(x, centre + reach, side="right")), right + 1)
    near_x = x[left:end]
    distance = np.abs(near_x - centre)
    weight = np.zeros(len(distance))
    inside = distance <= 0.999 * reach
    if reach > 0:
        weight[inside] = (1 - (distance[inside] / reach) ** 3) ** 3
    weight[distance <= 0.001 * reach] = 1.0
    if robust is not None:
        weight *= robust[left:end]
    total = weight.sum()
    if total <= 0:
        return None
    weight /= total
    if reach > 0:
        middle = float(weight @ near_x)
        offset = near_x - middle
        spread = float(weight @ offset**2)
        if np.sqrt(spread) > 0.001 * (x[-1] - x[0]):
            weight *= (centre - middle) / spread * offset + 1
    return float(weight @ y[left:end])


def _bisquare(residuals: Floats) -> Floats | None:
    """Robustness weights; None when the residuals are as good as zero."""
    size = np.abs(residuals)
    n = len(size)
    half = n // 2
    middle = np.partition(size, [half, n - half - 1])
    scale = 3 * (middle[half] + middle[n - half - 1])
    if scale < 1e-7 * size.sum() / n:
        return None
    weight = (1 - (size / scale) ** 2) ** 2 if scale > 0 else np.zeros(n)
    weight[size <= 0.001 * scale] = 1.0
    weight[size > 0.999 * scale] = 0.0
    return np.asarray(weight)


def interpolate(x: Floats, curve: tuple[Floats, Floats]) -> Floats:
    """Values of a curve with sorted positions, level beyond its ends; ties are averaged."""
    positions, where = np.unique(curve[0], return_inverse=True)
    heights = np.bincount(where, weights=curve[1]) / np.bincount(where)
    return np.asarray(np.interp(x, positions, heights))
