"""The sample sheet: no name touched, joined by name."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bulkwise.errors import InputError, SampleError
from bulkwise.io.samples import Sheet, join, read_sheet, typed


def sheet(tmp_path: Path, text: str | bytes) -> Sheet:
    path = tmp_path / "samples.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_sheet(path)


@pytest.mark.parametrize("separator", ["\t", ",", ";", "|"])
def test_separators_quotes_and_marks(tmp_path: Path, separator: str) -> None:
    text = (
        f'\ufeffsample{separator}"label"\r\nNA{separator} "x{separator} y" \r\nnan{separator}\r\n'
    )
    found = sheet(tmp_path, gzip.compress(text.encode()))
    assert found.columns["sample"] == ["NA", "nan"]
    assert found.columns["label"][1] == ""


def test_a_header_without_a_corner_and_empty_trailing_columns(tmp_path: Path) -> None:
    assert sheet(tmp_path, "label\nS1\ta\nS2\tb\n").columns == {
        "sample": ["S1", "S2"],
        "label": ["a", "b"],
    }
    assert list(sheet(tmp_path, "sample,label,,\nS1,a,,\nS2,b,,\n").columns) == ["sample", "label"]


def test_a_sheet_that_pandas_wrote_with_its_index(tmp_path: Path) -> None:
    found = sheet(tmp_path, ",sample,label\n0,S1,a\n1,S2,b\n")
    assert join(found, ["S2", "S1"])[1]["row"] == [1, 0]


def test_a_frame_is_a_sheet() -> None:
    frame = pd.DataFrame({"label": ["a", "b"]}, index=pd.Index(["S1", "S2"], name="id"))
    assert read_sheet(frame).columns == {"id": ["S1", "S2"], "label": ["a", "b"]}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "2"], [1, 2]),
        (["1", "NA"], [1.0, np.nan]),
        (["1.5", ""], [1.5, np.nan]),
        (["001", "002"], ["001", "002"]),
        (["9007199254740993"], ["9007199254740993"]),
        (["a", "NA", "None"], ["a", None, "None"]),
        (["1", "tumour"], ["1", "tumour"]),
        (["", ""], [None, None]),
    ],
)
def test_types_of_columns(values: list[str], expected: list[object]) -> None:
    found = list(typed(values))
    assert [type(value) for value in found] == [type(value) for value in expected]
    np.testing.assert_array_equal(
        np.array(found, dtype=object), np.array(expected, dtype=object)
    ) if None in expected else np.testing.assert_array_equal(found, expected)


def test_joined_by_name_in_the_order_of_the_matrix() -> None:
    made = Sheet({"patient": ["P1", "P2"], "id": ["S1", "S2"], "age": ["7", "8"]}, "the sheet")
    kept, columns, said = join(made, ["S2", "S1"])
    assert (kept, said) == ([0, 1], None)
    assert columns == {"patient": columns["patient"], "age": [8, 7]}
    assert list(columns["patient"]) == ["P2", "P1"]


def test_the_order_of_the_sheet_changes_nothing() -> None:
    names = [f"S{i}" for i in range(9)]
    order = np.random.default_rng(0).permutation(9)
    plain = join(Sheet({"id": names, "x": list("abcdefghi")}, "s"), names)[1]["x"]
    mixed = Sheet({"id": [names[i] for i in order], "x": ["abcdefghi"[i] for i in order]}, "s")
    assert list(join(mixed, names)[1]["x"]) == list(plain)


def test_unmatched_samples_are_refused_or_dropped_and_said() -> None:
    made = Sheet({"id": ["S1", "S2", "S9"], "x": ["a", "b", "c"]}, "the sheet")
    with pytest.raises(SampleError, match="1 of 3 samples of the matrix aren't in"):
        join(made, ["S1", "S2", "S3"])
    kept, columns, said = join(made, ["S3", "S2", "S1"], unmatched="drop")
    assert kept == [1, 2]
    assert list(columns["x"]) == ["b", "a"]
    assert said is not None
    assert "'S3'" in said
    assert "'S9'" in said
    assert said.endswith("were left out.")


def test_dropping_everything_is_refused() -> None:
    with pytest.raises(SampleError, match="None of the 1 samples"):
        join(Sheet({"id": ["A"]}, "s"), ["S1"], unmatched="drop")
    with pytest.raises(InputError, match="unmatched='refuse' or 'drop'"):
        join(Sheet({"id": ["A"]}, "s"), ["A"], unmatched="keep")  # type: ignore[arg-type]


def test_how_much_a_sheet_knows_of_some_names() -> None:
    made = Sheet({"x": ["a", "b"], "id": ["TCGA-A6-1", "5"]}, "s")
    assert made.share(["TCGA.A6.1", "X5", "other", "more"]) == 0.5
    assert made.best_column(["TCGA.A6.1"]) == "id"
    assert made.best_column(["nothing"]) == "x"
