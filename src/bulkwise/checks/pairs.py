"""Pairs of samples (a patient's tumour and normal) that look swapped or mislabelled.

Within a stratum (a cancer, say) every gene gets the median and the median absolute deviation of
its paired differences; the genes that differ most steadily, weighted by their steadiness, form an
axis on which the median normal sample is at -1 and the median tumour sample at +1. A sample is
suspect if it lies on the other condition's side beyond 0.5 *and* more than 3.5 robust standard
deviations from its own condition's median. Medians make the suspects themselves harmless.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bulkwise.checks.base import Finding, log_values

__all__ = ["LEAST_PAIRS", "check_pairs", "find_pairs"]

LEAST_PAIRS = 8
"""Strata with fewer pairs aren't judged."""

_FAR = 0.5
_RARE = 3.5
_MOST_GENES = 1000
_MAD = 1.4826
_FLOOR = 0.5
_SHOWN = 10


def find_pairs(
    patients: Sequence[str], conditions: Sequence[str]
) -> tuple[tuple[str, str], list[tuple[str, int, int]]] | None:
    """Patients with a sample of each of two conditions.

    Returns
    -------
    tuple or None
        The two conditions, sorted, and (patient, row of the first, row of the second) for each;
        None if there are other than two conditions.
    """
    names = sorted(set(conditions))
    if len(names) != 2:
        return None
    rows: dict[str, dict[str, int]] = {}
    for i, (patient, condition) in enumerate(zip(patients, conditions, strict=True)):
        rows.setdefault(patient, {}).setdefault(condition, i)
    pairs = [(p, held[names[0]], held[names[1]]) for p, held in rows.items() if len(held) == 2]
    return (names[0], names[1]), pairs


def _spread(values: NDArray[Any], centre: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(_MAD * np.median(np.abs(values - centre), axis=0))


def _place(left: NDArray[Any], right: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Place of each pair's two samples on the axis, and their robust z-scores.

    **Shape** ``left``, ``right``: pairs x genes -> twice pairs x 2.
    """
    differences = right - left
    centre = np.median(differences, axis=0)
    spread = _spread(differences, centre) + _FLOOR
    steadiness = np.abs(centre) / spread
    n_kept = min(_MOST_GENES, max(1, left.shape[1] // 3))
    kept = np.argsort(-steadiness, kind="stable")[:n_kept]
    weights = centre[kept] / spread[kept] ** 2
    low, high = np.median(left[:, kept], axis=0), np.median(right[:, kept], axis=0)
    half = float((high - low) @ weights) / 2
    if half <= 0:
        return np.zeros((len(left), 2)), np.zeros((len(left), 2))
    middle = (high + low) / 2
    places = np.stack([(left[:, kept] - middle) @ weights, (right[:, kept] - middle) @ weights], 1)
    places /= half
    own = np.median(places, axis=0)
    return places, (places - own) / np.maximum(_spread(places, own), 1e-6)


def _filled(X: NDArray[Any]) -> NDArray[Any]:
    """Missing values replaced by their gene's median over the rows (0 where there is none)."""
    X = X.astype(np.float64)
    gone = np.isnan(X)
    if gone.any():
        for j in np.flatnonzero(gone.any(axis=0)).tolist():
            there = X[~gone[:, j], j]
            X[gone[:, j], j] = np.median(there) if there.size else 0.0
    return X


def check_pairs(
    X: NDArray[Any],
    unit: str,
    patients: Sequence[str],
    conditions: Sequence[str],
    strata: Sequence[str],
    *,
    column: str,
) -> list[Finding]:
    """Name the patients whose two samples look swapped, or of one condition.

    Parameters
    ----------
    X
        Samples x genes in ``unit``; missing values are passed over.
    patients, conditions, strata
        The patient, the condition (two in all) and the stratum of each sample.
    column
        The column of the conditions, for the message.
    """
    found = find_pairs(patients, conditions)
    if found is None:
        return []
    (first, second), pairs = found
    by_stratum: dict[str, list[tuple[str, int, int]]] = {}
    for pair in pairs:
        if strata[pair[1]] == strata[pair[2]]:
            by_stratum.setdefault(strata[pair[1]], []).append(pair)
    suspects: dict[str, str] = {}
    for members in by_stratum.values():
        if len(members) < LEAST_PAIRS:
            continue
        rows = [i for pair in members for i in pair[1:]]
        logs = _filled(log_values(X[rows], unit))
        places, scores = _place(logs[0::2], logs[1::2])
        over = (places[:, 0] > _FAR) & (scores[:, 0] > _RARE)
        under = (places[:, 1] < -_FAR) & (scores[:, 1] < -_RARE)
        for i in np.flatnonzero(over | under).tolist():
            suspects[members[i][0]] = _verdict(places[i], first, second)
    return [_finding(suspects, column)] if suspects else []


def _verdict(place: NDArray[Any], first: str, second: str) -> str:
    if place[0] > 0 > place[1]:
        return "look swapped"
    return f"both look {second}" if place[0] > 0 else f"both look {first}"


def _finding(suspects: dict[str, str], column: str) -> Finding:
    listed = ", ".join(f"{name} ({verdict})" for name, verdict in list(suspects.items())[:_SHOWN])
    more = f" and {len(suspects) - _SHOWN} more" if len(suspects) > _SHOWN else ""
    return Finding(
        "pair-suspect",
        "warning",
        f"Against the other pairs, the two samples of {len(suspects)} patients look swapped or "
        f"mislabelled in {column!r}: {listed}{more}; look them up before they teach a model.",
        tuple(suspects),
    )
