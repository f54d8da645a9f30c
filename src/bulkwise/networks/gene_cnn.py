"""The convolutional network of DEGnext: a gene's samples folded into a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from sklearn.base import BaseEstimator
from torch import Tensor, nn
from torch.nn import functional

from bulkwise.networks.base import check_widths, linear

__all__ = ["GeneCNN", "GeneCNNModule", "folded_shape", "pictures"]

_DEPTH, _LINEAR = 8, 5
_POOLED = 2  # a pooling behind every second convolution but the last
_GAIN = math.sqrt(2)


def folded_shape(n_samples: int) -> tuple[int, int]:
    """Height and width of the picture that a row of samples is folded into.

    The width is the largest divisor that isn't above the square root; a prime number of samples
    is padded by one first.

    Raises
    ------
    ValueError
        If there are fewer than two samples.

    Examples
    --------
    >>> folded_shape(45), folded_shape(89), folded_shape(586)
    ((9, 5), (10, 9), (293, 2))
    """
    if n_samples < 2:
        raise ValueError(f"A row has two samples or more. Got {n_samples}.")
    width = _widest(n_samples)
    if width == 1:
        n_samples += 1
        width = _widest(n_samples)
    return n_samples // width, width


def _widest(n: int) -> int:
    return next(width for width in range(math.isqrt(n), 0, -1) if n % width == 0)


def pictures(rows: Tensor) -> Tensor:
    """Rows as pictures of one channel, filled line by line; padding is zero.

    **Shape**: genes x samples -> genes x 1 x height x width.
    """
    height, width = folded_shape(rows.shape[1])
    padded = functional.pad(rows, (0, height * width - rows.shape[1]))
    return padded.reshape(len(rows), 1, height, width)


class GeneCNNModule(nn.Module):
    """The module that :meth:`GeneCNN.build` makes.

    **Shape**: genes x samples -> genes x ``n_outputs`` (logits), for any number of samples.
    """

    def __init__(self, convolutions: Sequence[nn.Conv2d], layers: Sequence[nn.Linear]) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(convolutions)
        self.layers = nn.ModuleList(layers[:-1])
        self.output = layers[-1]

    def features(self, rows: Tensor) -> Tensor:
        """What the convolutions find in each gene, genes x channels of the last one."""
        maps = pictures(rows)
        for depth, convolution in enumerate(self.convolutions, 1):
            maps = functional.relu(convolution(maps))
            if depth % _POOLED == 0 and depth < len(self.convolutions):
                maps = functional.max_pool2d(maps, [min(2, side) for side in maps.shape[2:]])
        return maps.amax(dim=(2, 3))

    def forward(self, rows: Tensor) -> Tensor:
        """Logits of each gene."""
        hidden = self.features(rows)
        for layer in self.layers:
            hidden = functional.relu(layer(hidden))
        out: Tensor = self.output(hidden)
        return out


@dataclass(kw_only=True, repr=False)
class GeneCNN(BaseEstimator):
    """Settings of DEGnext's network (Kakati et al. 2022).

    A gene's samples are folded into a picture (:func:`folded_shape`) that goes through eight 3 x 3
    convolutions with ReLU, 2 x 2 max pooling behind the second, fourth and sixth, the maximum of
    each channel, and five linear layers. A side of a map that is one pixel long already isn't
    pooled any more, so that any number of samples goes through. The paper names neither channels
    nor widths: those here are ours.

    Parameters
    ----------
    channels
        Channels of the eight convolutions.
    widths
        Units of the first four linear layers; the fifth is the output.

    Examples
    --------
    >>> module = GeneCNN().build(3, torch.Generator().manual_seed(0))
    >>> module(torch.zeros(5, 45)).shape, module(torch.zeros(5, 1215)).shape
    (torch.Size([5, 3]), torch.Size([5, 3]))
    """

    channels: tuple[int, ...] = (8, 8, 16, 16, 32, 32, 64, 64)
    widths: tuple[int, ...] = (64, 64, 32, 32)

    def build(self, n_outputs: int, generator: torch.Generator | None = None) -> GeneCNNModule:
        """Make the module, on the CPU and in float32.

        Parameters
        ----------
        n_outputs
            Classes, or 1 for up against down.
        generator
            Draws the first weights (He et al. 2015); ``None`` leaves zeros, to be loaded into.

        Raises
        ------
        InputError
            If there aren't eight channels and four widths, each a positive integer.
        """
        channels = check_widths("GeneCNN", "channels", self.channels, count=_DEPTH)
        widths = check_widths("GeneCNN", "widths", self.widths, count=_LINEAR - 1)
        sides = (channels[-1], *widths)
        return GeneCNNModule(
            [
                _convolution(inside, outside, generator)
                for inside, outside in zip((1, *channels), channels, strict=False)
            ],
            [
                *(
                    linear(inside, outside, generator, gain=_GAIN)
                    for inside, outside in zip(sides, widths, strict=False)
                ),
                linear(sides[-1], n_outputs, generator),
            ],
        )


def _convolution(inside: int, outside: int, generator: torch.Generator | None) -> nn.Conv2d:
    empty = nn.Conv2d(inside, outside, 3, padding=1, device="meta")  # draws nothing
    layer: nn.Conv2d = empty.to_empty(device="cpu")
    with torch.no_grad():
        layer.weight.zero_()
        if generator is not None:
            layer.weight.normal_(0.0, _GAIN / math.sqrt(9 * inside), generator=generator)
        if layer.bias is not None:
            layer.bias.zero_()
    laid = layer.weight.contiguous(memory_format=torch.channels_last)  # a quarter faster on a CPU
    layer.weight = nn.Parameter(laid)
    return layer
