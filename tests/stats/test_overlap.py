from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import hypergeom

from bulkwise.errors import GeneError, InputError
from bulkwise.stats.overlap import (
    compare_lists,
    jaccard,
    signed_lists,
    true_positive_rate,
    upset_counts,
    venn_counts,
)

A, B, C = list("abcdef"), list("defg"), list("xfa")


def test_indices_of_two_lists() -> None:
    assert jaccard(A, B) == 3 / 7
    assert true_positive_rate(A, B) == 3 / 5  # 3 shared, lists of 6 and 4
    assert true_positive_rate(A, A) == jaccard(A, A) == 1
    assert true_positive_rate(A, ["z"]) == 0
    assert np.isnan([jaccard([], []), true_positive_rate([], [])]).all()


def test_venn_regions_are_exclusive_and_complete() -> None:
    table = venn_counts({"A": A, "B": B, "C": C})
    sizes = {(a, b, c): n for a, b, c, n in table[["A", "B", "C", "size"]].itertuples(index=False)}
    assert sizes == {
        (True, True, True): 1,
        (True, True, False): 2,
        (True, False, True): 1,
        (True, False, False): 2,
        (False, True, True): 0,
        (False, True, False): 1,
        (False, False, True): 1,
    }
    assert table["size"].sum() == len({*A, *B, *C})
    assert table.loc[0, "genes"] == "f"


def test_upset_orders_by_size_and_counts_lists() -> None:
    lists = {"A": A, "B": B, "C": C, "D": ["a", "b"], "E": []}
    table = upset_counts(lists)
    assert table["size"].is_monotonic_decreasing
    assert table["size"].sum() == len({*A, *B, *C})
    row = table[(table["A"]) & (table["D"]) & (table["C"])]
    assert row["genes"].tolist() == ["a"]
    assert row["degree"].tolist() == [3]
    assert upset_counts(lists, smallest=2)["size"].min() >= 2


def test_too_few_or_many_lists_are_refused() -> None:
    with pytest.raises(InputError, match="got 4; use upset_counts"):
        venn_counts(dict.fromkeys("wxyz", A))
    with pytest.raises(InputError, match="at least two lists"):
        upset_counts({"A": A})


def test_signed_lists_from_a_table() -> None:
    table = pd.DataFrame(
        {
            "gene": list("abcde"),
            "log2_fold_change": [1.0, -1.0, 3.0, -0.9, 5.0],
            "adjusted_p_value": [0.05, 0.01, 0.2, 0.001, np.nan],
        }
    )
    assert signed_lists(table) == {"up": ["a"], "down": ["b"]}
    assert signed_lists(table, fold_change=1) == {"up": ["a"], "down": ["b", "d"]}


def test_overlap_against_chance() -> None:
    universe = [f"g{k}" for k in range(100)]
    found = compare_lists(universe[:20], universe[10:40], universe=universe)
    assert (found.shared, found.expected) == (10, 6.0)
    np.testing.assert_allclose(found.p_value, hypergeom.sf(9, 100, 30, 20))
    assert found.true_positive_rate == 10 / 25
    with pytest.raises(GeneError, match="1 listed genes aren't in the universe of 100"):
        compare_lists(["else"], universe[:5], universe=universe)
