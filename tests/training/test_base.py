"""Settings of the training, and the history."""

from __future__ import annotations

import json

import pytest
from sklearn.base import clone

from bulkwise.errors import InputError
from bulkwise.training import History, Training


def test_settings_are_parameters():
    training = Training(epochs=3, patience=None)
    assert clone(training) == training
    assert training.check() is training
    assert training.set_params(optimizer="adam").optimizer == "adam"


def test_each_optimiser_has_its_own_rate():
    assert Training().rate == 0.01
    assert Training(optimizer="adam").rate == 1e-3
    assert Training(optimizer="adam", learning_rate=0.5).rate == 0.5


def test_what_keeps_the_first_layer_in_the_row_space():
    assert Training(weight_decay=0.1, momentum=0.5).keeps_row_space
    assert not Training(optimizer="rmsprop").keeps_row_space
    assert not Training(l1=1e-6).keeps_row_space


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("optimizer", "lion"),
        ("learning_rate", 0.0),
        ("learning_rate", float("nan")),
        ("learning_rate", "fast"),
        ("momentum", 1.0),
        ("momentum", -0.1),
        ("weight_decay", -1e-9),
        ("l1", -1.0),
        ("batch_size", 0),
        ("batch_size", 8.0),
        ("epochs", 0),
        ("epochs", True),
        ("patience", 0),
        ("validation_share", 0.0),
        ("validation_share", 1.0),
    ],
)
def test_settings_out_of_range_are_named(name, value):
    with pytest.raises(InputError, match=rf"The '{name}' parameter of Training .* Got .* instead"):
        Training(**{name: value}).check()


def test_a_history_survives_json():
    history = History(train_loss=[1.5, 0.1], validation_loss=[2.0, 0.3], best_epoch=2, n_held=7)
    assert History.from_dict(json.loads(json.dumps(history.to_dict()))) == history
