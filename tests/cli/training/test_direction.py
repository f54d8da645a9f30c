"""The task direction: several cohorts, and the conditions as they were named."""

from __future__ import annotations

import pytest

from bulkwise import models, training
from bulkwise.cli.training.direction import TASK
from bulkwise.errors import InputError
from bulkwise.training.gene_rows import DIRECTION


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


def test_the_papers_network_gets_labelled_cohorts(ask, pairs_cohort, monkeypatch):
    class Network(Model):
        """The estimator behind a name."""

        @classmethod
        def preset(cls, name, *, random_state):
            assert name == "degnext"
            return cls(random_state=random_state)

    def by_hand(cohort, *, validated, column, contrast):
        made = cohort.copy()
        assert (validated, column, contrast) == ((), "condition", ("tumour", "normal"))
        made.var[DIRECTION] = "up"
        return made

    monkeypatch.setattr(models, "GeneDirectionClassifier", Network, raising=False)
    monkeypatch.setattr(training, "label_directions", by_hand, raising=False)
    named = {"column": "condition", "contrast": ("tumour", "normal"), "method": "degnext"}
    trained = TASK.train(ask(pairs_cohort, **named))
    (labelled,), column, contrast = trained.model.learned
    assert (trained.model.random_state, column, contrast) == (7, "condition", ("tumour", "normal"))
    assert (labelled.var[DIRECTION] == "up").all()
    assert DIRECTION not in pairs_cohort.var
    again = TASK.train(ask(labelled, **named))
    assert again.model.learned[0][0] is labelled


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"method": "magic"}, "no method 'magic' .* expected order-free or degnext"),
        ({"validated": "genes.txt"}, "--validated goes with --method degnext"),
    ],
)
def test_options_that_do_not_go_together(ask, pairs_cohort, options, said):
    asked = {"column": "condition", "contrast": ("tumour", "normal")}
    with pytest.raises(InputError, match=said):
        TASK.train(ask(pairs_cohort, **asked, **options))
