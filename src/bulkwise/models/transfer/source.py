"""What a fitted model brings into a transfer: its hidden layers, on genes that have names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bulkwise.errors import GeneError, InputError
from bulkwise.models.base import Array
from bulkwise.networks.mlp import MLP

__all__ = ["FIRST", "Source"]

FIRST = "blocks.0.dense.weight"
"""The weights of a network that see the genes, in its state."""


@dataclass(frozen=True, eq=False)
class Source:
    """A pre-trained model.

    Attributes
    ----------
    network
        Settings of its networks.
    parameters
        Their states on centred genes: ``"<number>.<name>"`` -> array.
    genes
        Names of the genes, or ``None`` if it doesn't know them.
    classes
        What its output layer tells apart; ``None`` for a model without one.
    """

    network: MLP
    parameters: Mapping[str, Array]
    genes: tuple[str, ...] | None
    classes: Array | None

    @classmethod
    def of(cls, model: Any) -> Source:
        """Take a fitted model apart.

        Parameters
        ----------
        model
            A fitted :class:`~bulkwise.models.ExpressionClassifier`,
            :class:`~bulkwise.models.TransferClassifier` or
            :class:`~bulkwise.models.DenoisingAutoencoder`, a pipeline that ends in one, a bundle
            of one, or any of these in ``sklearn.frozen.FrozenEstimator``.

        Raises
        ------
        InputError
            If it is something else, isn't fitted, or its networks aren't perceptrons.
        """
        named: Sequence[Any] | None = None
        if hasattr(model, "task") and hasattr(model, "genes"):  # a bundle
            if model.task != "classify":
                raise InputError(
                    f"Can't transfer from a bundle whose task is {model.task!r}: expected one that "
                    "`bulkwise train --task classify` wrote."
                )
            named, model = model.genes, model.model
        if type(model).__name__ == "FrozenEstimator":
            model = model.estimator
        if hasattr(model, "steps"):
            *before, (_, final) = model.steps
            if before:
                named = _names_behind(model[:-1], named)
            model = final
        network = getattr(model, "network", None)
        states = getattr(model, "parameters_", None)
        if states is not None and hasattr(model, "_network"):
            network = model._network()
        if states is None or not isinstance(network, MLP) or not network.widths:
            raise InputError(
                "Can't transfer from this source: expected a fitted ExpressionClassifier, "
                "TransferClassifier or DenoisingAutoencoder with an MLP of at least one hidden "
                f"layer, or a pipeline or bundle that ends in one. Got {model!r}"
                + (
                    ", which isn't fitted (cloning forgets a fit: wrap the source in "
                    "sklearn.frozen.FrozenEstimator)."
                    if states is None
                    else "."
                )
            )
        known = getattr(model, "feature_names_in_", getattr(model, "genes", None))
        known = named if named is not None else known
        return cls(
            network,
            states,
            None if known is None else tuple(map(str, known)),
            getattr(model, "classes_", None),
        )

    @property
    def n_members(self) -> int:
        """How many networks."""
        return 1 + max(int(name.split(".", 1)[0]) for name in self.parameters)

    @property
    def n_genes(self) -> int:
        """How many genes the networks take."""
        return int(self.parameters[f"0.{FIRST}"].shape[1])

    def member(self, number: int) -> dict[str, Array]:
        """The state of a network; beyond the last they begin again."""
        prefix = f"{number % self.n_members}."
        return {
            name.removeprefix(prefix): value
            for name, value in self.parameters.items()
            if name.startswith(prefix)
        }

    def places(self, genes: Sequence[str] | None, n_genes: int) -> Array:
        """Where each gene of the target stands among the source's; -1 for one it doesn't know.

        Parameters
        ----------
        genes
            Names of the target's genes, or ``None``.
        n_genes
            How many there are.

        Raises
        ------
        GeneError
            If no gene is known to both.
        InputError
            If one side has no names, or neither has and their numbers differ.
        """
        if genes is None or self.genes is None:
            if (genes is None) == (self.genes is None) and n_genes == self.n_genes:
                return np.arange(n_genes)
            known = {True: "has no gene names", False: "has gene names"}
            raise InputError(
                f"Can't match the genes of source and target: the source has {self.n_genes:,} "
                f"genes and {known[self.genes is None]}, the target {n_genes:,} and "
                f"{known[genes is None]}; give names on both sides (a DataFrame, or "
                "TransferClassifier(genes=...) behind other steps), or the same genes in the same "
                "order on both without names."
            )
        where = {gene: place for place, gene in enumerate(self.genes)}
        places = np.array([where.get(str(gene), -1) for gene in genes], dtype=np.intp)
        if (places < 0).all():
            raise GeneError(
                "Source and target have no gene in common: the source's are "
                f"{self.genes[0]!r}, ..., the target's {str(genes[0])!r}, ...; bring both to the "
                "same kind of identifier."
            )
        return places


def _names_behind(steps: Any, named: Sequence[Any] | None) -> Sequence[Any] | None:
    """Names of the genes that come out of a pipeline's first steps, if it can tell."""
    given = None if named is None else np.asarray(named, dtype=object)
    if given is None and not hasattr(steps, "feature_names_in_"):
        return None
    found: Sequence[Any] = steps.get_feature_names_out(given).tolist()
    return found
