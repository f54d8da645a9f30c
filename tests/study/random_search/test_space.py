"""Draws lie in their space, and a trial is the same whatever else is drawn."""

from __future__ import annotations

import pytest

from bulkwise.errors import InputError
from bulkwise.randomness import Seeds
from bulkwise.study.random_search import SPACES, Setting, draw
from bulkwise.study.random_search.space import network_and_training, setting_of, space_named


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


@pytest.mark.parametrize(
    ("text", "kind", "values"),
    [
        ("a=16,32,64", "choice", (16, 32, 64)),
        ("a = relu, elu", "choice", ("relu", "elu")),
        ("a=true,null", "choice", (True, None)),
        ("a=[64],[128,64]", "choice", ([64], [128, 64])),
        ("a=0.1..0.5", "uniform", (0.1, 0.5)),
        ("a=1e-3..3e-1:log", "log", (1e-3, 0.3)),
        ("a=2..9", "whole", (2, 9)),
        ("a=8..64:log", "whole log", (8, 64)),
        ("a=7", "choice", (7,)),
    ],
)
def test_settings_are_read_from_words(text, kind, values):
    name, setting = setting_of(text)
    assert (name, setting.draw_from, setting.values) == ("a", kind, values)
    rng = Seeds(0).numpy()
    for _ in range(50):
        drawn = setting.drawn(rng)
        assert drawn in values if kind == "choice" else values[0] <= drawn <= values[1]
        assert "whole" not in kind or isinstance(drawn, int)


@pytest.mark.parametrize(
    "text", ["a", "=3", "a=", "a=5..2", "a=0..1:log", "a=1..x", "a=1..2:square", "a=true..2"]
)
def test_words_that_are_no_setting_are_refused(text):
    with pytest.raises(InputError, match="Can't read the setting"):
        setting_of(text)
