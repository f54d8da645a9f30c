"""The main job on real cohorts: accuracy beside the baselines, controls, and seconds.

    BULKWISE_DATA=FOLDER python benchmarks/main_job.py [easy|hard|all]

``easy``: tissue and condition on RNAseqDB and 26 tissues of GTEx, five folds by patient.
``hard``: condition in a tissue that training hasn't seen, one tissue after another, and tissue of
GTEx normals from TCGA normals.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.metrics import roc_auc_score

import bulkwise as bw

if TYPE_CHECKING:
    from anndata import AnnData

    from bulkwise.evaluation import Evaluation


def judged(cohort: AnnData, target: str, **options: Any) -> Evaluation:
    model = bw.recipes.classifier(cohort.uns["unit"])
    start = time.perf_counter()
    result = bw.evaluate(model, cohort, target=target, name="mlp", **options)
    seconds = time.perf_counter() - start
    print(f"\n{cohort.uns['cohort']}, {target}, {options or '5 folds'}: {seconds:.0f} s in all")
    for name, found in result.models.items():
        figures = found.metrics
        print(
            f"  {name:9} accuracy {figures['accuracy']}  balanced {figures['balanced_accuracy']}  "
            f"macro F1 {figures['macro_f1']}  {found.seconds:.0f} s"
        )
    control = result.controls.permutation
    if control is not None:
        print(
            f"  permuted labels {np.mean(control.values):.3f} (chance {control.chance:.3f}), "
            f"P = {control.p_value:.3f}"
        )
    for probe in result.controls.source_probes:
        if probe.warns:
            print(
                f"  source within {probe.label}: linear {probe.linear_auc:.2f}, "
                f"forest {probe.forest_auc:.2f}"
            )
    for sentence in result.verdict:
        print(f"  {sentence}")
    return result


def easy(folder: Path) -> None:
    rnaseqdb = bw.datasets.load("rnaseqdb")
    tissue = judged(rnaseqdb, "tissue")
    for label, found in tissue.models["mlp"].per_class.items():
        print(f"    F1 {label:10} {found['f1']}")
    judged(rnaseqdb, "condition")
    judged(bw.read(folder / "gtex_26_tissues.h5ad"), "tissue")


def hard() -> None:
    rnaseqdb = bw.datasets.load("rnaseqdb")
    both = rnaseqdb.obs.groupby("tissue", observed=True)["condition"].nunique() == 2
    kept = rnaseqdb[rnaseqdb.obs["tissue"].isin(both[both].index)].copy()
    result = judged(kept, "condition", holdout_by="tissue", permutations=0)
    table = result.to_frame()
    for fold, rows in table.groupby("fold"):
        observed = rows["observed"] == "tumour"
        right = [
            (rows["predicted"] == rows["observed"])[part].mean() for part in (observed, ~observed)
        ]
        auc = roc_auc_score(observed, rows["p(tumour)"])
        print(f"    without {fold}: AUC {auc:.3f}, balanced accuracy {np.mean(right):.3f}")
    normals = rnaseqdb[rnaseqdb.obs["condition"] == "normal"]
    sources = normals.obs.groupby("tissue", observed=True)["source"].nunique() == 2
    normals = normals[normals.obs["tissue"].isin(sources[sources].index)].copy()
    judged(normals, "tissue", holdout_by="source", permutations=0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", nargs="?", choices=("easy", "hard", "all"), default="all")
    which = parser.parse_args().which
    if not os.environ.get("BULKWISE_DATA"):
        print("skipped: set BULKWISE_DATA to the folder of real cohorts")
        return
    if which != "hard":
        easy(Path(os.environ["BULKWISE_DATA"]))
    if which != "easy":
        hard()


if __name__ == "__main__":
    main()
