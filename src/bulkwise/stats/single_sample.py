"""One patient against a reference: which genes leave the range of a group of normal samples.

A gene's value ``x`` is compared with the reference's mean ``m`` by the prediction error of one new
sample, ``t = (x - m) / (s sqrt(1 + 1/n))``, with the variance ``s^2`` pulled towards that of genes
of like expression. Expression has heavier tails than the normal law, and samples differ as a
whole, so the P-values are calibrated: every reference sample is left out in turn and compared with
the others, and P is how often a gene of a normal sample lies as far out. Beyond the outermost
0.02 % the tail is continued as a power of the score.

References
----------
Smyth GK. Linear models and empirical Bayes methods for assessing differential expression in
microarray experiments. Statistical Applications in Genetics and Molecular Biology 3, 3 (2004).

Hill BM. A simple general approach to inference about the tail of a distribution. Annals of
Statistics 3, 1163-1174 (1975).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri_exp

from bulkwise.checks.base import Finding, name_some
from bulkwise.errors import GeneError, InputError, SampleError
from bulkwise.randomness import RandomState, Seeds
from bulkwise.stats.base import (
    Floats,
    adjust,
    as_expression,
    fit_variance_prior,
    lm_fit,
    log_t_tail,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PatientProfile", "Reference", "against_reference", "fit_reference"]

_FEWEST = 4
_MOST_LEFT_OUT = 50
_TAIL_SHARE = 2e-4
_FEWEST_IN_TAIL = 20
_CURVE_POINTS = 512
_STRANGE = 0.05


@dataclass(frozen=True)
class Reference:
    """A group of normal samples, ready to hold patients against.

    Parameters
    ----------
    genes
        Names.
    mean, variance, df
        Of each gene: mean, variance pulled towards its like, degrees of freedom.
    n
        Samples in which the gene was measured.
    low, high
        Smallest and largest value of each gene.
    levels, tail
        The calibration: sizes of the normal score, ascending, and how often a gene of a left-out
        reference sample reaches them.
    exponent
        Power with which the tail goes on beyond the last level.
    spreads
        Median size of the scores of each left-out reference sample, over a normal's 0.6745.
    """

    genes: tuple[str, ...]
    mean: Floats
    variance: Floats
    df: Floats
    n: Floats
    low: Floats
    high: Floats
    levels: Floats
    tail: Floats
    exponent: float
    spreads: Floats

    def p_values(self, scores: ArrayLike) -> Floats:
        """Calibrated two-sided P of normal scores."""
        size = np.abs(np.asarray(scores, dtype=np.float64))
        logs = np.interp(size, self.levels, np.log(self.tail))
        with np.errstate(divide="ignore"):
            beyond = np.log(self.tail[-1]) - self.exponent * np.log(size / self.levels[-1])
        return np.asarray(np.exp(np.where(size > self.levels[-1], beyond, logs)))


@dataclass(frozen=True)
class PatientProfile:
    """One sample against a reference.

    Parameters
    ----------
    table
        ``gene``, ``value``, ``reference_mean``, ``reference_low``, ``reference_high``,
        ``difference`` (log2), ``score`` (normal score, above 0 where the patient is higher),
        ``p_value`` (calibrated), ``adjusted_p_value``.
    spread
        Median size of the scores over a normal's: 1 for an ordinary normal sample.
    spread_rank
        Share of reference samples, each against the others, whose spread is as large.
    findings
        What to know about the sample.
    """

    table: pd.DataFrame
    spread: float
    spread_rank: float
    findings: tuple[Finding, ...]


def _scores(values: Floats, mean: Floats, variance: Floats, df: Floats, n: Floats) -> Floats:
    """Normal scores of one sample's values."""
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (values - mean) / np.sqrt(variance * (1 + 1 / n))
    known = np.isfinite(t)
    scores = np.full(len(t), np.nan)
    tails = log_t_tail(np.abs(t[known]), df[known])
    scores[known] = -np.sign(t[known]) * ndtri_exp(np.minimum(tails, np.log(0.5)))
    return scores


def _moments(values: NDArray[Any], trend: bool) -> tuple[Floats, Floats, Floats, Floats]:
    """Mean, squeezed variance, degrees of freedom and number of samples of each gene."""
    fit = lm_fit(values, np.ones((len(values), 1)))
    covariate = np.where(np.isfinite(fit.mean), fit.mean, np.nanmedian(fit.mean)) if trend else None
    prior = fit_variance_prior(fit.sigma**2, fit.df_residual, covariate=covariate)
    variance = prior.squeeze(fit.sigma**2, fit.df_residual)
    df = np.minimum(fit.df_residual + prior.df, fit.df_residual.sum())
    return fit.coefficients[:, 0], variance, df, fit.df_residual + 1


def fit_reference(values: Any, *, trend: bool = True, random_state: RandomState = 0) -> Reference:
    """Learn what is normal from a group of samples.

    Parameters
    ----------
    values
        Samples x genes, on a log scale; NaN leaves a value out.
    trend
        Let the prior variance follow the mean expression.
    random_state
        Chooses the samples to leave out where there are more than 50.

    Returns
    -------
    Reference

    Raises
    ------
    SampleError
        If there are fewer than four samples.
    InputError
        If values are infinite, or no gene varies.
    """
    matrix, genes = as_expression(values)
    n = len(matrix)
    if n < _FEWEST:
        raise SampleError(
            f"A reference needs at least {_FEWEST} samples, got {n}: with fewer, none can be left "
            "out and the others still show their variation."
        )
    if np.isinf(matrix).any():
        raise InputError(
            "The reference holds infinite values (the logarithm of zero?); add a small constant "
            "before taking logarithms."
        )
    seen = np.isfinite(matrix)
    low = np.where(seen, matrix, np.inf).min(axis=0).astype(np.float64)
    high = np.where(seen, matrix, -np.inf).max(axis=0).astype(np.float64)
    if not (high > low).any():
        raise InputError("No gene of the reference varies, so that nothing can leave its range.")
    left_out = np.arange(n)
    if n > _MOST_LEFT_OUT:
        rng = Seeds(random_state).numpy("left out")
        left_out = np.sort(rng.choice(n, _MOST_LEFT_OUT, replace=False))
    scores = [
        _scores(np.asarray(matrix[k], dtype=np.float64), *_moments(np.delete(matrix, k, 0), trend))
        for k in left_out.tolist()
    ]
    levels, tail, exponent = _calibration(np.abs(np.concatenate(scores)))
    return Reference(
        genes,
        *_moments(matrix, trend),
        low,
        high,
        levels,
        tail,
        exponent,
        np.array([_spread(own) for own in scores]),
    )


def _spread(scores: Floats) -> float:
    return float(np.nanmedian(np.abs(scores))) / 0.674489750196


def _calibration(sizes: Floats) -> tuple[Floats, Floats, float]:
    """How often left-out genes reach each size, and the power law beyond."""
    sizes = np.sort(sizes[np.isfinite(sizes)])
    m = len(sizes)
    top = min(max(int(_TAIL_SHARE * m), _FEWEST_IN_TAIL), m // 2)
    threshold = max(float(sizes[m - top - 1]), 1e-12)
    exponent = top / float(
        np.log(np.maximum(sizes[m - top :], threshold) / threshold).sum() + 1e-12
    )
    at = np.unique(np.linspace(0, m - top - 1, _CURVE_POINTS).astype(np.intp))
    levels, first = np.unique(sizes[at], return_index=True)
    # share of left-out values at or above each level
    tail = (m - np.searchsorted(sizes, sizes[at][first], side="left")) / m
    return levels, np.maximum(tail, top / m), exponent


def against_reference(
    sample: Mapping[str, float], reference: Reference, *, alpha: float = 0.05
) -> PatientProfile:
    """Which genes of one sample leave the range of the reference.

    Parameters
    ----------
    sample
        Gene -> value (a mapping or a Series), on the scale of the reference, normalised alike.
    reference
        From :func:`fit_reference`.
    alpha
        False discovery rate for the sentence on how many genes left.

    Returns
    -------
    PatientProfile

    Raises
    ------
    GeneError
        If less than half of the reference's genes are in the sample.
    """
    import pandas as pd

    own = {str(gene): float(value) for gene, value in sample.items()}
    values = np.array([own.get(gene, np.nan) for gene in reference.genes])
    lost = [gene for gene in reference.genes if gene not in own]
    if len(lost) > len(reference.genes) / 2:
        raise GeneError(
            f"The sample lacks {len(lost):,} of the reference's {len(reference.genes):,} genes "
            f"({name_some(lost, 3)}; the sample has {name_some(list(own)[:3])}); give both the "
            "same kind of gene ids."
        )
    scores = _scores(values, reference.mean, reference.variance, reference.df, reference.n)
    p = np.where(np.isfinite(scores), reference.p_values(np.nan_to_num(scores)), np.nan)
    adjusted = adjust(p)
    spread = _spread(scores)
    rank = float(((reference.spreads >= spread).sum() + 1) / (len(reference.spreads) + 1))
    table = pd.DataFrame(
        {
            "gene": reference.genes,
            "value": values,
            "reference_mean": reference.mean,
            "reference_low": reference.low,
            "reference_high": reference.high,
            "difference": values - reference.mean,
            "score": scores,
            "p_value": p,
            "adjusted_p_value": adjusted,
        }
    )
    called = int((adjusted <= alpha).sum())
    findings = [
        Finding(
            "genes-outside",
            "note",
            f"{called:,} of {int(np.isfinite(p).sum()):,} genes leave the reference's range at a "
            f"false discovery rate of {alpha:g}.",
        )
    ]
    if rank < _STRANGE:
        findings.append(
            Finding(
                "sample-unlike-reference",
                "warning",
                f"The sample's scores are {spread:.1f} times as wide as a normal's, wider than "
                "those of nearly all reference samples: most genes differ, by disease, or by batch "
                "or normalisation; compare a normal sample of the same origin.",
            )
        )
    if lost:
        message = f"Genes of the reference that the sample lacks were left out: {len(lost):,}."
        findings.append(Finding("genes-missing", "note", message, tuple(lost)))
    return PatientProfile(table, spread, rank, tuple(findings))
