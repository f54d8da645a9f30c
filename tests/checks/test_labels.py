"""Columns that can't be learned."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from bulkwise.checks.labels import (
    check_classes,
    check_labels,
    is_missing,
    require_column,
    require_labels,
)
from bulkwise.errors import SampleError


def obs(values: Any) -> pd.DataFrame:
    values = list(values) if not isinstance(values, pd.Categorical) else values
    return pd.DataFrame({"label": values}, index=[f"S{i}" for i in range(len(values))])


@pytest.mark.parametrize(
    "value", [None, float("nan"), np.float32("nan"), pd.NA, "", " ", "NA", "nan", "None", "NULL"]
)
def test_missing(value: object) -> None:
    assert is_missing(value)


@pytest.mark.parametrize("value", [0, 0.0, False, "normal", "N", "nano", "no"])
def test_not_missing(value: object) -> None:
    assert not is_missing(value)


def test_no_such_column_names_those_there_are() -> None:
    frame = obs("ab").assign(Tissue="x")
    with pytest.raises(SampleError, match=r"no column 'stage'.*has: 'label', 'Tissue'; name one\."):
        require_column(frame, "stage")
    with pytest.raises(SampleError, match="did you mean 'Tissue'"):
        require_column(frame, "tissue")
    with pytest.raises(SampleError, match="none at all; give a sample sheet"):
        require_column(frame[[]], "tissue")


def test_two_columns_of_one_name() -> None:
    frame = pd.concat([obs("ab"), obs("cd")], axis=1)
    with pytest.raises(SampleError, match="2 columns called 'label'"):
        require_column(frame, "label")


def test_missing_labels_are_counted_and_named() -> None:
    with pytest.raises(SampleError, match=r"missing for 3 of 5 samples \(as the words 'None'\)"):
        require_labels(obs(["a", None, "b", float("nan"), "None"]), "label")
    (finding,) = check_labels(obs(["a", None, "b"]), "label")
    assert finding.items == ("S1",)


def test_mixed_numbers_and_text() -> None:
    with pytest.raises(SampleError, match=r"mixes numbers and text, such as 1 and 'tumour'"):
        require_labels(obs([1, "tumour", 1, "tumour"]), "label")


def test_labels_that_look_alike() -> None:
    (finding,) = check_labels(obs(["Tumour", "tumour ", "normal"]), "label")
    assert finding.level == "warning"
    assert set(finding.items) == {"Tumour", "tumour "}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["a ", "b"], ["a", "b"]),
        ([1, 0], ["1", "0"]),
        ([1.0, 0.0], ["1", "0"]),
        ([0.5, 1.5], ["0.5", "1.5"]),
        ([True, False], ["True", "False"]),
        (pd.Categorical(["x", "y"], categories=["x", "y", "unused"]), ["x", "y"]),
    ],
)
def test_labels_become_text(values: Any, expected: list[str]) -> None:
    labels = require_labels(obs(values), "label")
    assert labels.tolist() == expected
    assert labels.dtype.kind == "U"


def test_one_class_only() -> None:
    with pytest.raises(SampleError, match="only the class 'a' in 3 samples"):
        require_labels(obs("aaa"), "label")
    assert require_labels(obs("aaa"), "label", what="groups").tolist() == list("aaa")
    assert "no class at all" in check_classes([])[0].message


def test_a_class_with_fewer_patients_than_folds() -> None:
    labels, patients = list("aaaaabb"), list("1234567")
    assert check_classes(labels, patients, folds=2) == []
    (finding,) = check_classes(labels, patients, folds=3)
    assert "fewer patients than the 3 folds ('b' has 2)" in finding.message
    assert finding.items == ("b",)
    (finding,) = check_classes(labels, list("1234566"), folds=2)
    assert "'b' has 1" in finding.message
    with pytest.raises(SampleError, match="fewer samples than the 4 folds"):
        require_labels(obs(labels), "label", folds=4)


def test_a_column_of_names_is_no_target() -> None:
    (finding,) = check_classes([f"id{i}" for i in range(80)])
    assert finding.code == "many-classes"
