"""What gene names are, and what is wrong with them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

from bulkwise.checks.base import Finding, name_some

__all__ = [
    "TALLIES",
    "IdKind",
    "check_genes",
    "check_transposed",
    "duplicated",
    "excel_mangled",
    "id_kind",
    "looks_like_genes",
    "renamed",
    "without_version",
]

IdKind: TypeAlias = Literal["symbol", "ensembl", "entrez", "probe", "unknown"]

_ENSEMBL = re.compile(r"ENS[A-Z]{0,4}[GTP]\d{11}(\.\d+)?(_PAR_Y)?")
_ENSEMBL_VERSION = re.compile(r"(ENS[A-Z]{0,4}[GTP]\d{11})\.\d+(_PAR_Y)?")
_ENTREZ = re.compile(r"[1-9]\d{0,8}")
_PROBE = re.compile(r"(AFFX-.+|.+_at|ILMN_\d+|A_\d\d_P\d+|TC\d{8}\.hg\.\d)")
_SYMBOL = re.compile(r"[A-Za-z][A-Za-z0-9]*([-.@_][A-Za-z0-9]+){0,3}")
_LETTERS = re.compile(r"[A-Za-z]+")

_ANCHORS = frozenset(
    {
        "ACTB",
        "AKT1",
        "ALB",
        "APOE",
        "B2M",
        "BRCA1",
        "BRCA2",
        "CD4",
        "CDK4",
        "EEF1A1",
        "EGFR",
        "ERBB2",
        "ESR1",
        "FOXA1",
        "GAPDH",
        "GATA3",
        "HPRT1",
        "IL6",
        "KRAS",
        "KRT5",
        "MKI67",
        "MYC",
        "NOTCH1",
        "PTEN",
        "PTPRC",
        "RB1",
        "RPL13A",
        "RPLP0",
        "STAT3",
        "TBP",
        "TGFB1",
        "TNF",
        "TP53",
        "VIM",
        "XIST",
        "YWHAZ",
    }
)
"""Symbols that nearly every platform measures; a few of them tell genes from samples."""

TALLIES = frozenset(
    {
        "__no_feature",
        "__ambiguous",
        "__too_low_aQual",
        "__not_aligned",
        "__alignment_not_unique",
        "N_unmapped",
        "N_multimapping",
        "N_noFeature",
        "N_ambiguous",
    }
)
"""Rows below or above the genes in which HTSeq and STAR count the reads of no gene."""

_MONTH = "jan|feb|mar|mär|mrz|apr|may|mai|jun|jul|aug|sep|sept|oct|okt|nov|dec|dez"
_MANGLED = re.compile(
    rf"\d{{1,2}}[-. /] ?({_MONTH})\.?|({_MONTH})-\d{{1,4}}"
    r"|\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d)?)?"
    r"|\d{1,2}/\d{1,2}/(\d\d|\d{4})|\d(\.\d+)?e\+\d\d",
    re.IGNORECASE,
)
_SERIAL = re.compile(r"(3[5-9]|4\d)\d{3}")
_SAMPLE_OF_NAMES = 5000
_MOST = 0.8


def _spread(names: Sequence[str]) -> list[str]:
    step = max(1, len(names) // _SAMPLE_OF_NAMES)
    return [str(name) for name in names[::step]]


def id_kind(names: Sequence[str]) -> IdKind:
    """The kind of identifier that at least four in five of ``names`` are.

    Symbols are recognised by their form and, because sample names often have the same form
    (``S1``, ``GSM71019``), by either some of the genes that nearly every platform measures or
    by their variety: gene families have many stems, samples of one study few.

    Returns
    -------
    str
        ``"symbol"``, ``"ensembl"``, ``"entrez"``, ``"probe"`` or ``"unknown"``.

    Examples
    --------
    >>> id_kind(["ENSG00000141510.18", "ENSG00000182378.15_PAR_Y"])
    'ensembl'
    >>> id_kind(["S1", "S2", "S3"])
    'unknown'
    """
    some = _spread(names)
    if not some:
        return "unknown"
    least = _MOST * len(some)
    kinds: tuple[tuple[IdKind, re.Pattern[str]], ...] = (
        ("ensembl", _ENSEMBL),
        ("probe", _PROBE),
        ("entrez", _ENTREZ),
    )
    for kind, pattern in kinds:
        if sum(pattern.fullmatch(name) is not None for name in some) >= least:
            return kind
    return "symbol" if _are_symbols(names, some, least) else "unknown"


def _are_symbols(names: Sequence[str], some: list[str], least: float) -> bool:
    known = len(_ANCHORS.intersection(map(str.upper, map(str, names))))
    if known >= 3 or known > len(names) / 4:
        return True
    shaped = [name for name in some if _SYMBOL.fullmatch(name)]
    if len(shaped) < max(least, 20):
        return False
    stems = {_LETTERS.match(name).group().upper() for name in shaped}  # type: ignore[union-attr]
    upper = sum(name[0].isupper() for name in shaped)
    short = sum(len(name) <= 12 for name in shaped)
    enough = _MOST * len(shaped)
    return len(stems) >= len(shaped) / 5 and upper >= enough and short >= enough


def looks_like_genes(names: Sequence[str]) -> int:
    """How surely ``names`` are genes: 3 surely, 2 probably, 1 perhaps (plain numbers), 0 no."""
    kind = id_kind(names)
    if kind in {"ensembl", "probe"}:
        return 3
    if kind == "symbol":
        return 3 if len(_ANCHORS.intersection(map(str, names))) >= 3 else 2
    return 1 if kind == "entrez" else 0


def without_version(name: str) -> str:
    """An Ensembl id without its version; ``_PAR_Y`` stays, because it is another locus.

    Examples
    --------
    >>> without_version("ENSG00000182378.15_PAR_Y")
    'ENSG00000182378_PAR_Y'
    >>> without_version("RP11-34P13.7")
    'RP11-34P13.7'
    """
    found = _ENSEMBL_VERSION.fullmatch(name)
    return found.group(1) + (found.group(2) or "") if found else name


def excel_mangled(names: Sequence[str]) -> list[int]:
    """Positions of the names that a spreadsheet turned into dates or numbers.

    Dates in the usual forms (``1-Mar``, ``Mar-01``, ``2001-03-01``, ``3/1/2001``), numbers in
    scientific form (``2.31E+13``, from a RIKEN name), and date serials (``43891``) among names
    of which fewer than one in twenty is a number.
    """
    found = [i for i, name in enumerate(names) if name[:1].isalnum() and _MANGLED.fullmatch(name)]
    numbers = [i for i, name in enumerate(names) if name.isdigit()]
    if len(numbers) * 20 < len(names):
        found += [i for i in numbers if _SERIAL.fullmatch(names[i])]
    return sorted(found)


def duplicated(names: Iterable[str]) -> dict[str, int]:
    """The names that are there more than once, adjacent or not, with their number."""
    return {name: n for name, n in Counter(names).items() if n > 1}


_RENAMED = {
    **{f"SEPT{i}": f"SEPTIN{i}" for i in (*range(1, 13), 14)},
    **{f"MARCH{i}": f"MARCHF{i}" for i in range(1, 12)},
    "MARC1": "MTARC1",
    "MARC2": "MTARC2",
    "DEC1": "DELEC1",
}
"""Symbols that were changed because spreadsheets made dates of them (Bruford et al. 2020)."""


def renamed(absent: Iterable[str], there: Iterable[str]) -> dict[str, str]:
    """Those of some missing genes that are there under the symbol they had before, or since.

    Only symbols that changed because spreadsheets made dates of them are known; nothing is
    translated, because an alias of one gene may be the symbol of another.

    Parameters
    ----------
    absent
        Symbols that a matrix lacks.
    there
        Symbols that it has.

    Returns
    -------
    dict
        Missing symbol -> the one that is there.

    References
    ----------
    Bruford EA, Braschi B, Denny P, Jones TEM, Seal RL, Tweedie S. Guidelines for human gene
    nomenclature. Nature Genetics 2020; 52: 754-758.

    Examples
    --------
    >>> renamed(["SEPTIN2", "TP53"], ["SEPT2", "MYC"])
    {'SEPTIN2': 'SEPT2'}
    """
    other = _RENAMED | {new: old for old, new in _RENAMED.items()}
    present = set(there)
    return {name: other[name] for name in absent if other.get(name) in present}


def _at(names: Sequence[str], positions: Sequence[int], rows: Sequence[int] | None) -> str:
    word = "row" if rows is not None else "position"
    numbers = [rows[i] if rows is not None else i + 1 for i in positions]
    shown = [f"{names[i]!r} in {word} {n}" for i, n in zip(positions[:5], numbers, strict=False)]
    more = len(positions) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def check_genes(
    names: Sequence[str], *, rows: Sequence[int] | None = None, where: str = "the matrix"
) -> list[Finding]:
    """Complaints about gene names: empty, mangled by a spreadsheet, duplicated.

    Parameters
    ----------
    names
        The gene names in their order.
    rows
        The row of the file (or its column, for genes in columns) that each was read from; by
        default positions are named.
    where
        What to call the matrix.
    """
    findings = []
    empty = [i for i, name in enumerate(names) if not str(name).strip()]
    if empty:
        places = ", ".join(str(rows[i] if rows is not None else i + 1) for i in empty[:5])
        findings.append(
            Finding(
                "empty-gene-name",
                "error",
                f"{len(empty)} genes of {where} have no name (first at {places}); name them or "
                "drop them.",
            )
        )
    mangled = excel_mangled(names)
    if mangled:
        findings.append(
            Finding(
                "excel-mangled",
                "error",
                f"A spreadsheet turned {len(mangled)} gene names of {where} into dates or "
                f"numbers ({_at(names, mangled, rows)}), and which genes they were can't be told "
                "for sure (1-Mar was MARCH1 or MARC1, 1-Sep SEPT1, 1-Dec DEC1); take the names "
                "from the original file, or drop these rows.",
                tuple(names[i] for i in mangled),
            )
        )
    twice = duplicated(names)
    if twice:
        findings.append(
            Finding(
                "duplicate-genes",
                "error",
                f"{len(twice)} gene name{'s' if len(twice) > 1 else ''} of {where} stand"
                f"{'' if len(twice) > 1 else 's'} there more than once ({name_some(twice)}); make "
                "them unique, or say how to join them (duplicates=..., --duplicates sum, mean, max "
                "or first).",
                tuple(twice),
            )
        )
    return findings


def check_transposed(genes: Sequence[str], samples: Sequence[str]) -> list[Finding]:
    """A complaint if the samples are surely named as genes are, and the genes aren't at all."""
    if looks_like_genes(samples) == 3 and looks_like_genes(genes) == 0:
        return [
            Finding(
                "transposed",
                "error",
                f"The matrix is the wrong way round: what should be samples has the names of "
                f"genes ({name_some(samples, 3)}); transpose it (samples x genes).",
            )
        ]
    return []
