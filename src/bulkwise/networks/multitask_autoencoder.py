"""An autoencoder whose code also feeds the heads of several classifications."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import torch
from sklearn.base import BaseEstimator
from torch import Tensor, nn

from bulkwise.errors import InputError
from bulkwise.networks.base import (
    Dropout,
    Noise,
    activation_and_gain,
    check_share,
    check_widths,
    linear,
)

__all__ = ["MultitaskAutoencoder", "MultitaskModule"]


class _Layer(nn.Module):
    """Linear -> activation -> dropout -> batch norm.

    **Shape**: samples x ``n_inputs`` -> samples x ``n_outputs``.
    """

    def __init__(
        self, dense: nn.Linear, activation: nn.Module, dropout: float, *, batch_norm: bool
    ) -> None:
        super().__init__()
        self.dense = dense
        self.activation = activation
        self.dropout = Dropout(dropout)
        self.norm = nn.BatchNorm1d(dense.out_features) if batch_norm else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Apply the layer."""
        out: Tensor = self.norm(self.dropout(self.activation(self.dense(x))))
        return out

    def with_slopes(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The layer's values, and what each changes by with the product that it comes from.

        The norm's mean and variance are taken as they are, not as functions of the sample.
        """
        products = self.dense(x)
        if not products.requires_grad:
            products = products.detach().requires_grad_()
        values = self.dropout(self.activation(products))
        (slopes,) = torch.autograd.grad(values.sum(), products, create_graph=True)
        return self.norm(values), slopes * _factor(self.norm, values)


def _factor(norm: nn.Module, x: Tensor) -> Tensor:
    """What a norm multiplies each of its inputs by: a number a unit."""
    if not isinstance(norm, nn.BatchNorm1d):
        return x.new_ones(x.shape[1])
    variance = norm.running_var
    if norm.training or variance is None:
        variance = x.var(dim=0, unbiased=False)
    return norm.weight / (variance + norm.eps).sqrt()


class MultitaskModule(nn.Module):
    """The module that :meth:`MultitaskAutoencoder.build` makes.

    **Shape**: samples x ``n_inputs`` -> samples x ``n_outputs`` (logits of all heads, side by
    side). The decoder works in units of ``length``, the root mean squared length of the rows, so
    that one learning rate serves it and the heads.
    """

    length: Tensor

    def __init__(
        self,
        noise: Noise,
        input_norm: nn.Module,
        encoder: list[_Layer],
        decoder: list[_Layer],
        last: nn.Linear,
        heads: nn.Linear,
        length: float,
    ) -> None:
        super().__init__()
        self.noise = noise
        self.input_norm = input_norm
        self.encoder = nn.ModuleList(encoder)
        self.decoder = nn.ModuleList(decoder)
        self.last = last
        self.heads = heads
        self.register_buffer("length", torch.tensor(length))

    @property
    def first(self) -> nn.Linear:
        """The layer that sees the genes."""
        return cast(_Layer, self.encoder[0]).dense

    def encode(self, x: Tensor) -> Tensor:
        """The code, samples x its units."""
        x = self.input_norm(self.noise(x))
        for layer in self.encoder:
            x = layer(x)
        return x

    def decode(self, code: Tensor) -> Tensor:
        """What the code says of the inputs, samples x ``n_inputs``."""
        for layer in self.decoder:
            code = layer(code)
        out: Tensor = self.last(code) * self.length
        return out

    def forward(self, x: Tensor) -> Tensor:
        """Logits of all heads, samples x ``n_outputs``."""
        out: Tensor = self.heads(self.encode(x))
        return out

    def contraction(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The code, and the mean over samples of the squared norm of its Jacobian.

        The Jacobian of a sample's code (units x inputs) is a product of one matrix a layer. Its
        squared Frobenius norm is ``trace(A G A')``, where ``A`` (units x first layer) is the
        product of all layers but the first and ``G = W W'`` holds the inner products of the first
        layer's weights: no matrix of code x genes is formed for any sample. The statistics of
        batch norm are held fixed.

        Parameters
        ----------
        x
            Samples x inputs.

        Returns
        -------
        tuple
            Code (samples x units) and penalty (a number).

        References
        ----------
        Rifai, Vincent, Muller, Glorot, Bengio (2011), "Contractive auto-encoders", ICML.
        """
        with torch.enable_grad():
            noisy = self.noise(x)
            first = self.first.weight * _factor(self.input_norm, noisy)
            values, slopes = self.input_norm(noisy), []
            for layer in map(_as_layer, self.encoder):
                values, slope = layer.with_slopes(values)
                slopes.append(slope)
            product = torch.diag_embed(slopes[-1])  # samples x code x units of the layer below
            for layer, slope in zip(
                map(_as_layer, list(self.encoder)[:0:-1]), slopes[-2::-1], strict=True
            ):
                product = (product @ layer.dense.weight) * slope[:, None, :]
            norms = ((product @ (first @ first.T)) * product).sum(dim=(1, 2))
        return values, norms.mean()


def _as_layer(module: nn.Module) -> _Layer:
    return cast(_Layer, module)


@dataclass(kw_only=True, repr=False)
class MultitaskAutoencoder(BaseEstimator):
    """Settings of an autoencoder whose code feeds a head for each target.

    Each layer is linear -> activation -> dropout -> batch norm; the last layer of the decoder and
    the heads are linear.

    Parameters
    ----------
    widths
        Units of the encoder's hidden layers, from the genes to the code. May be empty.
    code
        Units of the code.
    decoder
        Units of the decoder's hidden layers, from the code to the genes. May be empty.
    activation
        Of the hidden layers: ``"relu"``, ``"elu"``, ``"gelu"``, ``"softplus"``, ``"tanh"`` or
        ``"linear"``.
    code_activation
        Of the code.
    dropout
        Share of the units of the encoder's hidden layers that is zeroed in training, in [0, 1):
        one number for all, or one a layer.
    noise
        Standard deviation of the Gaussian noise that is added to the genes in training, as a
        share of theirs (the root of their mean variance). The decoder is to give back the genes
        without it.
    batch_norm
        Whether each hidden layer of the encoder ends in batch norm.
    code_norm
        Whether the code does. It keeps the decoder stable at a high learning rate.
    input_norm
        Whether the genes go through batch norm first. With it, or with noise, training can't be
        reduced to the row space.

    References
    ----------
    Azarkhalili, Saberi, Chitsaz, Sharifi-Zarchi (2019), "DeePathology: Deep multi-task learning
    for inferring molecular pathology from cancer transcriptome", Scientific Reports.

    Examples
    --------
    >>> generator = torch.Generator().manual_seed(0)
    >>> module = MultitaskAutoencoder(widths=(8,), code=3).build(20, 5, generator)
    >>> module(torch.zeros(4, 20)).shape, module.encode(torch.zeros(4, 20)).shape
    (torch.Size([4, 5]), torch.Size([4, 3]))
    """

    widths: tuple[int, ...] = (128,)
    code: int = 32
    decoder: tuple[int, ...] = ()
    activation: str = "relu"
    code_activation: str = "linear"
    dropout: float | tuple[float, ...] = 0.0
    noise: float = 0.0
    batch_norm: bool = True
    code_norm: bool = True
    input_norm: bool = False

    @property
    def linear_first(self) -> bool:
        """Whether the genes are seen through the first layer's products only."""
        return self.noise == 0 and not self.input_norm

    def build(
        self,
        n_inputs: int,
        n_outputs: int,
        generator: torch.Generator | None = None,
        *,
        fan_in: int | None = None,
    ) -> MultitaskModule:
        """Make the module, on the CPU and in float32.

        Parameters
        ----------
        n_inputs
            Genes, or coordinates of the row space.
        n_outputs
            Classes of all targets together.
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
        owner = "MultitaskAutoencoder"
        (code,) = check_widths(owner, "code", (self.code,))
        shares = self._shares()
        size, encoder = n_inputs, []
        widths = check_widths(owner, "widths", self.widths)
        drawn_for = n_inputs if self.input_norm else fan_in
        for depth, (width, share) in enumerate(zip(widths, shares, strict=True)):
            activation, gain = activation_and_gain(owner, self.activation)
            dense = linear(
                size, width, generator, gain=gain, fan_in=drawn_for if depth == 0 else None
            )
            encoder.append(_Layer(dense, activation, share, batch_norm=self.batch_norm))
            size = width
        activation, gain = activation_and_gain(owner, self.code_activation, "code_activation")
        dense = linear(size, code, generator, gain=gain, fan_in=None if widths else drawn_for)
        encoder.append(_Layer(dense, activation, 0.0, batch_norm=self.code_norm))
        heads = linear(code, n_outputs, generator)
        size, decoder = code, []
        for width in check_widths(owner, "decoder", self.decoder):
            activation, gain = activation_and_gain(owner, self.activation)
            dense = linear(size, width, generator, gain=gain)
            decoder.append(_Layer(dense, activation, 0.0, batch_norm=False))
            size = width
        squared = fan_in or n_inputs
        last = linear(size, n_inputs, generator, gain=1 / math.sqrt(n_inputs))
        if not isinstance(self.noise, int | float) or self.noise < 0:
            raise InputError(
                f"The 'noise' parameter of {owner} must be a float in the range [0, inf). Got "
                f"{self.noise!r} instead."
            )
        norm = nn.BatchNorm1d(n_inputs) if self.input_norm else nn.Identity()
        noise = Noise(self.noise * math.sqrt(squared / n_inputs))
        length = math.sqrt(squared)
        return MultitaskModule(noise, norm, encoder, decoder, last, heads, length)

    def _shares(self) -> tuple[float, ...]:
        """The dropout of each hidden layer of the encoder."""
        given = self.dropout
        if not isinstance(given, tuple | list):
            return (check_share("MultitaskAutoencoder", "dropout", given),) * len(self.widths)
        if len(given) != len(self.widths):
            raise InputError(
                "The 'dropout' parameter of MultitaskAutoencoder must be one number, or one for "
                f"each of its {len(self.widths)} hidden layers. Got {given!r} instead."
            )
        return tuple(check_share("MultitaskAutoencoder", "dropout", share) for share in given)
