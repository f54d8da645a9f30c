"""A network that predicts many targets through a code, learnt by an autoencoder of the targets."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from sklearn.base import BaseEstimator
from torch import Tensor, nn

from bulkwise.errors import InputError
from bulkwise.networks.base import Dropout, activation_and_gain, check_share, check_widths, linear

__all__ = ["EncodedTargets", "EncodedTargetsModule"]


class EncodedTargetsModule(nn.Module):
    """The module that :meth:`EncodedTargets.build` makes.

    **Shape**: samples x ``n_inputs`` -> samples x ``n_outputs``.
    """

    def __init__(
        self,
        predictor: nn.Sequential,
        encoder: nn.Sequential,
        decoder: nn.Sequential,
        reconstruction: float,
        agreement: float,
    ) -> None:
        super().__init__()
        self.predictor = predictor
        self.encoder = encoder
        self.decoder = decoder
        self.reconstruction = reconstruction
        self.agreement = agreement

    @property
    def first(self) -> nn.Module:
        """The layer that sees the landmarks."""
        return self.predictor[0]

    def forward(self, x: Tensor) -> Tensor:
        """Targets by way of the predicted code, samples x ``n_outputs``."""
        out: Tensor = self.decoder(self.predictor(x))
        return out

    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        """Squared error of the targets, of their reconstruction and of the code, a sample.

        **Shape**: samples x ``n_inputs``, samples x ``n_outputs`` -> a number: sums over targets
        (and code units), averaged over samples.
        """
        guess, code = self.predictor(x), self.encoder(y)
        total = (self.decoder(guess) - y).square().sum(dim=1).mean()
        total = total + self.reconstruction * (self.decoder(code) - y).square().sum(dim=1).mean()
        gap: Tensor = (guess - code).square().sum(dim=1).mean()
        loss: Tensor = total + self.agreement * gap
        return loss


@dataclass(kw_only=True, repr=False)
class EncodedTargets(BaseEstimator):
    """Settings of E-GEX: an autoencoder of the targets, and a network to its code.

    The published description is an abstract ("a combination of deep autoencoder and MLP"); this
    is a reading of it. All parts are trained together. The loss is the squared error of the
    targets decoded from the predicted code, plus that of the targets decoded from their own code,
    plus the squared distance of the two codes.

    Parameters
    ----------
    widths
        Units of the hidden layers from the landmarks to the code.
    code
        Units of the code.
    encoder_widths
        Units of the hidden layers from the targets to the code; the decoder has them in reverse.
        Empty for a linear autoencoder.
    activation
        As in :class:`bulkwise.networks.MLP`.
    dropout
        Share of the predictor's hidden units that is zeroed in training.
    reconstruction, agreement
        Weights of the second and the third part of the loss, not below 0.

    References
    ----------
    E-GEX: see the documentation's page on inference.

    Examples
    --------
    >>> generator = torch.Generator().manual_seed(0)
    >>> module = EncodedTargets(widths=(8,), code=4, encoder_widths=(6,)).build(20, 30, generator)
    >>> module(torch.zeros(5, 20)).shape
    torch.Size([5, 30])
    """

    widths: tuple[int, ...] = (1000,)
    code: int = 256
    encoder_widths: tuple[int, ...] = (512,)
    activation: str = "tanh"
    dropout: float = 0.1
    reconstruction: float = 0.5
    agreement: float = 0.5

    @property
    def linear_first(self) -> bool:
        """Whether the landmarks are seen through the first layer's products only."""
        return True

    def build(
        self,
        n_inputs: int,
        n_outputs: int,
        generator: torch.Generator | None = None,
        *,
        fan_in: int | None = None,
    ) -> EncodedTargetsModule:
        """Make the module, on the CPU and in float32; see :meth:`bulkwise.networks.MLP.build`.

        Raises
        ------
        InputError
            If a setting is out of its range.
        """
        widths = check_widths("EncodedTargets", "widths", self.widths)
        (code,) = check_widths("EncodedTargets", "code", (self.code,))
        around = check_widths("EncodedTargets", "encoder_widths", self.encoder_widths)
        dropout = check_share("EncodedTargets", "dropout", self.dropout)
        for name in ("reconstruction", "agreement"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise InputError(
                    f"The '{name}' parameter of EncodedTargets must be a float in the range "
                    f"[0, inf). Got {getattr(self, name)!r} instead."
                )
        predictor = self._chain((n_inputs, *widths, code), dropout, generator, fan_in)
        encoder = self._chain((n_outputs, *around, code), 0.0, generator, None)
        decoder = self._chain((code, *reversed(around), n_outputs), 0.0, generator, None)
        return EncodedTargetsModule(
            predictor, encoder, decoder, self.reconstruction, self.agreement
        )

    def _chain(
        self,
        sizes: tuple[int, ...],
        dropout: float,
        generator: torch.Generator | None,
        fan_in: int | None,
    ) -> nn.Sequential:
        """Linear layers with the activation between them."""
        layers: list[nn.Module] = []
        for depth, (before, after) in enumerate(pairwise(sizes)):
            activation, gain = activation_and_gain("EncodedTargets", self.activation)
            last = depth == len(sizes) - 2
            layers.append(
                linear(
                    before,
                    after,
                    generator,
                    gain=1.0 if last else gain,
                    fan_in=fan_in if depth == 0 else None,
                )
            )
            layers += [] if last else [activation, Dropout(dropout)]
        return nn.Sequential(*layers)
