"""The simple rules on deviations whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from bulkwise.baselines import RULES
from bulkwise.baselines.translation import learn


@pytest.fixture
def world():
    """Two tissues; gene 0 keeps half of what is personal, gene 1 nothing, gene 2 follows gene 0."""
    rng = np.random.default_rng(0)
    tissue = np.repeat([0, 1], 40)
    own = rng.normal(size=(80, 3))
    source = np.array([[1.0, 2, 3], [6, 5, 4]])[tissue] + own
    target = np.array([[2.0, 2, 2], [9, 9, 9]])[tissue] + own[:, [0, 0, 0]] * [0.5, 0, 0.8]
    return (source, tissue), (target, tissue)


def learned(world):
    source, target = world
    return learn(source, target, (source[0], target[0], source[1]), 2)


def test_every_rule_does_what_it_says(world):
    (source, tissue), (target, _) = world
    known = learned(world)
    made = {name: rule(known, source, tissue) for name, rule in RULES.items()}
    np.testing.assert_array_equal(made["no change"], source)
    means = np.stack([target[tissue == t].mean(axis=0) for t in (0, 1)])[tissue]
    np.testing.assert_allclose(made["target mean"], means)
    np.testing.assert_allclose((made["mean shift"] - source).std(axis=0)[:1], 1, atol=0.6)
    np.testing.assert_allclose(made["gene slope"][:, 0], target[:, 0], atol=1e-6)
    np.testing.assert_allclose(made["slope and ridge"][:, 2], target[:, 2], atol=0.2)
    np.testing.assert_allclose(made["nearest neighbour"], target, atol=1e-9)
    share = (made["shrunken shift"] - means)[5] / (source - known.source[tissue])[5]
    np.testing.assert_allclose(share, share[0])


def test_a_tissue_without_target_samples_gets_the_mean_of_the_others(world):
    (source, tissue), (target, _) = world
    one = tissue == 0
    known = learn((source, tissue), (target[one], tissue[one]), (source[one], target[one],
                  tissue[one]), 2)  # fmt: skip
    made = RULES["target mean"](known, source[~one][:1], np.array([1]))
    np.testing.assert_allclose(made[0], target[one].mean(axis=0))
