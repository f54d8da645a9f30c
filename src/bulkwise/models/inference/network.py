"""Networks that infer target genes from landmark genes, all in one model: D-GEX, E-GEX."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from bulkwise.devices import resolve
from bulkwise.errors import InputError
from bulkwise.models.base import Task, forward, joined, rebuild, train, view
from bulkwise.models.inference.base import Array, TargetRegressor, moments
from bulkwise.networks.base import Network
from bulkwise.networks.encoded_targets import EncodedTargetsModule
from bulkwise.networks.mlp import MLP
from bulkwise.randomness import Seeds
from bulkwise.training.base import Training
from bulkwise.training.loop import Objective
from bulkwise.training.rowspace import RowSpace

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from bulkwise.randomness import RandomState

__all__ = ["NetworkInference"]


class NetworkInference(TargetRegressor):
    """Infer all targets with one network, by squared error on standardised genes.

    With n samples and far more targets, the targets' profiles span n - 1 dimensions, and the
    output layer has a unit for each of these instead of each target: the squared error is the
    same, and so is what gradient descent finds from a start within them
    (:mod:`bulkwise.training.rowspace`). For 1,078 samples and 8,850 targets this is an eighth of
    the output layer's work.

    Parameters
    ----------
    network
        Settings of the network; ``None`` means D-GEX's: one hidden layer of 1,000 tanh units with
        dropout. ``EncodedTargets()`` is E-GEX.
    training
        Settings of the training; ``None`` means those tuned for D-GEX.
    members
        Networks whose predictions are averaged.
    device
        Where to train. Predictions are made on the CPU.
    random_state
        Seed of the weights, the held-back samples, the order and dropout.

    Attributes
    ----------
    parameters_ : dict of str to ndarray
        The networks' states: ``"<number>.<name>"`` -> array.
    decoder_ : ndarray
        Output units x targets.
    target_names_ : ndarray of str
        Columns of ``Y`` if it was a table, else ``"0"``, ``"1"``, ...
    history_ : dict
        Losses by epoch of the first network.

    References
    ----------
    Chen, Li, Narayan, Subramanian, Xie (2016), "Gene expression inference with deep learning",
    Bioinformatics 32:1832.
    """

    __metadata_request__fit: ClassVar[dict[str, bool]] = {"groups": True}
    _fitted: ClassVar[tuple[str, ...]] = (
        "parameters_",
        "decoder_",
        "center_",
        "scale_",
        "target_center_",
        "target_scale_",
        "target_names_",
        "one_target_",
        "history_",
        "n_iter_",
    )
    decoder_: Array

    def __init__(
        self,
        *,
        network: Network | None = None,
        training: Training | None = None,
        members: int = 1,
        device: str = "auto",
        random_state: RandomState = None,
    ) -> None:
        self.network = network
        self.training = training
        self.members = members
        self.device = device
        self.random_state = random_state

    def fit(
        self, X: ArrayLike, Y: ArrayLike, *, groups: ArrayLike | None = None
    ) -> NetworkInference:
        """Train the network.

        Parameters
        ----------
        X
            Samples x landmarks, on a log scale.
        Y
            Samples x targets, on a log scale; one target may be a vector.
        groups
            Patient of each sample; a patient's samples are held back together.

        Raises
        ------
        FitError
            If training diverged.
        InputError
            If a setting is out of its range.
        """
        network, training = self._settings()
        matrix, targets = self._learnt_from(X, Y, groups, least=2)
        self.center_, self.scale_ = moments(matrix)
        self.target_center_, self.target_scale_ = moments(targets)
        coordinates = self._encode(targets)
        seen = view(((matrix - self.center_) / self.scale_), network, training, False)
        task = Task(
            targets=[torch.from_numpy(coordinates)],
            objective=_squared_error(targets.shape[1]),
            n_outputs=coordinates.shape[1],
            groups=None if groups is None else np.asarray(groups),
            about="squared error of targets",
        )
        trained = train(
            seen,
            task,
            network,
            training,
            members=self.members,
            seeds=Seeds(self.random_state),
            device=resolve(self.device),
        )
        self.parameters_ = joined(trained)
        self.parameters_["seen"] = seen.center
        self.history_ = trained[0].history.to_dict()
        self.n_iter_ = max(one.history.best_epoch for one in trained)
        return self

    def predict(self, X: ArrayLike) -> Array:
        """The targets of new samples, float64, in the unit of ``Y``.

        Parameters
        ----------
        X
            Samples x landmarks.
        """
        matrix = self._seen(X)
        states = {name: value for name, value in self.parameters_.items() if name != "seen"}
        network, _ = self._settings()
        modules = rebuild(network, states, len(self.center_), len(self.decoder_))
        standard = (matrix - self.center_) / self.scale_
        outputs = [forward(module, standard, self.parameters_["seen"]) for module in modules]
        predicted: Array = np.mean(outputs, axis=0) @ self.decoder_.astype(np.float64)
        predicted = predicted * self.target_scale_ + self.target_center_
        return self._shaped(predicted)

    def _encode(self, targets: Array) -> Array:
        """Coordinates of the standardised targets; sets the way back to them."""
        standard = ((targets - self.target_center_) / self.target_scale_).astype(np.float32)
        if standard.shape[1] < len(standard):
            self.decoder_ = np.eye(standard.shape[1], dtype=np.float32)
            return standard
        rows = RowSpace.of(standard)
        self.decoder_ = np.ascontiguousarray(rows.lift(np.eye(rows.rank), dtype=np.float32).T)
        return rows.Z.astype(np.float32)

    def _settings(self) -> tuple[Network, Training]:
        network = _dgex() if self.network is None else self.network
        training = _training() if self.training is None else self.training
        for name, value, kind in (
            ("network", network, Network),
            ("training", training, Training),
        ):
            if not isinstance(value, kind):
                raise InputError(
                    f"The '{name}' parameter of NetworkInference must be settings of a "
                    f"{name}, as bulkwise's own. Got {value!r} instead."
                )
        members: Any = self.members
        if not isinstance(members, int | np.integer) or members < 1:
            raise InputError(
                "The 'members' parameter of NetworkInference must be an integer in the range "
                f"[1, inf). Got {members!r} instead."
            )
        return network, training.check()


def _dgex() -> MLP:
    return MLP(widths=(1000,), activation="tanh", dropout=0.1, batch_norm=False)


def _training() -> Training:
    return Training(learning_rate=0.03, epochs=80, weight_decay=1e-2)


def _squared_error(n_targets: int) -> Objective:
    """Squared error over the root of the number of targets, so that steps suit any number.

    While training, with the parts a network adds itself.
    """
    unit = float(np.sqrt(n_targets))

    def loss(module: nn.Module, batch: Sequence[Tensor]) -> Tensor:
        inputs, targets = batch
        if module.training and isinstance(module, EncodedTargetsModule):
            return module.loss(inputs, targets) / unit
        error: Tensor = (module(inputs) - targets).square().sum(dim=1).mean()
        return error / unit

    return loss
