"""What explanations share: a fitted model taken apart behind its products with the genes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn

from bulkwise.checks.base import name_some
from bulkwise.errors import InputError

__all__ = ["Floats", "SplitModel", "row_blocks"]

Floats: TypeAlias = NDArray[np.float64]

_BLOCK_VALUES = 1 << 22  # float64 numbers of one block of samples: 32 MiB


def row_blocks(n: int, p: int) -> Iterator[slice]:
    """Slices of samples whose float64 copies are small."""
    height = max(1, _BLOCK_VALUES // max(p, 1))
    for start in range(0, n, height):
        yield slice(start, min(start + height, n))


class SplitModel:
    """A fitted model in two: products with the genes, and what becomes of them.

    Attributes
    ----------
    classes
        Labels, in the order of the outputs.
    n_genes
        How many genes the model takes.
    mean
        Of the training samples, where the model knows it.
    start
        What a sample is taken less of before the products.
    weights, bias
        Units x genes, and one a unit; no weights where the model doesn't begin with products.
    rest
        From the units' values (or the centred sample) to the log-odds of each class, up to a
        constant.
    """

    mean: Floats | None
    start: Floats | float
    weights: Floats | None
    bias: Floats | float
    rest: Callable[[Tensor], Tensor]

    def __init__(self, model: Any) -> None:
        check_is_fitted(model)
        if isinstance(model.classes_, list):
            raise InputError(
                f"Can't attribute the predictions of {type(model).__name__} to genes: it learned "
                f"{len(model.classes_)} targets, and they are attributed one at a time; fit it on "
                "one of them."
            )
        self.classes = np.asarray(model.classes_)
        self.n_genes = int(model.n_features_in_)
        if hasattr(model, "module"):
            self._network(model)
        elif hasattr(model, "coef_"):
            self._linear(model)
        else:
            raise InputError(
                f"Can't attribute the predictions of {type(model).__name__} to genes: expected a "
                "fitted network estimator of bulkwise.models, or a linear one with 'coef_'."
            )

    def _network(self, model: Any) -> None:
        self.mean = self.start = np.asarray(model.center_, np.float64)
        body: nn.Module = model.module()  # a new one each time
        firsts = _without_firsts(body)
        if firsts:
            self.weights = np.concatenate([layer.weight.detach().numpy() for layer in firsts])
            zeros = [torch.zeros(layer.out_features) for layer in firsts]
            pairs = zip(firsts, zeros, strict=True)
            self.bias = np.concatenate(
                [(zero if layer.bias is None else layer.bias.detach()) for layer, zero in pairs]
            )
        else:
            body = model.module()
            self.weights, self.bias = None, 0.0
        self.rest = body

    def _linear(self, model: Any) -> None:
        self.mean, self.start = None, 0.0
        self.weights = np.atleast_2d(np.asarray(model.coef_, np.float64))
        self.bias = np.asarray(model.intercept_, np.float64)
        if len(self.weights) == 1:
            self.rest = lambda units: torch.cat([torch.zeros_like(units), units], dim=1)
        else:
            self.rest = lambda units: units

    def units(self, X: Floats) -> Floats:
        """What ``rest`` takes, of samples x genes."""
        if self.weights is None:
            return X - self.start
        units: Floats = (X - self.start) @ self.weights.T + self.bias
        return units

    def lift(self, of_units: Floats) -> Floats:
        """Gradients at the units -> gradients at the genes."""
        return of_units if self.weights is None else of_units @ self.weights

    def odds(self, units: Tensor, place: int) -> Tensor:
        """Log-odds of one class against the others, one a sample."""
        scores = self.rest(units)
        others = [other for other in range(scores.shape[1]) if other != place]
        return scores[:, place] - torch.logsumexp(scores[:, others], dim=1)

    def slope(self, units: Floats, place: int) -> Floats:
        """Gradient of the log-odds at the units, samples x units."""
        here = torch.tensor(units, dtype=torch.float64, requires_grad=True)
        slope: Floats = torch.autograd.grad(self.odds(here, place).sum(), here)[0].numpy()
        return slope

    def mean_slopes(self, X: Floats, base: Floats, place: int, steps: int) -> Floats:
        """Gradient at the units, averaged along the straight line from a baseline."""
        here, there = self.units(base[None]), self.units(X)
        total = np.zeros_like(there)
        for step in range(steps):
            total += self.slope(here + (step + 0.5) / steps * (there - here), place)
        return total / steps

    def own_class_sizes(self, X: Floats, y: NDArray[Any], base: Floats, steps: int) -> Floats:
        """Mean size of the attributions of each class's samples to it, classes x genes."""
        found = np.zeros((len(self.classes), self.n_genes))
        for place, label in enumerate(self.classes):
            own = X[y == label]
            for rows in row_blocks(*own.shape):
                slopes = self.lift(self.mean_slopes(own[rows], base, place, steps))
                found[place] += np.abs(slopes * (own[rows] - base)).sum(axis=0)
            found[place] /= max(len(own), 1)
        return found

    def place(self, label: object) -> int:
        """Where a class stands; the second of two if none is named."""
        if label is None and len(self.classes) == 2:
            return 1
        found = np.flatnonzero(self.classes == label)
        if label is None or not len(found):
            raise InputError(
                f"There is no class {label!r} in the model: name one of {name_some(self.classes)}."
            )
        return int(found[0])


class _Slice(nn.Module):
    """Some columns of the input, in the place of a first layer that gave them."""

    def __init__(self, columns: slice) -> None:
        super().__init__()
        self.columns = columns

    def forward(self, x: Tensor) -> Tensor:
        return x[:, self.columns]


def _without_firsts(module: nn.Module) -> list[nn.Linear]:
    """Take the first layer out of a network, or of each network of an average.

    Whether that is what the input goes through first is tried: what is left must give the same
    from the layers' values. Otherwise the list is empty, and the module no longer of use.
    """
    members = getattr(module, "members", [module])
    firsts = [getattr(member, "first", None) for member in members]
    layers = [first for first in firsts if isinstance(first, nn.Linear)]
    if len(layers) < len(firsts):
        return []
    probe = torch.linspace(-1, 1, layers[0].in_features, dtype=torch.float64)[None]
    ends = np.cumsum([layer.out_features for layer in layers])
    with torch.no_grad():
        expected = module(probe)
        units = torch.cat([layer(probe) for layer in layers], dim=1)
        for layer, end in zip(layers, ends, strict=True):
            _replace(module, layer, _Slice(slice(int(end) - layer.out_features, int(end))))
        try:
            found = module(units)
        except RuntimeError:
            return []
    same = found.shape == expected.shape and torch.allclose(found, expected)
    return layers if same else []


def _replace(module: nn.Module, old: nn.Module, new: nn.Module) -> None:
    for parent in list(module.modules()):
        for name, child in list(parent.named_children()):
            if child is old:
                setattr(parent, name, new)
