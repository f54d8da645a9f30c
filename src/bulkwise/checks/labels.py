"""Whether a column of the sample sheet can be learned: it is there, complete, and has classes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bulkwise.checks.base import Finding, name_some, refuse
from bulkwise.errors import SampleError

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "MISSING_WORDS",
    "check_classes",
    "check_labels",
    "is_missing",
    "require_column",
    "require_labels",
]

MISSING_WORDS = frozenset(
    {"", "na", "n/a", "#n/a", "nan", "<na>", "null", "none", "nat", "not available", "[na]"}
)
"""Words, in lower case, that stand for a missing label."""

_MANY_CLASSES = 50


def is_missing(value: object) -> bool:
    """Whether a cell of the sample sheet is empty, NaN, or a word for missing (``None``, ``NA``).

    Examples
    --------
    >>> is_missing(float("nan")), is_missing("None"), is_missing("normal")
    (True, True, False)
    """
    if value is None or (isinstance(value, float | np.floating) and np.isnan(value)):
        return True
    return str(value).strip().lower() in MISSING_WORDS


def require_column(obs: pd.DataFrame, name: str, *, what: str = "target") -> pd.Series[Any]:
    """The column ``name`` of the sample sheet.

    Raises
    ------
    SampleError
        If there is no such column (the message names those there are), or more than one.
    """
    there = [str(column) for column in obs.columns]
    if name not in there:
        near = [column for column in there if column.lower() == str(name).lower()]
        hint = f"; did you mean {near[0]!r}?" if near else ""
        columns = ", ".join(map(repr, there[:20])) if there else "none at all; give a sample sheet"
        raise SampleError(
            f"There is no column {name!r} (asked for as {what}) in the sample sheet, which has: "
            f"{columns}{', ...' if len(there) > 20 else ''}{hint}" + ("" if near else "; name one.")
        )
    if there.count(name) > 1:
        raise SampleError(
            f"The sample sheet has {there.count(name)} columns called {name!r} (asked for as "
            f"{what}); expected one: rename or drop the others."
        )
    return obs.iloc[:, there.index(name)]


def _text(value: object) -> str:
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()


def check_labels(obs: pd.DataFrame, name: str, *, what: str = "target") -> list[Finding]:
    """Complaints about the labels of one column: missing ones, mixed types, look-alikes."""
    values = require_column(obs, name, what=what).tolist()
    samples = [str(sample) for sample in obs.index]
    gone = [sample for sample, value in zip(samples, values, strict=True) if is_missing(value)]
    findings = []
    if gone:
        words = sorted({v for v in values if isinstance(v, str) and v and is_missing(v)})
        said = f" (as the words {', '.join(map(repr, words))})" if words else ""
        findings.append(
            Finding(
                "label-missing",
                "error",
                f"The column {name!r} ({what}) is missing for {len(gone)} of {len(samples)} "
                f"samples{said}: {name_some(gone)}; fill it in or drop those samples.",
                tuple(gone),
            )
        )
    kept = [value for value in values if not is_missing(value)]
    numbers = [v for v in kept if isinstance(v, int | float | np.number)]
    if numbers and len(numbers) < len(kept):
        word = next(v for v in kept if not isinstance(v, int | float | np.number))
        findings.append(
            Finding(
                "label-mixed",
                "error",
                f"The column {name!r} ({what}) mixes numbers and text, such as {numbers[0]!r} and "
                f"{word!r}; write all of its labels as text.",
            )
        )
    alike: dict[str, set[str]] = defaultdict(set)
    for value in kept:
        alike[" ".join(str(value).lower().split())].add(str(value))
    doubles = [sorted(forms) for forms in alike.values() if len(forms) > 1]
    if doubles:
        findings.append(
            Finding(
                "label-look-alikes",
                "warning",
                f"The column {name!r} ({what}) has labels that differ only in case or spaces: "
                f"{' and '.join(map(repr, doubles[0]))}; if they are one, write them alike.",
                tuple(form for forms in doubles for form in forms),
            )
        )
    return findings


def check_classes(
    labels: Sequence[str] | NDArray[Any],
    groups: Sequence[object] | NDArray[Any] | None = None,
    *,
    name: str = "target",
    folds: int | None = None,
) -> list[Finding]:
    """Complaints about the classes: only one, or one with fewer patients than folds.

    Parameters
    ----------
    labels
        A label a sample.
    groups
        The patient of each sample; without it each sample stands for itself.
    name
        The column, for the message.
    folds
        Number of folds that every class must reach; None for no such demand.
    """
    labels = [str(label) for label in labels]
    owners = list(range(len(labels))) if groups is None else list(groups)
    patients: dict[str, set[object]] = defaultdict(set)
    for label, owner in zip(labels, owners, strict=True):
        patients[label].add(owner)
    if len(patients) < 2:
        only = f"only the class {next(iter(patients))!r}" if patients else "no class at all"
        return [
            Finding(
                "one-class",
                "error",
                f"The column {name!r} has {only} in {len(labels)} samples; expected at least two "
                "classes to tell apart: choose another column or more samples.",
            )
        ]
    findings = []
    who = "samples" if groups is None else "patients"
    if len(patients) > _MANY_CLASSES and len(patients) > len(labels) / 3:
        findings.append(
            Finding(
                "many-classes",
                "warning",
                f"The column {name!r} has {len(patients)} classes in {len(labels)} samples: is it "
                "a name or a number rather than a class?",
            )
        )
    small = {label: len(owner) for label, owner in patients.items() if len(owner) < (folds or 0)}
    if small:
        listed = ", ".join(f"{label!r} has {n}" for label, n in list(small.items())[:5])
        findings.append(
            Finding(
                "small-class",
                "error",
                f"{len(small)} classes of {name!r} have fewer {who} than the {folds} folds "
                f"({listed}); take fewer folds (at most {min(small.values())}, at least 2), or "
                "drop or join those classes.",
                tuple(small),
            )
        )
    return findings


def require_labels(
    obs: pd.DataFrame,
    name: str,
    *,
    what: str = "target",
    groups: Sequence[object] | NDArray[Any] | None = None,
    folds: int | None = None,
) -> NDArray[np.str_]:
    """The labels of a column as text, complete.

    Whole numbers are written without a point (``1.0`` becomes ``"1"``); spaces around a label
    are dropped; categories that no sample has play no part.

    Returns
    -------
    numpy.ndarray
        Text of shape (n_samples,).

    Raises
    ------
    SampleError
        If the column isn't there, labels are missing or of mixed type, and, with ``what="target"``
        or ``folds``, if there is one class only or a class has fewer patients than folds.
    """
    refuse(check_labels(obs, name, what=what), SampleError)
    values = require_column(obs, name, what=what).tolist()
    labels = np.array([_text(value) for value in values], dtype=np.str_)
    if what == "target" or folds is not None:
        refuse(check_classes(labels, groups, name=name, folds=folds), SampleError)
    return labels
