"""The leak audit: who or what stands on both sides of a split without saying so.

Three kinds of twins are looked for: the same patient (by the group column or by a barcode in the
sample's name), the same values to the last bit, and values so alike that they must come from the
same material. The last works on logarithms centred by gene: on linear values a few abundant genes
make strangers look alike, and without centring everything correlates.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bulkwise.checks.base import Finding, name_some
from bulkwise.evaluation.base import LeakPair

__all__ = ["SAME_MATERIAL", "audit", "leak_findings", "scaling_finding"]

SAME_MATERIAL = 0.95
"""Correlation (log values centred by gene) above which two samples are called near-identical."""

_BARCODE = re.compile(r"^(TCGA[-.]\w{2}[-.]\w{4}|GTEX[-.]\w{4,5})(?![A-Za-z0-9])", re.IGNORECASE)
_LEAST_FOR_LABEL_MEAN = 5
_MOST_PAIRS = 200
_BLOCK = 512


def audit(
    values: NDArray[Any],
    gram: NDArray[np.float64],
    samples: NDArray[np.str_],
    labels: NDArray[np.str_],
    groups: NDArray[np.str_],
    folds: Sequence[tuple[NDArray[np.intp], NDArray[np.intp]]],
) -> tuple[LeakPair, ...]:
    """Find pairs of samples that are, or look like, the same material.

    Parameters
    ----------
    values
        Samples x genes on a log scale.
    gram
        Their inner products after centring by gene (``projection.centred_gram``).
    samples, labels, groups
        One entry a sample. Where each sample is its own group, patients are recognised by TCGA
        and GTEx barcodes in the names.
    folds
        Training and test indices of every split.

    Returns
    -------
    tuple of LeakPair
        Pairs on both sides of a split first. Identical and near-identical pairs are listed
        wherever they stand; the same patient only if on both sides. At most 200 are kept.

    Notes
    -----
    A pair with the same label must also correlate above the bound when genes are centred within
    that label: otherwise two ordinary samples of a rare, distinct tissue would look like twins.
    """
    correlation = _Correlation(values, gram)
    alike = _not_only_label(values, labels, correlation.pairs_above(SAME_MATERIAL))
    found = dict.fromkeys(_same_patient(samples, groups), "same patient")
    found |= dict.fromkeys(alike, "near-identical")
    found |= dict.fromkeys(_equal_pairs(_hashes(values)), "identical")
    sides = _Sides(len(samples), folds)
    pairs = [
        LeakPair(
            kind=kind,
            first=str(samples[i]),
            second=str(samples[j]),
            correlation=1.0 if kind == "identical" else correlation.of(i, j),
            both_sides=sides.apart(i, j),
        )
        for (i, j), kind in sorted(found.items())
    ]
    kept = [pair for pair in pairs if pair.both_sides or pair.kind != "same patient"]
    return tuple(sorted(kept, key=lambda pair: not pair.both_sides)[:_MOST_PAIRS])


class _Sides:
    """Whether some split trains on one of two samples and tests the other."""

    def __init__(self, n: int, folds: Sequence[tuple[NDArray[np.intp], NDArray[np.intp]]]) -> None:
        self.train = np.zeros((len(folds), n), dtype=bool)
        self.test = np.zeros((len(folds), n), dtype=bool)
        for index, (train, test) in enumerate(folds):
            self.train[index, train] = True
            self.test[index, test] = True

    def apart(self, i: int, j: int) -> bool:
        train, test = self.train, self.test
        return bool(np.any((train[:, i] & test[:, j]) | (train[:, j] & test[:, i])))


class _Correlation:
    """Correlation of samples over genes that are centred already, from their inner products.

    Taken by blocks of samples, so that a large cohort needs no second matrix of all pairs.
    """

    def __init__(self, values: NDArray[Any], gram: NDArray[np.float64]) -> None:
        self.gram, self.n_genes = gram, values.shape[1]
        self.mean = values.mean(axis=1, dtype=np.float64) - values.mean(dtype=np.float64)
        spread = np.sqrt(np.maximum(np.diagonal(gram) / self.n_genes - self.mean**2, 0.0))
        spread[spread < 1e-6 * max(float(spread.max(initial=0.0)), 1e-12)] = np.inf
        self.spread = spread

    def of(self, i: int, j: int) -> float:
        covariance = self.gram[i, j] / self.n_genes - self.mean[i] * self.mean[j]
        return float(min(covariance / (self.spread[i] * self.spread[j]), 1.0))

    def pairs_above(self, bound: float) -> list[tuple[int, int]]:
        found = []
        for start in range(0, len(self.gram), _BLOCK):
            rows = slice(start, start + _BLOCK)
            block = self.gram[rows] / self.n_genes
            block -= np.outer(self.mean[rows], self.mean)
            block /= np.outer(self.spread[rows], self.spread)
            left, right = np.nonzero(np.triu(block > bound, k=start + 1))
            found += list(zip((left + start).tolist(), right.tolist(), strict=True))
        return found


def _hashes(values: NDArray[Any]) -> list[str]:
    return [hashlib.sha256(np.ascontiguousarray(row).tobytes()).hexdigest() for row in values]


def _equal_pairs(keys: Iterable[str]) -> list[tuple[int, int]]:
    """Each sample with the first one that has the same key."""
    first: dict[str, int] = {}
    pairs = []
    for index, key in enumerate(keys):
        earlier = first.setdefault(key, index)
        if earlier != index:
            pairs.append((earlier, index))
    return pairs


def _same_patient(samples: NDArray[np.str_], groups: NDArray[np.str_]) -> list[tuple[int, int]]:
    """Pairs of one patient by barcode whose groups say otherwise."""
    coded = [_BARCODE.match(str(sample)) for sample in samples]
    keys = [
        match.group(1).upper().replace(".", "-") if match else f"sample {index}"
        for index, match in enumerate(coded)
    ]
    return [(i, j) for i, j in _equal_pairs(keys) if groups[i] != groups[j]]


def _not_only_label(
    values: NDArray[Any], labels: NDArray[np.str_], pairs: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Drop pairs that are alike only because their label is distinct from the others."""
    means: dict[str, NDArray[np.float64]] = {}
    kept = []
    for i, j in pairs:
        label = str(labels[i])
        if label == labels[j] and np.count_nonzero(labels == label) >= _LEAST_FOR_LABEL_MEAN:
            if label not in means:
                means[label] = values[labels == label].mean(axis=0, dtype=np.float64)
            if _correlation(values[i] - means[label], values[j] - means[label]) <= SAME_MATERIAL:
                continue
        kept.append((i, j))
    return kept


def _correlation(left: NDArray[Any], right: NDArray[Any]) -> float:
    left, right = left - left.mean(), right - right.mean()
    scale = float(np.sqrt(np.square(left).sum() * np.square(right).sum()))
    return float((left * right).sum()) / scale if scale > 0 else 0.0


def leak_findings(pairs: Sequence[LeakPair]) -> list[Finding]:
    """Put the pairs into words: warnings, or a note for look-alikes on the same side."""
    findings = []
    for both_sides in (True, False):
        for kind in ("same patient", "identical", "near-identical"):
            named = [
                f"{pair.first} = {pair.second}"
                for pair in pairs
                if pair.kind == kind and pair.both_sides == both_sides
            ]
            if named:
                findings.append(_finding(kind, both_sides, named))
    return findings


def _finding(kind: str, both_sides: bool, named: list[str]) -> Finding:
    what = {
        "same patient": "samples of the same patient (by the barcode in their names)",
        "identical": "samples with exactly the same values",
        "near-identical": (
            f"samples almost identical (r > {SAME_MATERIAL:g} on log values centred by gene)"
        ),
    }[kind]
    if both_sides:
        tail = (
            "stand on both sides of a split, so the figures may be too good; name the patient in "
            "the group column, or leave one of each out"
        )
    else:
        tail = "stand on the same side of every split, but count twice; leave one of each out"
    plural = "pair" if len(named) == 1 else "pairs"
    return Finding(
        code=f"leak-{kind.replace(' ', '-')}" if both_sides else f"twins-{kind.replace(' ', '-')}",
        level="warning" if both_sides or kind == "identical" else "note",
        message=f"{len(named)} {plural} of {what} {tail}: {name_some(named)}.",
        items=tuple(named),
    )


def scaling_finding(values: NDArray[Any]) -> Finding | None:
    """Say so when the matrix looks scaled over all samples before the split.

    Parameters
    ----------
    values
        Samples x genes as they were handed in, test samples included.
    """
    if len(values) < 3:
        return None
    mean = values.mean(axis=0, dtype=np.float64)
    spread = values.std(axis=0, dtype=np.float64)
    varies = spread > 0
    if np.count_nonzero(varies) < 2:
        return None
    mean, spread = mean[varies], spread[varies]
    unit = np.mean(
        np.minimum(np.abs(spread - 1), np.abs(spread - _sample_unit(len(values)))) < 1e-3
    )
    if np.mean(np.abs(mean) < 1e-3) > 0.99 and unit > 0.99:
        how = "each gene has mean 0 and standard deviation 1"
    elif np.mean(np.abs(values.max(axis=0)[varies] - 1.0) < 1e-6) > 0.99:
        how = "the largest value of each gene is 1"
    else:
        return None
    return Finding(
        code="scaled-before-split",
        level="warning",
        message=(
            f"The matrix looks scaled over all samples ({how}), so every training part has seen "
            "its test samples; hand in unscaled values and put the scaling into the pipeline."
        ),
    )


def _sample_unit(n: int) -> float:
    """Population standard deviation of values whose sample standard deviation is 1."""
    return float(np.sqrt((n - 1) / n))
