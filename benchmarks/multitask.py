"""One network for tissue and condition: accuracy out of fold, F1 by tissue, and seconds.

    BULKWISE_DATA=FOLDER python benchmarks/multitask.py [main|settings|others|all]

``main``: five folds by patient on RNAseqDB with baselines, 20 sets of permuted labels and controls.
``settings``: what the choices behind the default are worth, on the same folds.
``others``: the default on cohorts that it wasn't chosen on.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.pipeline import make_pipeline

import bulkwise as bw
from bulkwise.models import MultitaskClassifier
from bulkwise.networks import MultitaskAutoencoder
from bulkwise.preprocess import for_unit
from bulkwise.split import grouped_folds
from bulkwise.training import RowSpace

if TYPE_CHECKING:
    from anndata import AnnData

    from bulkwise.evaluation import MultitaskEvaluation

TARGETS = ["tissue", "condition"]


def judged(
    cohort: AnnData, targets: list[str], name: str, settings: dict[str, Any], **options: Any
) -> MultitaskEvaluation:
    model = make_pipeline(
        *for_unit(cohort.uns["unit"], expressed=True),
        MultitaskClassifier(**settings, random_state=0),
    )
    wall, cpu = time.perf_counter(), time.process_time()
    result = bw.evaluate(model, cohort, target=targets, name=name, **options)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"\n{cohort.uns['cohort']}, {name}: {wall:.0f} s, {cpu:.0f} CPU seconds in all")
    for target, one in result.targets.items():
        for model_name, found in one.models.items():
            metrics = found.metrics
            print(
                f"  {target:20} {model_name:22} accuracy {metrics['accuracy']}  balanced "
                f"{metrics['balanced_accuracy']}  AUROC {metrics['auroc']}"
            )
        control = one.controls.permutation
        if control is not None:
            print(
                f"  {target:20} permuted labels {np.mean(control.values):.3f} (chance "
                f"{control.chance:.3f}), P = {control.p_value:.3f}"
            )
    return result


def main_job() -> None:
    result = judged(bw.datasets.load("rnaseqdb"), TARGETS, "multitask", {})
    for tissue, found in result.targets["tissue"].models["multitask"].per_class.items():
        print(f"    F1 {tissue:10} {found['f1']}")
    for sentence in result.verdict:
        print(f"  {sentence}")


def settings() -> None:
    """Each setting on the same folds by patient, fitted on one reduction a fold."""
    cohort = bw.datasets.load("rnaseqdb")
    X, sheet = np.asarray(cohort.X), cohort.obs[TARGETS].astype(str)
    patient = cohort.obs["patient"].astype(str).to_numpy()
    folds = []
    for fold in grouped_folds(sheet.agg("/".join, axis=1).to_numpy(), patient, random_state=0):
        steps = make_pipeline(*for_unit(cohort.uns["unit"], expressed=True))
        space = RowSpace.of(steps.fit_transform(X[fold.train]))
        narrow = RowSpace(X=space.Z, mean=np.zeros(space.rank), U=space.U, s=space.s)
        folds.append((fold, narrow, space.project(steps.transform(X[fold.test]))))
    tried: dict[str, dict[str, Any]] = {
        "default": {},
        "no reconstruction": {"reconstruction": 0.0},
        "cosine loss": {"loss": "cosine"},
        "code of 12, ReLU, no norm": {
            "network": MultitaskAutoencoder(code=12, code_activation="relu", code_norm=False)
        },
        "contractive 1e-3": {"contractive": 1e-3},
        "samples count the same": {"balanced": False},
    }
    for name, own in tried.items():
        hits, missed, cpu = [], [], time.process_time()
        for fold, narrow, test in folds:
            model = MultitaskClassifier(**own, random_state=0)
            model.fit_rows(narrow, sheet.iloc[fold.train], groups=patient[fold.train])
            hits.append(model.predict(test).to_numpy() == sheet.iloc[fold.test].to_numpy())
            rebuilt = model.inverse_transform(model.transform(test))
            missed.append(np.square(rebuilt - test).sum() / np.square(test).sum())
        tissue, condition = np.concatenate(hits).mean(axis=0)
        print(
            f"  {name:26} tissue {tissue:.3f}  condition {condition:.3f}  held-out variance in the "
            f"row space rebuilt {1 - np.mean(missed):.2f}  {time.process_time() - cpu:.0f} CPU s",
            flush=True,
        )


def others(folder: Path) -> None:
    known = {"permutations": 0, "baselines": ("logistic",)}
    bladder = bw.read(folder / "bladderbatch.h5ad")
    judged(bladder, ["cancer", "outcome"], "multitask", {}, **known)
    breast = bw.read(folder / "metastasis" / "gse2034_subset.h5ad")
    breast = breast[breast.obs["er"].notna()].copy()
    breast.obs["er"] = breast.obs["er"].astype(int).astype(str)
    judged(breast, ["distant_metastasis", "er"], "multitask", {}, **known)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "what", nargs="?", default="main", choices=["main", "settings", "others", "all"]
    )
    what = parser.parse_args().what
    if what in ("main", "all"):
        main_job()
    if what in ("settings", "all"):
        settings()
    if what in ("others", "all"):
        others(Path(os.environ["BULKWISE_DATA"]))
