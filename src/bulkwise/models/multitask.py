"""One network for several targets: a code that rebuilds the genes and tells all classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

import numpy as np
import pandas as pd
import torch
from scipy.special import softmax
from sklearn.base import (
    BaseEstimator,
    ClassifierMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
)
from sklearn.utils import Tags
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, check_is_fitted, validate_data
from torch import Tensor

from bulkwise.checks.settings import chosen, instance, weight, weights_by_name
from bulkwise.checks.targets import target_columns, target_names
from bulkwise.devices import resolve
from bulkwise.errors import SampleError
from bulkwise.models.base import (
    SQUARED_LENGTH,
    Array,
    Reduce,
    Task,
    forward,
    joined,
    rebuild,
    train,
    view,
)
from bulkwise.networks.multitask_autoencoder import MultitaskAutoencoder, MultitaskModule
from bulkwise.randomness import Seeds
from bulkwise.training.base import Training
from bulkwise.training.calibration import temperature
from bulkwise.training.heads import LOSSES, HeadsLoss
from bulkwise.training.rowspace import RowSpace

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from bulkwise.randomness import RandomState

__all__ = ["MultitaskClassifier"]

_NAME = "MultitaskClassifier"


class MultitaskClassifier(
    ClassNamePrefixFeaturesOutMixin, ClassifierMixin, TransformerMixin, BaseEstimator
):
    """Classify samples by several targets at once with an autoencoder.

    The loss is a sum: each target's head, times its weight; ``reconstruction`` times the share of
    the genes' variance that the decoder misses; ``contractive`` times the squared norm of the
    code's Jacobian. Early stopping, training anew on all samples and the temperature
    that calibrates each head's probabilities are those of
    :class:`~bulkwise.models.ExpressionClassifier`; samples are held back by all targets together.

    Trained by SGD without noise or batch norm on the genes, the whole autoencoder, its decoder
    included, is trained in the row space: the rows lie in it, so the squared error is the same
    there, and neither the first nor the last layer ever leaves it.

    Parameters
    ----------
    network
        Settings of the network; ``None`` means ``MultitaskAutoencoder()``.
    training
        Settings of the training; ``None`` means ``Training(learning_rate=0.05, batch_size=64,
        epochs=40, patience=5)``.
    loss
        Of the heads: ``"cross_entropy"``, or ``"cosine"`` for one minus the cosine between the
        probabilities and the observed class.
    target_weights
        Weight of each target's head, by its name or in order; ``None`` weighs them equally, 1 in
        all.
    reconstruction
        Weight of the squared error of the decoder, divided by the mean squared length of the
        centred rows: 1 for a decoder that gives back the mean.
    contractive
        Weight of the contractive penalty: the squared norm of the Jacobian of the code with
        respect to the genes, centred and scaled as the network sees them (see
        :mod:`bulkwise.models.base`).
    balanced
        Whether the classes of a target count the same, however many samples each has; else each
        sample does.
    reduce
        Whether to train in the row space: ``"auto"`` (where it is exact and pays), ``False``, or
        ``True`` (an error where it isn't exact).
    device, random_state
        ``"auto"``, ``"cpu"`` or a CUDA device; seed.

    Attributes
    ----------
    labels_
        Target -> its classes. Without names the targets are called ``"0"``, ``"1"``, ...
    classes_
        The classes of the only target, or a list with those of each.
    parameters_
        Weights, on centred genes.
    center_, temperatures_
        Mean of each gene, and what each target's log-odds are divided by.
    history_, n_iter_
        Losses by epoch, and the epoch that was kept.
    reduction_
        Whether training was reduced, or why not.

    References
    ----------
    Azarkhalili and others (2019), DeePathology, Scientific Reports, and its use in DeeP4med.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y = pd.DataFrame({"tissue": ["liver", "lung"] * 20, "condition": ["n"] * 20 + ["t"] * 20})
    >>> X = rng.normal(size=(40, 30))
    >>> X[:, 0] += 4 * (y["tissue"] == "liver")
    >>> X[:, 1] += 4 * (y["condition"] == "t")
    >>> model = MultitaskClassifier(random_state=0).fit(X, y)
    >>> model.predict(X).shape, model.transform(X).shape
    ((40, 2), (40, 32))
    """

    __metadata_request__fit: ClassVar[dict[str, bool]] = {"groups": True}
    _fitted: ClassVar[tuple[str, ...]] = (
        "labels_",
        "shape_of_y_",
        "parameters_",
        "center_",
        "temperatures_",
        "history_",
        "n_iter_",
        "reduction_",
    )

    def __init__(
        self,
        *,
        network: MultitaskAutoencoder | None = None,
        training: Training | None = None,
        loss: Literal["cross_entropy", "cosine"] = "cross_entropy",
        target_weights: Mapping[str, float] | Sequence[float] | None = None,
        reconstruction: float = 0.5,
        contractive: float = 0.0,
        balanced: bool = True,
        reduce: Reduce = "auto",
        device: str = "auto",
        random_state: RandomState = None,
    ) -> None:
        self.network = network
        self.training = training
        self.loss = loss
        self.target_weights = target_weights
        self.reconstruction = reconstruction
        self.contractive = contractive
        self.balanced = balanced
        self.reduce = reduce
        self.device = device
        self.random_state = random_state

    @property
    def classes_(self) -> Array | list[Array]:
        """The classes of the only target, or a list with those of each."""
        check_is_fitted(self, "labels_")
        found = list(self.labels_.values())
        return found[0] if self.shape_of_y_ == "column" else found

    def fit(
        self, X: ArrayLike, y: ArrayLike, *, groups: ArrayLike | None = None
    ) -> MultitaskClassifier:
        """Train the network.

        Parameters
        ----------
        X
            Samples x genes.
        y
            Label of each sample, or samples x targets; a DataFrame's columns name the targets,
            and ``predict`` then gives one too.
        groups
            Patient of each sample; samples of one patient are held back together.

        Raises
        ------
        SampleError
            If a label is missing, or a target has one class only.
        FitError
            If training diverged.
        InputError
            If a setting is out of its range.
        """
        names = target_names(y)
        matrix, labels = validate_data(
            self, X, y, dtype=[np.float64, np.float32], multi_output=True
        )
        return self._fit(matrix, labels, names, groups)

    def fit_rows(
        self, rows: RowSpace, y: ArrayLike, *, groups: ArrayLike | None = None
    ) -> MultitaskClassifier:
        """Train on a row space that is there already: the same as ``fit(rows.X, y)``, sooner.

        Parameters
        ----------
        rows
            The training rows, decomposed.
        y, groups
            As in :meth:`fit`.
        """
        self.n_features_in_ = rows.n_genes
        return self._fit(rows, np.asarray(y), target_names(y), groups)

    def _fit(
        self,
        X: Array | RowSpace,
        y: Array,
        names: list[str] | None,
        groups: ArrayLike | None,
    ) -> MultitaskClassifier:
        network, training = self._network(), self._training()
        check_consistent_length(X.X if isinstance(X, RowSpace) else X, y, groups)
        self.shape_of_y_ = "table" if names else "column" if y.ndim == 1 else "columns"
        codes = self._learn_labels(target_columns(y, names))
        seen = view(X, network, training, self.reduce)
        device = resolve(self.device)
        objective = self._objective(codes, device)
        _, together = np.unique(codes, axis=0, return_inverse=True)
        task = Task(
            targets=[torch.from_numpy(codes)],
            objective=objective,
            n_outputs=sum(map(len, self.labels_.values())),
            strata=together.ravel(),
            groups=None if groups is None else np.asarray(groups),
            about=str(objective),
        )
        seeds = Seeds(self.random_state)
        (only,) = train(seen, task, network, training, members=1, seeds=seeds, device=device)
        self.center_ = seen.center
        self.reduction_ = seen.how
        self.parameters_ = joined([only])
        self.history_ = only.history.to_dict()
        self.n_iter_ = only.history.best_epoch
        self._n_features_out = network.code
        self.temperatures_ = np.ones(len(self.labels_))
        if only.held is not None and only.held_outputs is not None:
            parts = self._by_target(only.held_outputs)
            for number, logits in enumerate(parts):
                self.temperatures_[number] = temperature(logits, codes[only.held, number])
        return self

    def _learn_labels(self, columns: Mapping[str, Array]) -> Array:
        """Set ``labels_``; codes of each target's classes, samples x targets."""
        self.labels_, codes = {}, []
        for name, column in columns.items():
            check_classification_targets(column)
            self.labels_[name], own = np.unique(column, return_inverse=True)
            codes.append(own)
            if len(self.labels_[name]) < 2:
                which = f"the target {name!r}" if len(columns) > 1 else "they"
                raise SampleError(
                    "A classifier needs samples of at least two classes of each target; "
                    f"{which} had one class only: {str(self.labels_[name][0])!r}."
                )
        return np.column_stack(codes)

    def _objective(self, codes: Array, device: torch.device) -> HeadsLoss:
        sizes = [len(labels) for labels in self.labels_.values()]
        return HeadsLoss(
            loss=chosen(_NAME, "loss", self.loss, LOSSES),
            sizes=sizes,
            weights=weights_by_name(
                _NAME, "target_weights", self.target_weights, list(self.labels_)
            ),
            balance=[
                self._class_weights(codes[:, number], size).to(device)
                for number, size in enumerate(sizes)
            ],
            reconstruction=weight(_NAME, "reconstruction", self.reconstruction),
            contractive=weight(_NAME, "contractive", self.contractive),
            squared_length=SQUARED_LENGTH,
        )

    def predict_proba(self, X: ArrayLike) -> Array | list[Array]:
        """Probability of each class, of samples x genes.

        Returns
        -------
        ndarray of float64, or list
            Samples x classes in the order of ``classes_``; of several targets a list with one
            for each.
        """
        logits = self._by_target(self._run(X, MultitaskModule.forward))
        found: list[Array] = [softmax(part, axis=1) for part in logits]
        return found[0] if self.shape_of_y_ == "column" else found

    def predict(self, X: ArrayLike) -> Array | pd.DataFrame:
        """The most probable class of samples x genes, a column a target.

        Returns
        -------
        ndarray or DataFrame
            As ``y`` was: one label a sample, samples x targets, or a DataFrame.
        """
        logits = self._by_target(self._run(X, MultitaskModule.forward))
        columns = {
            name: labels[part.argmax(axis=1)]
            for (name, labels), part in zip(self.labels_.items(), logits, strict=True)
        }
        if self.shape_of_y_ == "column":
            (column,) = columns.values()
            return cast(Array, column)
        if self.shape_of_y_ == "table":
            return pd.DataFrame(columns, index=X.index if isinstance(X, pd.DataFrame) else None)
        kinds = {column.dtype.kind for column in columns.values()}
        table = list(columns.values())
        stacked: Array = np.stack(
            table if len(kinds) == 1 else [column.astype(object) for column in table], axis=1
        )
        return stacked

    def transform(self, X: ArrayLike) -> Array:
        """The code of samples x genes.

        Returns
        -------
        ndarray of float64
            Samples x units of the code.
        """
        return self._run(X, MultitaskModule.encode)

    def inverse_transform(self, X: ArrayLike) -> Array:
        """Genes from codes, samples x units.

        Returns
        -------
        ndarray of float64
            Samples x genes, in the scale that the model was fitted on.
        """
        module = self.module()
        codes = torch.as_tensor(np.asarray(X, dtype=np.float64))
        with torch.no_grad():
            genes: Array = module.decode(codes).numpy()
        return genes + self.center_

    def score(self, X: ArrayLike, y: ArrayLike, sample_weight: Any = None) -> float:
        """Accuracy, averaged over the targets."""
        hits = np.asarray(self.predict(X)) == np.asarray(y)
        by_sample = hits.reshape(len(hits), -1).mean(axis=1)
        return float(np.average(by_sample, weights=sample_weight))

    def module(self) -> MultitaskModule:
        """The fitted network, in float64 on the CPU: from centred genes to calibrated logits."""
        check_is_fitted(self)
        heat = np.repeat(self.temperatures_, [len(labels) for labels in self.labels_.values()])
        (rebuilt,) = rebuild(self._network(), self.parameters_, len(self.center_), len(heat))
        module = cast(MultitaskModule, rebuilt)
        with torch.no_grad():
            module.heads.weight.div_(torch.as_tensor(heat)[:, None])
            module.heads.bias.div_(torch.as_tensor(heat))
        return module

    def _run(self, X: ArrayLike, method: Any) -> Array:
        check_is_fitted(self)
        matrix: Array = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        module = self.module()
        return forward(lambda rows: method(module, rows), matrix, self.center_)

    def _by_target(self, outputs: Array) -> list[Array]:
        ends = np.cumsum([len(labels) for labels in self.labels_.values()])[:-1]
        return np.split(outputs, ends, axis=1)

    def _network(self) -> MultitaskAutoencoder:
        network = MultitaskAutoencoder() if self.network is None else self.network
        return instance(_NAME, "network", network, MultitaskAutoencoder)

    def _training(self) -> Training:
        training = self.training
        if training is None:
            training = Training(learning_rate=0.05, batch_size=64, epochs=40, patience=5)
        return instance(_NAME, "training", training, Training).check()

    def _class_weights(self, codes: Array, n_classes: int) -> Tensor:
        how = "balanced" if self.balanced else None
        weights = compute_class_weight(how, classes=np.arange(n_classes), y=codes)
        return torch.as_tensor(weights / weights[codes].mean(), dtype=torch.float32)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
