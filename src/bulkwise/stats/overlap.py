"""How alike lists of genes are.

References
----------
Lex A, Gehlenborg N, Strobelt H, Vuillemot R, Pfister H. UpSet: visualization of intersecting sets.
IEEE Transactions on Visualization and Computer Graphics 20, 1983-1992 (2014).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from bulkwise.errors import GeneError, InputError
from bulkwise.stats.base import hypergeometric_tail, unique_genes

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "ListOverlap",
    "compare_lists",
    "jaccard",
    "signed_lists",
    "true_positive_rate",
    "upset_counts",
    "venn_counts",
]

_VENN_LISTS = 3


def jaccard(first: Iterable[str], second: Iterable[str]) -> float:
    """Shared genes over all genes of two lists; NaN when both are empty."""
    a, b = set(first), set(second)
    return len(a & b) / len(a | b) if a | b else float("nan")


def true_positive_rate(first: Iterable[str], second: Iterable[str]) -> float:
    """Shared genes over the mean length of two lists; NaN when both are empty.

    DeeP4med's equations 1 (genes that rise) and 2 (genes that fall), there between differential
    expression of original normal against predicted tumour samples, and the other way round. It is
    the coefficient of Dice and Sorensen: it knows no truth, and half of either matrix is a function
    of the other half, so that it says how consistent two lists are, not how right.
    """
    a, b = set(first), set(second)
    return 2 * len(a & b) / (len(a) + len(b)) if a or b else float("nan")


def signed_lists(
    table: pd.DataFrame, *, alpha: float = 0.05, fold_change: float = 2.0
) -> dict[str, list[str]]:
    """Genes that rise and genes that fall, by adjusted P and least fold change.

    Parameters
    ----------
    table
        With ``gene``, ``log2_fold_change`` and ``adjusted_p_value``.
    alpha
        Largest adjusted P-value.
    fold_change
        Least ratio (2 is a log2 fold change of 1).

    Returns
    -------
    dict
        ``"up"`` and ``"down"``, each in the order of the table.
    """
    size = float(np.log2(fold_change))
    called = table[table["adjusted_p_value"] <= alpha]
    change = called["log2_fold_change"]
    return {
        "up": called.loc[(change >= size) & (change > 0), "gene"].astype(str).tolist(),
        "down": called.loc[(change <= -size) & (change < 0), "gene"].astype(str).tolist(),
    }


def _regions(
    lists: Mapping[str, Iterable[str]],
) -> tuple[list[str], dict[tuple[bool, ...], list[str]]]:
    names = [str(name) for name in lists]
    members = [set(map(str, genes)) for genes in lists.values()]
    regions: dict[tuple[bool, ...], list[str]] = {}
    for gene in sorted(set().union(*members)):
        regions.setdefault(tuple(gene in own for own in members), []).append(gene)
    return names, regions


def _region_table(
    names: Sequence[str], regions: Sequence[tuple[tuple[bool, ...], list[str]]]
) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        [
            {**dict(zip(names, key, strict=True)), "size": len(genes), "genes": ";".join(genes)}
            for key, genes in regions
        ],
        columns=[*names, "size", "genes"],
    )


def venn_counts(lists: Mapping[str, Iterable[str]]) -> pd.DataFrame:
    """Every region of a Venn diagram of two or three lists, empty ones too.

    Parameters
    ----------
    lists
        Name -> genes.

    Returns
    -------
    pandas.DataFrame
        A truth value for each list, ``size``, ``genes`` (in exactly these lists).

    Raises
    ------
    InputError
        If there aren't two or three lists.
    """
    if not 2 <= len(lists) <= _VENN_LISTS:
        raise InputError(
            f"A Venn diagram shows two or three lists, got {len(lists)}; use upset_counts for more."
        )
    names, regions = _regions(lists)
    keys = [key for key in product([True, False], repeat=len(names)) if any(key)]
    return _region_table(names, [(key, regions.get(key, [])) for key in keys])


def upset_counts(lists: Mapping[str, Iterable[str]], *, smallest: int = 1) -> pd.DataFrame:
    """The intersections of any number of lists, the largest first.

    Parameters
    ----------
    lists
        Name -> genes.
    smallest
        Least genes in a shown intersection.

    Returns
    -------
    pandas.DataFrame
        A truth value for each list, ``size``, ``genes`` (in exactly these lists), ``degree`` (how
        many lists).

    Raises
    ------
    InputError
        If there are fewer than two lists.
    """
    if len(lists) < 2:
        raise InputError(f"Intersections need at least two lists, got {len(lists)}.")
    names, regions = _regions(lists)
    shown = [(key, genes) for key, genes in regions.items() if len(genes) >= smallest]
    shown.sort(key=lambda item: (-len(item[1]), sum(item[0]), [not inside for inside in item[0]]))
    table = _region_table(names, shown)
    table["degree"] = [sum(key) for key, _ in shown]
    return table


@dataclass(frozen=True)
class ListOverlap:
    """The overlap of two lists against chance.

    Parameters
    ----------
    shared, first_size, second_size, universe_size
        Numbers of genes, all within the universe.
    expected
        Shared genes that two random lists of these lengths would have.
    p_value
        Of at least this overlap by chance (hypergeometric).
    jaccard, true_positive_rate
        As the functions of these names.
    """

    shared: int
    first_size: int
    second_size: int
    universe_size: int
    expected: float
    p_value: float
    jaccard: float
    true_positive_rate: float


def compare_lists(
    first: Iterable[str], second: Iterable[str], *, universe: Iterable[str]
) -> ListOverlap:
    """Compare the overlap of two lists with that of random ones.

    Parameters
    ----------
    first, second
        Lists of genes.
    universe
        All genes that could have been in either.

    Returns
    -------
    ListOverlap

    Raises
    ------
    GeneError
        If a listed gene isn't in the universe.
    """
    measured = set(unique_genes(universe, what="the universe"))
    a, b = set(map(str, first)), set(map(str, second))
    outside = sorted((a | b) - measured)
    if outside:
        raise GeneError(
            f"{len(outside):,} listed genes aren't in the universe of {len(measured):,} (such as "
            f"{outside[0]!r}); it must hold every gene that could have been listed."
        )
    shared = len(a & b)
    tail = hypergeometric_tail([shared], [len(b)], len(a), len(measured))
    return ListOverlap(
        shared,
        len(a),
        len(b),
        len(measured),
        len(a) * len(b) / len(measured),
        float(tail[0]),
        jaccard(a, b),
        true_positive_rate(a, b),
    )
