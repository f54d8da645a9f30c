"""How samples are divided, and how that is called."""

from __future__ import annotations

import numpy as np
import pytest

from bulkwise.checks.base import Finding
from bulkwise.errors import InputError, LeakageError
from bulkwise.evaluation.folds import condensed, plan_folds
from bulkwise.randomness import Seeds

LABELS = np.resize(["a", "b"], 80)
GROUPS = np.repeat(np.arange(40), 2).astype(str)


def plan(labels=LABELS, groups=GROUPS, **options):
    defaults = {"n_splits": 5, "n_repeats": None, "holdout": None, "split": None}
    return plan_folds(labels, groups, **(defaults | options), seeds=Seeds(0))


def test_small_cohorts_are_repeated_ten_times():
    folds, scheme = plan()
    assert len(folds) == 50
    assert scheme == "10 x 5 folds, patients apart"
    assert len(plan(n_repeats=2)[0]) == 10
    large, scheme = plan(np.resize(["a", "b"], 200), np.arange(200).astype(str))
    assert (len(large), scheme) == (5, "5 folds, patients apart")


def test_each_source_is_left_out_in_turn():
    sources = np.repeat(["x", "y"], 40)
    folds, scheme = plan(holdout=("site", sources))
    assert [fold.name for fold in folds] == ["x", "y"]
    assert set(sources[folds[0].test]) == {"x"}
    assert scheme == "each of 2 values of 'site' left out in turn"


def test_a_split_of_ones_own_and_its_repeats():
    first, second = np.arange(40), np.arange(40, 80)
    folds, scheme = plan(split=[(first, second), (first, second), (second, first)])
    assert [fold.repeat for fold in folds] == [0, 0, 1]
    assert [fold.name for fold in folds] == ["fold 1", "fold 3", "fold 2"]
    assert scheme == "a split of the user's own (3 parts)"


def test_a_patient_on_both_sides_is_refused_by_name():
    with pytest.raises(LeakageError, match="'20'"):
        plan(split=[(np.arange(41), np.arange(41, 80))])


def test_two_ways_to_split_are_one_too_many():
    with pytest.raises(InputError, match="either split or holdout_by"):
        plan(split=[(np.arange(40), np.arange(40, 80))], holdout=("tissue", LABELS))


def test_what_holds_for_several_folds_is_said_once():
    found = condensed(
        [
            Finding("one-class", "warning", "Fold 'x' has one class.", ("a",)),
            Finding("idle", "note", "Fold 'x' leaves some out.", ("P1",)),
            Finding("one-class", "warning", "Fold 'y' has one class.", ("a", "b")),
        ]
    )
    assert [one.code for one in found] == ["one-class", "idle"]
    assert found[0].message.endswith("one other fold.")
    assert found[0].items == ("a", "b")
    assert found[1].message == "Fold 'x' leaves some out."
