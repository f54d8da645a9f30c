"""Tails of t, F and chi-square that keep their digits, and adjusted P-values."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from bulkwise.errors import InputError
from bulkwise.stats.base.matrices import Floats

__all__ = [
    "adjust",
    "f_quantile",
    "f_tail",
    "log_f_tail",
    "log_t_tail",
    "t_quantile",
    "t_tail",
]

_SMALLEST = 1e-280
_FARTHEST = 1e150


def _arrays(*values: Any) -> list[Floats]:
    return [np.array(v) for v in np.broadcast_arrays(*(np.asarray(v, np.float64) for v in values))]


def adjust(p_values: ArrayLike) -> Floats:
    """P-values adjusted by Benjamini and Hochberg's step-up rule; NaN stays and isn't counted.

    The smallest false discovery rate at which a test is called a discovery:
    ``min over j >= i of (n / j) p_(j)``, at most 1.

    Parameters
    ----------
    p_values
        Any number of P-values, in any order.

    Raises
    ------
    InputError
        If one isn't in [0, 1].

    References
    ----------
    Benjamini Y, Hochberg Y. Controlling the false discovery rate. Journal of the Royal
    Statistical Society B 57, 289-300 (1995).
    """
    p = np.asarray(p_values, dtype=np.float64)
    adjusted = np.full(p.shape, np.nan)
    given = np.isfinite(p)
    tested = p[given]
    if tested.size and not (tested.min() >= 0 and tested.max() <= 1):
        raise InputError(
            f"P-values lie between 0 and 1; got {tested.min():.3g} to {tested.max():.3g}."
        )
    n = tested.size
    order = np.argsort(-tested, kind="stable")
    steps = n / np.arange(n, 0, -1) * tested[order]
    result = np.empty(n)
    result[order] = np.minimum(np.minimum.accumulate(steps), 1.0)
    adjusted[given] = result
    return adjusted


def t_tail(t: ArrayLike, df: ArrayLike) -> Floats:
    """Upper tail of Student's t; of the normal where ``df`` is infinite."""
    value, freedom = _arrays(t, df)
    normal = np.isinf(freedom)
    freedom[normal] = 1.0
    with np.errstate(over="ignore", invalid="ignore"):  # a NaN statistic has a NaN tail
        square = value**2
        half = 0.5 * special.betainc(freedom / 2, 0.5, freedom / (freedom + square))
        near = square < 1e-10 * freedom  # here the share's complement keeps the digits
        if near.any():
            part, own = square[near], freedom[near]
            half[near] = 0.5 * special.betaincc(0.5, own / 2, part / (own + part))
        tail = np.where(value > 0, half, 1 - half)
    return np.where(normal, special.ndtr(-value), tail) if normal.any() else np.asarray(tail)


def f_tail(f: ArrayLike, df1: ArrayLike, df2: ArrayLike, *, upper: bool = True) -> Floats:
    """Upper (or lower) tail of F; of chi-square over ``df1`` where ``df2`` is infinite."""
    value, first, second = _arrays(f, df1, df2)
    endless = np.isinf(second)
    second[endless] = 1.0
    scaled = first * value
    if upper:
        tail = special.betainc(second / 2, first / 2, second / (second + scaled))
    else:
        tail = special.betainc(first / 2, second / 2, scaled / (second + scaled))
    if endless.any():
        chi = (special.gammaincc if upper else special.gammainc)(first / 2, scaled / 2)
        tail = np.where(endless, chi, tail)
    return np.asarray(tail)


def _log_beta_tail(a: Floats, b: Floats, x: Floats) -> Floats:
    """log I_x(a, b) by its power series, for values too small for a float."""
    with np.errstate(divide="ignore"):
        lead = a * np.log(x) + b * np.log1p(-x) - np.log(a) - special.betaln(a, b)
    total, term, n = np.ones_like(x), np.ones_like(x), 0
    while n < 10_000:
        term = term * x * (a + b + n) / (a + 1 + n)
        total += term
        n += 1
        if not (term > 1e-17 * total).any():
            break
    return np.asarray(lead + np.log(total))


def _log_tail(tail: Floats, a: Floats, b: Floats, x: Floats) -> Floats:
    small = (tail < _SMALLEST) & (x > 0)
    with np.errstate(divide="ignore"):
        result = np.asarray(np.log(tail))
    if small.any():
        result = np.where(small, _log_beta_tail(a, b, np.where(small, x, 0.5)), result)
    return result


def log_f_tail(f: ArrayLike, df1: ArrayLike, df2: ArrayLike) -> Floats:
    """Natural logarithm of the upper tail of F, however small (``df2`` finite)."""
    value, first, second = _arrays(f, df1, df2)
    return _log_tail(
        f_tail(value, first, second), second / 2, first / 2, second / (second + first * value)
    )


def log_t_tail(t: ArrayLike, df: ArrayLike) -> Floats:
    """Natural logarithm of the upper tail of Student's t, however small."""
    value, freedom = _arrays(t, df)
    value = np.clip(value, -_FARTHEST, _FARTHEST)
    normal = np.isinf(freedom)
    finite = np.where(normal, 1.0, freedom)
    half = np.full(value.shape, 0.5)
    result = _log_tail(
        2 * t_tail(value, finite), finite / 2, half, finite / (finite + value**2)
    ) - np.log(2)
    return np.asarray(np.where(normal, special.log_ndtr(-value), result))


def t_quantile(log_tail: ArrayLike, df: float) -> Floats:
    """The t of at least 0 whose upper tail has this natural logarithm (at most log 0.5)."""
    (logs,) = _arrays(log_tail)
    if np.isinf(df):
        return np.asarray(-special.ndtri_exp(logs))
    tail = np.exp(np.maximum(logs, np.log(_SMALLEST)))
    # the share df / (df + t^2), or near zero its complement, whichever keeps the digits
    near = 2 * tail > 0.5
    share = special.betaincinv(df / 2, 0.5, np.where(near, 0.5, 2 * tail))
    rest = special.betaincinv(0.5, df / 2, np.where(near, np.maximum(1 - 2 * tail, 0), 0.5))
    t = np.sqrt(df * np.where(near, rest / (1 - rest), (1 - share) / share))
    beyond = logs < np.log(_SMALLEST)
    return np.where(beyond, _far_quantile(np.minimum(logs, -1.0), t, df), t) if beyond.any() else t


def _far_quantile(logs: Floats, start: Floats, df: float) -> Floats:
    """Newton's method for log t on the log tail, for tails that are too small for a float."""
    u = np.log(np.maximum(start, 1.0))
    constant = special.gammaln((df + 1) / 2) - special.gammaln(df / 2) - np.log(df * np.pi) / 2
    for _ in range(60):
        t = np.exp(u)
        now = log_t_tail(t, df)
        log_density = constant - (df + 1) / 2 * np.log1p(t**2 / df)
        step = (now - logs) * np.exp(now - log_density - u)
        u = u + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-14:
            break
    return np.asarray(np.exp(u))


def f_quantile(tail: ArrayLike, df1: float, df2: float, *, upper: bool = True) -> Floats:
    """The F whose upper (or lower) tail this is; ``df2`` may be infinite."""
    (p,) = _arrays(tail)
    if np.isinf(df2):
        inverse = special.gammainccinv if upper else special.gammaincinv
        return np.asarray(2 * inverse(df1 / 2, p) / df1)
    if upper:
        share = special.betaincinv(df2 / 2, df1 / 2, p)  # df2 / (df2 + df1 F)
        return np.asarray(df2 * (1 - share) / share / df1)
    share = special.betaincinv(df1 / 2, df2 / 2, p)
    return np.asarray(df2 * share / (1 - share) / df1)
