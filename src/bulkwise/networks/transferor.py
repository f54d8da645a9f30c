"""DeeP4med's Transferor: an autoencoder that is told a condition, and can be told the other."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from sklearn.base import BaseEstimator
from torch import Tensor, nn

from bulkwise.errors import InputError
from bulkwise.networks.base import activation_and_gain, check_widths, linear

__all__ = ["Transferor", "TransferorModule"]


class TransferorModule(nn.Module):
    """The module that :meth:`Transferor.build` makes.

    The condition (a row of zeros and a one) joins the genes at the first layer and the code at
    the decoder, each with weights of its own. The decoder works in units of ``length``, the root
    mean squared length of the rows.
    """

    length: Tensor

    def __init__(
        self,
        first: nn.Linear,
        told: nn.Linear,
        encoder: nn.Sequential,
        decoder: nn.Sequential,
        last: nn.Linear,
        length: float,
    ) -> None:
        super().__init__()
        self.first = first
        self.told = told
        self.encoder = encoder
        self.decoder = decoder
        self.last = last
        self.register_buffer("length", torch.tensor(length))

    def encode(self, x: Tensor, condition: Tensor) -> Tensor:
        """The code, from samples x inputs and samples x conditions."""
        out: Tensor = self.encoder(self.first(x) + self.told(condition))
        return out

    def decode(self, code: Tensor, condition: Tensor) -> Tensor:
        """Samples x inputs in a condition, from the code."""
        out: Tensor = self.last(self.decoder(torch.cat([code, condition], dim=1))) * self.length
        return out

    def forward(self, x: Tensor, own: Tensor, wanted: Tensor) -> Tensor:
        """Samples of the condition ``own`` as they would be in the condition ``wanted``."""
        return self.decode(self.encode(x, own), wanted)


@dataclass(kw_only=True, repr=False)
class Transferor(BaseEstimator):
    """Settings of an autoencoder conditioned on what it is told.

    Parameters
    ----------
    widths
        Units of the encoder's hidden layers, the first sees the genes.
    code
        Units of the code.
    decoder
        Units of the decoder's hidden layers, from the code and the condition to the genes.
    activation
        Of all hidden layers and the code: ``"relu"``, ``"elu"``, ``"gelu"``, ``"softplus"``,
        ``"tanh"`` or ``"linear"``.

    References
    ----------
    The Transferor of DeeP4med (Journal of Translational Medicine, 2023); its sizes are those of
    DeePathology (Azarkhalili and others, 2019), on which DeeP4med stands.

    Examples
    --------
    >>> module = Transferor(widths=(8,), code=3).build(20, 2, torch.Generator().manual_seed(0))
    >>> normal, tumour = torch.eye(2)[[0, 0]], torch.eye(2)[[1, 1]]
    >>> module(torch.zeros(2, 20), normal, tumour).shape
    torch.Size([2, 20])
    """

    widths: tuple[int, ...] = (256,)
    code: int = 64
    decoder: tuple[int, ...] = (256,)
    activation: str = "relu"

    @property
    def linear_first(self) -> bool:
        """The genes are seen through the first layer's products only."""
        return True

    def build(
        self,
        n_inputs: int,
        n_outputs: int,
        generator: torch.Generator | None = None,
        *,
        fan_in: int | None = None,
    ) -> TransferorModule:
        """Make the module, on the CPU and in float32.

        Parameters
        ----------
        n_inputs
            Genes, or coordinates of the row space.
        n_outputs
            Conditions.
        generator
            Draws the first weights; ``None`` leaves zeros, to be loaded into.
        fan_in
            How many inputs the first layer is drawn for (default: ``n_inputs``), which is also
            the mean squared length of the rows.

        Raises
        ------
        InputError
            If a setting is out of its range.
        """
        owner = "Transferor"
        widths = check_widths(owner, "widths", self.widths)
        if not widths:
            raise InputError(
                "The 'widths' parameter of Transferor must name one hidden layer at least. Got () "
                "instead."
            )
        (code,) = check_widths(owner, "code", (self.code,))
        activation, gain = activation_and_gain(owner, self.activation)
        first = linear(n_inputs, widths[0], generator, gain=gain, fan_in=fan_in)
        told = linear(n_outputs, widths[0], generator, gain=gain, bias=False)
        encoder: list[nn.Module] = [activation]
        for size, width in zip(widths, (*widths[1:], code), strict=True):
            encoder += [linear(size, width, generator, gain=gain), activation]
        size, decoder = code + n_outputs, list[nn.Module]()
        for width in check_widths(owner, "decoder", self.decoder):
            decoder += [linear(size, width, generator, gain=gain), activation]
            size = width
        last = linear(size, n_inputs, generator, gain=1 / math.sqrt(n_inputs))
        length = math.sqrt(fan_in or n_inputs)
        return TransferorModule(
            first, told, nn.Sequential(*encoder), nn.Sequential(*decoder), last, length
        )
