from __future__ import annotations

import numpy as np
import pytest
from sklearn.model_selection import GroupKFold, KFold

from bulkwise.errors import LeakageError, SampleError
from bulkwise.split import Fold, check_folds, fold_findings, grouped_folds, leave_one_source_out


def test_sound_splits_come_back_as_named_folds():
    groups = np.repeat(np.arange(6), 2)
    folds = check_folds(GroupKFold(3).split(groups, groups=groups), groups)
    assert [fold.name for fold in folds] == ["fold 1", "fold 2", "fold 3"]
    assert all(np.all(np.diff(fold.train) > 0) for fold in folds)
    own = grouped_folds(None, groups, n_splits=3, n_repeats=2)
    assert [f.name for f in check_folds(own, groups)] == [f.name for f in own]
    assert check_folds(own, groups)[4].repeat == 1


def test_a_patient_on_both_sides_is_named():
    patients = ["TCGA-21-1076", "p", "TCGA-21-1076", "q"]
    with pytest.raises(LeakageError, match=r"fold 2, patients .*1: 'TCGA-21-1076'"):
        check_folds([([1, 3], [0, 2]), ([0, 1], [2, 3])], patients)
    with pytest.raises(LeakageError, match="6: "):
        check_folds(KFold(2).split(np.arange(12)), np.tile(np.arange(6), 2))


def test_a_sample_on_both_sides_is_named():
    with pytest.raises(LeakageError, match=r"samples stand both .*1, at positions '3'"):
        check_folds([([0, 3], [1, 3])], n_samples=4)


@pytest.mark.parametrize(
    ("folds", "words"),
    [
        ([], "no folds"),
        ([([0, 1], [])], "test part of fold 1 must be a list of at least one"),
        ([([0.5], [1])], "integer index"),
        ([([True, False], [False, True])], "integer index"),
        ([([0], [4])], r"out of range \('4'\); expected 0 to 4 - 1"),
        ([([-1], [1])], "out of range"),
        ([([0, 0], [1])], r"more than once \('0'\)"),
    ],
)
def test_broken_splits_are_refused(folds, words):
    with pytest.raises(SampleError, match=words):
        check_folds(folds, ["a", "b", "c", "d"])


def test_classes_that_one_side_lacks_are_told():
    y = np.array(["a", "b", "a", "b", "c", "a"])
    fold = Fold(np.array([0, 1, 2]), np.array([3, 4]), 0, "x")
    told = {finding.code: finding for finding in fold_findings([fold], y)}
    assert set(told) == {"class-not-in-training", "class-not-in-test", "samples-on-neither-side"}
    assert told["class-not-in-training"].level == "warning"
    assert told["class-not-in-training"].items == ("c",)
    assert "(1 of them)" in told["class-not-in-training"].message
    assert told["class-not-in-test"].items == ("a",)
    assert told["samples-on-neither-side"].items == ("5",)


def test_a_test_part_of_one_class_is_told():
    fold = Fold(np.array([0, 1]), np.array([2]), 0, "gtex")
    (finding,) = fold_findings([fold], ["n", "t", "n"])
    assert (finding.code, finding.items) == ("one-class-in-test", ("n",))
    assert "'gtex'" in finding.message


def test_sound_folds_need_no_word():
    y, groups = np.tile([0, 1], 10), np.repeat(np.arange(10), 2)
    assert fold_findings(grouped_folds(y, groups), y, groups) == []
    assert fold_findings(grouped_folds(y, groups)) == []
    assert fold_findings(grouped_folds(None, groups), np.linspace(0, 1, 20), groups) == []


def test_patients_of_several_sources_are_told():
    patient = np.array(["p", "q", "r", "p", "s", "t"])
    folds = leave_one_source_out(list("xxxyyy"), list("ababab"), patient)
    told = fold_findings(folds, list("ababab"), patient)
    assert [(f.code, f.items) for f in told] == [("samples-on-neither-side", ("p",))] * 2
