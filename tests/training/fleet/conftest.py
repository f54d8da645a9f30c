"""Rows and networks that the tests of the fleet share."""

from __future__ import annotations

import numpy as np
import pytest

from bulkwise.training.fleet import Rows

N, R, CLASSES = 61, 20, 3


@pytest.fixture
def rows() -> Rows:
    """Three classes of unequal size, some samples held back, in float64."""
    rng = np.random.default_rng(0)
    codes = rng.choice(CLASSES, size=N, p=[0.5, 0.3, 0.2])
    values = 3 * rng.normal(size=(N, R))
    values[:, :4] += 3 * rng.normal(size=(CLASSES, 4))[codes]
    return Rows(
        values=values,
        codes=codes,
        n_classes=CLASSES,
        train=np.arange(45),
        held=np.arange(45, N),
        fan_in=100,
    )
