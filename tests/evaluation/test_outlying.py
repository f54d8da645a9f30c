from __future__ import annotations

from typing import Any

import anndata as ad
import numpy as np
import pandas as pd
import pytest

from bulkwise.errors import GeneError, SampleError, UnitError
from bulkwise.evaluation.outlying import outliers

GENES = [f"G{k}" for k in range(400)]


def cohort(X: Any, names: str, unit: str = "log2", genes: list[str] | None = None) -> ad.AnnData:
    made = ad.AnnData(
        np.asarray(X, dtype=np.float32),
        obs=pd.DataFrame(index=[f"{names}{k}" for k in range(len(X))]),
        var=pd.DataFrame(index=genes or GENES),
    )
    made.uns["unit"] = unit
    return made


@pytest.fixture
def normal() -> Any:
    return np.random.default_rng(0).normal(8, 0.5, (20, 400))


def test_planted_genes_leave_the_range_and_normals_stay(normal: Any) -> None:
    ours = np.random.default_rng(1).normal(8, 0.5, (3, 400))
    ours[0, :6] += 4
    ours[0, 6:10] -= 4
    reference = cohort(normal, "n")
    before = reference.X.copy()
    found = outliers(cohort(ours, "s"), reference)
    row = found.summary.set_index("sample")
    assert row.loc["s0", ["high", "low"]].tolist() in ([6, 4], [7, 4], [6, 5])
    assert row.loc[["s1", "s2"], ["high", "low"]].to_numpy().sum() <= 1
    assert set(found.table()["gene"][:10]) == set(GENES[:10])
    whole = found.table(every_gene=True)
    assert len(whole) == 1200
    first = whole[whole["sample"] == "s0"]
    assert first["p_value"].is_monotonic_increasing
    np.testing.assert_array_equal(reference.X, before)


def test_genes_are_matched_by_name_and_views_are_welcome(normal: Any) -> None:
    ours = cohort(normal[:2] + 0.1, "s")
    plain = outliers(ours, cohort(normal, "n"))
    order = np.random.default_rng(0).permutation(400)[:390]
    shuffled = ours[:, order]
    again = outliers(shuffled, cohort(normal, "n")[:, np.sort(order)])
    for name in ("s0", "s1"):
        a = plain.profiles[name].table.set_index("gene")["difference"]
        b = again.profiles[name].table.set_index("gene")["difference"]
        np.testing.assert_allclose(b, a.loc[b.index], atol=1e-6)
    fewer = outliers(shuffled, cohort(normal, "n"))
    assert "10 of the reference's 400 genes" in " ".join(f.message for f in fewer.findings)


def test_a_trace_of_a_silent_gene_is_no_outlier_and_a_loud_one_is() -> None:
    rng = np.random.default_rng(0)
    mean = np.r_[np.zeros(100), np.exp(rng.uniform(4, 8, 300))]
    counts = rng.poisson(rng.gamma(20, mean / 20, (16, 400)))
    counts[:, 99] = 0
    ours = counts[15:].copy()
    ours[0, :50] = 2
    ours[0, 99] = 900
    found = outliers(cohort(ours, "s", "counts"), cohort(counts[:15], "n", "counts"))
    table = found.profiles["s0"].table.set_index("gene")
    assert not set(GENES[:50]) & set(table.index[table["p_value"].notna()])
    assert table["adjusted_p_value"].idxmin() == "G99"
    assert table.loc["G99", "adjusted_p_value"] < 0.05
    assert found.scale == "log2 counts per million"
    assert "99 of 400 genes are hardly expressed" in " ".join(f.message for f in found.findings)


def test_depth_is_no_difference() -> None:
    rng = np.random.default_rng(0)
    counts = rng.poisson(rng.gamma(20, np.exp(rng.uniform(5, 8, 400)) / 20, (16, 400)))
    one = outliers(cohort(counts[15:], "s", "counts"), cohort(counts[:15], "n", "counts"))
    deep = outliers(cohort(counts[15:] * 10, "s", "counts"), cohort(counts[:15], "n", "counts"))
    a, b = (r.profiles["s0"].table["difference"] for r in (one, deep))
    np.testing.assert_allclose(a, b, atol=0.05)


def test_samples_of_the_reference_are_not_judged(normal: Any) -> None:
    everything = cohort(normal, "n")
    found = outliers(everything, everything[:18])
    assert list(found.profiles) == ["n18", "n19"]
    with pytest.raises(SampleError, match="'n1' is in the reference itself"):
        outliers(everything, everything[:18], samples=["n1"])
    with pytest.raises(SampleError, match="All 20 samples are in the reference"):
        outliers(everything, everything)
    with pytest.raises(SampleError, match="There is no sample 'x'"):
        outliers(everything, everything[:18], samples=["x"])


def test_few_references_warn_and_too_few_are_refused(normal: Any) -> None:
    found = outliers(cohort(normal[10:11], "s"), cohort(normal[:6], "n"))
    assert "few-references" in [f.code for f in found.findings]
    with pytest.raises(SampleError, match="at least 4 samples, got 3"):
        outliers(cohort(normal[10:11], "s"), cohort(normal[:3], "n"))


def test_units_and_ids_must_meet(normal: Any) -> None:
    with pytest.raises(UnitError, match="samples are in 'log2_tpm' and the reference in 'log2'"):
        outliers(cohort(normal[:1], "s", "log2_tpm"), cohort(normal, "n"))
    other = [f"ENSG{k:011d}" for k in range(400)]
    with pytest.raises(GeneError):
        outliers(cohort(normal[:1], "s", genes=other), cohort(normal, "n"))
