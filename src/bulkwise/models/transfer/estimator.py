"""A classifier whose networks start from those of another cohort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length

from bulkwise.checks.settings import instance
from bulkwise.devices import resolve
from bulkwise.errors import FitError, InputError, SampleError
from bulkwise.models.base import Array, Reduce, Trained, view
from bulkwise.models.classifier import ExpressionClassifier
from bulkwise.models.transfer.source import Source
from bulkwise.models.transfer.start import started
from bulkwise.models.transfer.tuning import Runner, Tuning
from bulkwise.networks.mlp import MLP
from bulkwise.progress import say
from bulkwise.randomness import Seeds
from bulkwise.training.base import Training
from bulkwise.training.rowspace import RowSpace

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from bulkwise.networks.base import Network
    from bulkwise.randomness import RandomState

__all__ = ["TransferClassifier"]

_NAME = "TransferClassifier"
_FEW = 0.5  # share of the target's genes


class TransferClassifier(ExpressionClassifier):
    """Fine-tune networks that were trained on another cohort.

    Each network starts with the hidden layers of the source's; the first ``freeze`` of them keep
    their weights and the statistics of their batch norms. Where the target has the source's
    classes, the output layer is the source's too; else a new one is drawn. All the rest (class
    weights, early stopping, training anew on all samples, calibration, several networks in small
    cohorts) is as in :class:`~bulkwise.models.ExpressionClassifier`.

    Genes are matched by name. One that the source doesn't know starts without weights; one that
    the target lacks is left out, as if it were at its mean. Values should be preprocessed as the
    source's were, each cohort by itself: standardised genes make up for another platform.

    Parameters
    ----------
    source
        What to start from: a fitted :class:`~bulkwise.models.ExpressionClassifier`,
        :class:`~bulkwise.models.TransferClassifier` or
        :class:`~bulkwise.models.DenoisingAutoencoder`, a pipeline or bundle that ends in one.
        Cloning forgets what an estimator learnt, so in a pipeline that is cloned (grid search,
        :func:`bulkwise.evaluate`) wrap it in ``sklearn.frozen.FrozenEstimator``. ``None``
        transfers nothing: the same network, from scratch.
    freeze
        How many of the first hidden layers stay as they are, from 0 to all of them.
    genes
        Names of the genes where ``X`` comes as an array (behind other steps of a pipeline).
    network
        Settings of the network; ``None`` means those of the source, or ``MLP()``.
    training
        Settings of the fine-tuning by SGD, RMSprop or Adam; ``None`` means ``Training()``.
    class_weight, members, reduce, device, random_state
        As in :class:`~bulkwise.models.ExpressionClassifier`. Network *k* starts from the source's
        network *k*, and from its first again when there are no more.

    Attributes
    ----------
    architecture_ : dict
        The settings of the network.
    transferred_ : dict
        ``genes`` (how many are the source's), ``of`` (how many there are), ``frozen``, ``head``
        (``"kept"`` or ``"new"``); empty without a source.
    classes_, parameters_, center_, temperature_, class_weight_, history_, n_iter_, reduction_
        As in :class:`~bulkwise.models.ExpressionClassifier`.

    Notes
    -----
    On the row space of the target's samples fine-tuning is exact as well: what the rows don't
    see of the source's first layer only decays (``weight_decay``), and predictions use it.

    A saved model holds its weights and neither the source nor its gene names: it predicts, and
    ``fit`` would begin from scratch.

    References
    ----------
    Hanczar, Bourgeais, Zehraoui (2022), "Assessment of deep learning and transfer learning for
    cancer prediction based on gene expression data", BMC Bioinformatics.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["normal", "tumour"], 40)
    >>> X = rng.normal(size=(80, 50)) + 0.5 * (y == "tumour")[:, None]
    >>> source = ExpressionClassifier(network=MLP(widths=(16,)), random_state=0).fit(X, y)
    >>> few = np.r_[0:4, 40:44]
    >>> model = TransferClassifier(source=source, freeze=1, random_state=0).fit(X[few], y[few])
    >>> model.transferred_
    {'genes': 50, 'of': 50, 'frozen': 1, 'head': 'kept'}
    """

    _fitted: ClassVar[tuple[str, ...]] = (
        *ExpressionClassifier._fitted,
        "architecture_",
        "transferred_",
    )
    _not_saved: ClassVar[tuple[str, ...]] = ("source", "genes")

    def __init__(
        self,
        *,
        source: Any = None,
        freeze: int = 0,
        genes: Sequence[str] | None = None,
        network: MLP | None = None,
        training: Training | None = None,
        class_weight: Literal["balanced"] | Mapping[Any, float] | None = "balanced",
        members: int | None = None,
        reduce: Reduce = "auto",
        device: str = "auto",
        random_state: RandomState = None,
    ) -> None:
        self.source = source
        self.freeze = freeze
        self.genes = genes
        super().__init__(
            network=network,
            training=training,
            class_weight=class_weight,
            members=members,
            reduce=reduce,
            device=device,
            random_state=random_state,
        )

    def _fit(self, X: Array | RowSpace, y: Array, groups: ArrayLike | None) -> TransferClassifier:
        source = None if self.source is None else Source.of(self.source)
        network = self._asked(source)
        self.architecture_ = network.get_params(deep=False)
        self.transferred_: dict[str, Any] = {}
        if source is None:
            super()._fit(X, y, groups)
            return self
        check_classification_targets(y)
        check_consistent_length(X.X if isinstance(X, RowSpace) else X, y, groups)
        labels = y.astype(str) if all(isinstance(label, str) for label in y.tolist()) else y
        self.classes_, codes = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise SampleError(
                "A classifier needs samples of at least two classes; got one class only: "
                f"{str(self.classes_[0])!r}."
            )
        places = source.places(self._gene_names(), self.n_features_in_)
        known = int((places >= 0).sum())
        if known < _FEW * len(places):
            say(f"Only {known:,} of the {len(places):,} genes are known to the source.")
        keep = source.classes is not None and _same(source.classes, self.classes_)
        seen = view(X, network, self._training(), self.reduce)
        self.class_weight_ = self._weights(codes).double().numpy()
        weight = self.class_weight
        tuning = Tuning(
            seen=seen,
            codes=codes,
            n_classes=len(self.classes_),
            groups=None if groups is None else np.asarray(groups),
            network=network,
            training=self._training(),
            class_weight=(
                dict(enumerate(self.class_weight_.tolist()))
                if isinstance(weight, Mapping)
                else weight
            ),
            device=resolve(self.device),
        )
        self._keep(seen, self._tuned(tuning, source, places, keep_head=keep), codes)
        self.transferred_ = {
            "genes": known,
            "of": len(places),
            "frozen": int(self.freeze),
            "head": "kept" if keep else "new",
        }
        return self

    def _tuned(
        self, tuning: Tuning, source: Source, places: Array, *, keep_head: bool
    ) -> list[Trained]:
        """Every network fine-tuned, each with its own rows held back."""
        found: list[Trained] = []
        for number in range(self._members(len(tuning.codes))):
            seeds = Seeds(self.random_state).child("member", number)
            start = started(
                tuning.network,
                source.member(number),
                places,
                tuning.seen,
                tuning.n_classes,
                keep_head=keep_head,
                seed=seeds.seed("head"),
            )
            runner = Runner(start, int(self.freeze), seeds.seed("dropout"))
            (trained,), note = tuning.run([runner], seeds)
            if trained is None:
                rate = tuning.training.rate
                raise FitError(
                    "Fine-tuning diverged: the loss isn't finite any more, most likely because "
                    f"the learning rate {rate:g} is too high; try learning_rate={rate / 10:g}."
                )
            if note and not found:
                say(note)
            found.append(trained)
        return found

    def _network(self) -> Network:
        return MLP(**self.architecture_) if hasattr(self, "architecture_") else MLP()

    def _asked(self, source: Source | None) -> MLP:
        """The network to train, if it and the source go together."""
        network = self.network
        if network is None:
            network = MLP() if source is None else source.network
        network = instance(_NAME, "network", network, MLP)
        if source is not None and not _alike(network, source.network):
            raise InputError(
                f"The 'network' parameter of {_NAME} must have the source's layers, "
                f"{source.network!r}, or be None. Got {network!r} instead."
            )
        depth = len(network.widths) if source is not None else 0
        whole = isinstance(self.freeze, int | np.integer) and not isinstance(self.freeze, bool)
        if not whole or not 0 <= self.freeze <= depth:
            why = "the source's hidden layers" if source else "because there is no source"
            raise InputError(
                f"The 'freeze' parameter of {_NAME} must be an integer from 0 to {depth}, {why}. "
                f"Got {self.freeze!r} instead."
            )
        return network

    def _gene_names(self) -> Sequence[str] | None:
        names = getattr(self, "feature_names_in_", self.genes)
        if names is not None and len(names) != self.n_features_in_:
            raise InputError(
                f"The 'genes' parameter of {_NAME} must name the {self.n_features_in_:,} columns "
                f"of X. Got {len(names):,} names instead."
            )
        return None if names is None else [str(name) for name in names]


def _alike(one: MLP, other: MLP) -> bool:
    """Whether two networks have the same layers; dropout may differ."""
    names = ("activation", "batch_norm", "residual")
    return tuple(one.widths) == tuple(other.widths) and all(
        getattr(one, name) == getattr(other, name) for name in names
    )


def _same(one: Array, other: Array) -> bool:
    return [str(label) for label in one] == [str(label) for label in other]
