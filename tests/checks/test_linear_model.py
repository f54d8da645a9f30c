from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkwise.checks.linear_model import (
    check_confounding,
    check_groups_compared,
    check_pairs,
    check_residual_df,
    dependencies,
    independent_columns,
    is_estimable,
    require_estimable,
    require_full_rank,
)
from bulkwise.errors import InputError, SampleError

ONES = np.ones(6)
A = np.array([1.0, 1, 1, 0, 0, 0])
B = 1 - A


def test_independent_columns_survive_wild_scales() -> None:
    X = np.column_stack([np.ones(5), np.arange(5) * 1e9, 1e-9 * np.arange(5) ** 2, np.zeros(5)])
    assert independent_columns(X).tolist() == [0, 1, 2]


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), rank=st.integers(1, 5), extra=st.integers(0, 3))
def test_as_many_columns_are_kept_as_the_rank(seed: int, rank: int, extra: int) -> None:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(12, rank))
    X = np.column_stack([X, X @ rng.integers(1, 4, size=(rank, extra))])
    kept = independent_columns(X)
    assert len(kept) == rank
    assert len(dependencies(X, [str(j) for j in range(X.shape[1])])) == extra


def test_dependent_columns_say_of_which_others() -> None:
    X = np.column_stack([ONES, np.arange(6), A, B])
    assert dependencies(X, ["one", "age", "a", "b"]) == [("b", ("one", "a"))]
    with pytest.raises(InputError, match=r"of its 4 columns, 'b' .* \('b' with 'one', 'a'\)"):
        require_full_rank(X, ["one", "age", "a", "b"])


def test_a_tested_column_that_is_fixed_says_so() -> None:
    X = np.column_stack([ONES, A, B])
    with pytest.raises(InputError, match=r"'tumour' can't be estimated.*fixed by 'site'"):
        require_full_rank(X, ["one", "site", "tumour"], tested="tumour")


def test_an_empty_column_says_so() -> None:
    with pytest.raises(InputError, match="'b' is zero in all 6 samples"):
        require_full_rank(np.column_stack([ONES, np.zeros(6)]), ["one", "b"])


def test_full_rank_passes() -> None:
    require_full_rank(np.column_stack([ONES, A]), ["one", "a"])


def test_estimable_contrasts() -> None:
    X = np.column_stack([ONES, A, B])  # rank 2
    assert is_estimable(X, [0, 1, -1])
    assert not is_estimable(X, [0, 1, 0])
    require_estimable(X, [1, 1, 0], name="mean of a")
    with pytest.raises(InputError, match="'a' can't be estimated"):
        require_estimable(X, [0, 1, 0], name="a")


@pytest.mark.parametrize(
    ("rank", "level", "code"),
    [(6, "error", "no-residual-df"), (4, "warning", "few-residual-df"), (2, "note", "residual-df")],
)
def test_residual_df_in_words(rank: int, level: str, code: str) -> None:
    (finding,) = check_residual_df(6, rank)
    assert (finding.level, finding.code) == (level, code)
    assert f"leave {6 - rank} residual" in finding.message


def test_groups_in_words() -> None:
    labels = ["tumour", "tumour", "normal", "other"]
    assert check_groups_compared(labels[:2] * 2, ["tumour"], column="condition") == []
    (finding,) = check_groups_compared(labels, ["tumour", "normal"], column="condition")
    assert finding.items == ("normal",)
    with pytest.raises(SampleError, match="condition = 'tumor'; the column holds 'normal', 'oth"):
        check_groups_compared(labels, ["tumor", "normal"], column="condition")


def test_confounded_columns_are_named() -> None:
    condition = ["t"] * 4 + ["n"] * 4
    columns = {
        "source": ["a"] * 4 + ["b"] * 4,
        "batch": ["a", "a", "a", "b", "b", "b", "b", "b"],
        "sex": ["f", "m"] * 4,
        "age": [50.0, 51, 52, 53, 20, 21, 22, 23],
        "one": ["x"] * 8,
        "sample": list("abcdefgh"),
    }
    found = {f.items[0]: f for f in check_confounding(condition, columns, column="condition")}
    assert {name: f.code for name, f in found.items()} == {
        "source": "confounded",
        "batch": "partly-confounded",
        "age": "partly-confounded",
    }
    # 3 of 4 against 0 of 4: R^2 = 0.6, so the variance is 2.5 times as large
    assert "by 2.5" in found["batch"].message


def test_pairs_in_words() -> None:
    condition, patients = ["t", "n", "t", "n", "t"], ["1", "1", "2", "2", "3"]
    (finding,) = check_pairs(condition, patients, column="patient")
    assert finding.items == ("3",)
    assert check_pairs(condition[:4], patients[:4], column="patient") == []
    with pytest.raises(SampleError, match="No 'patient' has samples of both"):
        check_pairs(condition, list("abcde"), column="patient")
