"""Does the applicability mark a tissue that was left out of training? Every tissue in its turn.

For each tissue of a cohort, the others are split into 5 folds by patient; in each fold the
preprocessing and the applicability are fitted on the training part, and the test part (known
tissues) and the samples of the tissue left out (of patients that weren't trained on) are scored.
Printed: AUROC of known against left-out by fold, its mean, and how many of either fall below 0.05
and get no prediction. Beside it, as a rival, the largest probability of a logistic regression on
the same training part, as an AUROC. Needs BULKWISE_DATA (RNAseqDB, 13 tissues; GTEx, 26 tissues).

The aim: a mean AUROC of at least 0.9. Tissues that lie inside another (cervix and uterus, breast
and fat) are missed, and are printed like all others.

    python benchmarks/applicability.py
    python benchmarks/applicability.py --folds 1
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

import anndata
import numpy as np
from sklearn.metrics import roc_auc_score

from bulkwise.datasets import load
from bulkwise.models import Applicability, RowSpaceLogistic
from bulkwise.preprocess import Standardize
from bulkwise.split import grouped_folds
from bulkwise.training import RowSpace

AIM = 0.9
LEVEL = 0.05


def auroc(known: np.ndarray, new: np.ndarray) -> float:
    return float(roc_auc_score(np.repeat([1, 0], [len(known), len(new)]), np.r_[known, new]))


def one_fold(
    X: np.ndarray, y: np.ndarray, patients: np.ndarray, parts: tuple[np.ndarray, ...]
) -> tuple[float, float, float, float, float]:
    """AUROC, share of known and of new samples below the level, the rival's AUROC, seconds."""
    train, known, new = parts
    scale = Standardize().fit(X[train])
    rows = RowSpace.of(scale.transform(X[train]))
    start = time.perf_counter()
    check = Applicability().fit_rows(rows, y[train], groups=patients[train])
    seconds = time.perf_counter() - start
    seen = [scale.transform(X[part]) for part in (known, new)]
    scores = [check.score_samples(Z) for Z in seen]
    rival = RowSpaceLogistic().fit_rows(rows, y[train], groups=patients[train])
    confidence = [rival.predict_proba(Z).max(axis=1) for Z in seen]
    below = [float((score < LEVEL).mean()) for score in scores]
    return auroc(*scores), *below, auroc(*confidence), seconds


def judge(name: str, X: np.ndarray, y: np.ndarray, patients: np.ndarray, n_folds: int) -> float:
    tissues = np.unique(y)
    print(f"{name}: {X.shape[0]:,} x {X.shape[1]:,}, {len(tissues)} tissues, {n_folds} of 5 folds")
    print(
        f"{'left out':>18} {'AUROC':>6} {'(folds)':>14} {'known -':>8} {'new -':>6} {'logistic':>9}"
    )
    table = []
    for tissue in tissues:
        rest, new = np.flatnonzero(y != tissue), np.flatnonzero(y == tissue)
        found = []
        for fold in grouped_folds(y[rest], patients[rest])[:n_folds]:
            train = rest[fold.train]
            fresh = new[~np.isin(patients[new], patients[train])]
            found.append(one_fold(X, y, patients, (train, rest[fold.test], fresh)))
        columns = np.array(found)
        mean = columns.mean(axis=0)
        spread = f"{columns[:, 0].min():.3f}-{columns[:, 0].max():.3f}"
        shares = f"{mean[1]:8.3f} {mean[2]:6.3f} {mean[3]:9.3f}"
        print(f"{tissue:>18} {mean[0]:6.3f} {spread:>14} {shares}", flush=True)
        table.append(mean)
    all_of_them = np.array(table)
    means = all_of_them.mean(axis=0)
    reached = int((all_of_them[:, 0] >= AIM).sum())
    print(
        f"{'mean':>18} {means[0]:6.3f} {'':>14} {means[1]:8.3f} {means[2]:6.3f} {means[3]:9.3f}\n"
        f"{reached} of {len(tissues)} tissues at {AIM} or more; fitted in {means[4]:.2f} s\n"
    )
    return float(means[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folds", type=int, default=5, help="how many of the 5 folds")
    asked = parser.parse_args()
    if "BULKWISE_DATA" not in os.environ:
        print("skipped: set BULKWISE_DATA to the folder of real cohorts")
        return
    cohort = load("rnaseqdb")
    tissue, patient = cohort.obs[["tissue", "patient"]].astype(str).to_numpy().T
    means = [judge("RNAseqDB", np.log2(np.asarray(cohort.X) + 1), tissue, patient, asked.folds)]
    cohort = anndata.read_h5ad(Path(os.environ["BULKWISE_DATA"]) / "gtex_26_tissues.h5ad")
    tissue = cohort.obs["tissue"].astype(str).to_numpy()
    names = np.asarray(cohort.obs_names, dtype=str)
    means.append(judge("GTEx", np.asarray(cohort.X), tissue, names, asked.folds))
    sys.exit(0 if min(means) >= AIM else 1)


if __name__ == "__main__":
    main()
