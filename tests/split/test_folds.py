from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkwise.errors import InputError, SampleError
from bulkwise.split import grouped_folds, inner_folds


def patients_of(y, groups, label):
    return len(set(np.asarray(groups)[np.asarray(y) == label]))


@st.composite
def single_label_cohorts(draw):
    """Every patient has one label and one to four samples, in any order."""
    n_splits = draw(st.integers(2, 5))
    y, groups = [], []
    for label in range(draw(st.integers(1, 4))):
        for patient in range(draw(st.integers(n_splits, 12))):
            n_samples = draw(st.integers(1, 4))
            y += [f"class {label}"] * n_samples
            groups += [f"{label}-{patient}"] * n_samples
    order = draw(st.permutations(range(len(y))))
    return np.array(y)[list(order)], np.array(groups)[list(order)], n_splits


@st.composite
def any_cohorts(draw):
    """Patients with any mixture of labels."""
    n = draw(st.integers(4, 40))
    y = draw(st.lists(st.sampled_from("abc"), min_size=n, max_size=n))
    groups = draw(st.lists(st.integers(0, 12), min_size=n, max_size=n))
    return np.array(y), np.array(groups), draw(st.integers(2, 4))


@given(single_label_cohorts(), st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_single_label_patients_are_dealt_evenly(cohort, seed):
    y, groups, n_splits = cohort
    folds = grouped_folds(y, groups, n_splits=n_splits, random_state=seed)
    assert len(folds) == n_splits
    np.testing.assert_array_equal(
        np.sort(np.concatenate([fold.test for fold in folds])), np.arange(len(y))
    )
    for fold in folds:
        assert not set(groups[fold.train]) & set(groups[fold.test])
        assert len(fold.train) + len(fold.test) == len(y)
    for label in set(y):
        held = [patients_of(y[fold.test], groups[fold.test], label) for fold in folds]
        assert min(held) >= 1
        assert max(held) - min(held) <= 1


@given(any_cohorts(), st.integers(0, 100))
@settings(max_examples=120, deadline=None)
def test_whatever_is_not_refused_is_sound(cohort, seed):
    y, groups, n_splits = cohort
    few = min(patients_of(y, groups, label) for label in set(y)) < n_splits
    try:
        folds = grouped_folds(y, groups, n_splits=n_splits, n_repeats=2, random_state=seed)
    except SampleError as error:
        refused = "Too few patients" if few else "hold other small classes"
        if refused not in str(error):
            raise
        return
    assert not few
    assert [fold.repeat for fold in folds] == [0] * n_splits + [1] * n_splits
    for repeat in (folds[:n_splits], folds[n_splits:]):
        tested = np.concatenate([fold.test for fold in repeat])
        np.testing.assert_array_equal(np.sort(tested), np.arange(len(y)))
    for fold in folds:
        assert not set(groups[fold.train]) & set(groups[fold.test])
        assert set(y[fold.train]) == set(y)


@given(any_cohorts(), st.integers(0, 100))
@settings(max_examples=120, deadline=None)
def test_inner_folds_keep_every_class_with_one_patient_in_training(cohort, seed):
    y, groups, n_splits = cohort
    try:
        folds = inner_folds(y, groups, n_splits=n_splits, random_state=seed)
    except SampleError:
        alone = {
            g for label in set(y) if patients_of(y, groups, label) == 1 for g in groups[y == label]
        }
        assert len(set(groups) - alone) < 2
        return
    assert 2 <= len(folds) <= n_splits
    for fold in folds:
        assert len(fold.test)
        assert not set(groups[fold.train]) & set(groups[fold.test])
        for label in set(y):
            if patients_of(y, groups, label) == 1:
                assert label not in y[fold.test]


def test_the_seed_decides_and_nothing_else():
    rng = np.random.default_rng(0)
    y, groups = rng.integers(0, 3, 90), rng.integers(0, 40, 90)
    one, again = (grouped_folds(y, groups, n_repeats=2, random_state=7) for _ in range(2))
    for left, right in zip(one, again, strict=True):
        np.testing.assert_array_equal(left.test, right.test)
    other = grouped_folds(y, groups, n_repeats=2, random_state=8)
    assert any(not np.array_equal(a.test, b.test) for a, b in zip(one, other, strict=True))
    assert not np.array_equal(one[0].test, one[5].test)
    assert one[5].name == "repeat 2, fold 1"


def test_the_order_of_the_samples_does_not_matter():
    rng = np.random.default_rng(1)
    y, groups = rng.choice(["a", "b"], 60), rng.integers(0, 30, 60).astype(str)
    order = rng.permutation(60)
    folds = grouped_folds(y, groups, random_state=3)
    moved = grouped_folds(y[order], groups[order], random_state=3)
    for fold, other in zip(folds, moved, strict=True):
        assert set(fold.test) == set(order[other.test])


def test_pairs_of_tumour_and_normal_stay_whole():
    y = np.tile(["tumour", "normal"], 20)
    groups = np.repeat(np.arange(20), 2)
    for fold in grouped_folds(y, groups, n_splits=5):
        assert len(fold.test) == 8
        assert np.count_nonzero(y[fold.test] == "tumour") == 4


def test_small_class_of_mixed_patients_reaches_every_fold():
    # 40 patients with a tumour, five of them with the only normals
    y = ["tumour"] * 40 + ["normal"] * 5
    groups = [*range(40), *range(5)]
    for seed in range(10):
        for fold in grouped_folds(y, groups, n_splits=5, random_state=seed):
            assert [y[i] for i in fold.test].count("normal") == 1


def test_continuous_and_missing_targets_are_not_stratified():
    values = np.linspace(0, 1, 20)
    for y in (values, np.column_stack([values, values]), None):
        folds = grouped_folds(y, np.repeat(np.arange(10), 2), n_splits=5)
        assert [len(fold.test) for fold in folds] == [4] * 5


def test_without_groups_each_sample_stands_for_itself():
    folds = grouped_folds(list("aaaaabbbbb"), n_splits=5)
    assert [len(fold.test) for fold in folds] == [2] * 5


@pytest.mark.parametrize(
    ("y", "groups", "n_splits", "words"),
    [
        (
            ["a"] * 9 + ["rare"] * 4,
            list("pppqqqrrrstuu"),
            5,
            ["'rare' has 3", "'s', 't', 'u'", "at most 3 folds (--folds 3)", "patients"],
        ),
        (["a"] * 9 + ["rare"], None, 2, ["'rare' has 1", "leave out"]),
        (None, ["p", "p", "q"], 3, ["there are 2", "--folds 2"]),
        (None, ["p", "p"], 2, ["there are 1 ('p'); more patients are needed."]),
        (["a", None, "b", "b"], None, 2, ["label is missing for 1 of 4", "'1'"]),
        ([0.5, np.nan, 1.0, 2.0], None, 2, ["label is missing for 1 of 4"]),
        (
            ["a", "b", "a", "b"],
            ["p", "q", None, "r"],
            2,
            ["group (patient) is missing for 1 of 4", "'2'"],
        ),
        (["a", "b", "a", "b"], ["p", "q"], 2, ["(2,)", "4 samples"]),
        (None, None, 2, ["Labels or groups"]),
    ],
)
def test_refusals_name_what_stands_in_the_way(y, groups, n_splits, words):
    with pytest.raises(InputError) as caught:
        grouped_folds(y, groups, n_splits=n_splits)
    for word in words:
        assert word in str(caught.value)


def test_classes_that_cannot_be_parted_are_named():
    # each class has two patients and each patient two classes: two folds can't serve all three
    y = ["a", "c", "a", "b", "b", "c"]
    groups = ["p", "p", "q", "q", "r", "r"]
    with pytest.raises(SampleError, match=r"can't stand on both sides.*hold other small classes"):
        grouped_folds(y, groups, n_splits=2)


@pytest.mark.parametrize("setting", [{"n_splits": 1}, {"n_splits": 2.0}, {"n_repeats": 0}])
def test_settings_are_whole_numbers(setting):
    with pytest.raises(ValueError, match="must be an int in the range"):
        grouped_folds(list("aabb"), **setting)


def test_inner_folds_are_fewer_where_a_class_is_small():
    y = ["a"] * 10 + ["b"] * 3 + ["alone"]
    folds = inner_folds(y, n_splits=5)
    assert len(folds) == 3
    assert all(13 in fold.train for fold in folds)


def test_inner_folds_refuse_what_cannot_be_folded():
    with pytest.raises(SampleError, match="training part of 3 samples"):
        inner_folds(["a", "b", "c"])


def test_nested_folds_never_meet_the_outer_test_part():
    rng = np.random.default_rng(0)
    y, groups = rng.integers(0, 3, 120), rng.integers(0, 60, 120)
    for outer in grouped_folds(y, groups, n_splits=3):
        for inner in inner_folds(y[outer.train], groups[outer.train], n_splits=3):
            tuned_on = set(groups[outer.train[inner.train]]) | set(groups[outer.train[inner.test]])
            assert not tuned_on & set(groups[outer.test])


@pytest.mark.real
def test_every_tissue_is_in_every_fold_of_rnaseqdb(rnaseqdb):
    tissue, patient = rnaseqdb["tissue"], rnaseqdb["patient"]
    assert len(tissue) == 1078
    assert np.count_nonzero(tissue == "cervix") == 13
    assert np.count_nonzero(tissue == "esophagus") == 11
    for fold in grouped_folds(tissue, patient, n_splits=5, n_repeats=10):
        assert not set(patient[fold.train]) & set(patient[fold.test])
        assert abs(len(fold.test) - 1078 / 5) <= 10
        names, counts = np.unique(tissue[fold.test], return_counts=True)
        assert len(names) == 13
        assert 2 <= counts[names == "cervix"] <= 3
        assert 2 <= counts[names == "esophagus"] <= 3
