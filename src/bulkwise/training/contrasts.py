"""Practice for a model of directions: few samples drawn from large cohorts, and what they missed.

A large cohort says which genes differ and which way. A handful of its samples is the question, the
cohort's verdict the answer; so is the verdict of a half or a quarter of it, so that a model learns
what "neutral" means in a cohort of a stated size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bulkwise.checks.base import Finding
from bulkwise.errors import InputError, SampleError
from bulkwise.progress import task
from bulkwise.randomness import Seeds
from bulkwise.stats.base import adjust
from bulkwise.stats.comparison import pick_samples
from bulkwise.stats.effects import GenePrior, direction_probabilities, posterior
from bulkwise.stats.two_groups import Evidence, evidence

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = [
    "Contrast",
    "Practice",
    "Verdict",
    "draw",
    "draw_rows",
    "family_of",
    "inputs",
    "open_contrast",
    "practise",
    "reference_size",
    "verdicts",
]

Array = NDArray[Any]

RELATIVES = {
    "KICH": "kidney",
    "KIRC": "kidney",
    "KIRP": "kidney",
    "COAD": "colon and rectum",
    "READ": "colon and rectum",
    "LUAD": "lung",
    "LUSC": "lung",
}
"""TCGA cohorts that are near relatives -> their family."""

_SHARES = (1.0, 0.5, 0.25)
_LEAST_REFERENCE = 4
_ROWS_A_DRAW = 600


@dataclass(frozen=True, eq=False)
class Contrast:
    """Two conditions of a cohort, ready to be drawn from.

    Attributes
    ----------
    name, family
        Of the cohort; cohorts of one family are never taught by each other.
    values
        Samples x genes, finite, in ``unit``.
    unit
        Their unit.
    first
        True for samples of the first condition.
    genes
        Names of the genes.
    named
        Which of the names mean the same gene in every cohort.
    pair
        The first and the second condition.
    """

    name: str
    family: str
    values: Array
    unit: str
    first: Array
    genes: Array
    named: Array
    pair: tuple[str, str] = ("first", "second")


@dataclass(frozen=True, eq=False)
class Verdict:
    """What a cohort says of its genes.

    Attributes
    ----------
    reference
        Samples a side.
    direction
        -1 down, 0 neutral, 1 up, one a gene.
    effect
        Mean difference in standard deviations.
    """

    reference: float
    direction: Array
    effect: Array


def family_of(name: str) -> str:
    """The family of a cohort by its name: near relatives of TCGA together, others alone.

    Examples
    --------
    >>> family_of("KIRC"), family_of("BRCA")
    ('kidney', 'BRCA')
    """
    return RELATIVES.get(name.upper(), name)


def open_contrast(
    cohort: AnnData,
    *,
    column: str = "condition",
    contrast: str | tuple[str, str] = "tumour:normal",
    name: str | None = None,
    family: str | None = None,
) -> tuple[Contrast, list[Finding]]:
    """Two conditions of a cohort, checked.

    Parameters
    ----------
    cohort
        Samples x genes with ``.uns["unit"]``. A column ``named`` in ``.var`` (true or false) says
        which genes' names mean the same gene elsewhere; without it all do.
    column, contrast
        The column of the conditions, and ``"first:second"``.
    name, family
        Of the cohort; by default ``.uns["cohort"]`` and its family by :func:`family_of`.

    Raises
    ------
    SampleError, UnitError
        If a column, a condition or the unit is missing.
    InputError
        If values are missing or infinite.
    """
    picked = pick_samples(cohort, column=column, contrast=contrast)
    if not np.isfinite(picked.values).all():
        count = int((~np.isfinite(picked.values)).sum())
        raise InputError(
            f"{count:,} values of the compared samples are missing or infinite; fill them in or "
            "leave those genes out."
        )
    label = str(cohort.uns.get("cohort", "")) if name is None else name
    genes = np.array(picked.genes, dtype=str)
    named = np.ones(len(genes), dtype=bool)
    if "named" in cohort.var:
        named = cohort.var["named"].to_numpy().astype(bool)
    made = Contrast(
        label,
        family_of(label) if family is None else family,
        np.asarray(picked.values, dtype=np.float64),
        picked.unit,
        np.asarray(picked.is_first),
        genes,
        named,
        picked.pair,
    )
    return made, list(picked.findings)


def reference_size(n_first: int, n_second: int) -> float:
    """Samples a side of a balanced cohort that sees as well: the harmonic mean of two sizes."""
    return 2 / (1 / n_first + 1 / n_second)


def verdicts(contrast: Contrast, alpha: float, rng: np.random.Generator) -> list[Verdict]:
    """What the whole cohort says, then a half and a quarter of it drawn at random.

    A gene is up or down where its moderated t is significant at a false discovery rate of
    ``alpha`` (Benjamini-Hochberg).
    """
    made = []
    for share in _SHARES:
        parts = [np.flatnonzero(contrast.first == side) for side in (True, False)]
        sizes = [round(len(part) * share) for part in parts]
        if share < 1 and min(sizes) < _LEAST_REFERENCE:
            continue
        rows = np.concatenate(
            [rng.choice(part, n, replace=False) for part, n in zip(parts, sizes, strict=True)]
        )
        seen = evidence(contrast.values[rows], contrast.unit, contrast.first[rows])
        found = adjust(seen.p_value) <= alpha
        direction = np.where(found, np.sign(seen.change), 0).astype(np.int64)
        made.append(Verdict(reference_size(*sizes), direction, seen.effect))
    return made


def draw_rows(contrast: Contrast, sizes: Sequence[int], rng: np.random.Generator) -> Array:
    """Positions of a few samples, as many of each condition as ``sizes``, or all if fewer.

    Raises
    ------
    SampleError
        If a condition has fewer than two samples.
    """
    rows = []
    for side, size in zip((True, False), sizes, strict=True):
        there = np.flatnonzero(contrast.first == side)
        if len(there) < 2:
            raise SampleError(
                f"The cohort {contrast.name!r} has {len(there)} samples of one condition; expected "
                "two or more of each."
            )
        rows.append(rng.choice(there, min(size, len(there)), replace=False))
    return np.concatenate(rows)


def draw(contrast: Contrast, sizes: Sequence[int], rng: np.random.Generator) -> Evidence:
    """What a few samples say (see :func:`draw_rows`)."""
    picked = draw_rows(contrast, sizes, rng)
    return evidence(contrast.values[picked], contrast.unit, contrast.first[picked])


def inputs(seen: Evidence, prior: GenePrior, reference: float) -> tuple[Array, Array]:
    """What a network is told of each gene: numbers that turn with the contrast, and others.

    Parameters
    ----------
    seen
        What a few samples say.
    prior
        What other cohorts say.
    reference
        Samples a side of the cohort in which neutral means not significant.

    Returns
    -------
    odd, even : ndarray
        Genes x numbers each.
    """
    mean, variance = posterior(seen.effect, seen.noise, prior)
    closed = direction_probabilities(mean, variance, reference)
    pull = prior.mean * seen.noise / (seen.noise + prior.variance)
    surprise, told = seen.effect - prior.mean, prior.count / (prior.count + 1)
    odd = np.column_stack(
        [
            seen.odd,
            prior.mean,
            pull,
            mean / np.sqrt(variance),
            closed[:, 2] - closed[:, 0],
            told * prior.plain,
            seen.along_samples(surprise, told > 0),
            seen.along_levels(surprise, told > 0),
        ]
    )
    n = len(mean)
    neutral = np.clip(closed[:, 1], 1e-4, 1 - 1e-4)
    even = np.column_stack(
        [
            seen.even,
            np.log(prior.variance / seen.noise),
            told,
            np.full(n, np.log(reference)),
            np.log(neutral / (1 - neutral)),
            np.log(prior.dispute),
        ]
    )
    return odd, even


@dataclass(frozen=True, eq=False)
class Practice:
    """Genes of many draws, in rows.

    Attributes
    ----------
    odd, even
        What :func:`inputs` says of them.
    label
        The large cohort's verdict: 0 down, 1 neutral, 2 up.
    weight
        Mean 1; every cohort counts the same.
    family
        Of the cohort.
    """

    odd: Array
    even: Array
    label: Array
    weight: Array
    family: Array


def practise(
    contrasts: Sequence[Contrast],
    said: Sequence[Sequence[Verdict]],
    prior: Callable[[Contrast, Evidence], GenePrior],
    sizes: Sequence[int],
    draws: int,
    seeds: Seeds,
) -> Practice:
    """Draw few samples from each cohort and keep some of its genes, with the cohort's verdict.

    Parameters
    ----------
    contrasts
        The large cohorts.
    said
        Their verdicts (:func:`verdicts`), of which each draw takes one at random.
    prior
        What other families say about a draw's genes.
    sizes
        Samples a side, taken in turn; every third draw takes another size for the second side.
    draws
        Draws from each cohort.
    seeds
        For the draws.
    """
    parts: list[tuple[Array, ...]] = []
    with task("drawing few samples", total=len(contrasts) * draws) as bar:
        for i, (one, told) in enumerate(zip(contrasts, said, strict=True)):
            rng = seeds.numpy("draws", one.name, i)
            for number in range(draws):
                size = sizes[number % len(sizes)]
                other = size if number % 3 else int(rng.choice(sizes))
                seen = draw(one, (size, other), rng)
                verdict = told[int(rng.integers(len(told)))]
                odd, even = inputs(seen, prior(one, seen), verdict.reference)
                kept = rng.choice(len(odd), min(len(odd), _ROWS_A_DRAW), replace=False)
                weight = np.full(len(kept), 1 / len(kept))
                family = np.full(len(kept), one.family, dtype=object)
                parts.append((odd[kept], even[kept], verdict.direction[kept] + 1, weight, family))
                bar.advance(1)
    made = Practice(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    made.weight[:] /= made.weight.mean()
    return made
