"""Domains: groups of samples that a network is trained on or transferred to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bulkwise.checks.labels import require_labels
from bulkwise.errors import GeneError, InputError, SampleError
from bulkwise.evaluation.base import Inputs
from bulkwise.evaluation.inputs import open_inputs
from bulkwise.study.base import Array, Arrays

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["Domains", "open_domains"]


@dataclass(frozen=True, eq=False)
class Domains:
    """Samples of several domains on the genes that all have.

    Attributes
    ----------
    names, units
        Of the domains.
    genes, classes
        Names.
    X
        Samples x genes, as given, each domain in its own unit.
    of, codes, groups
        Domain, class and patient of each sample, as numbers.
    samples
        Names of the samples.
    findings
        What was left out or assumed.
    """

    names: tuple[str, ...]
    units: tuple[str, ...]
    genes: tuple[str, ...]
    classes: tuple[str, ...]
    X: Array
    of: Array
    codes: Array
    groups: Array
    samples: Array
    findings: tuple[dict[str, str], ...]

    def arrays(self) -> Arrays:
        """What the units of a study share."""
        return {"X": self.X, "of": self.of, "codes": self.codes, "groups": self.groups}

    def counts(self, name: str) -> dict[str, int]:
        """Samples of each class that a domain has."""
        own = np.bincount(self.codes[self.of == self.names.index(name)])
        return {self.classes[code]: int(n) for code, n in enumerate(own) if n}


def open_domains(
    cohorts: AnnData | Mapping[str, AnnData],
    *,
    target: str | Sequence[str],
    by: str | None,
    groups: str | None,
    least: int,
) -> Domains:
    """Take cohorts apart into domains, on the genes that all of them have.

    Parameters
    ----------
    cohorts
        One cohort, whose domains are the values of the column ``by``; or several by name, each a
        domain.
    target
        Column to predict; one for all cohorts, or one each.
    by
        Column of the domains, of one cohort.
    groups
        Column that names the patient; by default ``patient`` where there is one.
    least
        A class with fewer patients in a domain is left out there.

    Raises
    ------
    InputError
        If there is one domain only, or cohorts and ``by`` don't go together.
    GeneError
        If the cohorts have no gene in common.
    SampleError
        If no domain has two classes of enough patients, or a column is missing.
    """
    several = cohorts if isinstance(cohorts, Mapping) else {"cohort": cohorts}
    if (len(several) > 1) == (by is not None) or not several:
        raise InputError(
            "A transfer takes one cohort and the column of its domains (by=..., --by), or "
            f"several cohorts without one; got {len(several)} cohorts and by={by!r}."
        )
    columns = [target] if isinstance(target, str) else list(target)
    if len(columns) not in (1, len(several)):
        raise InputError(
            f"A transfer takes one target column for all cohorts, or one each: expected 1 or "
            f"{len(several)}, got {len(columns)}."
        )
    columns = columns * (len(several) // len(columns))
    inputs = [
        open_inputs(one, target=column, groups=groups, source=None, holdout_by=None)
        for one, column in zip(several.values(), columns, strict=True)
    ]
    if by is not None:
        parts = require_labels(inputs[0].sheet, by, what="by")
    else:
        parts = np.concatenate(
            [[name] * len(one.samples) for name, one in zip(several, inputs, strict=True)]
        )
    return _joined(inputs, parts.astype(str), by, least)


def _joined(inputs: Sequence[Inputs], parts: Array, by: str | None, least: int) -> Domains:
    genes, X = _common(inputs)
    labels = np.concatenate([one.labels for one in inputs])
    patients = np.concatenate([one.groups for one in inputs])
    samples = np.concatenate([one.samples for one in inputs])
    of_unit = np.concatenate([[one.unit] * len(one.samples) for one in inputs])
    found = [
        {"level": finding.level, "message": finding.message}
        for one in inputs
        for finding in one.findings
        if finding.code not in {"source-column", "few-patients"}
    ]
    if len(inputs) > 1:
        sizes = ", ".join(f"{len(one.genes):,}" for one in inputs)
        message = f"{len(genes):,} genes are common to the cohorts, which have {sizes}."
        found.append({"level": "note", "message": message})
    keep = _enough(parts, labels, patients, least, found)
    order = sorted(set(parts[keep].tolist()))
    names = tuple(order) if by is not None else tuple(dict.fromkeys(parts[keep].tolist()))
    if len(names) < 2:
        raise InputError(
            f"A transfer needs at least two domains; there is {len(names) and names[0]!r} only"
            + (f" in the column {by!r}." if by else ".")
        )
    classes, codes = np.unique(labels[keep], return_inverse=True)
    where = {name: number for number, name in enumerate(names)}
    of = np.array([where[part] for part in parts[keep]], dtype=np.intp)
    units = tuple(str(of_unit[keep][of == number][0]) for number in range(len(names)))
    return Domains(
        names=names,
        units=units,
        genes=genes,
        classes=tuple(map(str, classes)),
        X=X[keep],
        of=of,
        codes=codes.astype(np.intp),
        groups=np.unique(patients[keep], return_inverse=True)[1].astype(np.intp),
        samples=samples[keep],
        findings=tuple({one["message"]: one for one in found}.values()),
    )


def _common(inputs: Sequence[Inputs]) -> tuple[tuple[str, ...], Array]:
    """The genes that all cohorts have, in the first one's order, and their values."""
    shared = set(inputs[0].genes).intersection(*(one.genes for one in inputs[1:]))
    genes = tuple(gene for gene in inputs[0].genes if gene in shared)
    if not genes:
        raise GeneError(
            "The cohorts have no gene in common: the first one's are "
            f"{inputs[0].genes[0]!r}, ..., the last one's {inputs[-1].genes[0]!r}, ...; bring "
            "them to the same kind of identifier."
        )
    if len(inputs) == 1:
        return genes, np.asarray(inputs[0].X, dtype=np.float32)
    parts = []
    for one in inputs:
        place = {gene: number for number, gene in enumerate(one.genes)}
        parts.append(np.asarray(one.X[:, [place[gene] for gene in genes]], dtype=np.float32))
    return genes, np.concatenate(parts)


def _enough(
    parts: Array, labels: Array, patients: Array, least: int, found: list[dict[str, Any]]
) -> Array:
    """Samples of the domains' classes that have enough patients; says which don't."""
    keep = np.ones(len(labels), dtype=bool)
    dropped: dict[str, list[str]] = {}
    for part in np.unique(parts):
        for label in np.unique(labels[parts == part]):
            own = (parts == part) & (labels == label)
            n = len(np.unique(patients[own]))
            if n < least:
                keep &= ~own
                dropped.setdefault(str(part), []).append(f"{label} ({n})")
    for part, names in dropped.items():
        message = f"Left out of {part}, with fewer than {least} patients: {', '.join(names)}."
        found.append({"level": "note", "message": message})
    if not any(len(np.unique(labels[keep & (parts == part)])) > 1 for part in np.unique(parts)):
        raise SampleError(
            f"No domain has two classes of at least {least} patients each, so there is nothing to "
            "learn; ask for fewer with least=... (--least), or name another column."
        )
    return keep
