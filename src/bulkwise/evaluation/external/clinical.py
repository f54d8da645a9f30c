"""Clinical columns of two cohorts as numbers on one scale: grade, size, receptor status, age.

Two hospitals write the same thing in different words (``3``, ``poorly differentiated``, ``G3``).
Words are read by a small closed vocabulary that the result repeats, so that everybody can see
what was taken for what; anything else is a category, which must be written alike in both cohorts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bulkwise.checks.base import Finding, name_some
from bulkwise.checks.labels import is_missing, require_column

__all__ = ["GRADES", "UNKNOWN_WORDS", "YES_NO", "ClinicalColumn", "Coded", "code_columns"]

Floats = NDArray[np.float64]

UNKNOWN_WORDS = frozenset(
    {"?", "-", "unknown", "unkown", "unk", "undetermined", "indeterminate", "equivocal", "missing"}
    | {"not reported", "not determined", "not evaluated", "not done", "[unknown]"}
    | {"[not available]", "[not evaluated]"}
)
"""Words, in lower case, that stand for a clinical value that nobody knows."""

GRADES: dict[str, float] = {
    **dict.fromkeys(("well differentiated", "well", "low", "g1", "grade 1", "i"), 1.0),
    **dict.fromkeys(
        ("moderately differentiated", "moderate", "intermediate", "g2", "grade 2", "ii"), 2.0
    ),
    **dict.fromkeys(("poorly differentiated", "poor", "high", "g3", "grade 3", "iii"), 3.0),
    **dict.fromkeys(("undifferentiated", "g4", "grade 4", "iv"), 4.0),
}
"""Words of an order, in lower case."""

YES_NO: dict[str, float] = {
    **dict.fromkeys(("positive", "pos", "+", "yes", "true", "er+", "pr+", "her2+"), 1.0),
    **dict.fromkeys(("negative", "neg", "no", "false", "er-", "pr-", "her2-"), 0.0),
}
"""Words for there and not there, in lower case."""

_MANY_MISSING = 0.3
_FEW_CODES = 6
_OTHER_UNIT = 3.0


@dataclass(frozen=True)
class ClinicalColumn:
    """How a column was read.

    Attributes
    ----------
    kind
        ``"number"``, ``"order"``, ``"yes or no"`` or ``"category"``.
    words
        The words met and the numbers they were taken for; levels and their places in a category.
    missing
        Samples without a value: in the training and in the test cohort.
    """

    name: str
    kind: str
    words: dict[str, float]
    missing: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Coded:
    """A column as numbers; NaN where missing. Categories have a column for each level but one."""

    column: ClinicalColumn
    train: Floats
    test: Floats


def code_columns(
    train: pd.DataFrame, test: pd.DataFrame, columns: Sequence[str]
) -> tuple[list[Coded], list[Finding]]:
    """Read clinical columns of both cohorts.

    Parameters
    ----------
    train, test
        Sample sheets.
    columns
        Names, the same in both.

    Returns
    -------
    tuple
        The columns that can be used, and what to know about them: columns that were left out
        (not in the test cohort, constant in the training cohort, no level in common), words that
        were translated, missing values, and numbers that seem to be on another scale.

    Raises
    ------
    SampleError
        If the training cohort has no such column.
    """
    coded: list[Coded] = []
    findings: list[Finding] = []
    for name in dict.fromkeys(columns):
        own = _words(require_column(train, name, what="a clinical column").tolist())
        if name not in test.columns:
            findings.append(_left_out(name, "the test cohort doesn't have it"))
            continue
        other = _words(test[name].tolist())
        found = _code(name, own, other)
        if found is None:
            findings.append(
                _left_out(
                    name,
                    f"its values {name_some(sorted(set(filter(None, own))), 3)} don't occur in "
                    f"the test cohort, which has {name_some(sorted(set(filter(None, other))), 3)}",
                )
            )
        elif np.nanmax(found.train, axis=0).max() == np.nanmin(found.train, axis=0).min():
            findings.append(_left_out(name, "it is constant in the training cohort"))
        else:
            coded.append(found)
            findings += _of_scale(found)
    return coded, [*findings, *_of_words(coded), *_of_missing(coded, len(train), len(test))]


def _words(values: Sequence[object]) -> list[str]:
    """Values as text in lower case, ``""`` where missing."""
    texts = []
    for value in values:
        text = " ".join(str(value).lower().split())
        texts.append("" if is_missing(value) or text in UNKNOWN_WORDS else text)
    return texts


def _number(word: str) -> float | None:
    try:
        value = float(word)
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def _code(name: str, own: list[str], other: list[str]) -> Coded | None:
    met = sorted({word for word in (*own, *other) if word})
    missing = (own.count(""), other.count(""))
    if not any(own) or not any(other):
        return None
    vocabularies: tuple[tuple[str, dict[str, float]], ...] = (
        ("number", {}),
        ("order", GRADES),
        ("yes or no", YES_NO),
    )
    for kind, known in vocabularies:
        values = {word: known.get(word, _number(word)) for word in met}
        taken = {word: value for word, value in values.items() if value is not None}
        if len(taken) == len(met):
            words = {word: value for word, value in taken.items() if word in known}
            column = ClinicalColumn(name, kind, words, missing)
            return Coded(column, _look_up(taken, own), _look_up(taken, other))
    levels = sorted(set(filter(None, own)))
    if not set(levels) & set(other):
        return None
    places = {level: float(place) for place, level in enumerate(levels)}
    column = ClinicalColumn(name, "category", places, missing)
    return Coded(column, _one_hot(places, own), _one_hot(places, other))


def _look_up(values: dict[str, float], words: list[str]) -> Floats:
    return np.array([[values.get(word, np.nan)] for word in words])


def _one_hot(places: dict[str, float], words: list[str]) -> Floats:
    place = np.array([places.get(word, np.nan) for word in words])
    table: Floats = (place[:, None] == np.arange(1, max(len(places), 2))).astype(np.float64)
    table[np.isnan(place)] = np.nan
    return table


def _left_out(name: str, why: str) -> Finding:
    return Finding(
        "clinical-left-out",
        "warning",
        f"The clinical column {name!r} was left out, because {why}.",
        (name,),
    )


def _of_scale(found: Coded) -> list[Finding]:
    """Numbers that look as if they were coded or measured in another way."""
    if found.column.kind != "number":
        return []
    name = found.column.name
    own, other = (values[np.isfinite(values)] for values in (found.train, found.test))
    codes = [
        len(np.unique(x)) <= _FEW_CODES and bool((x == np.rint(x)).all()) for x in (own, other)
    ]
    middle = [float(np.median(x)) for x in (own, other)]
    ratio = middle[1] / middle[0] if min(middle) > 0 else 1.0
    if codes[0] == codes[1] and 1 / _OTHER_UNIT < ratio < _OTHER_UNIT:
        return []
    seen = " and ".join(
        f"{x.min():g} to {x.max():g} ({len(np.unique(x))} distinct) in the {side} cohort"
        for side, x in (("training", own), ("test", other))
    )
    return [
        Finding(
            "clinical-other-scale",
            "warning",
            f"The clinical column {name!r} has values of {seen}, so it seems to be coded or "
            "measured in another way; it was used as it is, which keeps its order but not its "
            "weight: bring both to one scale.",
            (name,),
        )
    ]


def _of_words(coded: Sequence[Coded]) -> list[Finding]:
    read = [
        f"{one.column.name}: "
        + ", ".join(f"{word!r} as {value:g}" for word, value in one.column.words.items())
        for one in coded
        if one.column.words and one.column.kind != "category"
    ]
    if not read:
        return []
    return [
        Finding(
            "clinical-words", "note", f"Clinical words were read as numbers ({'; '.join(read)})."
        )
    ]


def _of_missing(coded: Sequence[Coded], n_train: int, n_test: int) -> list[Finding]:
    gaps = [one.column for one in coded if any(one.column.missing)]
    if not gaps:
        return []
    listed = ", ".join(f"{c.name} ({c.missing[0]} and {c.missing[1]})" for c in gaps)
    most = max(max(c.missing[0] / n_train, c.missing[1] / n_test) for c in gaps)
    return [
        Finding(
            "clinical-missing",
            "warning" if most > _MANY_MISSING else "note",
            f"Clinical values are missing (in training and test samples): {listed}; the training "
            "median stands in for them.",
            tuple(c.name for c in gaps),
        )
    ]
