"""The task direction: several cohorts, and the conditions as they were named."""

from __future__ import annotations

from bulkwise import models
from bulkwise.cli.training.direction import TASK


class Model:
    """Remembers what it was asked to learn."""

    def __init__(self, *, random_state):
        self.random_state = random_state

    def fit(self, cohorts, *, column, contrast):
        self.learned = (cohorts, column, contrast)
        return self


def test_all_cohorts_reach_the_model(ask, pairs_cohort, monkeypatch):
    monkeypatch.setattr(models, "DirectionModel", Model, raising=False)
    first, second = pairs_cohort[:40].copy(), pairs_cohort[40:].copy()
    asked = ask(first, second, column="condition", contrast=("tumour", "normal"))
    trained = TASK.train(asked)
    assert trained.model.random_state == 7
    assert trained.model.learned == ([first, second], "condition", ("tumour", "normal"))
    assert trained.cohort == [first, second]
    assert TASK.several
