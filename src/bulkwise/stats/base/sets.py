"""Libraries of gene sets as positions in a list of genes, and terms that say the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bulkwise.checks.base import Finding, name_some
from bulkwise.checks.genes import id_kind
from bulkwise.errors import GeneError, InputError

__all__ = ["EncodedSets", "encode_sets", "group_terms", "unique_genes"]

_REFUSED = 0.05
_DOUBTED = 0.5
_KINDS = {
    "symbol": "symbols",
    "ensembl": "Ensembl ids",
    "entrez": "Entrez ids",
    "probe": "probes",
}


@dataclass(frozen=True)
class EncodedSets:
    """One library, as positions of its genes.

    Parameters
    ----------
    library
        Its name.
    terms
        Names of the sets of allowed size.
    members
        Positions of all sets' genes, one set after the other, ascending in each.
    starts
        Where each set starts in ``members``, and the end of the last.
    """

    library: str
    terms: tuple[str, ...]
    members: NDArray[np.intp]
    starts: NDArray[np.intp]

    @property
    def sizes(self) -> NDArray[np.intp]:
        """Genes in each set."""
        return np.diff(self.starts)

    def __iter__(self) -> Iterator[NDArray[np.intp]]:
        for start, end in zip(self.starts[:-1].tolist(), self.starts[1:].tolist(), strict=True):
            yield self.members[start:end]


def unique_genes(genes: Iterable[Any], *, what: str) -> list[str]:
    """Gene names as text, each once.

    Raises
    ------
    GeneError
        If a name is missing or there twice.
    """
    names = [str(gene) for gene in genes]
    if len(set(names)) < len(names):
        seen: set[str] = set()
        twice = {name for name in names if name in seen or seen.add(name)}  # type: ignore[func-returns-value]
        raise GeneError(
            f"{len(twice):,} genes are more than once in {what} ({name_some(sorted(twice))}); keep "
            "one value for each."
        )
    if not names:
        raise GeneError(f"There are no genes in {what}.")
    return names


def _named(libraries: Any) -> dict[str, Mapping[str, Sequence[str]]]:
    if isinstance(libraries, Mapping):
        if any(isinstance(value, Mapping) for value in libraries.values()):
            return {str(name): sets for name, sets in libraries.items()}
        return {str(getattr(libraries, "name", "gene sets")): libraries}
    names = [str(getattr(sets, "name", f"library {k + 1}")) for k, sets in enumerate(libraries)]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise InputError(
            f"Two libraries are named {twice[0]!r}; give each once, under a name of its own "
            "(read_gmt(..., name=...), or rename the file)."
        )
    return dict(zip(names, libraries, strict=True))


def encode_sets(
    libraries: Any, genes: Sequence[str], *, smallest: int, largest: int
) -> tuple[list[EncodedSets], list[Finding]]:
    """Find the genes of each set, and keep the sets of allowed size.

    Parameters
    ----------
    libraries
        One library (name of a set -> genes), several (name -> library), or a list of libraries
        that have a ``name``.
    genes
        Names of the genes that the positions refer to, each once.
    smallest, largest
        Allowed number of a set's genes among these.

    Returns
    -------
    tuple
        The libraries, and what to know about them.

    Raises
    ------
    GeneError
        If hardly any gene of a library is among ``genes``: share, examples and remedy.
    InputError
        If there is no library, or no set of allowed size in any.
    """
    if not 1 <= smallest <= largest:
        raise ValueError(
            "The sizes of sets must be 1 <= 'smallest' <= 'largest'. Got "
            f"{smallest!r} and {largest!r} instead."
        )
    index = {name: k for k, name in enumerate(genes)}
    encoded, findings = [], []
    for name, sets in _named(libraries).items():
        found, finding = _encode(name, sets, index, smallest, largest)
        encoded.append(found)
        findings += finding
    if not any(sets.terms for sets in encoded):
        names = name_some([sets.library for sets in encoded]) or "no library at all"
        raise InputError(
            f"No set of {names} has {smallest} to {largest:,} genes among these {len(genes):,}; "
            "allow other sizes (smallest=..., largest=..., or --set-sizes), or choose another "
            "library."
        )
    return encoded, findings


def _encode(
    name: str,
    sets: Mapping[str, Sequence[str]],
    index: dict[str, int],
    smallest: int,
    largest: int,
) -> tuple[EncodedSets, list[Finding]]:
    flat = list(map(str, chain.from_iterable(sets.values())))
    lengths = np.fromiter(map(len, sets.values()), dtype=np.intp, count=len(sets))
    codes = np.fromiter(map(index.get, flat, repeat(-1)), dtype=np.intp, count=len(flat))
    findings = _check_meeting(name, flat, codes, index)
    # each gene of a set once and in order: sort (set, gene) as one number
    owner = np.repeat(np.arange(len(sets)), lengths)
    pairs = np.sort((owner * len(index) + codes)[codes >= 0])
    pairs = pairs[np.diff(pairs, prepend=-1) > 0]
    owner, codes = np.divmod(pairs, len(index))
    sizes = np.bincount(owner, minlength=len(sets))
    allowed = (sizes >= smallest) & (sizes <= largest)
    if not allowed.all():
        findings.append(
            Finding(
                "sets-of-other-size",
                "note",
                f"{int((~allowed).sum()):,} of {len(sets):,} sets of {name!r} have fewer than "
                f"{smallest} or more than {largest:,} genes here and weren't tested.",
            )
        )
    terms = tuple(str(term) for term, kept in zip(sets, allowed.tolist(), strict=True) if kept)
    starts = np.concatenate([[0], np.cumsum(sizes[allowed])]).astype(np.intp)
    return EncodedSets(name, terms, codes[allowed[owner]], starts), findings


def _check_meeting(
    name: str, flat: list[str], codes: NDArray[np.intp], index: dict[str, int]
) -> list[Finding]:
    vocabulary = set(flat)
    if not vocabulary:
        raise InputError(f"The library {name!r} holds no gene sets.")
    known = int(np.count_nonzero(np.bincount(codes[codes >= 0])))
    share = known / len(vocabulary)
    if share >= _DOUBTED:
        return []
    theirs, ours = sorted(vocabulary), list(index)
    lacking_theirs = next((gene for gene in theirs if gene not in index), theirs[0])
    lacking_ours = next((gene for gene in ours if gene not in vocabulary), ours[0])
    upper = {gene.upper() for gene in index}
    kinds = id_kind(theirs), id_kind(ours)
    if sum(gene.upper() in upper for gene in vocabulary) > max(2 * known, 1):
        remedy = "they differ in upper and lower case; is this another species' library?"
    elif kinds[0] != kinds[1] and "unknown" not in kinds:
        remedy = (
            f"the library holds {_KINDS[kinds[0]]} and the genes are {_KINDS[kinds[1]]}; convert "
            "one into the other."
        )
    else:
        remedy = "use a library for this species and platform, or all measured genes."
    facts = (
        f"of the {len(vocabulary):,} genes of {name!r}, {known:,} ({share:.1%}) are among these "
        f"{len(index):,} (the library has {lacking_theirs!r}, the genes {lacking_ours!r})"
    )
    if share < _REFUSED:
        raise GeneError(f"Gene sets and genes don't meet: {facts}: {remedy}")
    message = f"{facts[0].upper()}{facts[1:]}: {remedy}"
    return [Finding("sets-meet-few-genes", "warning", message)]


def group_terms(
    genes: Sequence[ArrayLike], p_values: ArrayLike, *, similarity: float = 0.5
) -> NDArray[np.intp]:
    """Group terms that rest on the same genes.

    From the smallest P-value on, a term joins the group of the first better term that leads one
    and shares at least this much of its genes (Jaccard index); otherwise it leads a group.

    Parameters
    ----------
    genes
        The genes (positions, from 0) that each term rests on.
    p_values
        One a term.
    similarity
        Least Jaccard index within a group, above 0.

    Returns
    -------
    numpy.ndarray
        Position of each term's leader; a leader's is its own.
    """
    sizes = np.array([np.size(part) for part in genes])
    order = np.argsort(np.asarray(p_values, dtype=np.float64), kind="stable")
    leader = np.arange(len(sizes))
    width = max((int(np.max(part)) for part in genes if np.size(part)), default=-1) + 1
    leaders: list[int] = []
    for term in order.tolist():
        own = np.zeros(width, dtype=bool)
        own[np.asarray(genes[term], dtype=np.intp)] = True
        for other in leaders:
            shared = int(own[np.asarray(genes[other], dtype=np.intp)].sum())
            union = int(sizes[term] + sizes[other]) - shared
            if union and shared >= similarity * union:
                leader[term] = other
                break
        else:
            leaders.append(term)
    return leader
