"""What is wrong with sample names, and why a sheet's names don't meet a matrix's."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from bulkwise.checks.base import Finding, name_some

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "check_match",
    "check_samples",
    "check_type_codes",
    "r_mangled",
]

_TCGA = re.compile(r"TCGA[-.][A-Z0-9]{2}[-.][A-Z0-9]{4}[-.](\d\d)")
_TUMOUR = frozenset({"tumour", "tumor", "cancer", "primary tumor", "primary tumour", "t"})
_NORMAL = frozenset({"normal", "healthy", "solid tissue normal", "n", "control"})
_FIRST_NORMAL_CODE = 10


def r_mangled(name: str) -> str:
    """What R's ``make.names`` makes of a column name.

    Examples
    --------
    >>> r_mangled("TCGA-A6-2671"), r_mangled("5-T")
    ('TCGA.A6.2671', 'X5.T')
    """
    changed = re.sub(r"[^\w.]", ".", name)
    return f"X{changed}" if re.match(r"\d|_|\.\d", changed) else changed


def check_samples(names: Sequence[str], *, where: str = "the matrix") -> list[Finding]:
    """Complaints about sample names: empty or duplicated."""
    findings = []
    empty = [i + 1 for i, name in enumerate(names) if not str(name).strip()]
    if empty:
        places = ", ".join(map(str, empty[:5]))
        findings.append(
            Finding(
                "empty-sample-name",
                "error",
                f"{len(empty)} samples of {where} have no name (number {places}); name them.",
            )
        )
    twice = {name: n for name, n in Counter(names).items() if n > 1 and str(name).strip()}
    if twice:
        listed = ", ".join(f"{name!r} {n} times" for name, n in list(twice.items())[:5])
        findings.append(
            Finding(
                "duplicate-samples",
                "error",
                f"{len(twice)} sample name{'s' if len(twice) > 1 else ''} of {where} stand"
                f"{'' if len(twice) > 1 else 's'} there more than once ({listed}); "
                "every sample needs a name of its own: rename or drop the others.",
                tuple(twice),
            )
        )
    return findings


def check_match(
    matrix: Sequence[str], sheet: Collection[str], *, where: str = "the sample sheet"
) -> list[Finding]:
    """Complaints about samples that stand only in the matrix, or only in the sheet.

    Names that R changed, cut TCGA barcodes and another case or spaces are recognised and named
    as the likely cause.
    """
    inside = set(matrix)
    listed = set(sheet)
    unlisted = [name for name in matrix if name not in listed]
    absent = [name for name in sheet if name not in inside]
    if not unlisted and not absent:
        return []
    none_matches = len(unlisted) == len(matrix)
    cause = _cause(unlisted, absent) or (
        "give the sheet of these samples, with a column of the matrix's names; or, if those are "
        "genes, say where the genes stand (genes_in=..., --genes-in rows or columns)"
        if none_matches
        else "names are joined exactly: add or drop samples, or go without them (unmatched='drop', "
        "--unmatched drop)"
    )
    if none_matches:
        return [
            Finding(
                "no-sample-matches",
                "error",
                f"None of the {len(matrix)} samples of the matrix ({name_some(matrix, 3)}) is in "
                f"{where} ({name_some(list(sheet), 3)}); {cause}.",
                tuple(unlisted),
            )
        ]
    findings = []
    if unlisted:
        findings.append(
            Finding(
                "sample-not-in-sheet",
                "error",
                f"{len(unlisted)} of {len(matrix)} samples of the matrix aren't in {where}: "
                f"{name_some(unlisted)}; {cause}.",
                tuple(unlisted),
            )
        )
    if absent:
        findings.append(
            Finding(
                "sample-not-in-matrix",
                "error",
                f"{len(absent)} of {len(listed)} samples of {where} aren't in the matrix: "
                f"{name_some(absent)}; {cause}.",
                tuple(absent),
            )
        )
    return findings


def _cause(matrix: Sequence[str], sheet: Sequence[str]) -> str:
    """Why the names of the two don't meet and what to do about it, if that can be told."""
    left = set(matrix)
    for name in sheet:
        if r_mangled(name) != name and r_mangled(name) in left:
            return (
                f"the matrix has {r_mangled(name)!r} for {name!r}: R changed its column names "
                "('-' to '.', a leading X before a digit); read it in R with check.names = FALSE, "
                "or rename one of the two"
            )
    right = set(sheet)
    for name in matrix:
        if r_mangled(name) != name and r_mangled(name) in right:
            return (
                f"the sheet has {r_mangled(name)!r} for {name!r}: R changed its names ('-' to "
                "'.', a leading X before a digit); rename one of the two"
            )
    plain = {" ".join(name.lower().split()): name for name in sheet}
    for name in matrix:
        same = plain.get(" ".join(name.lower().split()))
        if same is not None:
            return f"{name!r} and {same!r} differ only in case or spaces: write them alike"
    for name in matrix:
        for end in range(len(name) - 1, 7, -1):
            if name[:end] in right:
                return (
                    f"{name!r} begins with {name[:end]!r}: one of the two has cut names; give "
                    "the sheet the names of the matrix"
                )
    return ""


def check_type_codes(obs: pd.DataFrame, samples: Sequence[str]) -> list[Finding]:
    """Samples whose TCGA barcode says tumour (01-09) or normal (10-19) and whose label disagrees.

    Every column of the sheet whose values are words for tumour and normal is compared.
    """
    codes: list[int | None] = []
    for name in samples:
        found = _TCGA.match(name)
        codes.append(int(found.group(1)) if found else None)
    findings = []
    if any(code is not None for code in codes):
        for column in obs.columns:
            words = [str(value).strip().lower() for value in obs[column].tolist()]
            wrong = _disagreeing(words, codes, samples)
            if wrong:
                findings.append(
                    Finding(
                        "type-code-disagrees",
                        "warning",
                        f"The column {str(column)!r} and the TCGA barcode disagree for "
                        f"{len(wrong)} samples about tumour (codes 01 to 09) and normal (10 to "
                        f"19): {name_some(wrong)}; look up which is right.",
                        tuple(wrong),
                    )
                )
    return findings


def _disagreeing(words: list[str], codes: list[int | None], samples: Sequence[Any]) -> list[str]:
    if not set(words) & (_TUMOUR | _NORMAL):
        return []
    wrong = []
    for word, code, sample in zip(words, codes, samples, strict=True):
        if code is None or code >= 20:
            continue
        normal = code >= _FIRST_NORMAL_CODE
        if (word in _TUMOUR and normal) or (word in _NORMAL and not normal):
            wrong.append(str(sample))
    return wrong
