from __future__ import annotations

import numpy as np
import pytest

from bulkwise.errors import SampleError
from bulkwise.split import leave_one_source_out


def test_each_source_is_tested_once():
    source = np.array(["gtex", "tcga", "gtex", "geo", "tcga", "geo"])
    folds = leave_one_source_out(source, ["a", "b", "b", "a", "a", "b"])
    assert [fold.name for fold in folds] == ["geo", "gtex", "tcga"]
    for fold in folds:
        assert set(source[fold.test]) == {fold.name}
        assert fold.name not in source[fold.train]
        assert len(fold.train) + len(fold.test) == 6


def test_a_patient_of_two_sources_is_on_one_side_only():
    source = ["x", "x", "x", "y", "y", "y"]
    patient = ["p", "q", "r", "p", "s", "t"]
    first, second = leave_one_source_out(source, list("ababab"), patient)
    np.testing.assert_array_equal(first.test, [0, 1, 2])
    np.testing.assert_array_equal(first.train, [4, 5])
    np.testing.assert_array_equal(second.train, [1, 2])


def test_labels_and_patients_are_not_needed():
    assert [len(fold.train) for fold in leave_one_source_out(["x", "y", "y"])] == [2, 1]


@pytest.mark.parametrize(
    ("source", "y", "groups", "words"),
    [
        (["x", "x"], ["a", "b"], None, ["all 2 samples have the source 'x'", "another column"]),
        (["x", "x", "y"], ["a", "b", "a"], None, ["'x'", "1 samples", "all of class 'a'"]),
        (["x", "y"], None, ["p", "p"], ["'x'", "0 samples"]),
        (["x", None, "y"], None, None, ["source is missing for 1 of 3"]),
        (["x", "y"], ["a"], None, ["2 sources and 1 labels"]),
    ],
)
def test_refusals_name_the_source_and_the_class(source, y, groups, words):
    with pytest.raises(SampleError) as caught:
        leave_one_source_out(source, y, groups)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.real
def test_condition_cannot_be_learned_from_gtex_which_has_normals_only(rnaseqdb):
    with pytest.raises(SampleError, match=r"source 'tcga'.*all of class 'normal'"):
        leave_one_source_out(rnaseqdb["source"], rnaseqdb["condition"], rnaseqdb["patient"])
    folds = leave_one_source_out(rnaseqdb["source"], rnaseqdb["tissue"], rnaseqdb["patient"])
    assert [(fold.name, len(fold.test)) for fold in folds] == [("gtex", 280), ("tcga", 798)]
