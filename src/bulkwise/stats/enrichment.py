"""Which gene sets are over-represented in lists of genes, against an explicit universe.

References
----------
Rivals I, Personnaz L, Taing L, Potier MC. Enrichment or depletion of a GO category within a class
of genes: which test? Bioinformatics 23, 401-407 (2007).

Timmons JA, Szkop KJ, Gallagher IJ. Multiple sources of bias confound functional enrichment analysis
of global -omics data. Genome Biology 16, 186 (2015), for why the universe must be stated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bulkwise.checks.base import Finding, name_some
from bulkwise.errors import GeneError
from bulkwise.stats.base import (
    EncodedSets,
    adjust,
    encode_sets,
    group_terms,
    hypergeometric_tail,
    unique_genes,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Enrichment", "over_representation"]

_ALPHA = 0.05


@dataclass(frozen=True)
class Enrichment:
    """Tested gene sets.

    Parameters
    ----------
    table
        A row a library, list and term, the smallest P first within a library and list:
        ``library``, ``list``, ``term``, ``overlap``, ``set_size``, ``list_size``,
        ``universe_size``, ``expected``, ``fold_enrichment``, ``odds_ratio``, ``p_value``,
        ``adjusted_p_value`` (within a library and list), ``group`` (the term that leads the
        group of significant terms resting on the same genes), ``genes``.
    findings
        What to know about the lists and libraries.
    """

    table: pd.DataFrame
    findings: tuple[Finding, ...]

    def significant(self, *, alpha: float = _ALPHA, leaders: bool = False) -> pd.DataFrame:
        """Terms at a false discovery rate; ``leaders`` keeps one of each group."""
        chosen = self.table["adjusted_p_value"] <= alpha
        if leaders:
            chosen &= self.table["group"] == self.table["term"]
        found: pd.DataFrame = self.table[chosen]
        return found.reset_index(drop=True)


def over_representation(
    genes: Iterable[str] | Mapping[str, Iterable[str]],
    libraries: Any,
    *,
    universe: Iterable[str],
    smallest: int = 5,
    largest: int = 2000,
) -> Enrichment:
    """Test gene sets for over-representation in one list of genes or several.

    Parameters
    ----------
    genes
        The list; or name -> list, as ``{"up": ..., "down": ...}``: each is tested on its own,
        because genes that rise and genes that fall dilute one another.
    libraries
        One library (name of a set -> genes), several (name -> library), or a list of
        ``bulkwise.io.GeneSets``.
    universe
        All genes that could have been in the list: those that were tested, not all that exist.
    smallest, largest
        Sizes of sets, counted within the universe, that are tested.

    Returns
    -------
    Enrichment

    Raises
    ------
    GeneError
        If a list is empty, is larger than the universe, or mostly isn't in it; or if sets and
        universe don't meet (share, example of each, remedy).
    InputError
        If no set has an allowed size.
    """
    measured = unique_genes(universe, what="the universe")
    encoded, findings = encode_sets(libraries, measured, smallest=smallest, largest=largest)
    lists = dict(genes) if isinstance(genes, Mapping) else {"genes": genes}
    index = {name: k for k, name in enumerate(measured)}
    tables = []
    chosen = {name: _in_universe(name, own, index, findings) for name, own in lists.items()}
    for library in encoded:
        for name, hits in chosen.items():
            if library.terms:
                tables.append(_test(library, name, hits, measured))
    import pandas as pd

    return Enrichment(pd.concat(tables, ignore_index=True), tuple(findings))


def _in_universe(
    name: str, genes: Iterable[str], index: dict[str, int], findings: list[Finding]
) -> NDArray[np.bool_]:
    own = list(dict.fromkeys(str(gene) for gene in genes))
    if not own:
        raise GeneError(f"The list {name!r} holds no genes.")
    if len(own) > len(index):
        raise GeneError(
            f"The list {name!r} has {len(own):,} genes and the universe {len(index):,}: the "
            "universe must hold every gene that could have been in the list, all tested ones."
        )
    outside = [gene for gene in own if gene not in index]
    if len(outside) > len(own) / 2:
        raise GeneError(
            f"{len(outside):,} of the {len(own):,} genes of the list {name!r} aren't in the "
            f"universe ({name_some(outside, 3)}; the universe has {name_some(list(index)[:3])}): "
            "give both the same kind of ids, and all tested genes as the universe."
        )
    if outside:
        findings.append(
            Finding(
                "genes-outside-universe",
                "warning",
                f"{len(outside):,} of the {len(own):,} genes of the list {name!r} aren't in the "
                f"universe and don't count ({name_some(outside)}).",
                tuple(outside),
            )
        )
    hits = np.zeros(len(index), dtype=bool)
    hits[[index[gene] for gene in own if gene in index]] = True
    return hits


def _test(
    library: EncodedSets, name: str, hits: NDArray[np.bool_], measured: list[str]
) -> pd.DataFrame:
    import pandas as pd

    inside = hits[library.members]
    overlap = np.add.reduceat(inside.astype(np.int64), library.starts[:-1])
    sizes, n, N = library.sizes, int(hits.sum()), len(measured)
    p = hypergeometric_tail(overlap, sizes, n, N)
    expected = n * sizes / N
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = overlap * (N - sizes - n + overlap) / ((sizes - overlap) * (n - overlap))
    order = np.lexsort((-overlap / np.maximum(expected, 1e-300), p))
    adjusted = adjust(p)
    terms = np.array(library.terms, dtype=object)
    bounds = library.starts.tolist()
    found = [library.members[a:b][inside[a:b]] for a, b in pairwise(bounds)]
    leads = np.arange(len(terms))
    strong = np.flatnonzero(adjusted <= _ALPHA)
    leads[strong] = strong[group_terms([found[k] for k in strong], p[strong])]
    return pd.DataFrame(
        {
            "library": library.library,
            "list": name,
            "term": terms[order],
            "overlap": overlap[order],
            "set_size": sizes[order],
            "list_size": n,
            "universe_size": N,
            "expected": expected[order],
            "fold_enrichment": (overlap / expected)[order],
            "odds_ratio": odds[order],
            "p_value": p[order],
            "adjusted_p_value": adjusted[order],
            "group": terms[leads][order],
            "genes": [";".join(measured[g] for g in found[k].tolist()) for k in order.tolist()],
        }
    )
