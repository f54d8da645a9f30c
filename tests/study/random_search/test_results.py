"""Importance finds the setting that does it, and nothing where nothing does."""

from __future__ import annotations

import numpy as np
import pytest

from bulkwise.errors import InputError
from bulkwise.randomness import Seeds
from bulkwise.study import Search
from bulkwise.study.random_search import SPACES, draw
from bulkwise.study.random_search.results import FLEET_COLUMNS, importance, table_of

N = 150
SETTINGS = SPACES["hanczar"].settings


def trials(score):
    drawn = [draw(SPACES["hanczar"], Seeds(0), trial) for trial in range(N)]
    rows = [[i, "epochs", 1.0, 0.5, score(one), 5, 5, one] for i, one in enumerate(drawn)]
    return table_of([rows[:100], rows[100:]], FLEET_COLUMNS, [*SETTINGS, "widths"])


def ranked_by(score):
    table = trials(score)
    return importance(table, SETTINGS, table["balanced_accuracy"], 0)


def test_the_setting_that_does_it_is_found():
    ranked, explained = ranked_by(
        lambda one: {"sgd": 0.9, "adam": 0.5, "rmsprop": 0.4}[one["optimizer"]]
    )
    assert ranked[0].setting == "optimizer"
    assert explained > 0.95
    assert ranked[0].share > 1
    assert all(abs(one.share) < 0.05 for one in ranked[1:])


def test_nothing_is_found_where_nothing_is():
    rng = np.random.default_rng(0)
    _, explained = ranked_by(lambda one: rng.uniform())
    assert explained < 0.1
    assert ranked_by(lambda one: 0.5)[0] == ()


def test_a_folder_without_a_search_is_refused(tmp_path):
    with pytest.raises(InputError, match="no finished search"):
        Search.load(tmp_path)
