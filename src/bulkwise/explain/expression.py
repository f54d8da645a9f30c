"""Which genes are worth asking about: those that are expressed."""

from __future__ import annotations

from collections.abc import Mapping

from sklearn.pipeline import Pipeline, make_pipeline

from bulkwise.checks.base import Finding, were
from bulkwise.preprocess import ExpressionFilter, for_unit
from bulkwise.preprocess.defaults import LEAST_EXPRESSION

__all__ = ["LEAST_EXPRESSION", "left_out_finding", "preparation"]

_SHARE = 0.2


def preparation(unit: str, counts: Mapping[str, int], least: float | None = None) -> Pipeline:
    """The preprocessing of a unit, hardly expressed genes left out first.

    A gene that is near zero in almost all samples has a tiny variance, made of a few reads;
    standardised, it weighs as much as any other.

    Parameters
    ----------
    unit
        One of ``bulkwise.checks.UNITS``.
    counts
        Class -> samples. A gene must pass the level in a fifth of the samples, or in half of the
        smallest class if that is less, so that a marker of a rare class stays.
    least
        The level, before any logarithm; by default :data:`LEAST_EXPRESSION`.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Not fitted; its last step is ``Standardize``. Without a filter where the unit doesn't say
        where zero is and no level is given.
    """
    level = LEAST_EXPRESSION.get(unit) if least is None else least
    share = min(_SHARE, min(counts.values()) / (2 * sum(counts.values())))
    kept = [] if level is None else [ExpressionFilter(level=level, share=share, unit=unit)]
    return make_pipeline(*kept, *for_unit(unit))


def left_out_finding(fitted: Pipeline, unit: str, genes: tuple[str, ...]) -> Finding:
    """Say how many genes were left out as not expressed, and which.

    Parameters
    ----------
    fitted
        From :func:`preparation`, fitted.
    unit
        Of the cohort.
    genes
        All genes of the cohort.
    """
    first = fitted[0]
    if not isinstance(first, ExpressionFilter):
        return Finding(
            "expression-not-filtered",
            "note",
            f"Values in the unit {unit!r} don't say where zero is, so no gene was left out for "
            "being hardly expressed; if some are, give the level that expressed genes pass "
            "(least_expression, or --min-expression).",
        )
    out = tuple(gene for gene, kept in zip(genes, first.get_support(), strict=True) if not kept)
    return Finding(
        "hardly-expressed",
        "note",
        f"{len(out):,} of {len(genes):,} genes {were(len(out))} left out because fewer than "
        f"{first.share:.1%} of the samples pass {first.level:g} ({unit}): once standardised, "
        "their noise would weigh as much as any gene (least_expression, or --min-expression, "
        "sets the level).",
        out,
    )
