"""Sex as two genes tell it: XIST is transcribed from the silent X, RPS4Y1 from the Y.

A sample is called male if RPS4Y1 is at least four times XIST, female if XIST is at least four
times RPS4Y1, and unclear otherwise (tumours lose either).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bulkwise.checks.base import Finding, log_values, name_some

__all__ = ["call_sex", "check_sex", "check_sex_of_patients", "stated_sex"]

_XIST = ("XIST", "ENSG00000229807", "7503", "221728_x_at", "214218_s_at")
_RPS4Y1 = ("RPS4Y1", "ENSG00000129824", "6192", "201909_at")
_CLEAR = 2.0
_MALE = frozenset({"male", "m", "man", "boy"})
_FEMALE = frozenset({"female", "f", "woman", "w", "girl"})


def _gene(names: Sequence[str], wanted: tuple[str, ...]) -> int | None:
    plain = {str(name).split(".")[0]: i for i, name in reversed(list(enumerate(names)))}
    return next((plain[name] for name in wanted if name in plain), None)


def call_sex(X: NDArray[Any], unit: str, genes: Sequence[str]) -> NDArray[np.str_] | None:
    """Call each sample ``male``, ``female`` or ``unclear``; None if the genes aren't measured.

    Parameters
    ----------
    X
        Samples x genes in ``unit``. ``log_ratio`` says nothing of absolute amounts: None.
    unit
        One of :data:`bulkwise.checks.base.UNITS`.
    genes
        Symbols, Ensembl or Entrez ids, or U133 probe sets.
    """
    x, y = _gene(genes, _XIST), _gene(genes, _RPS4Y1)
    if x is None or y is None or unit == "log_ratio" or len(X) == 0:
        return None
    both = log_values(X[:, [x, y]], unit)
    difference = both[:, 1] - both[:, 0]
    called = np.full(len(X), "unclear", dtype="<U7")
    called[difference >= _CLEAR] = "male"
    called[difference <= -_CLEAR] = "female"
    return called


def stated_sex(values: Sequence[object]) -> NDArray[np.str_]:
    """The sexes that a column of the sample sheet states, as ``male``, ``female`` or ``""``."""
    words = [str(value).strip().lower() for value in values]
    return np.array(
        ["male" if w in _MALE else "female" if w in _FEMALE else "" for w in words], dtype="<U6"
    )


def check_sex(
    called: NDArray[np.str_], stated: NDArray[np.str_], samples: Sequence[str], *, column: str
) -> list[Finding]:
    """Samples whose sheet states one sex and whose genes clearly tell the other."""
    wrong = (called != "unclear") & (stated != "") & (called != stated)
    names = tuple(samples[i] for i in np.flatnonzero(wrong).tolist())
    if not names:
        return []
    return [
        Finding(
            "sex-mismatch",
            "warning",
            f"The column {column!r} and the genes XIST and RPS4Y1 disagree about the sex of "
            f"{len(names)} samples: {name_some(names)}; they may have been mixed up.",
            names,
        )
    ]


def check_sex_of_patients(
    called: NDArray[np.str_], patients: Sequence[str], *, column: str
) -> list[Finding]:
    """Patients some of whose samples are clearly male and others clearly female."""
    seen: dict[str, set[str]] = {}
    for patient, sex in zip(patients, called.tolist(), strict=True):
        if sex != "unclear":
            seen.setdefault(patient, set()).add(sex)
    both = tuple(patient for patient, sexes in seen.items() if len(sexes) == 2)
    if not both:
        return []
    return [
        Finding(
            "sex-differs-in-patient",
            "warning",
            f"By XIST and RPS4Y1, samples of {len(both)} values of {column!r} are of both sexes: "
            f"{name_some(both)}; samples of two people may have been mixed up.",
            both,
        )
    ]
