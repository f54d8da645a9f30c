"""Several targets: names, and labels of one kind."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bulkwise.checks.targets import plain_labels, target_columns, target_names
from bulkwise.errors import InputError, SampleError


def test_names_come_from_a_table_only():
    table = pd.DataFrame({"tissue": ["liver"], 3: ["x"]})
    assert target_names(table) == ["tissue", "3"]
    assert target_names(np.zeros((2, 2))) is None
    assert list(target_columns(table.to_numpy(), ["tissue", "3"])) == ["tissue", "3"]
    assert list(target_columns(np.array(["a", "b"]), None)) == ["0"]


def test_what_is_missing_or_double_is_named():
    table = pd.DataFrame({"a": ["x", "y"], "b": ["u", np.nan]}, index=["s1", "s2"])
    with pytest.raises(SampleError, match=r"'b' has no label for 1 of 2 samples \('s2' for one\)"):
        target_names(table)
    with pytest.raises(InputError, match="names of their own"):
        target_names(table.set_axis(["a", "a"], axis=1))
    with pytest.raises(InputError, match="at least one"):
        target_names(pd.DataFrame(index=["s1"]))


def test_labels_of_one_kind_lose_the_object_type():
    assert plain_labels(np.array(["a", "bc"], dtype=object)).dtype.kind == "U"
    assert plain_labels(np.array([1, 2], dtype=object)).dtype.kind == "i"
    assert plain_labels(np.array([1, "a"], dtype=object)).dtype == object
    assert plain_labels(np.array([1.5, 2.0])).tolist() == [1.5, 2.0]
