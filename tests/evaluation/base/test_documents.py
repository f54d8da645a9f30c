"""Results as files hold them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkwise.errors import InputError
from bulkwise.evaluation.base import Estimate, plain, read_table, restored
from bulkwise.storage import write_csv

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


@dataclass(frozen=True)
class Nest:
    name: str
    estimates: tuple[Estimate, ...]
    by_name: dict[str, float]
    other: Estimate | None


NESTS = st.builds(
    Nest,
    st.text(),
    st.lists(st.builds(Estimate, NUMBERS, NUMBERS, NUMBERS)).map(tuple),
    st.dictionaries(st.text(), NUMBERS),
    st.none() | st.builds(Estimate, NUMBERS, NUMBERS, NUMBERS),
)


@given(NESTS)
def test_what_is_written_comes_back_as_it_was(nest: Nest) -> None:
    assert restored(Nest, json.loads(json.dumps(plain(nest)))) == nest


def test_a_number_that_is_none_is_null_and_comes_back_as_nan() -> None:
    written = plain(Estimate(float("nan"), float("-inf"), np.float32(0.5)))
    assert written == {"value": None, "low": None, "high": 0.5}
    assert np.isnan(restored(Estimate, written).low)


def test_a_table_comes_back_cell_by_cell(tmp_path: Path) -> None:
    rows = {
        "sample": ["=1+1", "NA", "", "001"],
        "repeat": [1, 1, 2, 2],
        "fold": ["a", "b", "c", "d"],
        "p(x)": [0.1, float("nan"), 1.0, 0.0],
    }
    write_csv(tmp_path / "t.csv", pd.DataFrame(rows))
    pd.testing.assert_frame_equal(read_table(tmp_path / "t.csv"), pd.DataFrame(rows))


def test_a_table_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"There is no file .*gone\.csv"):
        read_table(tmp_path / "gone.csv")
