"""The task classify: one target or several, from nothing or from a saved network."""

from __future__ import annotations

import pytest

from bulkwise.cli.training.classify import TASK
from bulkwise.errors import InputError
from bulkwise.models import ExpressionClassifier, MultitaskClassifier


@pytest.fixture
def small(monkeypatch, pairs_cohort):
    """The cohort, with the fit left out: what is asked for is looked at, not learned."""
    from bulkwise import recipes

    asked = {}

    def remember(model, cohort, *, target, groups):
        asked.update(target=target, groups=groups)

    monkeypatch.setattr(recipes, "fit", remember)
    return pairs_cohort, asked


def test_one_target_is_a_classifiers_and_two_are_a_multitask_networks(ask, small):
    cohort, asked = small
    one = TASK.train(ask(cohort, target=["condition"], groups="patient"))
    assert isinstance(one.model[-1], ExpressionClassifier)
    assert one.model[-1].random_state == 7
    assert asked == {"target": "condition", "groups": "patient"}
    assert one.target == ("condition",)
    two = TASK.train(ask(cohort, target=["condition", "tissue"]))
    assert isinstance(two.model[-1], MultitaskClassifier)
    assert asked == {"target": ["condition", "tissue"], "groups": None}
    assert two.target == ("condition", "tissue")
    assert two.cohort is cohort


def test_the_network_is_the_one_named(ask, small):
    cohort, _ = small
    named = TASK.train(ask(cohort, target=["condition"], network="deepcme"))
    assert type(named.model[-1].network).__name__ == "DeepCME"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"target": ["condition"], "freeze": 1}, "--freeze goes with --pretrained"),
        ({"target": ["condition", "tissue"], "pretrained": "m.zip"}, "with one --target"),
        ({"target": ["condition"], "pretrained": "m.zip", "network": "mlp"}, "leave --network out"),
        ({"target": ["condition", "tissue"], "network": "mlp"}, "multitask_autoencoder"),
    ],
)
def test_options_that_do_not_go_together(ask, small, options, said):
    with pytest.raises(InputError, match=said):
        TASK.train(ask(small[0], **options))
