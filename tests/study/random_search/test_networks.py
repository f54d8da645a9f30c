"""A unit of networks: every trial is the same, whatever stands beside it."""

from __future__ import annotations

import numpy as np
import pytest

from bulkwise.randomness import Seeds
from bulkwise.study.random_search.networks import compute, member, retrained
from bulkwise.study.random_search.space import SPACES, draw
from bulkwise.training.fleet import Rows

ASKED = {
    "space": "compact", "seed": 3, "epochs": 3, "patience": None, "halving": [], "n_classes": 2,
    "fan_in": 50, "memory": 1 << 28, "device": "cpu",
}  # fmt: skip


@pytest.fixture
def arrays() -> dict[str, np.ndarray]:
    """Two classes that twelve coordinates tell apart."""
    rng = np.random.default_rng(0)
    codes = np.arange(60) % 2
    values = 2 * rng.normal(size=(60, 12)) + 2 * codes[:, None]
    return {
        "values": values.astype(np.float32),
        "codes": codes,
        "train": np.arange(45),
        "held": np.arange(45, 60),
    }


def test_a_trial_is_what_it_is_in_any_unit(arrays):
    whole = compute(ASKED, {"first": 0, "end": 8}, arrays)
    part = compute(ASKED, {"first": 3, "end": 6}, arrays)
    assert [row[0] for row in whole] == list(range(8))
    for ours, theirs in zip(part, whole[3:6], strict=True):
        assert ours[:2] == theirs[:2]
        assert ours[2:5] == pytest.approx(theirs[2:5], abs=1e-4)
        assert ours[5:] == theirs[5:]
    assert np.mean([row[3] for row in whole]) > 0.6  # accuracy
    assert {row[6] for row in whole} == {3}
    assert whole[0][7] == draw(SPACES["compact"], Seeds(3), 0)


def test_halving_drops_networks_of_the_unit(arrays):
    rows = compute({**ASKED, "halving": [1]}, {"first": 0, "end": 6}, arrays)
    assert sorted(row[6] for row in rows) == [1, 1, 1, 3, 3, 3]
    assert [row[1] == "dropped" for row in rows] == [row[6] == 1 for row in rows]
    kept = [row[2] for row in rows if row[1] != "dropped"]
    assert max(kept) < max(row[2] for row in rows)


def test_settings_that_a_unit_was_given_take_the_place_of_draws(arrays):
    drawn = draw(SPACES["compact"], Seeds(99), 0)
    (row,) = compute(ASKED, {"first": 5, "end": 6, "drawn": [drawn]}, arrays)
    assert (row[0], row[7]) == (5, drawn)


def test_what_diverged_has_no_figures(arrays):
    drawn = draw(SPACES["compact"], Seeds(3), 0) | {"learning_rate": 1e30, "batch_norm": False}
    (row,) = compute(ASKED, {"first": 0, "end": 1, "drawn": [drawn]}, arrays)
    assert row[1] == "diverged"
    assert row[2] is None


def test_a_member_has_the_seed_of_its_number_only():
    drawn = draw(SPACES["compact"], Seeds(3), 4)
    one, again = (member(ASKED, 4, drawn, epochs=n, patience=None) for n in (2, 9))
    assert one.seed == again.seed != member(ASKED, 5, drawn, epochs=2, patience=None).seed
    assert (one.training.epochs, again.training.epochs) == (2, 9)


def test_the_best_are_trained_anew_each_for_its_own_epochs(arrays):
    drawn = {trial: draw(SPACES["compact"], Seeds(3), trial) for trial in (7, 2)}
    rows = Rows(
        values=arrays["values"], codes=arrays["codes"], n_classes=2, train=np.arange(60), fan_in=50
    )
    fleet = retrained(ASKED, drawn, [4, 1], rows)
    assert [len(one.history.train_loss) for one in fleet.outcomes] == [4, 1]
    assert [one.ended for one in fleet.outcomes] == ["epochs", "epochs"]
    assert fleet.outcomes[0].state
