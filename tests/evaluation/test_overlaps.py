from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bulkwise.errors import GeneError, InputError
from bulkwise.evaluation.overlaps import agreement

GENES = [f"G{k}" for k in range(100)]


def table(up: range, down: range, genes: list[str] | None = None, seed: int = 0) -> pd.DataFrame:
    names = genes or GENES
    change = np.random.default_rng(seed).normal(0, 0.1, len(names))
    change[list(up)] += 3
    change[list(down)] -= 3
    called = np.abs(change) > 1
    return pd.DataFrame(
        {
            "gene": names,
            "log2_fold_change": change,
            "adjusted_p_value": np.where(called, 0.001, 0.9),
            "statistic": 4 * change,
        }
    )


def test_two_tables_by_hand() -> None:
    found = agreement(
        {"a": table(range(10), range(20, 30)), "b": table(range(5, 15), range(20, 25))}
    )
    up, down = found.pairs.to_dict("records")
    assert (up["direction"], up["first_size"], up["second_size"], up["shared"]) == ("up", 10, 10, 5)
    assert up["jaccard"] == pytest.approx(5 / 15)
    assert up["true_positive_rate"] == pytest.approx(5 / 10)
    assert up["expected"] == pytest.approx(10 * 10 / 100)
    assert down["true_positive_rate"] == pytest.approx(5 / 7.5)
    regions = found.regions["up"].set_index(["a", "b"])["size"]
    assert regions.to_dict() == {(True, True): 5, (True, False): 5, (False, True): 5}
    (rank,) = found.ranks.to_dict("records")
    assert rank["genes"] == 100
    assert rank["low"] < rank["spearman"] < rank["high"]
    assert set(found.top["first"]) == {"a"}


def test_only_genes_that_all_tested_count() -> None:
    first = table(range(10), range(20, 30))
    first.loc[:4, "adjusted_p_value"] = np.nan
    found = agreement({"a": first, "b": table(range(10), range(20, 30), seed=1)})
    up = found.pairs.iloc[0]
    assert (up["first_size"], up["second_size"], up["universe_size"]) == (5, 5, 95)
    (said,) = found.findings
    assert "5 of the 10 genes of 'b' (up)" in said.message


def test_more_than_three_have_no_venn() -> None:
    found = agreement({name: table(range(k + 5), range(0)) for k, name in enumerate("abcd")})
    assert "degree" in found.regions["up"]
    assert len(found.pairs) == 12
    assert found.lists["down"] == {name: [] for name in "abcd"}
    assert np.isnan(found.pairs["jaccard"][found.pairs["direction"] == "down"]).all()


def test_lists_have_no_sign_and_no_chance_without_a_universe() -> None:
    lists = {"a": ["x", "y", "x"], "b": table(range(2), range(2, 4), ["x", "y", "z", "w"])}
    found = agreement(lists)
    (row,) = found.pairs.to_dict("records")
    assert (row["direction"], row["first_size"], row["second_size"], row["shared"]) == (
        "listed", 2, 4, 2,
    )  # fmt: skip
    assert np.isnan(row["p_value"])
    assert len(found.ranks) == 0
    known = agreement(lists, universe=["x", "y", "z", "w", "v"]).pairs.iloc[0]
    assert known["expected"] == pytest.approx(2 * 4 / 5)


def test_what_cannot_be_compared() -> None:
    one = table(range(3), range(0))
    with pytest.raises(InputError, match="expected two or more, got 1"):
        agreement({"a": one})
    with pytest.raises(GeneError, match=r"No gene was tested in all 2 tables .*'G0'.*'E0'"):
        agreement({"a": one, "b": table(range(3), range(0), [f"E{k}" for k in range(100)])})
    with pytest.raises(GeneError, match=r"'a' \(listed\) has 3 genes and the universe 2"):
        agreement({"a": ["x", "y", "z"], "b": ["x"]}, universe=["x", "y"])
    with pytest.raises(GeneError, match=r"2 of the 2 genes of 'a' .* the universe has 'e'"):
        agreement({"a": ["x", "y"], "b": ["e"]}, universe=["e", "f", "g"])
