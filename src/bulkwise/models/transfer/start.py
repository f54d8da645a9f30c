"""A source's network on the coordinates of the target's rows, and back to genes.

In the row space of the target's rows a first layer W is two parts: ``V V' W``, which training
changes, and what the rows don't see, ``W - V V' W``. Training by SGD changes the latter too, by
weight decay, by one factor for all of a unit's weights there. It is found without forming the
part: one more coordinate is 0 for all rows and its weight starts at 1, so that it gets no
gradient but the decay. So training on few coordinates gives what it would give on all genes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from bulkwise.models.base import SQUARED_LENGTH, Array, View
from bulkwise.models.transfer.source import FIRST
from bulkwise.networks.mlp import MLP
from bulkwise.randomness import Seeds

__all__ = ["Start", "coordinates", "drawn", "started"]

_HEAD = ("output.weight", "output.bias")


def coordinates(seen: View, values: Array | None = None) -> Array:
    """The rows of a view with the coordinate for what they don't see, float32.

    Parameters
    ----------
    seen
        The view.
    values
        Other rows on its coordinates; by default its own.
    """
    own = seen.values if values is None else values
    if seen.rows is None:
        return own
    return np.hstack([own, np.zeros((len(own), 1), own.dtype)])


@dataclass(frozen=True, eq=False)
class Start:
    """Where the training of a network starts.

    Attributes
    ----------
    state
        Of a module on :func:`coordinates`.
    first
        The first layer on centred genes, units x genes, or ``None`` for a drawn one.
    outside
        The part of ``first`` outside the row space, or ``None`` at full width.
    """

    state: dict[str, Tensor]
    first: Array | None = None
    outside: Array | None = None

    def on_genes(self, state: Mapping[str, Tensor], seen: View, *, frozen: int) -> dict[str, Array]:
        """A trained state on centred genes. Frozen layers are the source's to the last bit."""
        arrays = {name: tensor.detach().cpu().numpy() for name, tensor in state.items()}
        weight = arrays[FIRST]
        if frozen and self.first is not None:
            arrays[FIRST] = self.first
        elif seen.rows is None:
            arrays[FIRST] = seen.first_layer(weight)
        else:
            arrays[FIRST] = seen.first_layer(weight[:, :-1])
            if self.outside is not None:
                arrays[FIRST] += weight[:, -1:] * self.outside
        return arrays


def drawn(network: MLP, seen: View, n_outputs: int, seed: int) -> Start:
    """A network with weights of its own, as a start."""
    n_inputs = seen.values.shape[1] + (seen.rows is not None)
    generator = Seeds(seed).torch("weights")
    module = network.build(n_inputs, n_outputs, generator, fan_in=round(SQUARED_LENGTH))
    return Start(dict(module.state_dict()))


def started(
    network: MLP,
    source: Mapping[str, Array],
    places: Array,
    seen: View,
    n_outputs: int,
    *,
    keep_head: bool,
    seed: int,
) -> Start:
    """A network with the source's hidden layers.

    Parameters
    ----------
    network
        Its settings, those of the source.
    source
        The state of the source's network on centred genes.
    places
        Where each gene of the target stands there, or -1: such a gene starts without weights.
    seen
        The target's rows.
    n_outputs
        The target's classes.
    keep_head
        Whether the output layer is the source's too; else it is drawn.
    seed
        Of what is drawn.
    """
    state = dict(drawn(network, seen, n_outputs, seed).state)
    known = places >= 0
    first = np.zeros((network.widths[0], len(places)), dtype=np.float32)
    first[:, known] = source[FIRST][:, places[known]]
    outside = None
    if seen.rows is None:
        weight = first / seen.scale
    else:
        inside = seen.rows.restrict(first.T)
        outside = first - seen.rows.lift(inside, dtype=np.float32).T
        weight = np.hstack([inside.T / seen.scale, np.ones((len(first), 1))])
    for name, value in source.items():
        if name in _HEAD and not keep_head:
            continue
        state[name] = torch.tensor(value)
    state[FIRST] = torch.tensor(weight, dtype=torch.float32)
    return Start(state, first, outside)
