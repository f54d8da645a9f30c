"""A loaded bundle."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bulkwise.bundle.base import Array, hashed

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from bulkwise.models.applicability import Applicability

__all__ = ["Bundle"]


@dataclass(frozen=True, eq=False)
class Bundle:
    """A model with all that predicting needs.

    Attributes
    ----------
    model
        The fitted pipeline, from values in ``unit`` to predictions.
    genes
        Names of its genes, in order.
    unit
        The unit it was trained on and takes.
    target
        What it predicts: the column of the training sample sheet.
    labels
        The classes as text, in the order of its probabilities.
    applicability
        Judges preprocessed samples by their likeness to the training data.
    typical
        A value a gene that stands for a missing one, in ``unit``; of counts, per million.
    card
        The model card, Markdown.
    training
        Numbers of samples, patients and classes it was trained on.
    versions
        Of the packages it was made with.
    hashes
        ``salt``, and salted hashes of the ``samples`` and ``patients`` it was trained on. They
        tell whether a known name is among them without being a list of names; whoever can guess
        names can test them.
    """

    model: Pipeline
    genes: tuple[str, ...]
    unit: str
    target: str
    labels: tuple[str, ...]
    applicability: Applicability
    typical: Array
    card: str
    training: dict[str, Any]
    versions: dict[str, str]
    hashes: dict[str, Any]

    def seen(self, names: Iterable[object], *, kind: str = "samples") -> list[str]:
        """Those of these names that the model was trained on.

        Parameters
        ----------
        names
            Names of samples or patients.
        kind
            ``"samples"`` or ``"patients"``.
        """
        known = set(self.hashes[kind])
        return [str(name) for name in names if hashed(self.hashes["salt"], name) in known]

    def prepared(self, X: Array) -> Any:
        """Values in ``unit``, samples x ``genes``, as the model's steps take them."""
        if not hasattr(self.model, "feature_names_in_"):
            return X
        import pandas as pd

        return pd.DataFrame(X, columns=list(self.genes), copy=False)
