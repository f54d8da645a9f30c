"""Inference of genes from landmarks: errors, speed, panels, and a repeat without harmonisation.

    python benchmarks/inference.py models      # all models, within and under shift (minutes)
    python benchmarks/inference.py speed       # ridge beside scikit-learn's RidgeCV
    python benchmarks/inference.py panel       # 500 chosen genes beside D-GEX's landmarks
    python benchmarks/inference.py counts      # log2 CPM of count files, corrected by nobody
    python benchmarks/inference.py rtcga       # RSEM of three tumour types, corrected by nobody
    python benchmarks/inference.py platforms   # RNAseqDB -> RTCGA, as is and normalised jointly

Needs BULKWISE_DATA. Errors are mean absolute, in standard deviations of the training part.
"""

from __future__ import annotations

import gzip
import os
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from anndata import AnnData, concat, read_h5ad
from sklearn.model_selection import GroupKFold

from bulkwise import datasets
from bulkwise.baselines import INFERENCE_BASELINES
from bulkwise.evaluation import Shift, evaluate_inference
from bulkwise.models import ExpressionInference, RidgeInference
from bulkwise.reproduce import reproduce_egex
from bulkwise.stats import choose_panel

DATA = Path(os.environ["BULKWISE_DATA"])


def genes(cohort: AnnData) -> tuple[list[str], list[str]]:
    """D-GEX's landmarks and targets that the cohort has, no gene in both."""
    own = set(cohort.var_names)
    landmarks = [gene for gene in datasets.dgex_landmarks() if gene in own]
    with gzip.open(DATA / "genes" / "dgex_targets.tsv.gz", "rt") as lines:
        named = dict.fromkeys(line.split("\t")[0] for line in lines)
    return landmarks, [gene for gene in named if gene in own and gene not in set(landmarks)]


def first_fold(cohort: AnnData, landmarks: list[str], targets: list[str]):
    logs = np.log2(cohort.X + 1)
    place = {gene: number for number, gene in enumerate(cohort.var_names)}
    patients = cohort.obs["patient"].to_numpy()
    train, test = next(iter(GroupKFold(5).split(logs, groups=patients)))
    X, Y = logs[:, [place[g] for g in landmarks]], logs[:, [place[g] for g in targets]]
    return X, Y, patients, train, test


def models() -> None:
    cohort = datasets.load("rnaseqdb")
    _, targets = genes(cohort)
    networks = "closed" not in sys.argv
    result = reproduce_egex(cohort, targets=targets, folds=2, networks=networks)
    print(result.summary)


def quickest(fit) -> tuple[object, float]:
    """What is fitted, and the least processor seconds of three fits."""
    seconds = []
    for _ in range(3):
        begin = time.process_time()
        fitted = fit()
        seconds.append(time.process_time() - begin)
    return fitted, min(seconds)


def speed() -> None:
    from sklearn.linear_model import RidgeCV

    cohort = datasets.load("rnaseqdb")
    X, Y, _, train, test = first_fold(cohort, *genes(cohort))
    X, Y, X_test = X[train], Y[train], X[test]
    penalties = np.logspace(-2, 1, 7)
    center, scale = X.mean(axis=0), X.std(axis=0)
    scale[scale == 0] = 1
    Z = (X - center) / scale
    spread = Y.std(axis=0)
    spread[spread == 0] = 1
    W = (Y - Y.mean(axis=0)) / spread
    alphas = penalties * np.square(Z, dtype=np.float64).sum() / len(X)  # the unit of our penalties
    ours, mine = quickest(lambda: RidgeInference(penalties=penalties.tolist()).fit(X, Y))
    print(f"ours: {mine:.2f} CPU s")
    for kind in (np.float64, np.float32):
        for each in (True, False):
            model = RidgeCV(alphas, alpha_per_target=each)
            theirs, peer = quickest(lambda m=model, k=kind: m.fit(Z.astype(k), W.astype(k)))
            what = f"RidgeCV, {'a penalty a gene' if each else 'one penalty'}, {kind.__name__}"
            print(f"{what}: {peer:.2f} CPU s, {peer / mine:.1f} times ours")
            if each:
                told = theirs.predict(((X_test - center) / scale).astype(kind))
                gap = np.abs(told - (ours.predict(X_test) - Y.mean(axis=0)) / spread)
                same = np.mean(np.isclose(ours.alpha_, theirs.alpha_))
                print(f"  predictions differ by {np.median(gap):.1e} (median), {gap.max():.1e} at")
                print(f"  most; the same penalty in {same:.2%} of {len(spread):,} genes")


def panel() -> None:
    cohort = datasets.load("rnaseqdb")
    landmarks, targets = genes(cohort)
    place = {gene: number for number, gene in enumerate(map(str, cohort.var_names))}
    logs = np.log2(cohort.X + 1)
    patients = cohort.obs["patient"].to_numpy()
    known = np.array([place[gene] for gene in landmarks])
    asked = np.array([place[gene] for gene in targets])
    every = np.arange(logs.shape[1])
    for fold, (train, test) in enumerate(list(GroupKFold(5).split(logs, groups=patients))[:2]):
        sets = {"D-GEX's": known}
        for name, counted in (("for all genes", None), ("for D-GEX's targets", asked)):
            begin = time.process_time()
            sets[f"500 {name}"] = choose_panel(logs[train], 500, targets=counted).index
            print(f"fold {fold + 1}: 500 chosen {name}: {time.process_time() - begin:.0f} CPU s")
        used = np.concatenate(list(sets.values()))
        draw = np.random.default_rng(0).choice
        judged = [draw(np.setdiff1d(part, used), 2000, replace=False) for part in (every, asked)]
        both = np.concatenate(judged)
        Y, Y_test = logs[train][:, both], logs[test][:, both]
        spread = Y.std(axis=0)
        spread[spread == 0] = 1
        for name, index in sets.items():
            for model in (RidgeInference(), ExpressionInference()):
                model.fit(logs[train][:, index], Y, groups=patients[train])
                error = np.abs(model.predict(logs[test][:, index]) - Y_test) / spread
                print(
                    f"{name} ({len(index)}), {type(model).__name__}: all genes "
                    f"{error[:, :2000].mean():.4f}, D-GEX's targets {error[:, 2000:].mean():.4f}"
                )


def counts() -> None:
    folder = next((DATA / "mirror").rglob("expected_count"))
    tables = [pd.read_csv(path, sep="\t", index_col=0) for path in sorted(folder.glob("*.txt.gz"))]
    tables = [one.drop(columns="Entrez_Gene_Id").groupby(level=0).first() for one in tables]
    table = pd.concat(tables, axis=1, join="inner")
    values = table.to_numpy().T
    logs = np.log2((values + 0.5) / (values.sum(axis=1, keepdims=True) + 1) * 1e6)
    patient = [name[:12] if name.startswith("TCGA") else name[:9] for name in table.columns]
    cohort = AnnData(
        X=logs.astype(np.float32),
        obs=pd.DataFrame({"patient": patient}, index=table.columns),
        var=pd.DataFrame(index=pd.Index(table.index.astype(str))),
        uns={"unit": "log2_cpm", "cohort": "count files"},
    )
    judge(cohort, first_folds=2)


def judge(cohort: AnnData, most_targets: int | None = None, **more) -> None:
    """Ours beside three rivals, printed."""
    landmarks, targets = genes(cohort)
    if most_targets:
        places = np.random.default_rng(0).choice(len(targets), most_targets, replace=False)
        targets = [targets[place] for place in np.sort(places)]
    models = {name: INFERENCE_BASELINES[name]() for name in ("mean", "ridge", "kernel_by_gene")}
    result = evaluate_inference(
        {"ours": ExpressionInference(), **models},
        cohort,
        landmarks=landmarks,
        targets=targets,
        ours="ours",
        **more,
    )
    print(f"{cohort.n_obs} samples, {len(landmarks)} landmarks, {len(targets)} targets")
    for scenario in result.scenarios:
        print(f"{scenario.name}: {scenario.n_train} samples to train on, {scenario.n_test} to test")
        for name, one in scenario.models.items():
            print(
                f"  {name}: {one.mae}, correlation {one.correlation:.3f}, inside the interval "
                f"{one.coverage:.3f}, {one.seconds:.1f} CPU s"
            )
        for row in scenario.rivals:
            print(
                f"  against {row.rival}: {row.difference}, P {row.p:.2g}, lower in "
                f"{row.improved:.1%} of genes"
            )
    print(result.downstream)


def rtcga_cohort() -> AnnData:
    parts = []
    for name in ("CHOL", "UCS", "STAD"):
        part = read_h5ad(DATA / "rtcga" / f"{name}.h5ad")
        part.var_names = [gene.split("|")[0] for gene in map(str, part.var_names)]
        part = part[:, ~part.var_names.duplicated() & (part.var_names != "?")].copy()
        part.obs["cancer"] = name
        part.obs["patient"] = [str(one)[:12].upper() for one in part.obs_names]
        parts.append(part)
    cohort = concat(parts, join="inner")
    cohort.X = np.log2(np.asarray(cohort.X) + 1).astype(np.float32)
    cohort.uns = {"unit": "log2_rsem", "cohort": "RTCGA"}
    return cohort


def rtcga() -> None:
    judge(
        rtcga_cohort(),
        label="cancer",
        contrast=("condition", "tumour", "normal"),
    )


def platforms() -> None:
    first, second = datasets.load("rnaseqdb"), rtcga_cohort()
    first.X = np.log2(first.X + 1)
    first.obs["platform"], second.obs["platform"] = "RNAseqDB", "RTCGA"
    for part in (first, second):
        part.obs = part.obs[["patient", "platform"]].astype(str)
    cohort = concat([first, second], join="inner", index_unique="-")
    cohort.uns = {"unit": "log2", "cohort": "RNAseqDB and RTCGA"}
    shift = Shift("RNAseqDB → RTCGA", "platform", "RNAseqDB", "RTCGA")
    for quantile in (False, True):
        print("jointly quantile-normalised" if quantile else "as they are")
        judge(cohort, 2000, shifts=[shift], first_folds=1, quantile=quantile)


if __name__ == "__main__":
    for name in sys.argv[1:2] or ["models"]:
        jobs = (models, speed, panel, counts, rtcga, platforms)
        {job.__name__: job for job in jobs}[name]()
