"""A loaded bundle, and the tasks it may be for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bulkwise.bundle.base import Array, hashed

if TYPE_CHECKING:
    from bulkwise.models.applicability import Applicability

__all__ = ["MATRIX_TASKS", "TASKS", "Bundle", "seen_by"]

_HASHES = "_bundle_hashes"  # where a model out of a bundle keeps what it was trained on

MATRIX_TASKS = ("classify", "infer")
"""Tasks of a pipeline that takes a matrix; models of the others take a cohort."""

TASKS = (*MATRIX_TASKS, "translate", "direction")
"""What a saved model may be for."""


@dataclass(frozen=True, eq=False)
class Bundle:
    """A model with all that predicting needs.

    Attributes
    ----------
    task
        One of :data:`TASKS`.
    model
        The fitted pipeline, from values in ``unit`` to predictions; for a task that isn't in
        :data:`MATRIX_TASKS`, the fitted estimator that takes a cohort.
    genes
        Names of the genes it takes, in order; empty where it takes any.
    unit
        The unit it was trained on and takes.
    targets
        The columns of the training sample sheet that it predicts, each with its classes as text
        in the order of the probabilities; empty where the task learns no column.
    applicability
        Judges preprocessed samples by their likeness to the training data; ``None`` where the
        model takes a cohort.
    typical
        A value a gene that stands for a missing one, in ``unit``; of counts, per million.
        ``None`` where the model deals with missing genes itself.
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

    task: str
    model: Any
    genes: tuple[str, ...]
    unit: str
    targets: dict[str, tuple[str, ...]]
    applicability: Applicability | None
    typical: Array | None
    card: str
    training: dict[str, Any]
    versions: dict[str, str]
    hashes: dict[str, Any]

    @property
    def fills_missing(self) -> bool:
        """Whether the model takes missing values and sets them to a floor of its own."""
        return getattr(self.model, "floor", None) is not None

    def __post_init__(self) -> None:
        for part in (self.model, *(step for _, step in getattr(self.model, "steps", ()))):
            if hasattr(part, "__dict__"):
                part.__dict__[_HASHES] = self.hashes

    def seen(self, names: Iterable[object], *, kind: str = "samples") -> list[str]:
        """Those of these names that the model was trained on.

        Parameters
        ----------
        names
            Names of samples or patients.
        kind
            ``"samples"`` or ``"patients"``.
        """
        return _known(self.hashes, names, kind)

    def prepared(self, X: Array) -> Any:
        """Values in ``unit``, samples x ``genes``, as the model's steps take them."""
        if not hasattr(self.model, "feature_names_in_"):
            return X
        import pandas as pd

        return pd.DataFrame(X, columns=list(self.genes), copy=False)


def seen_by(model: object, names: Iterable[object], *, kind: str = "samples") -> list[str] | None:
    """As :meth:`Bundle.seen`, of a model or step that came out of a bundle.

    Returns
    -------
    list of str or None
        ``None`` if it didn't, so that nobody knows.
    """
    hashes = getattr(model, "__dict__", {}).get(_HASHES)
    return None if hashes is None else _known(hashes, names, kind)


def _known(hashes: dict[str, Any], names: Iterable[object], kind: str) -> list[str]:
    known = set(hashes[kind])
    return [str(name) for name in names if hashed(hashes["salt"], name) in known]
