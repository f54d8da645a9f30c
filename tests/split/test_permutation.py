from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkwise.errors import SampleError
from bulkwise.split import permute_labels


def units(y, groups, within):
    """Label set of each (source, patient)."""
    found: dict[tuple[object, object], list[object]] = {}
    for label, group, source in zip(y, groups, within, strict=True):
        found.setdefault((source, group), []).append(label)
    return found


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(0, 12), st.sampled_from("xy")),
        min_size=2,
        max_size=60,
    ),
    st.integers(0, 1000),
)
@settings(max_examples=150, deadline=None)
def test_labels_stay_in_their_source_and_patients_stay_what_they_are(samples, seed):
    y, groups, within = (np.array(column) for column in zip(*samples, strict=True))
    before = units(y, groups, within)
    try:
        after = units(permute_labels(y, groups, within, random_state=seed), groups, within)
    except SampleError:
        assert all(len(set(labels)) == 1 for labels in before.values())
        for source in set(within):
            assert len(set(y[within == source])) == 1
        return
    for source in set(within):
        # patients of one label: as many of each label as before; others: the same label sets
        ones, others = Counter(), Counter()
        for sign, table in ((1, before), (-1, after)):
            for (where, _), labels in table.items():
                if where == source and len(set(labels)) == 1:
                    ones[labels[0]] += sign
                elif where == source:
                    others[tuple(sorted(labels))] += sign
        assert not any(ones.values())
        assert not any(others.values())
    for key, labels in before.items():
        assert (len(set(labels)) == 1) == (len(set(after[key])) == 1)


def test_one_sample_a_patient_keeps_the_counts_of_each_source():
    rng = np.random.default_rng(0)
    within = np.repeat(["x", "y"], [70, 30])
    y = np.where(rng.random(100) < np.where(within == "x", 0.8, 0.2), "t", "n")
    new = permute_labels(y, None, within, random_state=1)
    for source in "xy":
        assert Counter(new[within == source]) == Counter(y[within == source])
    assert np.any(new != y)


def test_pairs_are_swapped_at_even_odds_and_never_broken():
    y, groups = np.tile(["t", "n"], 400), np.repeat(np.arange(400), 2)
    new = permute_labels(y, groups, random_state=0)
    swapped = np.mean(new[::2] == "n")
    assert 0.42 < swapped < 0.58
    assert np.all(new[::2] != new[1::2])


def test_sets_of_labels_travel_between_donors_of_several_tissues():
    y = np.array(["lung", "skin"] * 10 + ["colon", "liver"] * 10)
    groups = np.repeat(np.arange(20), 2)
    new = permute_labels(y, groups, random_state=0)
    sets = [frozenset(new[groups == g]) for g in range(20)]
    assert Counter(sets) == {frozenset({"lung", "skin"}): 10, frozenset({"colon", "liver"}): 10}
    assert frozenset({"colon", "liver"}) in sets[:10]


def test_patients_of_one_label_stay_whole_whatever_their_size():
    groups = np.repeat(np.arange(30), np.tile([1, 2, 5], 10))
    y = np.where(groups < 15, "a", "b")
    new = permute_labels(y, groups, random_state=3)
    by_patient = [set(new[groups == g]) for g in range(30)]
    assert all(len(labels) == 1 for labels in by_patient)
    assert sum(labels == {"a"} for labels in by_patient) == 15


def test_permuted_labels_say_nothing_about_the_old_ones():
    y = np.repeat([0, 1], 500)
    agreement = [np.mean(permute_labels(y, random_state=seed) == y) for seed in range(50)]
    assert abs(np.mean(agreement) - 0.5) < 0.02


def test_type_and_input_are_kept():
    y = np.array([0.5, 1.5, 2.5, 3.5])
    old = y.copy()
    new = permute_labels(y, random_state=0)
    np.testing.assert_array_equal(y, old)
    assert new.dtype == y.dtype
    assert sorted(new) == sorted(y)
    assert permute_labels(["a", "b", "a"], random_state=0).dtype.kind == "U"


def test_the_seed_decides():
    y = np.repeat([0, 1], 40)
    first, again, other = (permute_labels(y, random_state=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_labels_that_follow_the_source_are_refused():
    with pytest.raises(SampleError, match=r"2 sources \('gtex', 'tcga'\) have the same label"):
        permute_labels(["n", "n", "t", "t"], None, ["gtex", "gtex", "tcga", "tcga"], random_state=0)
    with pytest.raises(SampleError, match="label is missing for 1 of 2"):
        permute_labels(["a", None], random_state=0)


@pytest.mark.real
def test_rnaseqdb_keeps_its_counts_by_source(rnaseqdb):
    tissue, source, patient = (rnaseqdb[name] for name in ("tissue", "source", "patient"))
    new = permute_labels(tissue, patient, source, random_state=0)
    for name in ("gtex", "tcga"):
        rows = source == name
        before, after = Counter(tissue[rows]), Counter(new[rows])
        assert set(before) == set(after)
        assert sum(abs(before[t] - after[t]) for t in before) <= 0.05 * rows.sum()
    assert np.mean(new == tissue) < 0.2
