"""What a fleet takes, how its losers are counted, and what a class weighs."""

from __future__ import annotations

import numpy as np
import pytest

from bulkwise.errors import InputError
from bulkwise.networks import MLP
from bulkwise.training import Training
from bulkwise.training.fleet.members import Halving, Member, class_weights


def member(training: Training | None = None, **more) -> Member:
    return Member(
        **({"network": MLP(widths=(3,)), "training": training or Training(), "seed": 0} | more)
    )


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (member(network=MLP(widths=())), "hidden layers"),
        (member(network=MLP(input_dropout=0.1)), "input_dropout=0.1"),
        (member(Training(optimizer="nadam")), "'nadam'"),
        (member(network=MLP(widths=(3, 4), residual=True)), "width"),
        (member(frozen=2), "from 0 to 1"),
        (member(frozen=-1), "from 0 to 1"),
        (member(network=MLP(widths=(3,), activation="gelu")), "'gelu'"),
    ],
)
def test_what_a_fleet_cant_train_is_refused(bad: Member, words: str):
    with pytest.raises(InputError, match=f"(?i){words}"):
        bad.check()


def test_networks_step_together_whatever_their_widths_and_rates():
    one = member().check()
    alike = member(Training(learning_rate=0.5, weight_decay=0.1, epochs=3), seed=8,
                   network=MLP(widths=(70,), dropout=0.5), class_weight=None)  # fmt: skip
    assert one.kind == alike.kind
    for other in (
        member(network=MLP(widths=(3, 3))),
        member(network=MLP(widths=(3,), batch_norm=False)),
        member(network=MLP(widths=(3,), activation="tanh")),
        member(Training(batch_size=7)),
        member(Training(optimizer="adam")),
        member(frozen=1),
    ):
        assert other.kind != one.kind


@pytest.mark.parametrize(
    ("n", "keep", "left"), [(1, 0.5, 1), (5, 0.5, 3), (9, 0.1, 1), (9, 0.0, 1), (4, 1, 4)]
)
def test_survivors_are_a_share_and_never_nobody(n: int, keep: float, left: int):
    assert Halving(keep=keep).survivors(n) == left


def test_a_class_weighs_what_was_asked_with_a_mean_of_one():
    codes = np.array([0, 0, 0, 1])
    by_hand = {
        None: [1, 1],
        "balanced": [2 / 3, 2],
        "map": [1 / 1.5, 3 / 1.5],  # weights 1 and 3; their mean over the samples is 1.5
    }
    for asked, expected in by_hand.items():
        own = member(class_weight={0: 1.0, 1: 3.0} if asked == "map" else asked)
        found = class_weights(own, codes, 2)
        np.testing.assert_allclose(found, expected)
        assert found[codes].mean() == pytest.approx(1)


def test_a_class_without_training_samples_gets_a_weight_too():
    found = class_weights(member(), np.array([0, 2, 2]), 3)
    np.testing.assert_allclose(found, [1.5, 1.0, 0.75])
