from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bulkwise.errors import SampleError
from bulkwise.evaluation.external.clinical import code_columns


def sheets(own: list[object], other: list[object]) -> tuple[pd.DataFrame, pd.DataFrame]:
    return pd.DataFrame({"x": own}), pd.DataFrame({"x": other})


def test_grades_in_numbers_and_in_words_are_one_scale() -> None:
    coded, findings = code_columns(
        *sheets([1.0, 2.0, 3.0, np.nan], ["Poorly differentiated", "intermediate", "unkown", "G1"]),
        ["x"],
    )
    (one,) = coded
    assert one.column.kind == "order"
    np.testing.assert_array_equal(one.train[:, 0], [1, 2, 3, np.nan])
    np.testing.assert_array_equal(one.test[:, 0], [3, 2, np.nan, 1])
    assert one.column.missing == (1, 1)
    assert one.column.words == {"g1": 1.0, "intermediate": 2.0, "poorly differentiated": 3.0}
    assert [f.code for f in findings] == ["clinical-words", "clinical-missing"]
    assert "'poorly differentiated' as 3" in findings[0].message


@pytest.mark.parametrize("words", [["Positive", "neg"], ["ER+", "er-"], ["yes", "no"], ["1", "0"]])
def test_a_receptor_is_there_or_not(words: list[object]) -> None:
    coded, _ = code_columns(*sheets([1, 0], words), ["x"])
    assert coded[0].test[:, 0].tolist() == [1.0, 0.0]


def test_text_sizes_are_numbers_and_words_for_unknown_are_missing() -> None:
    coded, _ = code_columns(*sheets(["2.5", " 3", "1.1"], ["2", "n/a", "?"]), ["x"])
    assert coded[0].column.kind == "number"
    np.testing.assert_array_equal(coded[0].test[:, 0], [2, np.nan, np.nan])


def test_other_words_are_categories_and_a_new_one_is_missing() -> None:
    coded, _ = code_columns(*sheets(["ductal", "lobular", "mucinous"], ["lobular", "other"]), ["x"])
    assert coded[0].column.kind == "category"
    assert coded[0].train.tolist() == [[0, 0], [1, 0], [0, 1]]
    np.testing.assert_array_equal(coded[0].test, [[1, 0], [np.nan, np.nan]])


@pytest.mark.parametrize(
    ("own", "other", "says"),
    [
        (["a", "b"], ["c", "d"], "don't occur in the test cohort, which has 'c', 'd'"),
        ([2, 2, np.nan], [1, 2], "it is constant in the training cohort"),
        ([1, 2], ["unknown", ""], "don't occur"),
    ],
)
def test_columns_that_say_nothing_are_left_out_by_name(
    own: list[object], other: list[object], says: str
) -> None:
    coded, findings = code_columns(*sheets(own, other), ["x"])
    assert not coded
    assert findings[0].code == "clinical-left-out"
    assert "'x'" in findings[0].message
    assert says in findings[0].message


def test_a_column_that_only_the_training_cohort_has_is_left_out() -> None:
    own, _ = sheets([1, 2], [1, 2])
    coded, findings = code_columns(own, pd.DataFrame({"y": [1, 2]}), ["x"])
    assert not coded
    assert "the test cohort doesn't have it" in findings[0].message


def test_a_column_that_nobody_has_is_an_error() -> None:
    with pytest.raises(SampleError, match="no column 'z'"):
        code_columns(*sheets([1], [1]), ["z"])


@pytest.mark.parametrize(
    ("own", "other", "warns"),
    [
        ([1, 2, 3, 4], [0.6, 2.5, 3.1, 4.4], True),  # stages against centimetres
        ([1.5, 2.5, 3.2], [15.0, 26.0, 31.0], True),  # centimetres against millimetres
        ([1.5, 2.5, 3.2], [1.1, 2.6, 3.1], False),
        ([1, 2, 3], [3, 2, 1], False),
    ],
)
def test_numbers_on_two_scales_are_noticed(
    own: list[object], other: list[object], warns: bool
) -> None:
    _, findings = code_columns(*sheets(own, other), ["x"])
    assert ("clinical-other-scale" in [f.code for f in findings]) is warns
