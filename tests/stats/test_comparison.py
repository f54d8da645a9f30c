from __future__ import annotations

from typing import Any

import anndata as ad
import numpy as np
import pandas as pd
import pytest

from bulkwise.errors import InputError, SampleError, UnitError
from bulkwise.stats.comparison import parse_contrast, pick_samples


def _cohort(X: Any = None, unit: str = "counts", **columns: Any) -> ad.AnnData:
    values = np.arange(24.0).reshape(6, 4) if X is None else np.asarray(X, dtype=float)
    sheet = {"condition": ["t", "t", "t", "n", "n", None], "patient": list("abcabc")}
    obs = pd.DataFrame({**sheet, **columns}, index=[f"s{i}" for i in range(6)])
    cohort = ad.AnnData(values, obs=obs, var=pd.DataFrame(index=[f"g{i}" for i in range(4)]))
    cohort.uns["unit"] = unit
    return cohort


def test_contrasts_are_read() -> None:
    assert parse_contrast("t:n", ["t", "n"]) == ("t", "n")
    assert parse_contrast(("1", "0"), ["0", "1"]) == ("1", "0")
    assert parse_contrast("a:b:c", ["a:b", "c"]) == ("a:b", "c")
    assert parse_contrast("x:y", ["t", "n"]) == ("x", "y")


@pytest.mark.parametrize("wrong", ["t", "t:t", ":n", "a:b:c", ("t", "t")])
def test_what_is_no_contrast_is_refused(wrong: Any) -> None:
    with pytest.raises(InputError, match="Can't read the contrast"):
        parse_contrast(wrong, ["t", "n"])


def test_samples_of_two_conditions_are_picked() -> None:
    task = pick_samples(_cohort(), column="condition", contrast="t:n")
    assert task.samples == ["s0", "s1", "s2", "s3", "s4"]
    assert task.sizes == (3, 2)
    assert task.tested == "t-n"
    assert [f.code for f in task.findings] == ["samples-compared"]


def test_incomplete_pairs_go() -> None:
    task = pick_samples(_cohort(), column="condition", contrast="t:n", paired="patient")
    assert task.samples == ["s0", "s1", "s3", "s4"]
    assert [f.code for f in task.findings] == ["incomplete-pairs", "samples-compared"]


def test_genes_are_left_out_and_counted() -> None:
    task = pick_samples(_cohort(), column="condition", contrast="t:n")
    task.keep_genes(np.array([True, False, True, True]), "are dull")
    assert task.genes == ["g0", "g2", "g3"]
    assert task.values.shape == (5, 3)
    assert "Genes that are dull were left out: 1 of 4." in task.findings[-1].message
    with pytest.raises(InputError, match="No gene is left: all 3 are dull"):
        task.keep_genes(np.zeros(3, dtype=bool), "are dull")


def test_missing_columns_and_conditions_are_refused() -> None:
    with pytest.raises(SampleError, match="no column 'state'; it has 'condition', 'patient'"):
        pick_samples(_cohort(), column="state", contrast="t:n")
    with pytest.raises(SampleError, match="condition = 'tumour'"):
        pick_samples(_cohort(), column="condition", contrast="tumour:n")
    with pytest.raises(SampleError, match="'patient' is missing in 1 of the 5"):
        gaps = _cohort(patient=["a", None, "c", "a", "b", "c"])
        pick_samples(gaps, column="condition", contrast="t:n", paired="patient")
    with pytest.raises(InputError, match="must be different columns"):
        pick_samples(_cohort(), column="condition", contrast="t:n", covariates=["condition"])
    with pytest.raises(InputError, match="exclude each other"):
        pick_samples(
            _cohort(sex=list("mfmfmf")),
            column="condition",
            contrast="t:n",
            paired="patient",
            block="sex",
        )


LOGS = np.linspace(-2, 12, 24).reshape(6, 4)


@pytest.mark.parametrize(
    ("X", "unit", "message"),
    [
        (np.exp(LOGS), "log2_cpm", "values reach"),
        (LOGS, "counts", "down to -2"),
        (LOGS + 2, "counts", "no value is above"),
    ],
)
def test_logs_given_as_counts_and_counts_as_logs_are_refused(
    X: np.ndarray, unit: str, message: str
) -> None:
    with pytest.raises(UnitError, match=message):
        pick_samples(_cohort(X, unit), column="condition", contrast="t:n")


def test_equal_or_missing_values_are_refused() -> None:
    with pytest.raises(InputError, match="All values of the compared samples are 3"):
        pick_samples(_cohort(np.full((6, 4), 3.0)), column="condition", contrast="t:n")
    with pytest.raises(InputError, match="no finite values"):
        pick_samples(_cohort(np.full((6, 4), np.nan)), column="condition", contrast="t:n")


def test_a_missing_unit_is_refused() -> None:
    cohort = _cohort()
    del cohort.uns["unit"]
    with pytest.raises(UnitError):
        pick_samples(cohort, column="condition", contrast="t:n")
