"""What a bundle tells of its training data: names one can recognise, usual values, versions."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from platform import python_version
from typing import TYPE_CHECKING

import numpy as np

from bulkwise.bundle.base import Array, Document, hashed
from bulkwise.checks.base import is_linear, refuse, require_unit
from bulkwise.checks.labels import require_labels
from bulkwise.checks.values import check_finite, dense
from bulkwise.errors import GeneError, UnitError
from bulkwise.storage import hash_array

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["TrainedOn", "typical_values", "versions"]

_PACKAGES = ("bulkwise", "numpy", "scipy", "scikit-learn", "torch", "pandas", "xgboost-cpu")


class TrainedOn:
    """The cohorts a model was fitted on, as a bundle needs them, checked.

    Parameters
    ----------
    cohorts
        Samples x genes with ``.uns["unit"]``, one or several of the same unit.
    targets
        The columns of labels; none for a task that learns no column.
    groups
        The column of patients; ``None`` takes ``patient`` if there is one, else each sample.

    Raises
    ------
    UnitError, SampleError
        If the unit isn't known or not the same everywhere, or a column is missing or has gaps.
    """

    def __init__(
        self, cohorts: Sequence[AnnData], targets: Sequence[str], groups: str | None
    ) -> None:
        self.cohorts = list(cohorts)
        self.name = ", ".join(str(one.uns.get("cohort", "")) for one in self.cohorts)
        units = {require_unit(one.uns.get("unit"), where="the cohort") for one in self.cohorts}
        if len(units) != 1:
            raise UnitError(
                f"A model is saved with cohorts in one unit; got {', '.join(sorted(units))}."
            )
        self.unit = units.pop()
        self.samples = [str(name) for one in self.cohorts for name in one.obs_names]
        self.labels = {
            target: np.concatenate([require_labels(one.obs, target) for one in self.cohorts])
            for target in targets
        }
        known = all("patient" in one.obs.columns for one in self.cohorts)
        if groups is None and known and "patient" not in self.labels:
            groups = "patient"
        self.groups = groups
        self.patients = np.array(self.samples)
        if groups is not None:
            self.patients = np.concatenate(
                [require_labels(one.obs, groups, what="groups") for one in self.cohorts]
            )

    def matrix(self, genes: Sequence[str]) -> Array:
        """Values of these genes in the only cohort, samples x genes.

        Raises
        ------
        GeneError
            If a value isn't finite.
        """
        (cohort,) = self.cohorts
        X = dense(cohort.X)
        own = [str(gene) for gene in cohort.var_names]
        if list(genes) != own:
            place = {gene: i for i, gene in enumerate(own)}
            X = X[:, [place[gene] for gene in genes]]
        refuse(check_finite(X, list(genes), self.samples), GeneError)
        return X

    def summary(self) -> Document:
        """Numbers of samples, of patients, and of each class of each target."""
        return {
            "cohort": self.name,
            "n_samples": len(self.samples),
            "groups": self.groups,
            "n_patients": len(set(self.patients.tolist())),
            "classes": {target: _counts(labels) for target, labels in self.labels.items()},
        }

    def hashes(self) -> Document:
        """Salted hashes of names; the salt comes from the data: equal data, equal bytes."""
        *others, last = [one.X for one in self.cohorts]
        parts = [hash_array(dense(X)) for X in others]
        salt = hash_array(dense(last), *self.samples, *parts)[:32]
        return {
            "salt": salt,
            "samples": _sorted(salt, self.samples),
            "patients": _sorted(salt, self.patients.tolist()),
        }


def typical_values(X: Array, unit: str) -> Array:
    """A usual value of each gene, to stand for a missing one.

    Linear units: ``exp(mean(log(1 + x))) - 1``, so that the logarithm is the training mean.
    Counts: the same of counts per million, because depth differs. Others: the mean.

    Parameters
    ----------
    X
        Samples x genes in ``unit``.
    unit
        One of the known units.

    Returns
    -------
    ndarray
        One value a gene, float32.
    """
    linear = is_linear(unit)
    total = np.zeros(X.shape[1])
    for row in X:
        values = row.astype(np.float64)
        if unit == "counts":
            values *= 1e6 / max(values.sum(), 1.0)
        total += np.log1p(np.maximum(values, 0.0)) if linear else values
    mean = total / len(X)
    typical: Array = (np.expm1(mean) if linear else mean).astype(np.float32)
    return typical


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that matter, as far as they are installed."""
    found = {"python": python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _sorted(salt: str, names: Sequence[object]) -> list[str]:
    return sorted({hashed(salt, name) for name in names})


def _counts(labels: Array) -> dict[str, int]:
    names, counts = np.unique(labels, return_counts=True)
    return {str(name): int(n) for name, n in zip(names, counts, strict=True)}
