"""The networks of a model of directions: how they see the numbers, are trained and averaged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from scipy.special import softmax
from torch import Tensor, nn

from bulkwise.models.base import Array
from bulkwise.networks.swap import SwapMLP
from bulkwise.randomness import Seeds
from bulkwise.training.base import Training
from bulkwise.training.calibration import stretched, stretches
from bulkwise.training.contrasts import Practice
from bulkwise.training.loop import fit_network

__all__ = ["averaged", "scales", "train_members"]

_ODD_LIMIT, _EVEN_LIMIT = 6.0, 4.0

Scales = tuple[Array, Array, Array]


def scales(odd: Array, even: Array) -> Scales:
    """Root mean squares of the odd numbers, and means and deviations of the even ones."""
    return np.sqrt(np.square(odd).mean(axis=0)) + 1e-9, even.mean(axis=0), even.std(axis=0) + 1e-6


def train_members(
    rows: Practice,
    seen: Scales,
    network: SwapMLP,
    training: Training,
    members: int,
    seeds: Seeds,
) -> tuple[dict[str, Array], Array]:
    """Train networks, each without some families, and calibrate it on those.

    Parameters
    ----------
    rows
        Genes of many draws.
    seen
        How the numbers are scaled (:func:`scales`).
    network, training
        Settings.
    members
        Networks; no more than there are families.
    seeds
        For weights and batches.

    Returns
    -------
    parameters, calibration
        Arrays by the network's number and name; networks x 3 (see :func:`stretched`).
    """
    inputs = _scaled(rows.odd, rows.even, seen)
    label = torch.from_numpy(rows.label)
    weight = torch.from_numpy(rows.weight.astype(np.float32))
    families = np.unique(rows.family)
    order = seeds.numpy("families").permutation(len(families))
    count = min(members, len(families))
    parameters: dict[str, Array] = {}
    calibration = np.tile([1.0, 1.0, 0.0], (count, 1))
    for number in range(count):
        held = np.isin(rows.family, families[order[number::count]]) if count > 1 else None
        own = seeds.child("member", number)
        module = network.build(rows.odd.shape[1], rows.even.shape[1], own.torch("weights"))
        fit_network(
            module,
            [*inputs, label, weight],
            _objective,
            training,
            seeds=own,
            train=None if held is None else torch.from_numpy(np.flatnonzero(~held)),
            name=f"training network {number + 1} of {count}",
        )
        for key, value in module.state_dict().items():
            parameters[f"{number}.{key}"] = value.numpy()
        if held is not None:
            at = torch.from_numpy(np.flatnonzero(held))
            with torch.no_grad():
                logits = module(inputs[0][at], inputs[1][at]).double().numpy()
            calibration[number] = stretches(logits, rows.label[held], rows.weight[held])
    return parameters, calibration


def averaged(
    odd: Array,
    even: Array,
    seen: Scales,
    network: SwapMLP,
    parameters: Mapping[str, Array],
    calibration: Array,
) -> Array:
    """Probabilities of down, neutral and up, genes x 3, averaged over the networks."""
    inputs = [part.double() for part in _scaled(odd, even, seen)]
    parts = []
    for number, (sign, scale, shift) in enumerate(calibration):
        start = f"{number}."
        module = network.build(odd.shape[1], even.shape[1])
        module.load_state_dict(
            {
                key.removeprefix(start): torch.tensor(value)
                for key, value in parameters.items()
                if key.startswith(start)
            }
        )
        module.double().eval()
        with torch.no_grad():
            logits = module(*inputs).numpy()
        parts.append(softmax(stretched(logits, sign, scale, shift), axis=1))
    mean: Array = np.mean(parts, axis=0)
    return mean


def _scaled(odd: Array, even: Array, seen: Scales) -> tuple[Tensor, Tensor]:
    """The numbers as the networks see them, float32."""
    odd_scale, center, even_scale = seen
    turned = np.clip(odd.astype(np.float64) / odd_scale, -_ODD_LIMIT, _ODD_LIMIT)
    kept = np.clip((even.astype(np.float64) - center) / even_scale, -_EVEN_LIMIT, _EVEN_LIMIT)
    return torch.from_numpy(turned.astype(np.float32)), torch.from_numpy(kept.astype(np.float32))


def _objective(module: nn.Module, batch: Sequence[Tensor]) -> Tensor:
    odd, even, label, weight = batch
    losses = nn.functional.cross_entropy(module(odd, even), label, reduction="none")
    return (losses * weight).mean()
