from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkwise.errors import SampleError
from bulkwise.split import inner_holdout


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 15)), min_size=2, max_size=60),
    st.floats(0.05, 0.6),
    st.integers(0, 1000),
)
@settings(max_examples=150, deadline=None)
def test_every_class_keeps_a_patient_to_train_on(samples, share, seed):
    y, groups = (np.array(column) for column in zip(*samples, strict=True))
    try:
        train, held = inner_holdout(y, groups, share=share, random_state=seed)
    except SampleError:
        only = {
            g for label in set(y) if len(set(groups[y == label])) == 1 for g in groups[y == label]
        }
        assert only == set(groups)
        return
    assert len(held)
    np.testing.assert_array_equal(np.sort(np.concatenate([train, held])), np.arange(len(y)))
    assert not set(groups[train]) & set(groups[held])
    assert set(y[train]) == set(y)


def test_the_share_holds_in_every_class():
    y = np.repeat(["a", "b", "c"], [100, 20, 5])
    train, held = inner_holdout(y, share=0.2, random_state=0)
    assert {label: int(np.count_nonzero(y[held] == label)) for label in "abc"} == {
        "a": 20,
        "b": 4,
        "c": 1,
    }
    assert len(train) == 100


def test_pairs_are_held_out_whole_and_not_twice_as_many():
    y, groups = np.tile(["t", "n"], 50), np.repeat(np.arange(50), 2)
    _, held = inner_holdout(y, groups, share=0.2, random_state=1)
    assert len(held) == 20
    assert len(set(groups[held])) == 10


def test_one_is_held_out_even_where_the_share_rounds_to_none():
    _, held = inner_holdout(list("aabb"), share=0.1, random_state=0)
    assert len(held) == 1


def test_regression_targets_are_held_out_by_patient():
    groups = np.repeat(np.arange(10), 3)
    _, held = inner_holdout(np.linspace(0, 1, 30), groups, share=0.2, random_state=0)
    assert len(held) == 6


def test_the_seed_decides():
    y = np.repeat([0, 1], 30)
    first, again, other = (inner_holdout(y, random_state=seed)[1] for seed in (4, 4, 5))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_nothing_to_hold_out_is_said():
    with pytest.raises(SampleError, match="Can't hold out a part of 2 samples"):
        inner_holdout(["a", "b"], random_state=0)


@pytest.mark.parametrize("share", [0, 1, -0.5, float("nan")])
def test_the_share_is_a_share(share):
    with pytest.raises(ValueError, match=r"range \(0, 1\)"):
        inner_holdout(list("aabb"), share=share, random_state=0)


@pytest.mark.real
def test_every_tissue_is_held_out_of_rnaseqdb(rnaseqdb):
    tissue, patient = rnaseqdb["tissue"], rnaseqdb["patient"]
    train, held = inner_holdout(tissue, patient, share=0.2, random_state=0)
    assert set(tissue[held]) == set(tissue[train]) == set(tissue)
    assert 0.18 < len(held) / len(tissue) < 0.22
