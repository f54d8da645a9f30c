"""The closed list of estimators: each starts, takes all its settings, and knows no other."""

from __future__ import annotations

import pytest
from sklearn.base import clone

from bulkwise import models, networks
from bulkwise.errors import InputError
from bulkwise.randomness import Seeds
from bulkwise.study.random_search import ESTIMATORS, Setting
from bulkwise.study.random_search.estimators import built, searchable, varied


@pytest.mark.parametrize("name", ESTIMATORS)
def test_every_estimator_takes_its_settings(name):
    assert name in {*models.TABLE, *networks.TABLE}
    rng = Seeds(0).numpy()
    drawn = {key: one.drawn(rng) for key, one in ESTIMATORS[name].settings.items()}
    model = clone(built(name, drawn, 5))
    found = model.get_params(deep=True)
    assert found["random_state"] == 5
    for key, value in drawn.items():
        assert found[key] == (tuple(value) if isinstance(value, list) else value)


def test_given_settings_take_the_place_of_its_own():
    mine = {"network__code": Setting("network__code", "choice", (8, 16))}
    found = varied("MultitaskClassifier", mine)
    assert found["network__code"].values == (8, 16)
    assert found["network__code"].title == "Units of the code"
    assert set(found) == set(ESTIMATORS["MultitaskClassifier"].settings)


def test_what_isnt_there_is_named():
    with pytest.raises(InputError, match="no estimator 'SVC' to search: expected one of Expr"):
        searchable("SVC")
    with pytest.raises(InputError, match=r"no setting 'network__wings'.*network__widths"):
        varied("DeepCME", {"network__wings": Setting("x", "choice", (1,))})
