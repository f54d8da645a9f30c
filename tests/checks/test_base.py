"""Units, findings, and how lists are worded."""

from __future__ import annotations

import numpy as np
import pytest

from bulkwise.checks.base import (
    LINEAR_UNITS,
    LOG_UNITS,
    UNITS,
    Finding,
    is_linear,
    is_log,
    log_values,
    name_some,
    refuse,
    require_unit,
)
from bulkwise.errors import GeneError, UnitError


def test_every_unit_is_log_or_linear_except_microarray() -> None:
    assert set(LOG_UNITS) | set(LINEAR_UNITS) | {"microarray"} == set(UNITS)
    assert not set(LOG_UNITS) & set(LINEAR_UNITS)
    assert is_log("log2_tpm")
    assert is_linear("fpkm_harmonised")
    assert not is_log("microarray")
    assert not is_linear("microarray")


@pytest.mark.parametrize("unit", [None, "", "FPKM", 3])
def test_a_unit_outside_the_vocabulary_is_refused(unit: object) -> None:
    with pytest.raises(UnitError, match=r"log2_rma, microarray, log_ratio\."):
        require_unit(unit)


def test_log_values_of_each_kind_of_unit() -> None:
    X = np.array([[0, 1, 3], [7, -2, 1023]], dtype=np.float32)
    np.testing.assert_array_equal(log_values(X, "tpm"), [[0, 1, 2], [3, 0, 10]])
    assert log_values(X, "tpm").dtype == np.float32
    assert log_values(X, "log2") is X
    assert X[1, 1] == -2


def test_log_values_of_microarray_depend_on_their_size() -> None:
    small, large = np.array([[-3.0, 12.0]]), np.array([[-3.0, 1023.0]])
    assert log_values(small, "microarray") is small
    np.testing.assert_array_equal(log_values(large, "microarray"), [[0, 10]])
    assert np.isnan(log_values(np.array([[np.nan, 1023.0]]), "microarray")[0, 0])


def test_whole_numbers_become_float32() -> None:
    assert log_values(np.array([[1, 3]]), "counts").dtype == np.float32


def test_lists_are_cut() -> None:
    assert name_some(["a"]) == "'a'"
    assert name_some(list("abcdef")) == "'a', 'b', 'c', 'd', 'e' and 1 more"


def test_refuse_raises_the_first_error_and_passes_over_the_rest() -> None:
    note = Finding("x", "warning", "A warning.")
    refuse([note], GeneError)
    with pytest.raises(GeneError, match=r"^First\.$"):
        refuse([note, Finding("y", "error", "First."), Finding("z", "error", "Second.")], GeneError)


def test_a_finding_as_json() -> None:
    assert Finding("x", "note", "Text.", ("a",)).to_dict() == {
        "code": "x",
        "level": "note",
        "message": "Text.",
        "items": ["a"],
    }
