"""Values to JSON and back, and nothing but values."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bulkwise.bundle.base import hashed, member, pack, unpack
from bulkwise.errors import BundleError

DTYPES = ("bool", "float16", "float32", "float64", "int8", "int64", "uint8", "uint64")


def nothing(value: Any, where: str, arrays: dict[str, np.ndarray]) -> Any:
    raise AssertionError(where)


def there_and_back(value: Any) -> Any:
    arrays: dict[str, np.ndarray] = {}
    document = json.loads(json.dumps(pack(value, "x", arrays, nothing), allow_nan=False))
    again = unpack(document, "x", arrays, nothing)
    assert arrays == {}
    return again


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
        | st.dictionaries(st.integers(0, 9), inner, max_size=3)
        | st.tuples(inner, inner)
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(plain)
def test_plain_values(value: Any):
    assert repr(there_and_back(value)) == repr(value)


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from(DTYPES).flatmap(
        lambda kind: hnp.arrays(kind, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0))
    )
)
def test_arrays(value: np.ndarray):
    again = there_and_back({"deep": [value]})["deep"][0]
    assert again.dtype == value.dtype
    np.testing.assert_array_equal(again, value)


@pytest.mark.parametrize("order", [">", "<"])
def test_arrays_of_another_byte_order(order: str):
    np.testing.assert_array_equal(
        there_and_back(np.arange(3, dtype=f"{order}f8")), np.arange(3, dtype=np.float64)
    )


@pytest.mark.parametrize(
    "labels", [np.array(["b", "a", "ø"]), np.array(["b", None, 3], dtype=object)]
)
def test_arrays_of_labels(labels: np.ndarray):
    again = there_and_back(labels)
    assert again.tolist() == labels.tolist()
    assert again.dtype.kind == labels.dtype.kind


def test_the_order_of_memory_stays():
    value = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    again = there_and_back(value)
    assert again.flags.f_contiguous
    np.testing.assert_array_equal(again, value)


def test_numbers_json_has_not():
    assert math.isnan(there_and_back(float("nan")))
    assert there_and_back(-np.inf) == -np.inf
    assert there_and_back(np.float32(0.5)) == 0.5


@pytest.mark.parametrize(
    "value",
    [print, {1, 2}, np.random.default_rng(0), b"bytes", 1j, slice(3), np.array([{}, None]), int],
)
def test_anything_else_is_named(value: Any):
    with pytest.raises(BundleError, match="steps/1/odd"):
        pack({"odd": value}, "steps/1", {}, nothing)


@pytest.mark.parametrize(
    "document",
    [
        {"kind": "code", "items": []},
        {"no": "kind"},
        {"kind": "number", "value": "1e400"},
        {
            "kind": "array",
            "key": "elsewhere",
            "dtype": "float64",
            "shape": [3],
            "by_columns": False,
        },
        {"kind": "array", "key": "x", "dtype": "float64", "shape": [4], "by_columns": False},
        {"kind": "array", "key": "x", "dtype": "float32", "shape": [3], "by_columns": False},
        {"kind": "values", "dtype": "text", "items": [[1]]},
        {"kind": "dict", "items": [1]},
        {"kind": ["array"]},
    ],
)
def test_documents_nobody_packed(document: Any):
    with pytest.raises(BundleError):
        unpack(document, "x", {"x": np.zeros(3)}, nothing)


def test_an_array_serves_once():
    twice = [
        {"kind": "array", "key": "x", "dtype": "float64", "shape": [3], "by_columns": False}
    ] * 2
    with pytest.raises(BundleError, match="twice"):
        unpack(twice, "x", {"x": np.zeros(3)}, nothing)


def test_bottomless_documents():
    document: Any = 1
    for _ in range(100):
        document = [document]
    with pytest.raises(BundleError, match="deeply"):
        unpack(document, "x", {}, nothing)


def test_members_have_their_type():
    assert member({"n": 3}, "n", int, "here") == 3
    for odd in ({"n": True}, {"n": "3"}, {}, None, [3]):
        with pytest.raises(BundleError, match="damaged at here"):
            member(odd, "n", int, "here")


def test_hashes_are_salted_and_known():
    assert hashed("salt", "TCGA-21-1076") == "3c9064e65553238839eebf22ec07ae00"
    assert hashed("salt", " TCGA-21-1076 ") == hashed("salt", "TCGA-21-1076")
    assert hashed("other", "TCGA-21-1076") != hashed("salt", "TCGA-21-1076")
