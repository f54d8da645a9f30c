"""Sex by two genes."""

from __future__ import annotations

from pathlib import Path

import anndata
import numpy as np
import pytest

from bulkwise.checks.sex import call_sex, check_sex, check_sex_of_patients, stated_sex

X = np.array([[1, 0, 99], [1, 99, 0], [1, 3, 3], [1, 0, 2.9], [1, 0, 3]], dtype=np.float32)
CALLED = ["male", "female", "unclear", "unclear", "male"]


@pytest.mark.parametrize(
    "names",
    [
        ["A", "XIST", "RPS4Y1"],
        ["A", "ENSG00000229807.13", "ENSG00000129824.16"],
        ["1", "7503", "6192"],
        ["1_at", "214218_s_at", "201909_at"],
    ],
)
def test_calls_in_every_kind_of_id(names: list[str]) -> None:
    called = call_sex(X, "tpm", names)
    assert called is not None
    assert called.tolist() == CALLED


def test_the_units_matter() -> None:
    names = ["A", "XIST", "RPS4Y1"]
    logged = call_sex(np.log2(X + 1), "log2_tpm", names)
    assert logged is not None
    assert logged.tolist() == CALLED
    assert call_sex(X, "log_ratio", names) is None
    assert call_sex(X, "tpm", ["A", "XIST", "B"]) is None


def test_what_a_sheet_states() -> None:
    assert stated_sex(["M", "Female ", "male", "unknown", 1]).tolist() == [
        "male", "female", "male", "", "",
    ]  # fmt: skip


def test_disagreements_are_named_and_unclear_ones_pass() -> None:
    called = np.array(["male", "female", "unclear", "male"])
    stated = stated_sex(["f", "f", "m", ""])
    (finding,) = check_sex(called, stated, list("abcd"), column="sex")
    assert finding.items == ("a",)
    assert check_sex(called, stated_sex(["m", "f", "f", "m"]), list("abcd"), column="sex") == []


def test_a_patient_of_both_sexes() -> None:
    called = np.array(["male", "female", "unclear", "male", "male"])
    (finding,) = check_sex_of_patients(called, list("ppqqq"), column="patient")
    assert finding.items == ("p",)


@pytest.mark.real
def test_uterine_tumours_are_female(data_folder: Path) -> None:
    cohort = anndata.read_h5ad(data_folder / "rtcga/UCS.h5ad")
    called = call_sex(cohort.X, "rsem", cohort.var_names.tolist())
    assert called is not None
    assert called.tolist() == ["female"] * 57
