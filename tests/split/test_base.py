from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bulkwise.errors import SampleError
from bulkwise.split.base import Fold, codes_of, tabulate


def test_codes_follow_the_text_of_the_values_whatever_their_order():
    codes, names = codes_of(["b", "a", "c", "a"], "label")
    assert names == ["a", "b", "c"]
    np.testing.assert_array_equal(codes, [1, 0, 2, 0])
    codes, names = codes_of(pd.Categorical(["x", "y", "x"]), "label")
    assert names == ["x", "y"]
    np.testing.assert_array_equal(codes, [0, 1, 0])


def test_table_counts_samples_by_patient_and_class():
    table = tabulate(["t", "n", "t"], ["p", "p", "q"])
    assert (table.groups, table.classes, table.word) == (["p", "q"], ["n", "t"], "patient")
    np.testing.assert_array_equal(table.counts, [[1, 1], [0, 1]])
    assert table.holders(1) == "'p', 'q'"


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        ([0.0, 1.0], [0.0, 1.0]),
        ([0.5, 1.0], [None]),
        ([True, False], [False, True]),
        ([[1, 2], [3, 4]], [None]),
    ],
)
def test_whole_numbers_are_classes_and_fractions_are_not(y, classes):
    assert tabulate(y, None).classes == classes


def test_missing_values_are_named_by_position():
    with pytest.raises(SampleError, match=r"label is missing for 2 of 3 samples .*'0', '2'"):
        codes_of([None, "a", np.nan], "label")


def test_fold_unpacks_as_train_and_test():
    train, test, *_ = Fold(np.array([0]), np.array([1]))
    assert (train[0], test[0]) == (0, 1)
