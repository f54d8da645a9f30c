"""DeeP4med's way to translate: fool a frozen classifier, and give back what was put in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np
import pandas as pd
import torch
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn
from torch.nn.functional import one_hot

from bulkwise.checks.settings import instance, weight
from bulkwise.devices import resolve
from bulkwise.errors import InputError
from bulkwise.models.base import SQUARED_LENGTH, Reduce, Task, View, joined, rebuild, train, view
from bulkwise.models.multitask import MultitaskClassifier
from bulkwise.models.translator.cohorts import conditions_of, require_same, translated
from bulkwise.models.translator.pairing import Samples, open_samples, to_logs
from bulkwise.networks.multitask_autoencoder import MultitaskModule
from bulkwise.networks.transferor import Transferor, TransferorModule
from bulkwise.randomness import Seeds
from bulkwise.training.base import Training
from bulkwise.training.rowspace import RowSpace

if TYPE_CHECKING:
    from anndata import AnnData

    from bulkwise.randomness import RandomState

__all__ = ["ExpressionTransferor"]

_NAME = "ExpressionTransferor"
_WEIGHTS = (1.0, 0.5, 0.5)


class ExpressionTransferor(BaseEstimator):
    """Translate with an autoencoder that is trained against a frozen classifier.

    The loss is a sum: of the share of the genes' variance that is missed when a sample is decoded
    in its own condition; of one minus the cosine between the classifier's probabilities and the
    *other* condition when it is decoded there; and of the same for the tissue, which is to stay.
    The classifier is trained first, on the same samples, and then frozen.

    No pair is looked at: the model learns what passes for the other condition, not what a person
    looks like in it. Judged by patients who gave both, it is farther from the truth than the
    tissue's mean; it stands here as what it is compared with.

    Parameters
    ----------
    column, source, target, tissue
        As in :class:`~bulkwise.models.ExpressionTranslator`.
    pairs
        The column that names the patient. Used to hold patients together, never to learn pairs.
    network, training
        Settings; ``None`` means ``Transferor()`` and ``Training(learning_rate=0.002, epochs=150,
        patience=None, batch_size=64)``. By SGD all of it is trained in the row space, where the
        loss is the same.
    classifier
        A :class:`~bulkwise.models.MultitaskClassifier`, not fitted; ``None`` means one with
        ``loss="cosine"``.
    weights
        Of reconstruction, condition and tissue.
    reduce, device, random_state
        As in :class:`~bulkwise.models.MultitaskClassifier`.

    Attributes
    ----------
    genes_, unit_, tissues_
        Names of the genes in order, the unit, and the tissues.
    parameters_, center_
        Weights on centred genes, and the mean of each gene (log2).
    history_, reduction_
        Losses by epoch, and whether training was reduced.
    critic_ : MultitaskClassifier
        The frozen classifier; not saved in a bundle.

    References
    ----------
    DeeP4med (Journal of Translational Medicine, 2023).

    Examples
    --------
    >>> ExpressionTransferor(tissue="tissue").fit(cohort).predict(normals)  # doctest: +SKIP
    """

    _fitted: ClassVar[tuple[str, ...]] = (
        "genes_",
        "unit_",
        "tissues_",
        "parameters_",
        "center_",
        "history_",
        "reduction_",
    )
    floor: ClassVar[float | None] = None

    def __init__(
        self,
        *,
        column: str = "condition",
        source: str = "normal",
        target: str = "tumour",
        tissue: str | None = None,
        pairs: str | None = None,
        network: Transferor | None = None,
        training: Training | None = None,
        classifier: MultitaskClassifier | None = None,
        weights: Sequence[float] = _WEIGHTS,
        reduce: Reduce = "auto",
        device: str = "auto",
        random_state: RandomState = None,
    ) -> None:
        self.column = column
        self.source = source
        self.target = target
        self.tissue = tissue
        self.pairs = pairs
        self.network = network
        self.training = training
        self.classifier = classifier
        self.weights = weights
        self.reduce = reduce
        self.device = device
        self.random_state = random_state

    def fit(self, cohort: AnnData) -> ExpressionTransferor:
        """Train the classifier, freeze it, and train the network against it.

        Parameters
        ----------
        cohort
            Samples x genes with ``.uns["unit"]`` and the named columns. Not changed.

        Raises
        ------
        SampleError
            If a column or condition isn't there.
        FitError
            If training diverged.
        """
        network, training = self._network(), self._training()
        terms = self._terms()
        samples = open_samples(
            cohort,
            column=self.column,
            source=self.source,
            target=self.target,
            tissue=self.tissue,
            pairs=self.pairs,
        )
        used = samples.source | samples.target
        logs = samples.logs[used].astype(np.float32)
        condition = samples.target[used].astype(np.int64)
        self.tissues_, tissue = np.unique(samples.tissue[used], return_inverse=True)
        seeds = Seeds(self.random_state)
        rows = RowSpace.of(logs)
        self.critic_ = self._judge(rows, samples, used, seeds)
        seen = view(rows, network, training, self.reduce)
        device = resolve(self.device)
        objective = _Fooling(_frozen(self.critic_, seen).to(device), len(self.tissues_), *terms)
        task = Task(
            targets=[torch.from_numpy(condition), torch.from_numpy(tissue.astype(np.int64))],
            objective=objective,
            n_outputs=2,
            about=f"transferor {terms}",
        )
        (only,) = train(
            seen, task, network, training, members=1, seeds=seeds.child("network"), device=device
        )
        self.genes_ = np.array([str(gene) for gene in cohort.var_names], dtype=np.str_)
        self.unit_ = str(cohort.uns["unit"])
        self.center_ = np.asarray(seen.center)
        self.parameters_ = joined([only])
        self.history_ = only.history.to_dict()
        self.reduction_ = seen.how
        return self

    def predict(self, cohort: AnnData) -> AnnData:
        """Translate every sample into the condition that it doesn't have.

        Parameters
        ----------
        cohort
            Samples x genes, the training cohort's genes in its order, with the column of the
            condition. Not changed.

        Returns
        -------
        anndata.AnnData
            As :meth:`bulkwise.models.ExpressionTranslator.predict`, without intervals.
        """
        check_is_fitted(self, "parameters_")
        require_same(self, cohort)
        conditions = conditions_of(self, cohort)
        (module,) = rebuild(self._network(), self.parameters_, len(self.genes_), 2)
        own = one_hot(torch.from_numpy((conditions == self.target).astype(np.int64)), 2).double()
        with torch.no_grad():
            rows = torch.from_numpy(to_logs(cohort.X, self.unit_) - self.center_)
            made = module(rows, own, 1 - own).numpy()
        return translated(self, cohort, {"X": made + self.center_})

    def tissue_codes(self, cohort: AnnData) -> np.ndarray[Any, np.dtype[np.intp]]:
        """Zeros: the network isn't told the tissue, so no tissue is unknown to it."""
        return np.zeros(cohort.n_obs, dtype=np.intp)

    def usual(self, cohort: AnnData) -> np.ndarray[Any, np.dtype[np.float32]]:
        """Mean of each gene over the training samples, samples x genes, in the unit."""
        check_is_fitted(self, "parameters_")
        from bulkwise.models.translator.pairing import from_logs

        means = np.broadcast_to(self.center_, (cohort.n_obs, len(self.genes_)))
        return from_logs(np.asarray(means), self.unit_)

    def _judge(
        self, rows: RowSpace, samples: Samples, used: np.ndarray[Any, Any], seeds: Seeds
    ) -> MultitaskClassifier:
        """The classifier that the network is trained against."""
        classifier = self.classifier
        if classifier is None:
            classifier = MultitaskClassifier(
                loss="cosine", random_state=seeds.sklearn("classifier"), device=self.device
            )
        instance(_NAME, "classifier", classifier, MultitaskClassifier)
        labels = pd.DataFrame({"condition": samples.target[used].astype(np.int64)})
        if len(self.tissues_) > 1:
            labels["tissue"] = samples.tissue[used]
        return cast(
            MultitaskClassifier,
            clone(classifier).fit(rows.X, labels, groups=samples.patient[used]),
        )

    def _network(self) -> Transferor:
        network = Transferor() if self.network is None else self.network
        return instance(_NAME, "network", network, Transferor)

    def _training(self) -> Training:
        training = self.training
        if training is None:
            training = Training(learning_rate=0.002, epochs=150, patience=None, batch_size=64)
        instance(_NAME, "training", training, Training).check()
        if training.patience is not None:
            raise InputError(
                f"The 'training' parameter of {_NAME} must have patience=None: its loss on "
                "held-back samples says nothing of the truth. Got "
                f"patience={training.patience!r} instead."
            )
        return training

    def _terms(self) -> tuple[float, float, float]:
        if len(self.weights) != 3:
            raise InputError(
                f"The 'weights' parameter of {_NAME} must be three numbers: of reconstruction, "
                f"condition and tissue. Got {self.weights!r} instead."
            )
        first, second, third = (weight(_NAME, "weights", one) for one in self.weights)
        return first, second, third


@dataclass(frozen=True, eq=False)
class _Fooling:
    """The loss: reconstruction, and what the frozen critic says of the translated sample."""

    critic: MultitaskModule
    n_tissues: int
    reconstruction: float
    condition: float
    tissue: float

    def __call__(self, module: nn.Module, batch: Sequence[Tensor]) -> Tensor:
        """The mean loss over a batch: rows, condition and tissue of each sample."""
        rows, condition, tissue = batch
        made = cast(TransferorModule, module)
        own = one_hot(condition, 2).to(rows.dtype)
        code = made.encode(rows, own)
        missed = (made.decode(code, own) - rows).square().sum() / len(rows) / SQUARED_LENGTH
        logits = self.critic(made.decode(code, 1 - own))
        total = self.reconstruction * missed
        total = total + self.condition * _distance(logits[:, :2], 1 - condition)
        if self.n_tissues > 1:
            total = total + self.tissue * _distance(logits[:, 2:], tissue)
        return total


def _distance(logits: Tensor, wanted: Tensor) -> Tensor:
    """Mean of one minus the cosine of probabilities and wanted class."""
    p = logits.softmax(dim=1)
    cosine = p.gather(1, wanted[:, None])[:, 0] / p.square().sum(dim=1).sqrt()
    return (1 - cosine).mean()


def _frozen(critic: MultitaskClassifier, seen: View) -> MultitaskModule:
    """The critic as a module that takes what the network gives: values of the view."""
    trained = critic.module().float()
    settings = critic.network
    first = trained.first.weight.detach().double().numpy()
    inside = first if seen.rows is None else seen.rows.restrict(first.T).T
    made = trained
    made.first.weight = nn.Parameter(torch.from_numpy(inside / seen.scale).float())
    for parameter in made.parameters():
        parameter.requires_grad_(False)
    if settings is not None and not settings.linear_first:
        raise InputError(
            f"The 'classifier' of {_NAME} must see the genes through its first layer only: give "
            "its network input_norm=False and noise=0."
        )
    return made.eval()
