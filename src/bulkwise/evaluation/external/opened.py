"""Both cohorts of a validation, opened, checked and brought onto one matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bulkwise.checks.base import Finding, log_values
from bulkwise.errors import LeakageError
from bulkwise.evaluation.base import Inputs, LeakPair, Projection
from bulkwise.evaluation.external.clinical import Coded, code_columns
from bulkwise.evaluation.external.naming import named_by
from bulkwise.evaluation.external.pairing import Pair, Scaling, pair, refuse_shared_patients
from bulkwise.evaluation.external.sides import Asked, Side, open_side, refuse_other_classes
from bulkwise.evaluation.leaks import audit, leak_findings
from bulkwise.evaluation.projection import centred_gram, project
from bulkwise.randomness import Seeds
from bulkwise.split import Fold

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["Opened", "open_both"]


@dataclass(frozen=True, eq=False)
class Opened:
    """What there is to fit and to judge.

    Attributes
    ----------
    train, test
        The two cohorts.
    pair
        Their matrices on the shared genes.
    inputs, fold
        Training samples with a label and all test samples on one matrix, and which is which.
    clinical
        Clinical columns of the rows of ``inputs``.
    leaks
        Samples of the two cohorts that look alike.
    pictures
        Both on one plane.
    findings
        What to know before anything is fitted.
    """

    train: Side
    test: Side
    pair: Pair
    inputs: Inputs
    fold: Fold
    clinical: tuple[Coded, ...]
    leaks: tuple[LeakPair, ...]
    pictures: tuple[Projection, ...]
    findings: tuple[Finding, ...]


def open_both(
    asked: Asked,
    train: AnnData,
    test: AnnData,
    *,
    genes_by: str | None,
    clinical: Sequence[str],
    scaling: Scaling,
    seeds: Seeds,
) -> Opened:
    """Read labels, patients and clinical columns, match the genes, and refuse shared people.

    Parameters
    ----------
    asked
        The question.
    train, test
        Samples x genes. Not changed.
    genes_by, clinical, scaling
        See :func:`bulkwise.evaluation.validate`.
    seeds
        Of the pictures.
    """
    home, away = open_side(asked, train, "training"), open_side(asked, test, "test")
    refuse_other_classes(home, away)
    refuse_shared_patients(home.groups, away.groups)
    coded, said = code_columns(home.cohort.obs, away.cohort.obs, clinical)
    own, other = home.cohort, away.cohort
    if genes_by is not None:
        own, other, renamed = named_by(own, other, genes_by)
        said += renamed
    paired = pair(own, other, scaling=scaling)
    inputs, fold = _joined(home, away, paired)
    leaks, pictures = _look(inputs, fold, seeds)
    said += [*home.findings, *away.findings, *paired.findings, *leak_findings(leaks)]
    return Opened(
        train=home,
        test=away,
        pair=paired,
        inputs=inputs,
        fold=fold,
        clinical=tuple(Coded(one.column, one.train[home.known], one.test) for one in coded),
        leaks=leaks,
        pictures=pictures,
        findings=tuple(said),
    )


def _joined(train: Side, test: Side, paired: Pair) -> tuple[Inputs, Fold]:
    """Known training samples, then all test samples, on one matrix."""
    keep = train.known
    labels = np.concatenate([train.labels[keep], test.labels])
    classes = np.unique(train.labels[keep])
    codes = np.searchsorted(classes, np.where(labels == "", classes[0], labels))
    names = [np.array(side.cohort.obs_names, dtype=str) for side in (train, test)]
    n_train = int(keep.sum())
    sources = np.repeat([train.name, test.name], [n_train, len(test.labels)])
    inputs = Inputs(
        name=test.name,
        unit=paired.unit,
        X=np.concatenate([paired.train[keep], paired.test]),
        genes=paired.genes,
        samples=np.concatenate([names[0][keep], names[1]]),
        sheet=pd.concat([train.cohort.obs[keep], test.cohort.obs]),
        target=test.target,
        labels=labels,
        classes=tuple(map(str, classes)),
        codes=codes.astype(np.intp),
        groups=np.concatenate([train.groups[keep], test.groups]),
        group_column=test.group_column,
        sources=sources,
        source_column=None,
        findings=(),
    )
    return inputs, Fold(np.arange(n_train), np.arange(n_train, len(labels)), 0, test.name)


def _look(
    inputs: Inputs, fold: Fold, seeds: Seeds
) -> tuple[tuple[LeakPair, ...], tuple[Projection, ...]]:
    """Refuse samples that stand in both cohorts under two names; draw both on one plane."""
    values = log_values(inputs.X, inputs.unit).astype(np.float64)
    apart = values.copy()
    for rows in (fold.train, fold.test):
        apart[rows] -= apart[rows].mean(axis=0)
    pairs = audit(
        apart,
        centred_gram(apart),
        inputs.samples,
        inputs.labels,
        inputs.groups,
        [(fold.train, fold.test)],
    )
    leaks = tuple(one for one in pairs if one.both_sides)
    same = [one for one in leaks if one.kind == "same patient"]
    if same:
        raise LeakageError(
            f"{len(same)} patients stand in both cohorts by the barcodes of their samples (such "
            f"as {same[0].first} and {same[0].second}); the test cohort must hold other people: "
            "leave them out of one of the two."
        )
    labels = np.where(inputs.labels == "", "censored", inputs.labels)
    pictures = project(
        centred_gram(values),
        inputs.samples,
        labels,
        inputs.sources,
        random_state=seeds.sklearn("projection"),
    )
    return leaks, pictures
