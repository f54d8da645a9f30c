"""Dropout of many networks at once, each with draws of its own."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from bulkwise.networks.base import draw_words, dropout_mask, dropout_words
from bulkwise.randomness import Seeds
from bulkwise.training.fleet.members import Member

__all__ = ["Dropping"]


class Dropping:
    """Masks for stacked networks: the draws of each are what it would have alone.

    Drawing is done network by network, what the draws mean is worked out for all together.

    Parameters
    ----------
    members
        The networks.
    like
        Type and device of the masks.
    """

    def __init__(self, members: Sequence[Member], like: Tensor) -> None:
        self._like = like
        self._members = list(members)
        device = str(like.device)
        self._generators = [Seeds(one.seed).torch("dropout", device=device) for one in members]
        self._derive()

    def keep(self, chosen: Sequence[int]) -> None:
        """Go on with some of the networks only."""
        self._members = [self._members[i] for i in chosen]
        self._generators = [self._generators[i] for i in chosen]
        self._derive()

    def __call__(self, layer: int, out: Tensor) -> Tensor | None:
        """What a layer's outputs (networks x samples x widest) are multiplied with, if anything."""
        if not self._any:
            return None
        _, n, widest = out.shape
        words, parts = self._room(layer, n, widest)
        for part, generator, member in zip(parts, self._generators, self._members, strict=True):
            if member.network.dropout:
                draw_words(part, generator)
        return dropout_mask(words, widest, self._shares, out)

    def _derive(self) -> None:
        shares = [member.network.dropout for member in self._members]
        self._any = any(shares)
        column = torch.tensor(shares, dtype=torch.float64, device=self._like.device)
        self._shares = column[:, None, None]
        self._rooms: dict[tuple[int, int], tuple[Tensor, list[Tensor]]] = {}

    def _room(self, layer: int, n: int, widest: int) -> tuple[Tensor, list[Tensor]]:
        """Room for the draws of a layer, and each network's part of it; made once and kept."""
        key = layer, n
        if key not in self._rooms:
            size = (len(self._members), n, dropout_words(widest))
            words = torch.zeros(size, dtype=torch.int64, device=self._like.device)
            widths = (member.network.widths[layer] for member in self._members)
            parts = [one[:, : dropout_words(w)] for one, w in zip(words, widths, strict=True)]
            self._rooms[key] = words, parts
        return self._rooms[key]
