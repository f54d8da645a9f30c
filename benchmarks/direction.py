"""Is a gene's direction right from 2 to 10 samples a side of a cohort never seen?

Families of cohorts (KICH, KIRC, KIRP; COAD, READ; LUAD, LUSC; every other cohort alone) are held
out in turn; the model, its gene prior and its calibration are learnt from the other families. Of
each held-out cohort a few samples a side are drawn at random, and each method says which way the
genes go that really change. Two benches:

degnext   17 cohorts of normalised counts; signs are judged on the T3 genes, labels from the files
          (12 cohorts have them), ranking and calibration on all genes.
pairs     9 cancers of tcga_pairs.h5ad (COAD and STAD are in another unit), log2 RSEM with gene
          names; the truth is the whole cancer's paired limma at a false discovery rate of 0.01.

With --relatives only the cohort itself is held out, so that its relatives teach about it.

Printed: accuracy of the sign by method and size with an interval over families of cohorts, in how
many cohorts the model is better than the best normalised rule and than what other cohorts allow
without a network, the area under the precision-recall curve of "significant in the whole cohort,
and which way" beside limma on the same samples, and the calibration error. Needs BULKWISE_DATA.

timing leaves out each of degnext's 17 cohorts once and prints the seconds of training alone.

The aims: degnext 0.885 (2 a side) and 0.92 (3 a side); pairs 0.905, 0.933 and 0.961 (2, 3, 5) and
above all three of "mean, CPM", "other cohorts" and "drawn to their mean" on the same draws.

    python benchmarks/direction.py degnext
    python benchmarks/direction.py pairs
    python benchmarks/direction.py pairs --relatives
    python benchmarks/direction.py timing
    python benchmarks/direction.py degnext --draws 5 --report report.html
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

import anndata
import numpy as np

from bulkwise.evaluation import DirectionEvaluation, evaluate_direction
from bulkwise.models import DirectionModel
from bulkwise.stats import differential_expression
from bulkwise.training.contrasts import open_contrast

FROM_OTHERS = ("other cohorts", "drawn to their mean", "adaptive prior")
NORMALISED = ("mean, CPM", "mean, median", "mean, TMM", "trimmed mean", "Wilcoxon")
OTHER_UNIT = ("COAD", "STAD")
AIMS = {"degnext": {2: 0.885, 3: 0.92}, "pairs": {2: 0.905, 3: 0.933, 5: 0.961}}


def degnext(data: Path) -> list[anndata.AnnData]:
    cohorts = []
    for path in sorted((data / "degnext").glob("*.h5ad")):
        cohort = anndata.read_h5ad(path)
        cohort.uns["cohort"] = path.stem
        cohort.var["judged"] = (cohort.var["split"] == "T3").to_numpy()
        cohorts.append(cohort)
    return cohorts


def pairs(data: Path) -> list[anndata.AnnData]:
    whole = anndata.read_h5ad(data / "tcga_pairs.h5ad")
    cohorts = []
    for name in sorted(set(whole.obs["cancer"]) - set(OTHER_UNIT)):
        cohort = whole[whole.obs["cancer"] == name].copy()
        cohort.uns["cohort"] = name
        table = differential_expression(
            cohort, column="condition", contrast="tumour:normal", paired="patient", method="limma"
        ).table.set_index("gene")
        table = table.loc[cohort.var_names]
        sign = np.where(table["log2_fold_change"] > 0, "up", "down")
        found = table["adjusted_p_value"].to_numpy() <= 0.01
        cohort.var["direction"] = np.where(found, sign, "neutral")
        cohorts.append(cohort)
    return cohorts


def show(result: DirectionEvaluation, aims: dict[int, float]) -> None:
    for size in result.sizes:
        print(f"\n{size} a side" + (f" (aim {aims[size]})" if size in aims else ""))
        table = result.by_cohort("accuracy", size).dropna()
        for name in table.columns:
            value, low, high = result.estimate(name, "accuracy", size)
            print(f"  {name:14s} {value:.4f} [{low:.4f}, {high:.4f}]")
        for kind, names in (("normalised rule", NORMALISED), ("use of others", FROM_OTHERS)):
            best = max(names, key=lambda name: table[name].mean())
            won = int((table["model"] > table[best]).sum())
            print(f"  better than the best {kind} ({best}) in {won} of {len(table)} cohorts")
        areas = [f"{n} {v:.3f}" for n, v in result.by_cohort("ranking", size).mean().items()]
        print(f"  area under precision-recall: {', '.join(areas)}")
        error, low, high = result.calibration_estimate(size)
        print(f"  calibration error {error:.4f} [{low:.4f}, {high:.4f}]")


def training(cohorts: list[anndata.AnnData]) -> None:
    opened = [open_contrast(cohort)[0] for cohort in cohorts]
    start, used = time.perf_counter(), time.process_time()
    for held in opened:
        others = [one for one in opened if one.family != held.family]
        DirectionModel(random_state=0).fit_contrasts(others)
        print(
            f"without {held.name} and its relatives: {time.process_time() - used:.0f} CPU seconds, "
            f"{time.perf_counter() - start:.0f} seconds since the start",
            flush=True,
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bench", choices=[*sorted(AIMS), "timing"])
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--relatives", action="store_true")
    parser.add_argument("--report", type=Path)
    asked = parser.parse_args()
    folder = os.environ.get("BULKWISE_DATA")
    if not folder:
        print("Set BULKWISE_DATA to the folder with the data.", file=sys.stderr)
        return 2
    cohorts = (pairs if asked.bench == "pairs" else degnext)(Path(folder))
    if asked.bench == "timing":
        training(cohorts)
        return 0
    start, used = time.perf_counter(), time.process_time()
    result = evaluate_direction(
        cohorts,
        sizes=(2, 3, 5, 10),
        draws=asked.draws,
        relatives=asked.relatives,
        truth="direction",
        judged="judged" if asked.bench == "degnext" else None,
    )
    print(
        f"{asked.bench}: {len(cohorts)} cohorts, {asked.draws} draws, "
        f"{time.process_time() - used:.0f} CPU seconds, {time.perf_counter() - start:.0f} seconds"
    )
    show(result, AIMS[asked.bench])
    if asked.report:
        from bulkwise.reporting.direction import judgement
        from bulkwise.reporting.html import write

        write(judgement(result), asked.report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
