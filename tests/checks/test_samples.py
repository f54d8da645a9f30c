"""Sample names, and why two lists of them don't meet."""

from __future__ import annotations

import pandas as pd
import pytest

from bulkwise.checks.samples import check_match, check_samples, check_type_codes, r_mangled


@pytest.mark.parametrize(
    ("name", "mangled"),
    [
        ("TCGA-A6-2671", "TCGA.A6.2671"),
        ("5-T", "X5.T"),
        ("_a", "X_a"),
        (".1a", "X.1a"),
        ("a b/c", "a.b.c"),
        ("plain_1", "plain_1"),
    ],
)
def test_what_r_makes_of_names(name: str, mangled: str) -> None:
    assert r_mangled(name) == mangled


def test_empty_and_duplicated_names() -> None:
    found = check_samples(["a", "", "b", "a", " ", "a"])
    assert [finding.code for finding in found] == ["empty-sample-name", "duplicate-samples"]
    assert "2 samples of the matrix have no name (number 2, 5)" in found[0].message
    assert "'a' 3 times" in found[1].message
    assert check_samples(["a", "b"]) == []


def test_names_that_match_in_any_order() -> None:
    assert check_match(["a", "b"], ["b", "a"]) == []


def test_both_sides_are_named() -> None:
    found = check_match(["a", "b", "c"], ["c", "d"])
    assert [(finding.code, finding.items) for finding in found] == [
        ("sample-not-in-sheet", ("a", "b")),
        ("sample-not-in-matrix", ("d",)),
    ]


@pytest.mark.parametrize(
    ("matrix", "sheet", "cause"),
    [
        (["TCGA.A6.2671"], ["TCGA-A6-2671"], "read it in R with check.names = FALSE"),
        (["TCGA-A6-2671"], ["TCGA.A6.2671"], "the sheet has 'TCGA.A6.2671' for 'TCGA-A6-2671'"),
        (["Sample 1"], ["sample  1"], "differ only in case or spaces"),
        (["TCGA-A6-2671-01A"], ["TCGA-A6-2671"], "one of the two has cut names"),
        (["a"], ["b"], "give the sheet of these samples"),
    ],
)
def test_the_likely_cause_is_named(matrix: list[str], sheet: list[str], cause: str) -> None:
    (finding,) = check_match(matrix, sheet)
    assert finding.code == "no-sample-matches"
    assert cause in finding.message


def test_barcodes_that_disagree_with_the_label() -> None:
    names = [
        "TCGA-AA-0001-01A",
        "TCGA-AA-0001-11A",
        "TCGA.AA.0002.06A",
        "GTEX-1",
        "TCGA-AA-0003-20",
    ]
    obs = pd.DataFrame(
        {"condition": ["Tumor", "tumour", "normal", "normal", "tumour"], "other": list("abcde")},
        index=names,
    )
    (finding,) = check_type_codes(obs, names)
    assert finding.items == ("TCGA-AA-0001-11A", "TCGA.AA.0002.06A")
    assert "'condition'" in finding.message
    assert check_type_codes(obs.iloc[:1], names[:1]) == []
    assert check_type_codes(obs.set_axis(list("vwxyz")), list("vwxyz")) == []
