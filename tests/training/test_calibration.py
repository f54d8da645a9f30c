"""The temperature: known cases, and that a few samples don't move it far."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import log_softmax

from bulkwise.training.calibration import temperature


def drawn(true: float, n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    logits = rng.normal(scale=3, size=(n, 4))
    odds = np.exp(log_softmax(logits / true, axis=1)).cumsum(axis=1)
    return logits, (rng.random((n, 1)) > odds).sum(axis=1).clip(max=3)


@pytest.mark.parametrize("true", [0.5, 1.0, 2.5])
def test_finds_the_temperature_that_the_classes_were_drawn_at(true):
    assert temperature(*drawn(true, 20_000)) == pytest.approx(true, rel=0.05)


def test_lowers_the_log_loss_of_a_network_too_sure_of_itself():
    logits, codes = drawn(4.0, 500)
    t = temperature(logits, codes)
    rows = np.arange(len(codes))
    assert t > 2.5
    assert log_softmax(logits / t, axis=1)[rows, codes].mean() > (
        log_softmax(logits, axis=1)[rows, codes].mean() + 0.1
    )


def test_a_few_samples_that_are_all_right_move_it_little():
    logits = np.eye(3)[[0, 1, 2, 0]] * 5.0
    assert 0.7 < temperature(logits, np.array([0, 1, 2, 0])) < 1
    assert 0.13 < temperature(np.tile(logits, (500, 1)), np.tile([0, 1, 2, 0], 500)) < 0.6
