"""The loss of an autoencoder with heads: known values of each of its parts."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from bulkwise.training.heads import HeadsLoss


class Fixed(torch.nn.Module):
    """Logits that are given, and genes that are all off by 3."""

    def __init__(self, logits: list[float]) -> None:
        super().__init__()
        self.logits = torch.tensor([logits])

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        return x

    def contraction(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return x, torch.tensor(7.0)

    def heads(self, code: torch.Tensor) -> torch.Tensor:
        return self.logits

    def decode(self, code: torch.Tensor) -> torch.Tensor:
        return code + 3


def loss(logits: list[float], *, training: bool = False, **changed) -> float:
    balance = [torch.tensor([0.5, 1.5]), torch.tensor([1.0, 4.0])]
    settings = {
        "loss": "cross_entropy",
        "sizes": [2, 2],
        "weights": [0.25, 2.0],
        "balance": balance,
        "reconstruction": 0.0,
        "contractive": 0.0,
        "squared_length": 1000.0,
    }
    batch = [torch.zeros(1, 10), torch.tensor([[0, 1]])]
    module = Fixed(logits).train(training)
    return float(HeadsLoss(**(settings | changed))(module, batch))


def test_cross_entropy_is_the_logarithm_and_weighs_the_classes_in_training_only():
    logits = [0.0, 0.0, 0.0, float(np.log(3))]
    assert loss(logits) == pytest.approx(0.25 * np.log(2) + 2 * np.log(4 / 3))
    weighed = 0.25 * 0.5 * np.log(2) + 2 * 4 * np.log(4 / 3)
    assert loss(logits, training=True) == pytest.approx(weighed)


def test_cosine_is_one_minus_the_cosine():
    # a half each: cosine 1 / sqrt(2); three to one for the truth: 3 / sqrt(10)
    logits = [0.0, 0.0, 0.0, float(np.log(3))]
    expected = 0.25 * (1 - np.sqrt(0.5)) + 2 * (1 - 3 / np.sqrt(10))
    assert loss(logits, loss="cosine") == pytest.approx(expected)
    weighed = 0.25 * 0.5 * (1 - np.sqrt(0.5)) + 2 * 4 * (1 - 3 / np.sqrt(10))
    assert loss(logits, loss="cosine", training=True) == pytest.approx(weighed)


def test_reconstruction_and_contraction_are_added():
    plain = loss([0.0, 1.0, 2.0, 0.0])
    both = loss([0.0, 1.0, 2.0, 0.0], reconstruction=0.5, contractive=0.1)
    assert both - plain == pytest.approx(0.5 * 10 * 9 / 1000 + 0.1 * 7)
