"""Differential expression against R's own tables: the largest errors, and where known genes stand.

* Tables of limma and edgeR made in R (needs BULKWISE_DATA, ``reference/R``): airway, RNAseqDB's
  KICH and CHOL by voom; KICH paired by patient and blocked (duplicateCorrelation, two rounds);
  bladder cancer arrays by limma; TMM factors. Claimed: ``|a - b| <= 1e-8 max(|b|, 1)`` for logFC,
  t and B, 1e-8 for log10 P.
* The bladder file holds five decimals and R's table was made from more, so limma is run in R on
  the file's values too, where there is Rscript.
* Where airway's dexamethasone genes stand by P, and what KICH is enriched for.

    python benchmarks/equality.py
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import anndata as ad
import numpy as np
import pandas as pd

from bulkwise.io import read_gmt
from bulkwise.stats import differential_expression, preranked, tmm_factors

PAIRS = {"log2_fold_change": "logFC", "statistic": "t", "b": "B"}
KNOWN = ("FKBP5", "TSC22D3", "PER1", "KLF9", "DUSP1", "ZBTB16", "CRISPLD2")


def folder() -> Path:
    named = os.environ.get("BULKWISE_DATA")
    if not named:
        raise SystemExit("Set BULKWISE_DATA to the folder of the real cohorts.")
    return Path(named)


def reference(name: str, sep: str = ",") -> pd.DataFrame:
    path = folder() / "reference" / "R" / name
    return pd.read_csv(path, index_col=0, sep=sep, skipinitialspace=True)


def errors(table: pd.DataFrame, theirs: pd.DataFrame) -> dict[str, float]:
    """The largest error of each column, relative where the value is above 1."""
    ours = table.set_index("gene").loc[theirs.index]
    found = {
        name: float((np.abs(ours[mine] - theirs[name]) / np.maximum(np.abs(theirs[name]), 1)).max())
        for mine, name in PAIRS.items()
    }
    logs = np.log10(ours["p_value"]) - np.log10(theirs["P.Value"])
    return found | {"log10 P": float(np.abs(logs).max())}


def say(what: str, table: pd.DataFrame, theirs: pd.DataFrame) -> None:
    found = errors(table, theirs)
    line = ", ".join(f"{name} {value:.1e}" for name, value in found.items())
    print(f"  {what}, {len(theirs):,} genes: {line}")


def cohort(values: pd.DataFrame, obs: pd.DataFrame, unit: str = "counts") -> ad.AnnData:
    made = ad.AnnData(values.to_numpy(float), obs=obs, var=pd.DataFrame(index=values.columns))
    made.uns["unit"] = unit
    return made


def study(name: str) -> ad.AnnData:
    parts = []
    for ending in ("", "-t"):
        pattern = f"mirror/mskcc/RNAseqDB/*/data/expected_count/{name}-rsem-count-tcga{ending}"
        (path,) = folder().glob(f"{pattern}.txt.gz")
        table = pd.read_csv(path, sep="\t", skipinitialspace=True, dtype={0: str})
        table = table[~table["Hugo_Symbol"].duplicated()]
        parts.append(table.set_index("Hugo_Symbol").iloc[:, 1:])
    both = pd.concat([parts[0], parts[1].reindex(parts[0].index)], axis=1, join="inner").dropna()
    obs = pd.DataFrame({"condition": "normal"}, index=both.columns)
    obs.iloc[parts[0].shape[1] :, 0] = "tumour"
    obs["patient"] = obs.index.str[:12]
    return cohort(both.T, obs)


def compare(data: ad.AnnData, **more: Any) -> Any:
    asked = {"column": "condition", "contrast": "tumour:normal", "method": "voom"}
    return differential_expression(data, **(asked | {"filter_genes": True} | more))


def tumours() -> None:
    for name in ("kich", "chol"):
        data = study(name)
        say(
            f"{name.upper()}, voom",
            compare(data).table,
            reference(f"RNAseqDB_{name}_TvsN_voom_limma.csv.gz"),
        )
        factors(f"RNAseqDB_{name}_TvsN_TMM.csv.gz", data, compare(data).table["gene"])
    data = study("kich")
    data = data[~data.obs.duplicated().to_numpy()].copy()
    say(
        "KICH, paired",
        compare(data, paired="patient").table,
        reference("RNAseqDB_kich_paired_voom_limma.csv.gz"),
    )
    complete = data[data.obs["patient"].duplicated(keep=False).to_numpy()].copy()
    blocked, theirs = (
        compare(complete, block="patient"),
        reference("RNAseqDB_kich_blocked_voom_limma.csv.gz"),
    )
    say("KICH, blocked", blocked.table, theirs)
    error = abs(blocked.numbers["correlation"] - theirs["consensus"].iloc[0])
    print(f"  consensus correlation of the blocks: error {error:.1e}")


def factors(name: str, data: ad.AnnData, genes: pd.Series) -> None:
    theirs = reference(name)
    ours = tmm_factors(data[:, genes.tolist()].X)
    error = np.abs(ours / theirs["norm.factors"].to_numpy(float) - 1).max()
    print(f"  TMM factors, {len(theirs)} samples: largest relative error {error:.1e}")


def airway() -> None:
    counts = pd.read_csv(folder() / "airway" / "counts.csv.gz", index_col=0)
    sheet = pd.read_csv(folder() / "airway" / "metadata.csv", index_col=0)
    data = cohort(counts[sheet.index].T, sheet)
    asked = {"column": "dex", "contrast": "treated:control", "covariates": ["celltype"]}
    table = compare(data, **asked).table
    say("airway, voom", table, reference("airway_voom_limma.csv.gz"))
    factors("airway_TMM.csv.gz", data, table["gene"])
    genes = pd.read_csv(folder() / "genes" / "grch38.csv.gz")
    symbols = dict(zip(genes["ensgene"], genes["symbol"], strict=True))
    order = table.sort_values("p_value", kind="stable")["gene"].map(symbols).tolist()
    called = int((table["adjusted_p_value"] <= 0.05).sum())
    places = ", ".join(f"{name} {order.index(name) + 1}" for name in KNOWN)
    print(f"  dexamethasone genes by P, of {len(order):,} tested and {called:,} called: {places}")


def bladder() -> None:
    data = ad.read_h5ad(folder() / "bladderbatch.h5ad")
    table = differential_expression(
        data, column="cancer", contrast="Cancer:Normal", method="limma"
    ).table
    theirs = reference("bladderbatch_limma_cancer_vs_normal.tsv.gz", "\t")
    say("bladder, limma, R's table (of more decimals than the file has)", table, theirs)
    if shutil.which("Rscript") is None:
        print("  there is no Rscript to run limma on the file's own values")
        return
    used = data[data.obs["cancer"].isin(["Cancer", "Normal"]).to_numpy()]
    with tempfile.TemporaryDirectory() as place:
        path = Path(place)
        np.asarray(used.X, dtype=float).tofile(path / "x.bin")
        group = ",".join("1" if name == "Cancer" else "0" for name in used.obs["cancer"])
        n, p = used.shape
        script = (
            "suppressMessages(library(limma));"
            f'x <- matrix(readBin("{path}/x.bin", "double", {n * p}), {p}, {n});'
            f"d <- cbind(1, c({group})); f <- eBayes(lmFit(x, d));"
            't <- topTable(f, coef = 2, number = Inf, sort.by = "none");'
            'options(digits = 17); write.table(format(t[, c("logFC", "t", "P.Value", "B")], '
            f'digits = 17), "{path}/t.csv", sep = ",", quote = FALSE, row.names = FALSE)'
        )
        subprocess.run(["Rscript", "-e", script], check=True, capture_output=True)
        again = pd.read_csv(path / "t.csv")
    again.index = data.var_names
    say("bladder, limma, R on the file's values", table, again)


def enriched() -> None:
    table = compare(study("kich")).table
    for library in ("MSigDB_Hallmark_v7.0", "KEGG_2021_Human"):
        sets = read_gmt(folder() / "genesets" / f"{library}.gmt")
        found = preranked(table["gene"], table["statistic"], sets).significant(leaders=True)
        up, down = (found[sign * found["nes"] > 0]["term"].head(5) for sign in (1, -1))
        print(f"  KICH, {library}: up {', '.join(up)}; down {', '.join(down)}")


def main() -> None:
    print("Largest errors against R (claimed: 1e-8)")
    airway()
    tumours()
    bladder()
    enriched()


if __name__ == "__main__":
    main()
