"""How far several comparisons, or lists of genes, agree: shared genes and alike rankings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from bulkwise.checks.base import Finding
from bulkwise.errors import GeneError, InputError
from bulkwise.stats import (
    compare_lists,
    jaccard,
    rank_concordance,
    signed_lists,
    true_positive_rate,
    upset_counts,
    venn_counts,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Agreement", "agreement"]

_VENN_LISTS = 3


@dataclass(frozen=True)
class Agreement:
    """What several comparisons share.

    Parameters
    ----------
    names
        Of the comparisons or lists.
    lists
        ``"up"`` and ``"down"``, or ``"listed"`` for lists without a sign -> name -> genes.
    regions
        Direction -> the table of ``venn_counts`` (up to three lists) or ``upset_counts``.
    pairs
        A row a direction and pair: ``direction``, ``first``, ``second``, ``first_size``,
        ``second_size``, ``shared``, ``universe_size``, ``expected``, ``p_value`` (NaN without a
        universe), ``jaccard``, ``true_positive_rate`` (DeeP4med's).
    ranks
        A row a pair of tables: ``first``, ``second``, ``genes``, ``spearman``, ``low``, ``high``,
        ``same_sign``; empty for lists.
    top
        A row a pair and depth, as ``RankConcordance.top``; empty for lists.
    rule
        By which rule genes were called, in words.
    findings
        What to know about the lists.
    """

    names: tuple[str, ...]
    lists: dict[str, dict[str, list[str]]]
    regions: dict[str, pd.DataFrame]
    pairs: pd.DataFrame
    ranks: pd.DataFrame
    top: pd.DataFrame
    rule: str
    findings: tuple[Finding, ...]


def agreement(
    tables: Mapping[str, pd.DataFrame | Iterable[str]],
    *,
    alpha: float = 0.05,
    fold_change: float = 2.0,
    universe: Iterable[str] | None = None,
) -> Agreement:
    """Compare the called genes and the rankings of several comparisons.

    Parameters
    ----------
    tables
        Name -> a table (``gene``, ``log2_fold_change``, ``adjusted_p_value`` and, for the
        rankings, ``statistic``), or a list of genes. If one is a list, all are compared as lists
        without a sign.
    alpha, fold_change
        Genes are called at this false discovery rate and at least this ratio.
    universe
        All genes that could have been called; by default, where all are tables, those with an
        adjusted P-value in all. What is called outside isn't counted.

    Returns
    -------
    Agreement

    Raises
    ------
    InputError
        If there are fewer than two.
    GeneError
        If nothing was tested in all, or the universe is smaller than a list or holds hardly any of
        its genes.
    """
    if len(tables) < 2:
        raise InputError(f"There is nothing to compare: expected two or more, got {len(tables)}.")
    names = tuple(str(name) for name in tables)
    frames = {str(name): table for name, table in tables.items() if hasattr(table, "columns")}
    signed = len(frames) == len(names)
    called = {
        str(name): _called(table, alpha, fold_change)
        if hasattr(table, "columns")
        else {"listed": list(dict.fromkeys(map(str, table)))}
        for name, table in tables.items()
    }
    findings: list[Finding] = []
    measured = _universe(frames, universe, signed)
    directions = ("up", "down") if signed else ("listed",)
    lists = {
        way: {
            name: _within(name, way, _way(own, way), measured, findings)
            for name, own in called.items()
        }
        for way in directions
    }
    ranks, top = _ranks(frames if signed else {})
    count = venn_counts if len(names) <= _VENN_LISTS else upset_counts
    return Agreement(
        names,
        lists,
        {way: count(held) for way, held in lists.items()},
        _pairs(lists, measured),
        ranks,
        top,
        f"a false discovery rate of {alpha:g} and a change of at least {fold_change:g} times"
        if frames
        else "as listed",
        tuple(findings),
    )


def _called(table: Any, alpha: float, fold_change: float) -> dict[str, list[str]]:
    return signed_lists(table, alpha=alpha, fold_change=fold_change)


def _way(own: dict[str, list[str]], way: str) -> list[str]:
    """The genes of a direction; both directions of a table that is taken for a list."""
    return own[way] if way in own else [gene for genes in own.values() for gene in genes]


def _universe(
    frames: Mapping[str, Any], given: Iterable[str] | None, signed: bool
) -> dict[str, None] | None:
    if given is not None:
        return dict.fromkeys(map(str, given))
    if not signed:
        return None
    tested = [
        dict.fromkeys(map(str, frame.loc[frame["adjusted_p_value"].notna(), "gene"]))
        for frame in frames.values()
    ]
    common = {gene: None for gene in tested[0] if all(gene in other for other in tested[1:])}
    if not common:
        samples = "; ".join(
            f"{name!r} has {next(iter(own), 'none')!r}"
            for name, own in zip(frames, tested, strict=True)
        )
        raise GeneError(
            f"No gene was tested in all {len(frames)} tables ({samples}); give all the same kind "
            "of gene ids."
        )
    return common


def _within(
    name: str,
    way: str,
    genes: Sequence[str],
    universe: dict[str, None] | None,
    findings: list[Finding],
) -> list[str]:
    """The genes of a list that are in the universe."""
    if universe is None:
        return list(genes)
    if len(genes) > len(universe):
        raise GeneError(
            f"The list {name!r} ({way}) has {len(genes):,} genes and the universe "
            f"{len(universe):,}: the universe must hold every gene that could have been listed."
        )
    kept = [gene for gene in genes if gene in universe]
    lost = [gene for gene in genes if gene not in universe]
    if len(lost) > len(genes) / 2:
        raise GeneError(
            f"{len(lost):,} of the {len(genes):,} genes of {name!r} ({way}) aren't in the universe "
            f"of {len(universe):,} (such as {lost[0]!r}; the universe has "
            f"{next(iter(universe))!r}); give all the same kind of gene ids."
        )
    if lost:
        message = (
            f"{len(lost):,} of the {len(genes):,} genes of {name!r} ({way}) aren't among the "
            f"{len(universe):,} that all could have called, and don't count."
        )
        findings.append(Finding("genes-outside-universe", "note", message, tuple(lost)))
    return kept


def _pairs(
    lists: Mapping[str, Mapping[str, list[str]]], universe: dict[str, None] | None
) -> pd.DataFrame:
    import pandas as pd

    nan = float("nan")
    rows = []
    for way, held in lists.items():
        for a, b in combinations(held, 2):
            row: dict[str, Any] = {
                "direction": way,
                "first": a,
                "second": b,
                "first_size": len(held[a]),
                "second_size": len(held[b]),
                "shared": len(set(held[a]) & set(held[b])),
                "universe_size": nan,
                "expected": nan,
                "p_value": nan,
                "jaccard": jaccard(held[a], held[b]),
                "true_positive_rate": true_positive_rate(held[a], held[b]),
            }
            if universe is not None:
                found = compare_lists(held[a], held[b], universe=universe)
                row |= {
                    "universe_size": found.universe_size,
                    "expected": found.expected,
                    "p_value": found.p_value,
                }
            rows.append(row)
    return pd.DataFrame(rows)


def _ranks(frames: Mapping[str, Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
    import pandas as pd

    ranked = {
        name: dict(zip(frame["gene"].astype(str), frame["statistic"], strict=True))
        for name, frame in frames.items()
        if "statistic" in frame
    }
    rows, tops = [], []
    for a, b in combinations(ranked, 2):
        found = rank_concordance(ranked[a], ranked[b])
        rows.append(
            {
                "first": a,
                "second": b,
                "genes": found.genes,
                "spearman": found.spearman,
                "low": found.low,
                "high": found.high,
                "same_sign": found.same_sign,
            }
        )
        top = found.top.copy()
        top.insert(0, "second", b)
        top.insert(0, "first", a)
        tops.append(top)
    return pd.DataFrame(rows), pd.concat(tops, ignore_index=True) if tops else pd.DataFrame()
