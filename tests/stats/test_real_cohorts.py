"""Differential expression of real cohorts, held against the tables that R made of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from bulkwise.stats.contrast import differential_expression

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def reference(data_folder: Path) -> Callable[[str], pd.DataFrame]:
    folder = data_folder / "reference" / "R"
    return lambda name: pd.read_csv(folder / name, index_col=0, skipinitialspace=True)


def _expected_counts(folder: Path, study: str) -> pd.DataFrame:
    (path,) = folder.glob(f"mirror/mskcc/RNAseqDB/*/data/expected_count/{study}.txt.gz")
    table = pd.read_csv(path, sep="\t", skipinitialspace=True, dtype={0: str})
    return table[~table["Hugo_Symbol"].duplicated()].set_index("Hugo_Symbol").iloc[:, 1:]


def _cohort(values: pd.DataFrame, obs: pd.DataFrame, unit: str = "counts") -> ad.AnnData:
    cohort = ad.AnnData(
        values.to_numpy(dtype=float), obs=obs, var=pd.DataFrame(index=values.columns)
    )
    cohort.uns["unit"] = unit
    return cohort


@pytest.fixture(scope="module")
def tumours(data_folder: Path) -> Callable[[str], ad.AnnData]:
    def load(study: str) -> ad.AnnData:
        normal = _expected_counts(data_folder, f"{study}-rsem-count-tcga")
        tumour = _expected_counts(data_folder, f"{study}-rsem-count-tcga-t")
        both = pd.concat([normal, tumour.reindex(normal.index)], axis=1, join="inner").dropna()
        obs = pd.DataFrame({"condition": "normal"}, index=both.columns)
        obs.iloc[normal.shape[1] :, 0] = "tumour"
        obs["patient"] = obs.index.str[:12]
        return _cohort(both.T, obs)

    return load


def _hold_against(table: pd.DataFrame, theirs: pd.DataFrame) -> None:
    """|a - b| <= 1e-8 max(|b|, 1), for P on the log scale."""
    ours = table.set_index("gene")
    assert set(ours.index) == set(theirs.index)
    ours = ours.loc[theirs.index]
    pairs = {"log2_fold_change": "logFC", "mean": "AveExpr", "statistic": "t", "b": "B"}
    for column, name in pairs.items():
        error = np.abs(ours[column] - theirs[name]) / np.maximum(np.abs(theirs[name]), 1)
        assert error.max() <= 1e-8, column
    for column, name in {"p_value": "P.Value", "adjusted_p_value": "adj.P.Val"}.items():
        assert np.abs(np.log10(ours[column]) - np.log10(theirs[name])).max() <= 1e-8, column


@pytest.mark.parametrize("study", ["kich", "chol"])
def test_voom_equals_r(
    study: str,
    tumours: Callable[[str], ad.AnnData],
    reference: Callable[[str], pd.DataFrame],
) -> None:
    result = differential_expression(
        tumours(study),
        column="condition",
        contrast="tumour:normal",
        method="voom",
        filter_genes=True,
    )
    _hold_against(result.table, reference(f"RNAseqDB_{study}_TvsN_voom_limma.csv.gz"))
    assert result.mean_variance is not None
    # edgeR's quasi-likelihood test is another model: concordant, not equal
    theirs = reference(f"RNAseqDB_{study}_TvsN_edgeR_QL.csv.gz")["logFC"]
    ours = result.table.set_index("gene")["log2_fold_change"].loc[theirs.index]
    assert spearmanr(ours, theirs).statistic > 0.9


def test_pairs_and_blocks_equal_r(
    tumours: Callable[[str], ad.AnnData], reference: Callable[[str], pd.DataFrame]
) -> None:
    cohort = tumours("kich")
    cohort = cohort[~cohort.obs.duplicated().to_numpy()].copy()
    asked = {
        "column": "condition",
        "contrast": "tumour:normal",
        "method": "voom",
        "filter_genes": True,
    }
    result = differential_expression(cohort, paired="patient", **asked)
    _hold_against(result.table, reference("RNAseqDB_kich_paired_voom_limma.csv.gz"))
    assert (result.n_first, result.n_second) == (23, 23)
    complete = cohort[cohort.obs["patient"].duplicated(keep=False).to_numpy()].copy()
    result = differential_expression(complete, block="patient", **asked)
    theirs = reference("RNAseqDB_kich_blocked_voom_limma.csv.gz")
    _hold_against(result.table, theirs)
    assert abs(result.numbers["correlation"] - theirs["consensus"].iloc[0]) < 1e-9


@pytest.fixture(scope="module")
def airway(data_folder: Path) -> ad.AnnData:
    counts = pd.read_csv(data_folder / "airway" / "counts.csv.gz", index_col=0)
    sheet = pd.read_csv(data_folder / "airway" / "metadata.csv", index_col=0)
    return _cohort(counts[sheet.index].T, sheet)


def test_airway_equals_r_and_gives_the_known_genes(
    airway: ad.AnnData, reference: Callable[[str], pd.DataFrame], data_folder: Path
) -> None:
    result = differential_expression(
        airway, column="dex", contrast="treated:control", covariates=["celltype"], filter_genes=True
    )
    assert result.method == "voom"
    genes = pd.read_csv(data_folder / "genes" / "grch38.csv.gz")
    symbol = dict(zip(genes["ensgene"], genes["symbol"], strict=True))
    _hold_against(result.table, reference("airway_voom_limma.csv.gz"))
    top = [symbol.get(name) for name in result.discoveries()["gene"][:150]]
    assert {"FKBP5", "TSC22D3", "PER1", "KLF9", "DUSP1"} <= set(top)


def test_every_gene_is_in_the_table_without_a_filter(airway: ad.AnnData) -> None:
    result = differential_expression(
        airway, column="dex", contrast="treated:control", paired="celltype"
    )
    assert len(result.table) == 64_102
    assert result.table["gene"].tolist() == airway.var_names.tolist()
    never = np.asarray(airway.X.sum(axis=0)) == 0
    assert never.sum() > 30_000
    assert result.table["p_value"][never].isna().all()
    assert result.table["mean"].notna().all()


def test_bladder_equals_r_as_far_as_the_file_goes(
    data_folder: Path, reference: Callable[[str], pd.DataFrame]
) -> None:
    # the file holds five decimals, R's table was made from the full ones
    cohort = ad.read_h5ad(data_folder / "bladderbatch.h5ad")
    ours = differential_expression(
        cohort, column="cancer", contrast="Cancer:Normal", method="limma"
    ).table.set_index("gene")
    path = data_folder / "reference" / "R" / "bladderbatch_limma_cancer_vs_normal.tsv.gz"
    theirs = pd.read_csv(path, sep="\t", index_col=0)
    ours = ours.loc[theirs.index]
    for column, name in {"log2_fold_change": "logFC", "statistic": "t", "b": "B"}.items():
        error = np.abs(ours[column] - theirs[name]) / np.maximum(np.abs(theirs[name]), 1)
        assert error.max() < 2e-4, column


@pytest.mark.parametrize("method", ["voom", "wilcoxon"])
def test_mock_groups_within_normals_give_nothing(method: str, data_folder: Path) -> None:
    normal = _expected_counts(data_folder, "lihc-rsem-count-tcga").T
    rng = np.random.default_rng(0)
    level, calls, discoveries = [], 0, 0
    for _ in range(8):
        obs = pd.DataFrame(index=normal.index)
        obs["mock"] = np.where(rng.permutation(len(obs)) < len(obs) // 2, "a", "b")
        result = differential_expression(
            _cohort(normal, obs), column="mock", contrast="a:b", method=method, filter_genes=True
        )
        level.append(float((result.table["p_value"] <= 0.05).mean()))
        calls += int((result.table["adjusted_p_value"] <= 0.05).any())
        discoveries += len(result.discoveries())
    assert np.median(level) < 0.08
    assert calls <= 3
