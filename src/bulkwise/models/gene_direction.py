"""DEGnext's classifier: up or down from a gene's row of samples, by a convolutional network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from scipy.special import expit, softmax
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn

from bulkwise.errors import InputError
from bulkwise.models.base import Array
from bulkwise.networks.base import linear
from bulkwise.networks.gene_cnn import GeneCNN, GeneCNNModule
from bulkwise.progress import say
from bulkwise.randomness import RandomState, Seeds
from bulkwise.stats.effects import direction_table
from bulkwise.training.base import Training
from bulkwise.training.gene_rows import DOWN, NEUTRAL, UP, GeneRows, open_rows, standardised
from bulkwise.training.loop import fit_network

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

__all__ = ["GeneDirectionClassifier"]

_BATCH, _GENES = 256, 5000  # the paper's
_LEAST_BATCH = 32
_BLOCK_VALUES = 1 << 20  # values of the rows that are looked at together

Loss = Callable[[Tensor, Tensor], Tensor]


class GeneDirectionClassifier(BaseEstimator):
    """The network of DEGnext (Kakati et al. 2022) and its two stages.

    Each gene is a row: log2 levels of its samples, the second condition's first, around the
    midpoint of the two conditions' means and with standard deviation 1, folded into a picture
    (:class:`bulkwise.networks.GeneCNN`). The first stage learns down, neutral or up from the genes
    that aren't validated, cohort after cohort; the second takes a new output layer and learns up
    against down from the validated genes, again cohort after cohort. Several cohorts are the
    paper's sequential transfer learning; rows may have another length in each.

    The label is the sign of a difference within the very row that is seen, so the sign of the mean
    log2(CPM + 1) difference is a rule to beat (:func:`bulkwise.baselines.rule_scores`), and the
    order of the columns matters: :class:`DirectionModel` depends on neither.

    Parameters
    ----------
    network
        Settings of the network; ``None`` for ``GeneCNN()``.
    training
        Of the first stage; ``None`` as published: Adam at 1e-4, 50 epochs, batches of 256 from
        5,000 genes. Fewer genes go in smaller batches (of 32 at least), so that the network takes
        about as many steps.
    tuning
        Of the second stage; ``None`` as published: Adam at 1e-4, batches of 64, 31 epochs.
    random_state
        Seed.

    Attributes
    ----------
    parameters_ : dict of ndarray
        Weights after the first stage.
    tuned_ : dict of ndarray
        Weights after the second; empty if no cohort had validated genes of both directions.
    cohorts_ : list of str
        Names of the cohorts, in the order of training.
    unit_ : str
        Their unit.
    column_, contrast_ : str, list of str
        The column of the conditions, and the first and the second condition.
    history_ : dict
        ``"first"`` and ``"second"``: mean losses by epoch, one list a cohort that was learnt from.

    Examples
    --------
    >>> GeneDirectionClassifier.preset("degnext", random_state=0)
    GeneDirectionClassifier(random_state=0)
    """

    _fitted: ClassVar[tuple[str, ...]] = (
        "parameters_",
        "tuned_",
        "cohorts_",
        "unit_",
        "column_",
        "contrast_",
        "history_",
    )

    def __init__(
        self,
        *,
        network: GeneCNN | None = None,
        training: Training | None = None,
        tuning: Training | None = None,
        random_state: RandomState = None,
    ) -> None:
        self.network = network
        self.training = training
        self.tuning = tuning
        self.random_state = random_state

    @classmethod
    def preset(
        cls, name: str = "degnext", *, random_state: RandomState = None
    ) -> GeneDirectionClassifier:
        """The settings of a paper.

        Parameters
        ----------
        name
            ``"degnext"``, whose settings are the defaults.
        random_state
            Seed.

        Raises
        ------
        InputError
            If the name is unknown.
        """
        if name != "degnext":
            raise InputError(f"There is no preset {name!r}: expected 'degnext'.")
        return cls(random_state=random_state)

    def fit(
        self,
        cohorts: AnnData | Sequence[AnnData],
        *,
        column: str = "condition",
        contrast: str | tuple[str, str] = "tumour:normal",
    ) -> GeneDirectionClassifier:
        """Learn from one cohort, or from several one after another.

        Parameters
        ----------
        cohorts
            Each samples x genes with ``.uns["unit"]``, all in one unit, and with labels in
            ``.var`` (:func:`bulkwise.training.label_directions`). Not changed.
        column, contrast
            The column of the conditions and ``"first:second"``, the same in all.

        Raises
        ------
        SampleError, UnitError
            If a cohort lacks the column, a condition, two samples of it, or the unit.
        InputError
            If there is no cohort, labels are missing or contradict the matrix, or no gene goes up,
            or none down.
        """
        several: list[Any] = [cohorts] if hasattr(cohorts, "obs") else list(cohorts)
        if not several:
            raise InputError("There is no cohort to learn from; give one at least.")
        self.column_ = column
        return self.fit_rows(
            [open_rows(one, column=column, contrast=contrast, labelled=True) for one in several]
        )

    def fit_rows(self, opened: Sequence[GeneRows]) -> GeneDirectionClassifier:
        """The same from opened cohorts (:func:`bulkwise.training.gene_rows.open_rows`)."""
        units = sorted({one.unit for one in opened})
        if len(units) != 1:
            raise InputError(f"The cohorts are in different units ({', '.join(units)}).")
        _require_both(opened)
        seeds = Seeds(self.random_state)
        self.column_ = getattr(self, "column_", "condition")
        self.contrast_ = list(opened[0].pair)
        self.unit_ = units[0]
        self.cohorts_ = [one.name for one in opened]
        self.history_: dict[str, list[list[float]]] = {"first": [], "second": []}
        module = self._network().build(3, seeds.torch("weights"))
        for number, one in enumerate(opened):
            self._first(module, one, seeds.child("first", number))
        self.parameters_ = _arrays(module)
        inside = module.output.in_features
        module.output = linear(inside, 1, seeds.torch("output"))
        for number, one in enumerate(opened):
            self._second(module, one, seeds.child("second", number))
        self.tuned_: dict[str, Array] = _arrays(module) if self.history_["second"] else {}
        return self

    def predict(
        self,
        cohort: AnnData,
        *,
        column: str = "condition",
        contrast: str | tuple[str, str] = "tumour:normal",
    ) -> pd.DataFrame:
        """Which way each gene goes, and how sure that is.

        Parameters
        ----------
        cohort
            Samples x genes in the unit of the training cohorts, with any number of samples.
        column, contrast
            The column of the conditions and ``"first:second"``.

        Returns
        -------
        pandas.DataFrame
            ``gene``, ``predicted`` and the probabilities ``down``, ``neutral``, ``up``.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        SampleError, UnitError, InputError
            If the cohort can't be compared, or is in another unit.
        """
        check_is_fitted(self)
        opened = open_rows(cohort, column=column, contrast=contrast)
        table = direction_table(opened.genes, self.probabilities(opened))
        table.attrs["findings"] = []
        return table

    def probabilities(self, opened: GeneRows) -> Array:
        """Probabilities of down, neutral and up, genes x 3.

        Neutral comes from the first stage; up against down from the second, if there was one.

        Raises
        ------
        InputError
            If the rows are in another unit than those of the training.
        """
        check_is_fitted(self)
        if opened.unit != self.unit_:
            raise InputError(
                f"The model was trained on {self.unit_!r} and the cohort is in {opened.unit!r}."
            )
        rows = standardised(opened.levels, opened.n_second)
        chance: Array = softmax(_outputs(self._module(self.parameters_, 3), rows), axis=1)
        if self.tuned_:
            up = expit(_outputs(self._module(self.tuned_, 1), rows)[:, 0])
            changed = 1 - chance[:, NEUTRAL]
            chance[:, UP], chance[:, DOWN] = changed * up, changed * (1 - up)
        return chance

    def _first(self, module: GeneCNNModule, one: GeneRows, seeds: Seeds) -> None:
        """Three classes, from the genes that aren't validated."""
        label, validated = _told(one)
        if not (~validated).any():
            say(f"All genes of {one.name} are validated: the first stage passes it over.")
            return
        if not (label[~validated] == NEUTRAL).any():
            say(f"No gene of {one.name} is neutral, so that the model can't learn that from it.")
        training = self.training or _published(batch_size=_batch((~validated).sum()), epochs=50)
        self._learn("first", module, one, ~validated, label, training, _three, seeds)

    def _second(self, module: GeneCNNModule, one: GeneRows, seeds: Seeds) -> None:
        """Up against down, from the validated genes that change."""
        label, validated = _told(one)
        known = validated & (label != NEUTRAL)
        if len(np.unique(label[known])) < 2:
            if known.any():
                said = "up" if label[known][0] == UP else "down"
                say(f"All validated genes of {one.name} go {said}: the second stage passes it by.")
            return
        tuning = self.tuning or _published(batch_size=64, epochs=31)
        up = (label == UP).astype(np.float32)
        self._learn("second", module, one, known, up, tuning, _two, seeds)

    def _learn(
        self,
        stage: str,
        module: GeneCNNModule,
        one: GeneRows,
        chosen: Array,
        target: Array,
        training: Training,
        loss: Loss,
        seeds: Seeds,
    ) -> None:
        def objective(network: nn.Module, batch: Sequence[Tensor]) -> Tensor:
            return loss(network(batch[0]), batch[1])

        rows = standardised(one.levels[chosen], one.n_second)
        history = fit_network(
            module,
            [torch.from_numpy(rows), torch.from_numpy(target[chosen])],
            objective,
            training,
            seeds=seeds,
            about=stage,
            name=f"{stage} stage on {one.name}",
        )
        self.history_[stage].append(history.train_loss)

    def _network(self) -> GeneCNN:
        return GeneCNN() if self.network is None else self.network

    def _module(self, parameters: dict[str, Array], n_outputs: int) -> nn.Module:
        module = self._network().build(n_outputs)
        module.load_state_dict({key: torch.tensor(value) for key, value in parameters.items()})
        return module.eval()


def _published(*, batch_size: int, epochs: int) -> Training:
    return Training(
        optimizer="adam",
        learning_rate=1e-4,
        weight_decay=0.0,
        batch_size=batch_size,
        epochs=epochs,
        patience=None,
    )


def _batch(n_genes: int) -> int:
    return max(_LEAST_BATCH, min(_BATCH, round(_BATCH * n_genes / _GENES)))


def _three(logits: Tensor, label: Tensor) -> Tensor:
    return nn.functional.cross_entropy(logits, label)


def _two(logits: Tensor, up: Tensor) -> Tensor:
    return nn.functional.binary_cross_entropy_with_logits(logits[:, 0], up)


def _arrays(module: nn.Module) -> dict[str, Array]:
    state = module.state_dict()
    return {key: np.array(value.detach().numpy(), order="C") for key, value in state.items()}


def _outputs(module: nn.Module, rows: Array) -> Array:
    """Outputs in blocks, computed in float32 and given in float64."""
    size = max(1, _BLOCK_VALUES // rows.shape[1])
    with torch.no_grad():
        parts = [
            module(part).double().numpy() for part in torch.split(torch.from_numpy(rows), size)
        ]
    return np.concatenate(parts)


def _told(one: GeneRows) -> tuple[Array, Array]:
    if one.label is None or one.validated is None:
        raise InputError(f"The rows of {one.name} have no labels; open them with labelled=True.")
    return one.label, one.validated


def _require_both(opened: Sequence[GeneRows]) -> None:
    found = set(np.unique(np.concatenate([_told(one)[0] for one in opened])).tolist())
    for code, word in ((UP, "up"), (DOWN, "down")):
        if code not in found:
            raise InputError(
                f"No gene of the training cohorts goes {word}, so that there is nothing to tell "
                "apart; give cohorts with more samples, or whole matrices instead of a selection "
                "of genes."
            )
