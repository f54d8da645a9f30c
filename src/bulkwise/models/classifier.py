"""A network that tells classes of samples apart by gene expression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

import numpy as np
import torch
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
    validate_data,
)
from torch import Tensor, nn

from bulkwise.devices import resolve
from bulkwise.errors import InputError, SampleError
from bulkwise.models.base import Array, Reduce, Task, forward, joined, rebuild, train, view
from bulkwise.networks.base import Average, Network
from bulkwise.networks.mlp import MLP
from bulkwise.randomness import Seeds
from bulkwise.training.base import Training
from bulkwise.training.calibration import temperature
from bulkwise.training.class_weights import class_weights, prior_shift, weighted_cross_entropy
from bulkwise.training.rowspace import RowSpace

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from bulkwise.models.base import Trained, View
    from bulkwise.randomness import RandomState

__all__ = ["ExpressionClassifier"]

_FEW_SAMPLES = 300  # below it, networks of one draw lose to linear models (Hanczar et al. 2022)
_MEMBERS = 5  # then


class ExpressionClassifier(ClassifierMixin, BaseEstimator):
    """Classify samples with a network trained by class-weighted cross-entropy.

    A share of each class's patients is held back; training stops when the log-loss on them (not
    weighted: the few samples of a rare class would make it jump) no longer falls. Then the
    network is trained anew on all samples for as many epochs as were best (``Training.refit``).
    The held-back samples also set one *temperature* that the log-odds are divided by, which
    leaves the predicted class as it is and calibrates its probability (Guo et al. 2017).
    Where nobody can be held back (a class's only patient in each sample), training goes through
    all epochs, and ``history_["note"]`` says so.

    A network trained with class weights w speaks of a population in which each class is w times as
    frequent. ``predict_proba`` undoes that: log-odds are moved by ``-log(w)``, so that with
    ``"balanced"`` a rare class's probability is its risk among samples like the training ones
    (Elkan 2001). ``predict`` doesn't: it names the class of the largest weight times probability,
    so that a rare class is found as readily as a frequent one, and with class weights it needn't
    be the most probable one.

    A network's answer depends on its first weights and on who was held back, most of all in small
    cohorts. So several networks are trained there, each with its own, and their probabilities
    averaged.

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
    members
        How many networks; ``None`` means 5 for fewer than 300 samples, else 1.
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
        The networks' states, float32: ``"<number>.<name>"`` -> array. First layers on centred
        genes.
    center_ : ndarray of float64
        Mean of each gene over the training samples.
    temperature_ : ndarray of float64
        What the log-odds of each network are divided by.
    class_weight_ : ndarray of float64 or None
        Weight of each class in the loss; None for models saved before probabilities undid it.
    history_ : dict
        Losses of the first network by epoch (:class:`bulkwise.training.History` as plain data),
        those of the others as a list under ``"others"``, and under ``"held"`` the positions of
        the samples that it held back.
    n_iter_ : int
        Epochs behind the weights, the most of any network.
    reduction_ : str
        Whether the networks were trained on the row space, and if not, why.

    References
    ----------
    Guo, Pleiss, Sun, Weinberger (2017), "On calibration of modern neural networks", ICML.
    Elkan (2001), "The foundations of cost-sensitive learning", IJCAI.

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
        "class_weight_",
        "history_",
        "n_iter_",
        "reduction_",
    )
    _fitted_later: ClassVar[dict[str, Any]] = {"class_weight_": None}

    def __init__(
        self,
        *,
        network: Network | None = None,
        training: Training | None = None,
        class_weight: Literal["balanced"] | Mapping[Any, float] | None = "balanced",
        members: int | None = None,
        reduce: Reduce = "auto",
        device: str = "auto",
        random_state: RandomState = None,
    ) -> None:
        self.network = network
        self.training = training
        self.class_weight = class_weight
        self.members = members
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

    def adopt(self, seen: View, trained: Sequence[Trained], y: ArrayLike) -> ExpressionClassifier:
        """Take over networks that were trained elsewhere (in a fleet) on the rows of a view.

        Parameters
        ----------
        seen
            The rows, as the networks saw them.
        trained
            The networks, all of this estimator's ``network`` settings, trained with its class
            weights.
        y
            Label of each row.
        """
        labels = _plain(column_or_1d(y, warn=True))
        self.n_features_in_ = len(seen.center)
        self.classes_, codes = np.unique(labels, return_inverse=True)
        self.class_weight_ = self._weights(codes).double().numpy()
        self._keep(seen, trained, codes)
        return self

    def _fit(self, X: Array | RowSpace, y: Array, groups: ArrayLike | None) -> ExpressionClassifier:
        network, training = self._network(), self._training()
        check_classification_targets(y)
        check_consistent_length(X.X if isinstance(X, RowSpace) else X, y, groups)
        self.classes_, codes = np.unique(_plain(y), return_inverse=True)
        if len(self.classes_) < 2:
            raise SampleError(
                "A classifier needs samples of at least two classes; got one class only: "
                f"{str(self.classes_[0])!r}."
            )
        seen = view(X, network, training, self.reduce)
        device = resolve(self.device)
        weights = self._weights(codes).to(device)
        self.class_weight_ = weights.cpu().double().numpy()
        task = Task(
            targets=[torch.from_numpy(codes)],
            objective=weighted_cross_entropy(weights, always=self.class_weight != "balanced"),
            n_outputs=len(self.classes_),
            strata=codes,
            groups=None if groups is None else np.asarray(groups),
            about=f"cross-entropy, {self.class_weight}, {weights.tolist()}",
        )
        members, seeds = self._members(len(codes)), Seeds(self.random_state)
        trained = train(seen, task, network, training, members=members, seeds=seeds, device=device)
        self._keep(seen, trained, codes)
        return self

    def _keep(self, seen: View, trained: Sequence[Trained], codes: Array) -> None:
        first, *others = (member.history.to_dict() for member in trained)
        self.center_ = seen.center
        shift = prior_shift(self.class_weight_)
        self.reduction_ = seen.how
        self.parameters_ = joined(trained)
        held = trained[0].held
        self.history_ = {**first, "others": others, "held": [] if held is None else held.tolist()}
        self.n_iter_ = max(member.history.best_epoch for member in trained)
        self.temperature_ = np.array(
            [
                1.0
                if member.held is None or member.held_outputs is None
                else temperature(member.held_outputs, codes[member.held], shift=shift)
                for member in trained
            ]
        )

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
        probabilities: Array = softmax(forward(self.module(), matrix, self.center_), axis=1)
        return probabilities

    def predict(self, X: ArrayLike) -> Array:
        """The class of the largest weight times probability, for each sample.

        Parameters
        ----------
        X
            Samples x genes.
        """
        found = self.predict_proba(X)
        if self.class_weight_ is not None:
            found = found * self.class_weight_
        best = found.argmax(axis=1)
        labels: Array = self.classes_[best]
        return labels

    def module(self) -> nn.Module:
        """The fitted model, in float64 on the CPU: from ``X - center_`` to log-probabilities."""
        shift = prior_shift(self.class_weight_)
        return Average(
            self._modules(),
            torch.as_tensor(self.temperature_),
            None if shift is None else torch.as_tensor(shift),
        )

    def gene_weights(self) -> Array:
        """First-layer weights as the units see the genes, with batch norm folded in.

        Returns
        -------
        ndarray of float64
            Genes x units of the first layer (of each network in turn), in the order of the
            training matrix. A unit's value before the activation is ``(x - center_)`` times its
            column, plus a constant.
        """
        weights = [cast(Any, module).first_weights() for module in self._modules()]
        by_gene: Array = torch.cat(weights).numpy().T
        return by_gene

    def used_genes(self) -> Array:
        """Which genes have a weight other than 0 in the first layer of any network.

        Returns
        -------
        ndarray of bool
            One a gene: all of them without an L1 penalty that sets weights to zero.
        """
        used: Array = (self.gene_weights() != 0).any(axis=1)
        return used

    def _modules(self) -> nn.ModuleList:
        check_is_fitted(self)
        return rebuild(self._network(), self.parameters_, len(self.center_), len(self.classes_))

    def _members(self, n_samples: int) -> int:
        if self.members is None:
            return _MEMBERS if n_samples < _FEW_SAMPLES else 1
        if not isinstance(self.members, int | np.integer) or self.members < 1:
            raise InputError(
                "The 'members' parameter of ExpressionClassifier must be an integer in the range "
                f"[1, inf) or None. Got {self.members!r} instead."
            )
        return int(self.members)

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
        return class_weights(self.class_weight, self.classes_, codes)


def _plain(y: Array) -> Array:
    """Labels that are text as an array of text, not of objects."""
    return y.astype(str) if y.dtype == object and all(isinstance(v, str) for v in y) else y
