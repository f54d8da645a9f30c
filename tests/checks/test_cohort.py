"""One check of everything."""

from __future__ import annotations

import json
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest

import bulkwise as bw
from bulkwise.checks.cohort import check
from bulkwise.errors import InputError, SampleError

N = 12


def cohort() -> anndata.AnnData:
    rng = np.random.default_rng(0)
    genes = ["XIST", "RPS4Y1", "TP53", "GAPDH", *(f"LINC{i}" for i in range(96))]
    X = rng.gamma(1, 50, (N, 100)).astype(np.float32)
    X[:, :2] = [[100, 0], [0, 100]] * (N // 2)
    obs = pd.DataFrame(
        {
            "tissue": ["lung", "lung", "liver", "liver"] * 3,
            "patient": [f"P{i}" for i in range(N)],
            "batch": ["1", "2", "2", "1"] * 3,
            "sex": ["F", "M"] * (N // 2),
        },
        index=[f"S{i}" for i in range(N)],
    )
    made = anndata.AnnData(X, obs, pd.DataFrame(index=genes))
    made.uns["unit"] = "fpkm"
    return made


def codes(made: anndata.AnnData, **options: str) -> list[str]:
    return [finding.code for finding in check(made, **options).findings]


def test_a_good_cohort_passes_and_is_summarised() -> None:
    report = check(cohort(), target="tissue")
    assert report.findings == []
    assert report.ok
    assert report.require() is report
    assert report.summary == {
        "samples": N,
        "genes": 100,
        "unit": "fpkm",
        "gene_ids": "symbol",
        "columns": ["tissue", "patient", "batch", "sex"],
        "groups": "patient",
        "patients": N,
        "target": "tissue",
        "classes": {"liver": 6, "lung": 6},
        "source": "batch",
        "sources": {"1": 6, "2": 6},
        "sex_by_genes": {"female": 6, "male": 6},
    }


def test_nothing_of_the_callers_is_changed() -> None:
    made, before = cohort(), cohort()
    check(made, target="tissue")
    np.testing.assert_array_equal(made.X, before.X)
    pd.testing.assert_frame_equal(made.obs, before.obs)
    assert dict(made.uns) == dict(before.uns)


def test_everything_at_once_the_worst_first() -> None:
    made = cohort()
    made.obs["sex"] = ["M", "M"] * (N // 2)
    made.obs.iloc[0, 0] = None
    made.X[3, 5] = np.nan
    made.X[4] = 0
    made.uns["unit"] = "counts"
    made.uns["findings"] = {"versions-dropped": "Versions were dropped."}
    report = check(made, target="tissue")
    levels = [finding.level for finding in report.findings]
    assert levels == sorted(levels, key=["error", "warning", "note"].index)
    assert {finding.code for finding in report.errors} == {
        "missing-values",
        "all-zero-sample",
        "label-missing",
        "unit-contradicted",
    }
    assert {finding.code for finding in report.warnings} == {"sex-mismatch", "versions-dropped"}
    with pytest.raises(InputError, match="missing"):
        report.require()
    assert json.loads(json.dumps(report.to_dict()))["ok"] is False


def test_a_unit_that_is_not_there_is_an_error_of_the_report() -> None:
    made = cohort()
    del made.uns["unit"]
    (finding,) = check(made).errors
    assert finding.code == "unit-unknown"
    assert "never guessed" in finding.message


def test_duplicated_names_are_reported() -> None:
    made = cohort()
    made.obs_names = ["S0", *made.obs_names[:-1]]
    made.var_names = ["TP53", *made.var_names[1:]]
    assert codes(made)[:2] == ["duplicate-samples", "duplicate-genes"]


def test_a_transposed_cohort_is_reported() -> None:
    flipped = cohort().T
    flipped.uns["unit"] = "fpkm"
    assert "transposed" in codes(flipped)


def test_a_label_fixed_by_the_source_is_reported() -> None:
    made = cohort()
    made.obs["batch"] = made.obs["tissue"].map({"lung": "a", "liver": "b"})
    assert codes(made, target="tissue") == ["label-fixed-by-source"]
    made.obs["arm"] = ["x", "y", "y", "x"] * 3
    assert codes(made, target="tissue", source="arm") == []
    assert codes(made, target="batch", source="batch") == []


def test_missing_patients_are_an_error() -> None:
    made = cohort()
    made.obs.loc["S3", "patient"] = None
    (finding,) = check(made).errors
    assert (finding.code, finding.items) == ("label-missing", ("S3",))


def test_patients_of_two_sexes_are_reported() -> None:
    made = cohort()
    made.obs["donor"] = [f"D{i // 2}" for i in range(N)]
    assert "sex-differs-in-patient" in codes(made, groups="donor")


def test_swapped_pairs_are_found_in_the_column_that_pairs() -> None:
    rng = np.random.default_rng(1)
    X = rng.normal(8, 0.5, (20, 60)).astype(np.float32)
    X[1::2, :20] += 3
    X[[6, 7]] = X[[7, 6]]
    obs = pd.DataFrame(
        {
            "patient": [f"P{i // 2}" for i in range(20)],
            "arm": ["x"] * 10 + ["y"] * 10,
            "state": ["before", "after"] * 10,
        },
        index=[f"S{i}" for i in range(20)],
    )
    made = anndata.AnnData(X, obs, pd.DataFrame(index=[f"G{j}" for j in range(60)]))
    made.uns["unit"] = "log2"
    report = check(made)
    assert report.summary["pairs"] == {"column": "state", "stratum": None, "number": 10}
    assert [finding.items for finding in report.warnings] == [("P3",)]


def test_a_column_that_is_not_there_is_refused() -> None:
    for option in ("target", "groups", "source"):
        with pytest.raises(SampleError, match=f"no column 'x' .asked for as {option}"):
            check(cohort(), **{option: "x"})


def test_something_else_is_refused() -> None:
    with pytest.raises(InputError, match="got ndarray"):
        check(np.ones((2, 2)))


@pytest.mark.real
def test_tcga_pairs_are_checked_as_they_come(data_folder: Path) -> None:
    cohort = bw.read(data_folder / "tcga_pairs.h5ad", missing="keep")
    report = bw.check(cohort, target="condition")
    assert [finding.code for finding in report.findings] == ["missing-values", "pair-suspect"]
    assert "667 of 3,214,624 values" in report.findings[0].message
    assert report.summary["pairs"]["number"] == 452


@pytest.mark.real
def test_good_cohorts_raise_no_alarm(data_folder: Path) -> None:
    for name, target in (("bladderbatch", "cancer"), ("gtex_26_tissues", "tissue")):
        report = bw.check(bw.read(data_folder / f"{name}.h5ad"), target=target)
        assert report.errors == []
        assert report.warnings == []
