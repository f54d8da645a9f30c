"""Versions, duplicates, alignment by name."""

from __future__ import annotations

import anndata
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkwise.errors import GeneError, InputError, UnitError
from bulkwise.io.genes import align, join_duplicates, without_versions

X = np.array([[1, 2, 3, 4], [5, 6, 7, 0]], dtype=np.float32)


def cohort(genes: list[str]) -> anndata.AnnData:
    values = np.arange(2 * len(genes), dtype=np.float32).reshape(2, -1)
    made = anndata.AnnData(
        values, pd.DataFrame({"x": ["a", "b"]}, index=["S1", "S2"]), pd.DataFrame(index=genes)
    )
    made.uns["unit"] = "tpm"
    return made


def test_versions_go_and_other_names_stay() -> None:
    names = ["ENSG00000141510.18", "ENSG00000182378.15_PAR_Y", "RP11-34P13.7", "ENSG00000182378"]
    assert without_versions(names) == (
        ["ENSG00000141510", "ENSG00000182378_PAR_Y", "RP11-34P13.7", "ENSG00000182378"],
        2,
    )


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("sum", [[4, 2, 4], [12, 6, 0]]),
        ("mean", [[2, 2, 4], [6, 6, 0]]),
        ("max", [[3, 2, 4], [7, 6, 0]]),
        ("first", [[1, 2, 4], [5, 6, 0]]),
    ],
)
def test_duplicates_are_joined_by_their_rule(how: str, expected: list[list[float]]) -> None:
    joined, first = join_duplicates(X, ["A", "B", "A", "C"], how, "tpm")  # type: ignore[arg-type]
    np.testing.assert_array_equal(joined, expected)
    assert joined.dtype == np.float32
    assert first == [0, 1, 3]


@pytest.mark.parametrize("unit", ["log2_tpm", "log_ratio", "microarray"])
def test_logarithms_are_not_summed(unit: str) -> None:
    with pytest.raises(UnitError, match="sums of logarithms are products"):
        join_duplicates(X, ["A", "B", "A", "C"], "sum", unit)


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(InputError, match="'median'"):
        join_duplicates(X, list("ABCD"), "median", "tpm")  # type: ignore[arg-type]


def test_alignment_by_name() -> None:
    made = cohort(["A", "B", "C"])
    aligned = align(made, ["C", "A"])
    np.testing.assert_array_equal(aligned.X, [[2, 0], [5, 3]])
    assert aligned.var_names.tolist() == ["C", "A"]
    assert aligned.var["measured"].all()
    assert aligned.uns["unit"] == "tpm"
    assert aligned.obs["x"].tolist() == ["a", "b"]


def test_versions_on_either_side_are_passed_over() -> None:
    plain, versioned = "ENSG00000141510", "ENSG00000141510.18"
    assert align(cohort([plain]), [versioned]).var_names.tolist() == [versioned]
    assert align(cohort([versioned]), [plain]).X[1, 0] == 1


def test_missing_genes_are_filled_or_nan_and_said() -> None:
    made = cohort(["A", "B", "C"])
    aligned = align(made, ["A", "Z", "C"], least_share=0.6)
    assert np.isnan(aligned.X[:, 1]).all()
    assert aligned.var["measured"].tolist() == [True, False, True]
    filled = align(made, ["A", "Z", "C"], least_share=0.6, fill=np.array([7.0, 8.0, 9.0]))
    np.testing.assert_array_equal(filled.X, [[0, 8, 2], [3, 8, 5]])


def test_too_few_in_common_gives_the_numbers() -> None:
    wanted = ["A", "B", "Y", "Z"]
    with pytest.raises(GeneError, match=r"has 2 of the 4 genes expected \(50%, at least 80%"):
        align(cohort(["A", "B", "C"]), wanted)
    with pytest.raises(GeneError, match="has 0 of the 1"):
        align(cohort(["A"]), ["B"], least_share=0.0)


def test_other_ids_and_other_cases_are_recognised() -> None:
    ensembl = [f"ENSG000000000{i:02d}" for i in range(30)]
    symbols = ["TP53", "EGFR", "MYC", "GAPDH", "KRAS"]
    with pytest.raises(GeneError, match="of kind symbol and ensembl is expected"):
        align(cohort(symbols), ensembl)
    with pytest.raises(GeneError, match=r"5 would match in another case"):
        align(cohort([name.title() for name in symbols]), symbols)


def test_a_gene_wanted_twice_is_refused() -> None:
    with pytest.raises(GeneError, match="more than once: 'A'"):
        align(cohort(["A"]), ["A", "A"])


@settings(max_examples=25, deadline=None)
@given(order=st.permutations(list("ABCDEF")), n_wanted=st.integers(1, 6))
def test_the_order_of_genes_changes_nothing(order: list[str], n_wanted: int) -> None:
    made = cohort(list("ABCDEF"))
    before = made.X.copy()
    wanted = list("FEDCBA")[:n_wanted]
    shuffled = made[:, order].copy()
    np.testing.assert_array_equal(align(shuffled, wanted).X, align(made, wanted).X)
    np.testing.assert_array_equal(align(made, wanted).X, made[:, wanted].X)
    np.testing.assert_array_equal(made.X, before)
