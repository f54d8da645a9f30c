"""A network that tells classes of samples apart by gene expression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

import numpy as np
import torch
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
    validate_data,
)
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from bulkwise.devices import resolve
from bulkwise.errors import InputError, SampleError
from bulkwise.models.base import Array, Reduce, forward, rebuild, train, view
from bulkwise.networks.base import Network
from bulkwise.networks.mlp import MLP
from bulkwise.randomness import Seeds
from bulkwise.training.base import Training
from bulkwise.training.loop import Objective
from bulkwise.training.rowspace import RowSpace

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from bulkwise.randomness import RandomState

__all__ = ["ExpressionClassifier"]

_TEMPERATURE_SPREAD = 0.5  # standard deviation of log(temperature), before the data are seen


class ExpressionClassifier(ClassifierMixin, BaseEstimator):
    """Classify samples with a network trained by class-weighted cross-entropy.

    A share of each class's patients is held back; training stops when the log-loss on them (not
    weighted: the few samples of a rare class would make it jump) no longer falls. Then the
    network is trained anew on all samples for as many epochs as were best (``Training.refit``).
    The held-back samples also set one *temperature* that the log-odds are divided by, which
    leaves the predicted class as it is and calibrates its probability (Guo et al. 2017).
    Where nobody can be held back (a class's only patient in each sample), training goes through
    all epochs, and ``history_["note"]`` says so.

    Values should be on a log scale. They are centred, and divided by one number for all genes, so
    that a learning rate means the same for any number of genes.

    Parameters
    ----------
    network
        Settings of the network; ``None`` means ``MLP()``.
    training
        Settings of the training; ``None`` means ``Training()``.
    class_weight
        ``"balanced"`` (a class counts the same, however many samples it has), ``None`` (a sample
        counts the same), or class -> weight, which then also counts on the held-back samples.
        The loss is the mean over the batch of weight times cross-entropy, the weights scaled to
        a mean of 1 over the samples, so that they don't change the learning rate.
    reduce
        ``"auto"`` trains on the row space where that is exact for the settings and there are at
        least twice as many genes as samples (:mod:`bulkwise.training.rowspace`); ``False`` never
        does; ``True`` also does where it doesn't pay, and refuses where it isn't exact. Reduced,
        the first layer starts in the row space; at full width it also has a random part outside
        it, which training on the rows never touches.
    device
        ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"cuda:1"``. Predictions are made on the CPU.
    random_state
        Seed of the split, the weights, the order of the samples and dropout.

    Attributes
    ----------
    classes_ : ndarray
        Labels, sorted.
    parameters_ : dict of str to ndarray
        The network's state, float32, its first layer on centred genes.
    center_ : ndarray of float64
        Mean of each gene over the training samples.
    temperature_ : float
        What the log-odds are divided by.
    history_ : dict
        Losses by epoch: :class:`bulkwise.training.History` as plain data.
    n_iter_ : int
        Epochs behind the weights.
    reduction_ : str
        Whether the network was trained on the row space, and if not, why.

    References
    ----------
    Guo, Pleiss, Sun, Weinberger (2017), "On calibration of modern neural networks", ICML.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["kidney", "liver"], 20)
    >>> X = rng.normal(size=(40, 200)) + (y == "liver")[:, None]
    >>> model = ExpressionClassifier(random_state=0).fit(X, y)
    >>> model.reduction_
    'row space of rank 39 instead of 200 genes'
    >>> float(model.score(X, y))
    1.0
    """

    __metadata_request__fit: ClassVar[dict[str, bool]] = {"groups": True}
    _fitted: ClassVar[tuple[str, ...]] = (
        "classes_",
        "parameters_",
        "center_",
        "temperature_",
        "history_",
        "n_iter_",
        "reduction_",
    )

    def __init__(
        self,
        *,
        network: Network | None = None,
        training: Training | None = None,
        class_weight: Literal["balanced"] | Mapping[Any, float] | None = "balanced",
        reduce: Reduce = "auto",
        device: str = "auto",
        random_state: RandomState = None,
    ) -> None:
        self.network = network
        self.training = training
        self.class_weight = class_weight
        self.reduce = reduce
        self.device = device
        self.random_state = random_state

    def fit(
        self, X: ArrayLike, y: ArrayLike, *, groups: ArrayLike | None = None
    ) -> ExpressionClassifier:
        """Train the network.

        Parameters
        ----------
        X
            Samples x genes.
        y
            Label of each sample; at least two classes.
        groups
            Patient of each sample; samples of one patient are held back together.

        Returns
        -------
        ExpressionClassifier
            Itself.

        Raises
        ------
        SampleError
            If there is one class only.
        FitError
            If training diverged.
        InputError
            If a setting is out of its range.
        """
        matrix, labels = validate_data(self, X, y, dtype=[np.float64, np.float32])
        return self._fit(matrix, labels, groups)

    def fit_rows(
        self, rows: RowSpace, y: ArrayLike, *, groups: ArrayLike | None = None
    ) -> ExpressionClassifier:
        """Train on a row space that is there already: the same as ``fit(rows.X, y)``, sooner.

        Parameters
        ----------
        rows
            The training rows, decomposed.
        y, groups
            As in :meth:`fit`.
        """
        self.n_features_in_ = rows.n_genes
        return self._fit(rows, column_or_1d(y, warn=True), groups)

    def _fit(self, X: Array | RowSpace, y: Array, groups: ArrayLike | None) -> ExpressionClassifier:
        network, training = self._network(), self._training()
        check_classification_targets(y)
        check_consistent_length(X.X if isinstance(X, RowSpace) else X, y, groups)
        self.classes_, codes = np.unique(_plain(y), return_inverse=True)
        if len(self.classes_) < 2:
            raise SampleError(
                "A classifier needs samples of at least two classes; got one class only: "
                f"{self.classes_[0]!r}."
            )
        seen = view(X, network, training, self.reduce)
        device = resolve(self.device)
        trained = train(
            seen,
            [torch.from_numpy(codes)],
            _objective(self._weights(codes).to(device), self.class_weight != "balanced"),
            network,
            training,
            n_outputs=len(self.classes_),
            strata=codes,
            groups=None if groups is None else np.asarray(groups),
            seeds=Seeds(self.random_state),
            device=device,
        )
        self.center_ = seen.center
        self.reduction_ = seen.how
        self.parameters_ = trained.parameters
        self.history_ = trained.history.to_dict()
        self.n_iter_ = trained.history.best_epoch
        self.temperature_ = 1.0
        if trained.held is not None and trained.held_outputs is not None:
            self.temperature_ = temperature(trained.held_outputs, codes[trained.held])
        return self

    def predict_proba(self, X: ArrayLike) -> Array:
        """Probability of each class.

        Parameters
        ----------
        X
            Samples x genes.

        Returns
        -------
        ndarray of float64
            Samples x classes, in the order of ``classes_``; rows sum to 1.
        """
        check_is_fitted(self)
        matrix: Array = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        logits = forward(self.module(), matrix, self.center_)
        probabilities: Array = softmax(logits / self.temperature_, axis=1)
        return probabilities

    def predict(self, X: ArrayLike) -> Array:
        """The most probable class of each sample.

        Parameters
        ----------
        X
            Samples x genes.
        """
        best = self.predict_proba(X).argmax(axis=1)
        labels: Array = self.classes_[best]
        return labels

    def module(self) -> nn.Module:
        """The fitted network, in float64 on the CPU: from ``X - center_`` to log-odds.

        The log-odds aren't divided by ``temperature_`` yet.
        """
        check_is_fitted(self)
        return rebuild(self._network(), self.parameters_, len(self.center_), len(self.classes_))

    def gene_weights(self) -> Array:
        """First-layer weights as the units see the genes, with batch norm folded in.

        Returns
        -------
        ndarray of float64
            Genes x units of the first layer, in the order of the training matrix. A unit's value
            before the activation is ``(x - center_)`` times its column, plus a constant.
        """
        weights: Array = cast(Any, self.module()).first_weights().numpy().T
        return weights

    def _network(self) -> Network:
        network = MLP() if self.network is None else self.network
        if not isinstance(network, Network):
            raise InputError(
                "The 'network' parameter of ExpressionClassifier must be settings of a network, "
                f"as bulkwise.networks.MLP(). Got {network!r} instead."
            )
        return network

    def _training(self) -> Training:
        training = Training() if self.training is None else self.training
        if not isinstance(training, Training):
            raise InputError(
                "The 'training' parameter of ExpressionClassifier must be "
                f"bulkwise.training.Training(). Got {training!r} instead."
            )
        return training.check()

    def _weights(self, codes: Array) -> Tensor:
        y = self.classes_[codes]
        weights = compute_class_weight(self.class_weight, classes=self.classes_, y=y)
        return torch.as_tensor(weights / weights[codes].mean(), dtype=torch.float32)


def _plain(y: Array) -> Array:
    """Labels that are text as an array of text, not of objects."""
    return y.astype(str) if y.dtype == object and all(isinstance(v, str) for v in y) else y


def _objective(weights: Tensor, always: bool) -> Objective:
    """Mean of weight times cross-entropy; on held-back samples without the weight, if told so."""

    def loss(module: nn.Module, batch: Sequence[Tensor]) -> Tensor:
        inputs, codes = batch
        weight = weights if always or module.training else None
        total = cross_entropy(module(inputs), codes, weight=weight, reduction="sum")
        return total / len(codes)

    return loss


def temperature(logits: Array, codes: Array) -> float:
    """The number that log-odds are best divided by, for the likelihood of known classes.

    log(temperature) has a normal prior around 0, so that a few samples, or ones that are all
    right, don't move it far.

    Parameters
    ----------
    logits
        Samples x classes, of samples that the network wasn't trained on.
    codes
        The column of each sample's class.
    """

    def loss(log_t: float) -> float:
        likelihood = log_softmax(logits * np.exp(-log_t), axis=1)[np.arange(len(codes)), codes]
        return float(0.5 * (log_t / _TEMPERATURE_SPREAD) ** 2 - likelihood.sum())

    return float(np.exp(minimize_scalar(loss, bounds=(-2, 2), method="bounded").x))
