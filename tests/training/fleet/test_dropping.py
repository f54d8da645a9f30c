"""Dropout of many networks: each as it would be alone, also when others have gone."""

from __future__ import annotations

import torch

from bulkwise.networks import MLP
from bulkwise.training import Training
from bulkwise.training.fleet import Member
from bulkwise.training.fleet.dropping import Dropping

LIKE = torch.zeros((), dtype=torch.float64)


def member(seed: int, width: int, dropout: float) -> Member:
    return Member(network=MLP(widths=(width,), dropout=dropout), training=Training(), seed=seed)


def test_a_network_has_the_masks_that_it_would_have_alone():
    members = [member(1, 7, 0.5), member(2, 12, 0.0), member(3, 12, 0.2)]
    together = Dropping(members, LIKE)
    alone = [Dropping([one], LIKE) for one in members]
    for n in (5, 3, 5):
        masks = together(0, torch.zeros(3, n, 12))
        for number, one in enumerate(members):
            width = one.network.widths[0]
            own = alone[number](0, torch.zeros(1, n, width))
            expected = torch.ones(n, width, dtype=LIKE.dtype) if own is None else own[0]
            assert torch.equal(masks[number, :, :width], expected)
        if n == 3:
            together.keep([0, 2])
            members, alone = [members[0], members[2]], [alone[0], alone[2]]


def test_nobody_drops_where_nobody_should():
    assert Dropping([member(0, 4, 0.0)], LIKE)(0, torch.zeros(1, 5, 4)) is None
