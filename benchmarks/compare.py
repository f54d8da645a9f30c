"""What a fair comparison costs: all models, tuned, on one cohort; and the reduction's share in it.

    BULKWISE_DATA=FOLDER python benchmarks/compare.py [family|whole|all]

``family``: a linear and an RBF support vector machine on one training part of RNAseqDB (864
samples x 18,154 genes, 13 tissues), tuned on five inner folds of patients, beside scikit-learn's
SVC on the genes: the same grid, its seconds extrapolated from ``--fits`` inner fits. Prints the
ratio and the largest difference between the decisions for the test part. The LASSO at full width
beside scikit-learn's saga at one penalty.
``whole``: `bulkwise compare rnaseqdb --target tissue` with a network and every rival, controls
included: CPU seconds and seconds, in all and by model.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

import bulkwise as bw
from bulkwise.models import KernelSVC, LassoLogistic
from bulkwise.preprocess import for_unit
from bulkwise.split import grouped_folds, inner_folds
from bulkwise.training import RowSpace


def timed(work: Any) -> tuple[Any, float]:
    """A result and its CPU seconds."""
    start = time.process_time()
    found = work()
    return found, time.process_time() - start


def family(n_fits: int) -> None:
    cohort = bw.datasets.load("rnaseqdb")
    y = cohort.obs["tissue"].to_numpy(dtype=str)
    patients = cohort.obs["patient"].to_numpy(dtype=str)
    fold = grouped_folds(y, patients)[0]
    steps = make_pipeline(*for_unit(cohort.uns["unit"]))
    X, new = steps.fit_transform(cohort.X[fold.train]), steps.transform(cohort.X[fold.test])
    y, patients = y[fold.train], patients[fold.train]
    rows, seconds = timed(lambda: RowSpace.of(X))
    print(f"{X.shape[0]} x {X.shape[1]}, {len(set(y))} classes; reduction {seconds:.2f} s, shared")
    codes = np.unique(y, return_inverse=True)[1]
    inner = inner_folds(codes, patients)
    for kernel in ("linear", "rbf"):
        ours = KernelSVC(kernel=kernel, Cs=10 if kernel == "linear" else 5)
        _, own = timed(lambda ours=ours: ours.fit_rows(rows, y, groups=patients))
        settings: dict[str, Any] = {"C": ours.C_, "kernel": kernel, "break_ties": True}
        settings["gamma"] = ours.gamma_ or "scale"
        part = inner[0].train
        each = [
            timed(lambda s=settings, p=part: SVC(**s).fit(X[p], y[p]))[1] for _ in range(n_fits)
        ]
        theirs, last = timed(lambda s=settings: SVC(**s, tol=1e-6).fit(X.astype(float), y))
        whole = float(np.mean(each)) * ours.n_tries_ * len(inner) + last
        apart = np.abs(ours.decision_function(new) - theirs.decision_function(new.astype(float)))
        print(
            f"{kernel:7} tuned over {ours.n_tries_} settings x {len(inner)} folds: {own:.1f} s; "
            f"scikit-learn on the genes about {whole:.0f} (from {n_fits} inner fits, without its "
            f"predictions): {whole / (own + seconds):.0f} times; decisions differ by at most "
            f"{apart.max():.1e}"
        )
    ours, own = timed(lambda: LassoLogistic().fit(X, y, groups=patients))
    print(
        f"lasso   {ours.n_tries_} penalties x {len(inner)} folds: {own:.1f} CPU s, "
        f"{ours.n_genes_} genes"
    )
    one, own = timed(lambda: LassoLogistic(penalties=0.3).fit(X, y))
    saga = LogisticRegression(l1_ratio=1, solver="saga", C=one.C_, tol=1e-3, max_iter=20)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _, theirs = timed(lambda: saga.fit(X, y))
    print(
        f"lasso   one penalty: {own:.2f} CPU s; 20 epochs of saga {theirs:.1f} "
        f"({(saga.coef_ != 0).any(axis=0).sum()} genes against {one.n_genes_}: not done)"
    )


def whole(models: list[str]) -> None:
    cohort = bw.datasets.load("rnaseqdb")
    start, cpu = time.perf_counter(), time.process_time()
    result = bw.compare(models if models != ["all"] else "all", cohort, target="tissue")
    spent = time.process_time() - cpu
    print(result.summary())
    print(f"\n{spent:.0f} CPU s, {time.perf_counter() - start:.0f} s; {result.run['seconds']}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", nargs="?", choices=("family", "whole", "all"), default="all")
    parser.add_argument("--fits", type=int, default=2)
    parser.add_argument("--models", default="all")
    options = parser.parse_args()
    if not os.environ.get("BULKWISE_DATA"):
        print("skipped: set BULKWISE_DATA to the folder of real cohorts")
        return
    if options.which != "whole":
        family(options.fits)
    if options.which != "family":
        whole(options.models.split(","))


if __name__ == "__main__":
    main()
