"""Claims are found where they were planted, and undecided where nothing is."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from bulkwise.evaluation.base import Estimate
from bulkwise.randomness import Seeds
from bulkwise.reproduce.hanczar.claims import (
    claims_of_curve,
    claims_of_search,
    claims_of_transfer,
)
from bulkwise.study.learning_curve.results import Point
from bulkwise.study.random_search import SPACES, draw
from bulkwise.study.random_search.results import importance
from bulkwise.study.transfer_matrix.results import Claim as Answer

N = 250
SETTINGS = SPACES["hanczar"].settings


def answers(score) -> dict[str, str]:
    """Claim -> answer where the networks' scores come from their settings."""
    drawn = [draw(SPACES["hanczar"], Seeds(0), trial) for trial in range(N)]
    table = pd.DataFrame(drawn).drop(columns="widths")
    scores = pd.Series([score(one) for one in drawn])
    ranked, _ = importance(table, SETTINGS, scores, 0)
    found = SimpleNamespace(
        trials=table, scores=lambda: scores, asked={"chance": 0.5}, importance=ranked
    )
    return {one.text: one.answer for one in claims_of_search("task", found)}


def test_what_was_planted_is_found():
    rng = np.random.default_rng(0)

    def score(one):
        fails = one["optimizer"] != "sgd" and one["learning_rate"] > 1e-3
        deep = 0.1 * (one["depth"] > 5)
        noise = 0.01 * rng.uniform()
        return 0.5 + noise if fails else 0.95 - deep - 0.0005 * one["batch_size"] + noise

    found = answers(score)
    assert found["SGD is more stable than Adam and RMSprop"] == "holds"
    assert found["Small batches are better"] == "holds"
    assert found["Beyond five hidden layers accuracy falls"] == "holds"
    assert found["Dropout, L1 and L2 don't help"] == "undecided"


def test_the_opposite_is_found_too():
    rng = np.random.default_rng(0)

    def score(one):
        fails = one["optimizer"] == "sgd" and rng.uniform() < 0.6
        good = 0.7 + 0.01 * one["depth"] + 0.0003 * one["batch_size"] + 0.1 * one["dropout"]
        return 0.5 if fails else good

    found = answers(score)
    assert found["SGD is more stable than Adam and RMSprop"] == "doesn't hold"
    assert found["Beyond five hidden layers accuracy falls"] == "doesn't hold"
    assert found["Dropout, L1 and L2 don't help"] == "doesn't hold"


def test_the_learning_rate_is_told_from_the_architecture():
    text = "The learning rate matters, depth and width hardly do"
    assert answers(lambda one: 0.9 - 0.05 * abs(np.log10(one["learning_rate"]) + 3))[text] == (
        "holds"
    )
    assert answers(lambda one: 0.9 - 0.02 * one["depth"])[text] == "doesn't hold"


def point(size, method, gap, p_value) -> Point:
    own = Estimate(0.9, 0.88, 0.92)
    reach = Estimate(gap, gap - 0.01, gap + 0.01)
    return Point(size, method, own, 0.9, reach, p_value, 5)


@pytest.mark.parametrize(
    ("gap", "p_value", "below", "from_there"),
    [
        (0.05, 0.001, "holds", "doesn't hold"),
        (0.0, 0.8, "undecided", "holds"),
        (-0.05, 0.001, "doesn't hold", "holds"),
        (0.015, 0.3, "undecided", "undecided"),
    ],
)
def test_sizes_below_and_above_are_answered_apart(gap, p_value, below, from_there):
    points = [point(size, "linear-svm", gap, p_value) for size in (50, 400)]
    points += [replace(point(size, "network", 0.0, np.nan)) for size in (50, 400)]
    curve = SimpleNamespace(points=tuple(points))
    first, second = claims_of_curve("task", curve)
    assert (first.answer, second.answer) == (below, from_there)
    assert "50: " in first.evidence


def test_a_curve_that_ends_early_says_nothing_about_larger_ones():
    curve = SimpleNamespace(points=(point(50, "lasso", 0.01, 0.5),))
    assert claims_of_curve("task", curve)[1].evidence == "no such size"


def answered(question: str, *answers: str, high: float = 0.1) -> str:
    """What the paper's claim comes to when a transfer study answers so at its sizes."""
    own = tuple(
        Answer(question, answer, Estimate(0.0, -0.1, high), 0.2, 0.4, size, 9)
        for size, answer in zip((10, 20), answers, strict=True)
    )
    (claim,) = claims_of_transfer("task", SimpleNamespace(claims=own))
    assert "10: +0.000 [-0.100" in claim.evidence
    return claim.answer


def test_answers_of_a_transfer_become_answers_to_the_paper():
    gain = "Does it help to start from networks trained on the source's classes (all others)?"
    assert answered(gain, "yes", "not shown") == "holds"
    assert answered(gain, "no", "no") == "doesn't hold"
    assert answered(gain, "yes", "no") == "undecided"
    assert answered(gain, "not shown", "not shown", high=0.01) == "undecided"
    denoising = "Does it help to start from a denoising autoencoder of the source (all others)?"
    assert answered(denoising, "yes", "yes") == "doesn't hold"
    assert answered(denoising, "not shown", "not shown") == "undecided"
    assert answered(denoising, "not shown", "not shown", high=0.01) == "holds"
    assert answered("Is it better to freeze 0 layers than 2?", "yes", "yes") == "holds"
    weak = "Is the network from scratch better than logistic?"
    assert answered(weak, "not shown", "not shown", high=0.01) == "undecided"
    assert answered(weak, "no", "not shown") == "holds"
