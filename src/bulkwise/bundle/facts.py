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
from bulkwise.errors import GeneError
from bulkwise.storage import hash_array

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["TrainedOn", "typical_values", "versions"]

_PACKAGES = ("bulkwise", "numpy", "scipy", "scikit-learn", "torch", "pandas", "xgboost-cpu")


class TrainedOn:
    """A cohort as a bundle needs it, checked.

    Parameters
    ----------
    cohort
        Samples x genes with ``.uns["unit"]``.
    target
        The column of labels.
    groups
        The column of patients; ``None`` takes ``patient`` if there is one, else each sample.

    Raises
    ------
    UnitError, SampleError, GeneError
        If the unit isn't known, a column is missing or has gaps, or a value isn't finite.
    """

    def __init__(self, cohort: AnnData, target: str, groups: str | None) -> None:
        self.target = target
        self.name = str(cohort.uns.get("cohort", ""))
        self.unit = require_unit(cohort.uns.get("unit"), where="the cohort")
        self.genes = [str(gene) for gene in cohort.var_names]
        self.samples = [str(name) for name in cohort.obs_names]
        self.X = dense(cohort.X)
        refuse(check_finite(self.X, self.genes, self.samples), GeneError)
        self.labels = require_labels(cohort.obs, target)
        if groups is None and "patient" in cohort.obs.columns and target != "patient":
            groups = "patient"
        self.groups = groups
        self.patients = np.array(self.samples)
        if groups is not None:
            self.patients = require_labels(cohort.obs, groups, what="groups")

    def summary(self) -> Document:
        """Numbers of samples, patients and classes."""
        names, counts = np.unique(self.labels, return_counts=True)
        return {
            "cohort": self.name,
            "n_samples": len(self.samples),
            "groups": self.groups,
            "n_patients": len(set(self.patients.tolist())),
            "classes": {str(name): int(n) for name, n in zip(names, counts, strict=True)},
        }

    def hashes(self) -> Document:
        """Salted hashes of names; the salt comes from the data: equal data, equal bytes."""
        salt = hash_array(self.X, *self.samples)[:32]
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
