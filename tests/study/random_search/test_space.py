"""Draws lie in their space, and a trial is the same whatever else is drawn."""

from __future__ import annotations

import pytest

from bulkwise.errors import InputError
from bulkwise.randomness import Seeds
from bulkwise.study.random_search import SPACES, Setting, draw
from bulkwise.study.random_search.space import network_and_training, space_named


@pytest.mark.parametrize("name", SPACES)
def test_every_draw_lies_in_its_space_and_can_be_trained(name):
    space = SPACES[name]
    seen = {key: set() for key in space.settings}
    for trial in range(200):
        drawn = draw(space, Seeds(3), trial)
        network, training = network_and_training(drawn, epochs=5, patience=space.patience)
        training.check()
        assert network.residual == (drawn["depth"] > 10)
        assert len(network.widths) == drawn["depth"]
        low, high = space.settings["width"].values
        assert all(low <= width <= high for width in network.widths)
        for key, setting in space.settings.items():
            seen[key].add(drawn[key])
            if setting.draw_from != "choice":
                assert setting.values[0] <= drawn[key] <= setting.values[1]
    for key, setting in space.settings.items():
        if setting.draw_from == "choice":
            assert seen[key] == set(setting.values)


def test_a_trial_depends_on_its_seed_and_number_only():
    space = SPACES["compact"]
    assert draw(space, Seeds(0), 7) == draw(space, Seeds(0), 7)
    assert draw(space, Seeds(0), 7) != draw(space, Seeds(0), 8)
    assert draw(space, Seeds(0), 7) != draw(space, Seeds(1), 7)


def test_a_setting_drawn_by_its_logarithm_is_as_often_in_each_decade():
    rng = Seeds(0).numpy()
    setting = Setting("x", "log", (1e-4, 1.0))
    small = sum(setting.drawn(rng) < 1e-2 for _ in range(2000))
    assert 900 < small < 1100


def test_an_unknown_space_is_refused():
    with pytest.raises(InputError, match="no space 'big': expected one of compact, hanczar"):
        space_named("big")
