"""Pre-training without labels: hidden layers that rebuild genes from noisy ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_consistent_length, check_is_fitted, validate_data
from torch import Tensor, nn

from bulkwise.checks.settings import instance, weight
from bulkwise.devices import resolve
from bulkwise.errors import InputError, SampleError
from bulkwise.models.base import SQUARED_LENGTH, Array, Reduce, View, forward, on_genes, view
from bulkwise.networks.base import Noise, linear
from bulkwise.networks.mlp import MLP, MLPModule
from bulkwise.randomness import Seeds
from bulkwise.split import inner_holdout
from bulkwise.training.base import Training
from bulkwise.training.loop import Fit
from bulkwise.training.rowspace import RowSpace

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from bulkwise.randomness import RandomState

__all__ = ["DenoisingAutoencoder"]

_NAME = "DenoisingAutoencoder"


class DenoisingAutoencoder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Train hidden layers to rebuild samples from noisy ones, for a classifier to start from.

    Gaussian noise is added to the rows; the hidden layers of a perceptron encode them, layers of
    the same widths in reverse decode them, and the loss is the squared error to the rows without
    noise, as a share of their variance. ``layerwise``, each hidden layer is instead trained by
    itself, with one linear layer to decode it, to rebuild what the trained layers below it give.

    On the row space (``reduce``) the noise is drawn there; on all genes it is drawn for each gene.
    That is the only difference.

    Parameters
    ----------
    network
        Settings of the layers; ``None`` means ``MLP()``.
    training
        Settings of the training; ``None`` means ``Training(learning_rate=0.1, batch_size=64,
        epochs=60, patience=5)``.
    noise
        Standard deviation of the noise as a share of the rows' (the root of the mean variance of
        their coordinates).
    layerwise
        Whether the layers are trained one after another, or all at once.
    reduce, device, random_state
        As in :class:`~bulkwise.models.ExpressionClassifier`.

    Attributes
    ----------
    parameters_ : dict of str to ndarray
        State of the layers, on centred genes, and of an output layer that wasn't trained.
    center_ : ndarray of float64
        Mean of each gene.
    history_ : list of dict
        Losses by epoch, of the whole or of each layer.
    reduction_ : str
        Whether it was trained on the row space, and if not, why.

    References
    ----------
    Vincent, Larochelle, Lajoie, Bengio, Manzagol (2010), "Stacked denoising autoencoders", JMLR.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(40, 60))
    >>> model = DenoisingAutoencoder(network=MLP(widths=(16, 4)), random_state=0).fit(X)
    >>> model.transform(X).shape
    (40, 4)
    """

    __metadata_request__fit: ClassVar[dict[str, bool]] = {"groups": True}
    _fitted: ClassVar[tuple[str, ...]] = ("parameters_", "center_", "history_", "reduction_")

    def __init__(
        self,
        *,
        network: MLP | None = None,
        training: Training | None = None,
        noise: float = 0.5,
        layerwise: bool = False,
        reduce: Reduce = "auto",
        device: str = "auto",
        random_state: RandomState = None,
    ) -> None:
        self.network = network
        self.training = training
        self.noise = noise
        self.layerwise = layerwise
        self.reduce = reduce
        self.device = device
        self.random_state = random_state

    def fit(
        self, X: ArrayLike, y: Any = None, *, groups: ArrayLike | None = None
    ) -> DenoisingAutoencoder:
        """Train the layers.

        Parameters
        ----------
        X
            Samples x genes.
        y
            Not used.
        groups
            Patient of each sample; samples of one patient are held back together.

        Raises
        ------
        FitError
            If training diverged.
        InputError
            If a setting is out of its range.
        """
        matrix: Array = validate_data(self, X, dtype=[np.float64, np.float32], ensure_min_samples=2)
        return self._fit(matrix, groups)

    def fit_rows(
        self, rows: RowSpace, y: Any = None, *, groups: ArrayLike | None = None
    ) -> DenoisingAutoencoder:
        """Train on a row space that is there already: the same as ``fit(rows.X)``, sooner.

        Parameters
        ----------
        rows
            The training rows, decomposed.
        y, groups
            As in :meth:`fit`.
        """
        self.n_features_in_ = rows.n_genes
        return self._fit(rows, groups)

    def transform(self, X: ArrayLike) -> Array:
        """Values of the last hidden layer.

        Parameters
        ----------
        X
            Samples x genes.

        Returns
        -------
        ndarray of float64
            Samples x its units.
        """
        check_is_fitted(self)
        matrix: Array = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        module = self._network().build(len(self.center_), 1)
        state = {name.removeprefix("0."): value for name, value in self.parameters_.items()}
        module.load_state_dict({name: torch.tensor(value) for name, value in state.items()})
        return forward(module.double().eval().hidden, matrix, self.center_)

    def _fit(self, X: Array | RowSpace, groups: ArrayLike | None) -> DenoisingAutoencoder:
        network, training = self._network(), self._training()
        n = X.n_samples if isinstance(X, RowSpace) else len(X)
        if groups is not None:
            check_consistent_length(np.empty(n), groups)
        seen = view(X, network, training, self.reduce)
        seeds = Seeds(self.random_state)
        parts = self._parts(n, groups, training, seeds)
        module = network.build(
            seen.values.shape[1], 1, seeds.torch("weights"), fan_in=round(SQUARED_LENGTH)
        )
        blocks = list(module.blocks)
        stacks = [[block] for block in blocks] if self.layerwise else [blocks]
        values = torch.from_numpy(seen.values)
        length = math.sqrt(SQUARED_LENGTH)
        self.history_: list[dict[str, Any]] = []
        for number, stack in enumerate(stacks):
            own = seeds.child("layers", number)
            self._rebuild(stack, values, length, parts, training, own)
            with torch.no_grad():
                for block in stack:
                    values = block.cpu().eval()(values)
            length = float(values.var(dim=0).sum().sqrt()) or 1.0
        self._finish(module, seen)
        return self

    def _rebuild(
        self,
        blocks: Sequence[nn.Module],
        values: Tensor,
        length: float,
        parts: tuple[Array | None, Array | None],
        training: Training,
        seeds: Seeds,
    ) -> None:
        """Train layers to give back the values that they get."""
        device = resolve(self.device)
        noise = weight(_NAME, "noise", self.noise) * length / math.sqrt(values.shape[1])
        widths = [int(cast(Any, block).dense.out_features) for block in blocks]
        module = _Rebuilding(blocks, widths, values.shape[1], noise, length, seeds)
        train, held = (
            None if part is None else torch.as_tensor(part, device=device) for part in parts
        )
        module = module.to(device)
        data = [values.to(device)]
        fit = Fit(
            module,
            data,
            _missed,
            training,
            seeds=seeds,
            train=train,
            held=held,
            about=f"denoising, {noise}, {length}",
        )
        self.history_.append(fit.run("pre-training").to_dict())
        fit.forget()

    def _finish(self, module: MLPModule, seen: View) -> None:
        self.center_ = seen.center
        self.reduction_ = seen.how
        state = on_genes(module.cpu(), seen)
        self.parameters_ = {f"0.{name}": value for name, value in state.items()}
        self._n_features_out = module.output.in_features

    @staticmethod
    def _parts(
        n: int, groups: ArrayLike | None, training: Training, seeds: Seeds
    ) -> tuple[Array | None, Array | None]:
        """Who is trained on and who tells when to stop."""
        if training.patience is None:
            return None, None
        try:
            return inner_holdout(
                None if groups is not None else np.zeros(n, dtype=np.int64),
                None if groups is None else np.asarray(groups),
                share=training.validation_share,
                random_state=seeds.sklearn("validation"),
            )
        except SampleError:  # a single patient
            return None, None

    def _network(self) -> MLP:
        network = instance(_NAME, "network", MLP() if self.network is None else self.network, MLP)
        if not network.widths:
            raise InputError(
                f"The 'network' parameter of {_NAME} must have a hidden layer. Got {network!r} "
                "instead."
            )
        return network

    def _training(self) -> Training:
        training = self.training
        if training is None:
            training = Training(learning_rate=0.1, batch_size=64, epochs=60, patience=5)
        return instance(_NAME, "training", training, Training).check()


class _Rebuilding(nn.Module):
    """Noise -> the layers under training -> layers of the same widths in reverse.

    **Shape**: samples x inputs -> the same. The decoder works in units of ``length``, so that one
    learning rate serves rows of any length.
    """

    def __init__(
        self,
        blocks: Sequence[nn.Module],
        widths: Sequence[int],
        n_inputs: int,
        noise: float,
        length: float,
        seeds: Seeds,
    ) -> None:
        super().__init__()
        generator = seeds.torch("decoder")
        self.noise = Noise(noise)
        self.blocks = nn.ModuleList(blocks)
        decoder: list[nn.Module] = []
        for above, below in zip(widths[:0:-1], widths[-2::-1], strict=True):
            decoder += [linear(above, below, generator, gain=math.sqrt(2)), nn.ReLU()]
        self.decoder = nn.Sequential(*decoder)
        self.last = linear(widths[0], n_inputs, generator, gain=math.sqrt(widths[0] / n_inputs))
        self.length = length
        # so that a step means the same for any number of units that the last layer sees
        self.share = 1 / math.sqrt(widths[0])

    def forward(self, x: Tensor) -> Tensor:
        """What the layers make of noisy rows."""
        x = self.noise(x)
        for block in self.blocks:
            x = block(x)
        out: Tensor = self.last(self.decoder(x)) * (self.length * self.share)
        return out


def _missed(module: nn.Module, batch: Sequence[Tensor]) -> Tensor:
    """Share of the rows' variance that isn't rebuilt."""
    (rows,) = batch
    length = cast(_Rebuilding, module).length
    missed: Tensor = (module(rows) - rows).square().sum(dim=1).mean() / length**2
    return missed
