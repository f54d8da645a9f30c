"""Numbers that aren't, and numbers that can't be in their unit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse

from bulkwise.checks.values import (
    check_finite,
    check_spread,
    check_unit,
    dense,
    extremes,
    hint_unit,
)
from bulkwise.errors import InputError, UnitError

GENES = [f"G{j}" for j in range(4)]
SAMPLES = ["S0", "S1", "S2"]


def matrix(value: float = 1.0, at: tuple[int, int] = (1, 2), dtype: Any = np.float32) -> Any:
    X = np.arange(12, dtype=dtype).reshape(3, 4)
    X[at] = value
    return X


def test_a_dense_matrix_of_numbers_is_taken_as_it_is() -> None:
    X = matrix()
    assert dense(X) is X


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (None, "is empty"),
        (sparse.csr_matrix((2, 2)), "sparse"),
        (np.zeros(3), "samples x genes"),
        (np.array([["a"]]), "expected numbers"),
        (np.array([[1 + 2j]]), "expected numbers"),
    ],
)
def test_anything_else_is_refused(X: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        dense(X)


def test_extremes() -> None:
    assert extremes(matrix(-3)) == (-3, 11)
    assert extremes(np.empty((0, 4))) == (0, 0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16])
def test_missing_and_infinite_values_are_counted_and_placed(dtype: Any) -> None:
    X = matrix(np.nan, dtype=dtype)
    X[0, 0] = -np.inf
    X[2] = np.nan
    found = check_finite(X, GENES, SAMPLES)
    assert [finding.code for finding in found] == ["missing-values", "infinite-values"]
    assert "5 of 12 values" in found[0].message
    assert "nan at gene 'G2', sample 'S1'; nan at gene 'G0', sample 'S2'" in found[0].message
    assert found[0].message.count("nan at") == 3
    assert "-inf at gene 'G0', sample 'S0'" in found[1].message


def test_finite_values_pass() -> None:
    assert check_finite(matrix(), GENES, SAMPLES) == []
    assert check_finite(np.ones((3, 4), dtype=np.int64), GENES, SAMPLES) == []


@pytest.mark.parametrize(
    ("unit", "value", "said"),
    [
        ("counts", 0.5, "no whole numbers"),
        ("counts", -1, "below -0.001"),
        ("normalized_counts", -1, "below -0.001"),
        ("fpkm", -0.0011, "below -0.001"),
        ("rsem", -5, "below -0.001"),
        ("log2", 50.5, "not between -50 and 50"),
        ("log_ratio", -51, "not between -50 and 50"),
        ("log2_counts", 1e6, "not between -50 and 50"),
    ],
)
def test_contradictions_are_placed(unit: str, value: float, said: str) -> None:
    (finding,) = check_unit(matrix(value), unit, GENES, SAMPLES)
    assert finding.code == "unit-contradicted"
    assert finding.level == "error"
    assert said in finding.message
    assert "1 of 12 values" in finding.message
    assert "at gene 'G2', sample 'S1'" in finding.message


@pytest.mark.parametrize(
    ("unit", "value"),
    [
        ("counts", 7.0009),
        ("counts", np.nan),
        ("counts", 2.0**24 + 2),
        ("fpkm", -0.0009),
        ("fpkm", 1e9),
        ("log2", -11.1),
        ("log2", 50),
        ("log_ratio", -50),
        ("microarray", -28400),
        ("microarray", 1e5),
    ],
)
def test_what_the_tolerances_allow(unit: str, value: float) -> None:
    assert check_unit(matrix(value), unit, GENES, SAMPLES) == []


def test_expected_counts_may_be_fractional_but_not_negative() -> None:
    assert check_unit(matrix(0.5), "counts", GENES, SAMPLES, expected_counts=True) == []
    assert check_unit(matrix(-2), "counts", GENES, SAMPLES, expected_counts=True)


def test_a_contradiction_beside_missing_values_is_seen() -> None:
    X = matrix(-5)
    X[0, 0] = np.nan
    assert "-5 at gene 'G2'" in check_unit(X, "tpm", GENES, SAMPLES)[0].message
    assert check_unit(np.full((2, 2), np.nan), "tpm", GENES, SAMPLES) == []


def test_an_unknown_unit_is_refused() -> None:
    with pytest.raises(UnitError, match="'kilo'"):
        check_unit(matrix(), "kilo", GENES, SAMPLES)


def test_a_value_in_a_late_block_is_placed() -> None:
    X = np.ones((3000, 1000), dtype=np.float32)
    X[2999, 998] = -1
    genes, samples = [f"G{j}" for j in range(1000)], [f"S{i}" for i in range(3000)]
    assert "gene 'G998', sample 'S2999'" in check_unit(X, "tpm", genes, samples)[0].message


def large(scale: float, whole: bool = False) -> Any:
    X = np.random.default_rng(0).gamma(1, scale, (20, 100)).astype(np.float32)
    return np.rint(X) if whole else X


NAMES = [f"S{i}" for i in range(20)]


@pytest.mark.parametrize(
    ("X", "unit", "said"),
    [
        (large(2), "fpkm", "logarithms already"),
        (large(0.3), "log2_tpm", "taken twice"),
        (large(1000, whole=True), "tpm", "if they are counts"),
        (large(20000), "cpm", "more than a million"),
    ],
)
def test_doubts_about_the_unit(X: Any, unit: str, said: str) -> None:
    (finding,) = hint_unit(X, unit, NAMES)
    assert finding.level == "warning"
    assert said in finding.message


@pytest.mark.parametrize(
    ("X", "unit"),
    [
        (large(1000), "fpkm"),
        (large(3), "log2_tpm"),
        (large(0.3), "log_ratio"),
        (large(1000, whole=True), "counts"),
        (large(2, whole=True), "counts"),
        (large(20000), "fpkm"),
        (large(2)[:2], "fpkm"),
    ],
)
def test_no_doubts(X: Any, unit: str) -> None:
    assert hint_unit(X, unit, NAMES) == []


def test_empty_samples_and_constant_genes() -> None:
    X = matrix()
    X[:, 3] = 5
    X[1] = 0
    found = {finding.code: finding for finding in check_spread(X, GENES, SAMPLES)}
    assert found["all-zero-sample"].items == ("S1",)
    assert found["all-zero-sample"].level == "error"
    assert "constant-genes" not in found
    X[1, 3] = 5
    (finding,) = check_spread(X, GENES, SAMPLES)
    assert (finding.code, finding.level, finding.items) == ("constant-genes", "note", ("G3",))


def test_nothing_varies_or_nothing_is_there() -> None:
    (finding,) = check_spread(np.ones((3, 4)), GENES, SAMPLES)
    assert finding.level == "error"
    assert check_spread(np.empty((0, 4)), GENES, [])[0].code == "empty"
    assert check_spread(np.ones((1, 4)), GENES, ["S0"]) == []
