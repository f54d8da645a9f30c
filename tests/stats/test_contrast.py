from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from scipy.stats import mannwhitneyu, wilcoxon

from bulkwise.errors import InputError, UnitError
from bulkwise.stats.base import adjust, lm_fit
from bulkwise.stats.contrast import differential_expression
from bulkwise.stats.differential import e_bayes, top_table
from bulkwise.stats.normalization import filter_by_expr, log_cpm, tmm_factors
from bulkwise.stats.precision import voom

COLUMNS = [
    "gene",
    "log2_fold_change",
    "mean",
    "statistic",
    "p_value",
    "adjusted_p_value",
    "b",
]


@pytest.fixture
def cohort(small: SimpleNamespace) -> ad.AnnData:
    obs = pd.DataFrame(
        {
            "condition": small.group,
            "patient": [f"p{k}" for k in small.patient],
            "age": small.design["age"].to_numpy(),
            "batch": ["x", "y"] * 6,
        },
        index=[f"s{i}" for i in range(12)],
    )
    cohort = ad.AnnData(
        small.counts.to_numpy().copy(), obs=obs, var=pd.DataFrame(index=small.y.columns)
    )
    cohort.uns["unit"] = "counts"
    return cohort


def _logs(cohort: ad.AnnData, small: SimpleNamespace) -> ad.AnnData:
    logs = ad.AnnData(small.y.to_numpy().copy(), obs=cohort.obs, var=cohort.var)
    logs.uns["unit"] = "log2_counts"
    return logs


def _compare(cohort: ad.AnnData, **more: Any) -> Any:
    return differential_expression(cohort, column="condition", contrast="B:A", **more)


def test_voom_of_two_groups_is_what_its_parts_give(cohort: ad.AnnData) -> None:
    result = _compare(cohort)
    assert result.method == "voom"
    assert result.table.columns.tolist() == COLUMNS
    assert (result.n_first, result.n_second) == (4, 4)
    kept = filter_by_expr(cohort.X[:8], group=np.arange(8) >= 4)
    counts = cohort.X[:8, kept]
    sizes = counts.sum(axis=1) * tmm_factors(counts)
    design = np.column_stack([np.ones(8), np.arange(8) >= 4])
    v = voom(counts, design, sizes=sizes)
    table = top_table(e_bayes(lm_fit(v.log_cpm, design, weights=v.weights)), "1")
    for column in COLUMNS[1:]:
        np.testing.assert_allclose(result.table[column][kept], table[column], rtol=1e-10)
    assert result.table["gene"].tolist() == cohort.var_names.tolist()


def test_every_gene_is_in_the_table_and_a_filter_only_drops_rows(cohort: ad.AnnData) -> None:
    kept = filter_by_expr(cohort.X[:8], group=np.arange(8) >= 4)
    whole, filtered = _compare(cohort), _compare(cohort, filter_genes=True)
    assert whole.table["gene"].tolist() == cohort.var_names.tolist()
    assert len(filtered.table) == kept.sum() < 90
    pd.testing.assert_frame_equal(whole.table[kept].reset_index(drop=True), filtered.table)
    aside = whole.table[~kept]
    assert aside["mean"].notna().all()
    assert aside.drop(columns=["gene", "mean"]).isna().all(axis=None)
    assert (aside["mean"].max()) < filtered.table["mean"].max()
    said = {f.code: f.message for f in (*whole.findings, *filtered.findings)}
    assert f"weren't compared: {(~kept).sum()} of 90" in said["genes-not-compared"]
    assert "were left out" in said["genes-filtered"]


def test_a_gene_without_counts_is_no_discovery(cohort: ad.AnnData) -> None:
    """Libraries of unlike depth give a gene of zeros a difference after voom's half count."""
    deep = cohort.copy()
    deep.X[4:8] *= 20
    deep.X[:, :4] = 0
    table = _compare(deep, method="voom").table
    assert table["p_value"][:4].isna().all()
    assert _compare(deep, method="wilcoxon").table["p_value"][:4].isin([1.0]).all()


def test_no_gene_with_enough_counts_is_refused(cohort: ad.AnnData) -> None:
    poor = cohort.copy()
    poor.X[:] = np.minimum(poor.X, 1)
    with pytest.raises(InputError, match="all 90 have too few counts"):
        _compare(poor)


def test_limma_of_logs_with_covariates(cohort: ad.AnnData, small: SimpleNamespace) -> None:
    result = _compare(_logs(cohort, small), covariates=["age", "batch"], trend=True, robust=True)
    assert result.method == "limma"
    assert result.design is not None
    assert result.design.columns.tolist() == ["intercept", "age", "batch=y", "B-A"]
    fit = lm_fit(small.y.iloc[:8], result.design.to_numpy())
    expected = top_table(e_bayes(fit, trend=True, robust=True), "3")
    np.testing.assert_allclose(result.table["p_value"], expected["p_value"], rtol=1e-10)
    assert result.mean_variance is not None
    assert (np.diff(result.mean_variance.curve[:, 0]) >= 0).all()


def test_swapped_contrast_swaps_signs(cohort: ad.AnnData) -> None:
    one = _compare(cohort).table
    two = differential_expression(cohort, column="condition", contrast="A:B").table
    np.testing.assert_allclose(one["log2_fold_change"], -two["log2_fold_change"], atol=1e-9)
    np.testing.assert_allclose(one["p_value"], two["p_value"], rtol=1e-8)


def test_pairs_blocks_and_quality_weights(cohort: ad.AnnData, small: SimpleNamespace) -> None:
    paired = _compare(cohort, paired="patient")
    assert paired.design is not None
    assert paired.design.shape == (8, 5)
    for data in (cohort, _logs(cohort, small)):
        blocked = _compare(data, block="patient")
        assert -1 < blocked.numbers["correlation"] < 1
        weighed = _compare(data, quality_weights=True)
        weights = weighed.numbers["sample_weights"]
        assert int(np.argmin(weights)) == 6
        assert len(blocked.to_dict()["findings"]) >= 2


def test_wilcoxon_of_groups_and_pairs(cohort: ad.AnnData, small: SimpleNamespace) -> None:
    y = small.y.to_numpy()
    logs = _logs(cohort, small)
    table = _compare(logs, method="wilcoxon").table
    expected = [mannwhitneyu(y[4:8, g], y[:4, g]).pvalue for g in range(90)]
    np.testing.assert_allclose(table["p_value"], expected)
    np.testing.assert_allclose(table["adjusted_p_value"], adjust(expected))
    np.testing.assert_allclose(table["log2_fold_change"], y[4:8].mean(0) - y[:4].mean(0))
    paired = _compare(logs, method="wilcoxon", paired="patient")
    assert paired.design is None
    expected = [wilcoxon(y[4:8, g], y[:4, g]).pvalue for g in range(89)]
    np.testing.assert_allclose(paired.table["p_value"][:89], expected)


def test_wilcoxon_of_counts_ranks_what_depth_is_taken_from(cohort: ad.AnnData) -> None:
    counts = cohort.X[:8]
    logs = log_cpm(counts, factors=tmm_factors(counts))
    table = _compare(cohort, method="wilcoxon").table
    expected = [mannwhitneyu(logs[4:, g], logs[:4, g]).pvalue for g in range(90)]
    np.testing.assert_allclose(table["p_value"], expected)


def test_linear_units_are_logged_and_that_is_said(cohort: ad.AnnData) -> None:
    linear = cohort.copy()
    linear.uns["unit"] = "fpkm"
    result = _compare(linear)
    assert result.method == "limma"
    assert "log2(x + 1)" in " ".join(f.message for f in result.findings)


def test_gaps_leave_the_gene_in_the_table(cohort: ad.AnnData, small: SimpleNamespace) -> None:
    logs = _logs(cohort, small)
    logs.X[0, 3] = np.nan
    logs.X[:8, 5] = np.nan
    for method in ("limma", "wilcoxon"):
        table = _compare(logs, method=method).table
        assert np.isfinite(table["p_value"][3])
        assert np.isnan(table["p_value"][5])


def test_findings_say_the_design_and_the_batch(cohort: ad.AnnData) -> None:
    confounded = cohort.copy()
    confounded.obs["source"] = ["s1"] * 4 + ["s2"] * 8
    found = {f.code: f.message for f in _compare(confounded).findings}
    assert "full rank: intercept, B-A" in found["design"]
    assert "leave 6 residual degrees of freedom" in found["residual-df"]
    assert "'source' fixes 'condition'" in found["confounded"]
    with pytest.raises(InputError, match="can't be estimated"):
        _compare(confounded, covariates=["source"])


def test_heat_map_holds_the_top_genes(cohort: ad.AnnData) -> None:
    result = _compare(cohort)
    best = result.table.sort_values("p_value", kind="stable")["gene"].head(50).tolist()
    assert result.top_values.columns.tolist() == best
    assert result.top_values.index.tolist() == [f"s{i}" for i in range(8)]
    assert result.conditions == ("A",) * 4 + ("B",) * 4


@pytest.mark.parametrize("method", ["voom", "pydeseq2"])
def test_count_methods_refuse_logs(cohort: ad.AnnData, small: SimpleNamespace, method: str) -> None:
    with pytest.raises(UnitError, match=f"'{method}' takes counts and the unit is 'log2_counts'"):
        _compare(_logs(cohort, small), method=method)


def test_limma_refuses_counts(cohort: ad.AnnData) -> None:
    with pytest.raises(UnitError, match="'limma' takes logarithms"):
        _compare(cohort, method="limma")


def test_what_a_method_cannot_do_is_refused(cohort: ad.AnnData) -> None:
    with pytest.raises(InputError, match="adjust for nothing but pairs; leave 'age' out"):
        _compare(cohort, method="wilcoxon", covariates=["age"])
    with pytest.raises(InputError, match="no random effects"):
        _compare(cohort, method="pydeseq2", block="patient")
    with pytest.raises(InputError, match="leave one out"):
        _compare(cohort, method="voom", block="patient", quality_weights=True)
    with pytest.raises(ValueError, match="'method' must be"):
        _compare(cohort, method="ttest")


def test_no_replicates_are_refused(cohort: ad.AnnData) -> None:
    two = cohort[[0, 4]].copy()
    with pytest.raises(InputError, match="residual degrees of freedom"):
        _compare(two)


def test_genes_that_do_not_vary_are_said_or_refused(
    cohort: ad.AnnData, small: SimpleNamespace
) -> None:
    logs = _logs(cohort, small)
    logs.X[:, :3] = 2.0
    found = {f.code: f.items for f in _compare(logs).findings}
    assert found["genes-without-variation"] == ("g1", "g2", "g3", "g90")
    logs.X[:, :60] = 2.0
    with pytest.raises(InputError, match="61 of 90 genes don't vary"):
        _compare(logs)
    assert len(_compare(logs, filter_genes=True).table) == 29


def test_an_infinite_prior_is_said(cohort: ad.AnnData, small: SimpleNamespace) -> None:
    logs = _logs(cohort, small)
    logs.X[:] = small.even
    found = [f.code for f in _compare(logs).findings]
    assert "infinite-prior-df" in found


def test_caller_keeps_its_cohort(cohort: ad.AnnData) -> None:
    before, sheet = cohort.X.copy(), cohort.obs.copy()
    _compare(cohort, paired="patient", filter_genes=True)
    np.testing.assert_array_equal(cohort.X, before)
    pd.testing.assert_frame_equal(cohort.obs, sheet)


def test_pydeseq2_behind_the_same_call(cohort: ad.AnnData) -> None:
    pytest.importorskip("pydeseq2", reason="needs the extra bulkwise[counts]")
    result = _compare(cohort, method="pydeseq2")
    assert result.table.columns.tolist() == COLUMNS
    assert result.design is not None
