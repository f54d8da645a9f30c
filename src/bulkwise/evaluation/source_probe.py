"""The source probe: can the batch or source of a sample be told within one label?

It is tried by a linear model on all genes and by a random forest that also sees squares and the
variance of each sample. An AUC far above 0.5 says that a model may read the source; one far
*below* 0.5 says that somebody made the sources equal over all samples: what is left in a
training part is then the opposite of what is left in its test part.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, stats
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score

from bulkwise.checks.base import Finding
from bulkwise.evaluation.base import SourceProbe
from bulkwise.randomness import Seeds
from bulkwise.split import grouped_folds

if TYPE_CHECKING:
    from sklearn.base import ClassifierMixin

__all__ = ["no_source", "probe_findings", "probe_sources"]

_LEAST_PATIENTS = 5
_MOST_SAMPLES = 400
_N_GENES = 500
_N_TREES = 100
_FAR = 0.2
_LEVEL = 0.05


def no_source() -> Finding:
    """Say that the source controls had nothing to work on."""
    return Finding(
        "no-source",
        "note",
        "No column names the source or batch of the samples, so it couldn't be tried whether a "
        "model can read it from expression; name one with source=... (or --source).",
    )


def probe_sources(
    values: NDArray[Any],
    labels: NDArray[np.str_],
    sources: NDArray[np.str_],
    groups: NDArray[np.str_],
    *,
    random_state: int,
) -> tuple[SourceProbe, ...]:
    """Try to tell the source within each label, out of fold, patients apart.

    Parameters
    ----------
    values
        Samples x genes on a log scale.
    labels, sources, groups
        One entry a sample.
    random_state
        Seed of folds, forests and of the draw of 400 samples from larger labels.

    Returns
    -------
    tuple of SourceProbe
        One for each label that has two sources with five patients each. The AUC is that of each
        source against the others, by fold, averaged. ``warns`` if one is 0.2 or more from 0.5 and
        farther than noise reaches (5 %, Bonferroni over all probes).
    """
    seeds = Seeds(random_state)
    parts = list(_probed(labels, sources, groups, seeds))
    found = []
    for label, rows in parts:
        linear, forest = _probe(values[rows], sources[rows], groups[rows], seeds.child(label))
        names = np.unique(sources[rows])
        patients = [len(np.unique(groups[rows][sources[rows] == name])) for name in names]
        reach = max(_FAR, _noise(patients, n_probes=2 * len(parts)))
        counts = {str(name): int(np.count_nonzero(sources[rows] == name)) for name in names}
        warns = max(abs(linear - 0.5), abs(forest - 0.5)) > reach
        found.append(SourceProbe(label, counts, linear, forest, bool(warns)))
    return tuple(found)


def _probed(
    labels: NDArray[np.str_], sources: NDArray[np.str_], groups: NDArray[np.str_], seeds: Seeds
) -> Iterator[tuple[str, NDArray[np.intp]]]:
    """Labels that can be probed, with the rows to use."""
    for label in np.unique(labels):
        kept = []
        for source in np.unique(sources[labels == label]):
            rows = np.flatnonzero((labels == label) & (sources == source))
            if len(np.unique(groups[rows])) >= _LEAST_PATIENTS:
                kept.append(rows)
        if len(kept) < 2:
            continue
        rng = seeds.numpy("draw", label)
        share = min(1.0, _MOST_SAMPLES / sum(map(len, kept)))
        drawn = [
            rng.choice(rows, max(2 * _LEAST_PATIENTS, int(share * len(rows))), replace=False)
            if share < 1 and len(rows) > 2 * _LEAST_PATIENTS
            else rows
            for rows in kept
        ]
        yield str(label), np.sort(np.concatenate(drawn))


def _noise(patients: list[int], n_probes: int) -> float:
    """How far from 0.5 chance alone takes an AUC (Mann-Whitney variance of the smallest source)."""
    few = min(patients)
    rest = sum(patients) - few
    error = np.sqrt((few + rest + 1) / (12 * few * rest))
    return float(stats.norm.isf(_LEVEL / 2 / n_probes) * error)


def _probe(
    values: NDArray[Any], sources: NDArray[np.str_], groups: NDArray[np.str_], seeds: Seeds
) -> tuple[float, float]:
    names, source = np.unique(sources, return_inverse=True)
    fewest = min(len(np.unique(groups[source == code])) for code in range(len(names)))
    folds = grouped_folds(
        sources, groups, n_splits=min(5, fewest), random_state=seeds.sklearn("folds")
    )
    kernel, features = _prepared(values)
    linear, forest = [], []
    for index, (train, test, *_) in enumerate(folds):
        scores = _ridge(kernel, np.eye(len(names))[source], train, test)
        linear.append(_auc(source[test], scores))
        trees = RandomForestClassifier(
            _N_TREES, class_weight="balanced", random_state=seeds.sklearn("forest", index)
        ).fit(features[train], source[train])
        forest.append(_auc(source[test], _all_columns(trees, features[test], len(names))))
    return float(np.nanmean(linear)), float(np.nanmean(forest))


def _prepared(values: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """A linear kernel on standardised genes, and the forest's features.

    Features: the most variable genes, their squares, and mean and variance of each sample.
    """
    z = np.asarray(values, dtype=np.float32)
    spread = z.std(axis=0, dtype=np.float64)
    top = np.sort(np.argsort(-spread, kind="stable")[:_N_GENES])
    z = z - z.mean(axis=0, dtype=np.float64).astype(np.float32)
    z /= np.where(spread > 0, spread, 1.0).astype(np.float32)
    kernel = (z @ z.T).astype(np.float64) / max(int(np.count_nonzero(spread)), 1)
    best = z[:, top]
    rows = np.column_stack([z.mean(axis=1), z.var(axis=1)])
    return kernel, np.hstack([best, best**2, rows])


def _ridge(
    kernel: NDArray[np.float64],
    targets: NDArray[np.float64],
    train: NDArray[np.intp],
    test: NDArray[np.intp],
) -> NDArray[np.float64]:
    """Ridge regression on class indicators, genes centred on the training part."""
    own, new = kernel[np.ix_(train, train)], kernel[np.ix_(test, train)]
    by_column = own.mean(axis=0)
    new = new - by_column - new.mean(axis=1, keepdims=True) + own.mean()
    own = own - by_column - by_column[:, None] + own.mean()
    own[np.diag_indices_from(own)] += 1.0
    y = targets[train] - targets[train].mean(axis=0)
    return np.asarray(new @ linalg.solve(own, y, assume_a="pos"))


def _all_columns(trees: ClassifierMixin, features: NDArray[Any], k: int) -> NDArray[np.float64]:
    scores = np.zeros((len(features), k))
    scores[:, trees.classes_] = trees.predict_proba(features)
    return scores


def _auc(observed: NDArray[np.intp], scores: NDArray[np.float64]) -> float:
    """AUC of each class against the rest, averaged over those that can be computed."""
    areas = [
        roc_auc_score(observed == code, scores[:, code])
        for code in range(scores.shape[1])
        if 0 < np.count_nonzero(observed == code) < len(observed)
    ]
    return float(np.mean(areas)) if areas else float("nan")


def probe_findings(probes: Sequence[SourceProbe], column: str) -> list[Finding]:
    """Put the probes that warn into words, each direction on its own."""
    warned = [probe for probe in probes if probe.warns]
    told = [p for p in warned if max(p.linear_auc, p.forest_auc) > 0.5 + _FAR]
    turned = [p for p in warned if min(p.linear_auc, p.forest_auc) < 0.5 - _FAR]
    findings = []
    if told:
        named = ", ".join(
            f"{p.label} (AUC: forest {p.forest_auc:.2f}, linear {p.linear_auc:.2f})" for p in told
        )
        findings.append(
            Finding(
                "source-predictable",
                "warning",
                f"The column {column!r} can be predicted from expression within one label: "
                f"{named}; a model may read it instead of biology, so look at "
                f"holdout_by={column!r} too.",
                tuple(p.label for p in told),
            )
        )
    if turned:
        named = ", ".join(f"{p.label} ({min(p.linear_auc, p.forest_auc):.2f})" for p in turned)
        findings.append(
            Finding(
                "corrected-over-all-samples",
                "warning",
                f"Predicting the column {column!r} within one label gives AUCs far below 0.5: "
                f"{named}; that is what a batch correction over all samples leaves behind, test "
                "samples included, so no cross-validation on this matrix is wholly leak-free.",
                tuple(p.label for p in turned),
            )
        )
    return findings
