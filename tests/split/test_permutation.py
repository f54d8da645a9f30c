from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkwise.errors import SampleError
from bulkwise.split import permute_labels


def labels_of_units(y, groups, within):
    """By source, the label of each unit: a patient of one label, or a sample of another one."""
    found: dict[object, Counter] = {}
    for source in set(within):
        found[source] = Counter()
        for patient in set(groups[within == source]):
            labels = y[(within == source) & (groups == patient)]
            found[source].update(set(labels) if len(set(labels)) == 1 else labels)
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
def test_labels_stay_in_their_source_and_keep_their_counts(samples, seed):
    y, groups, within = (np.array(column) for column in zip(*samples, strict=True))
    # patients of several labels become samples of their own, so that units are known
    patients = [(s, g) for s, g in zip(within, groups, strict=True)]
    one = {p: len({y[i] for i, q in enumerate(patients) if q == p}) == 1 for p in patients}
    own = np.array(
        [g if one[p] else 100 + i for i, (g, p) in enumerate(zip(groups, patients, strict=True))]
    )
    try:
        new = permute_labels(y, own, within, random_state=seed)
    except SampleError:
        assert all(len(set(y[within == source])) == 1 for source in set(within))
        return
    assert labels_of_units(new, own, within) == labels_of_units(y, own, within)


def test_pairs_among_single_samples_leave_no_information():
    # 50 pairs and 400 tumours alone: swapping inside pairs only would keep 90 % of the labels
    y = np.array(["n", "t"] * 50 + ["t"] * 400)
    groups = np.concatenate([np.repeat(np.arange(50), 2), np.arange(50, 450)])
    recalls = []
    for seed in range(40):
        new = permute_labels(y, groups, random_state=seed)
        assert Counter(new) == Counter(y)
        recalls.append([np.mean(y[new == label] == label) for label in "nt"])
    assert abs(np.mean(recalls) - 0.5) < 0.02


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
