"""Differential expression: how fast, how much memory, how many false calls, beside named peers.

* *Linear models*: fit and moderation of 18,000 genes x 400 samples, beside pylimma and inmoose;
  the largest difference of a moderated t; peak memory over the size of the matrix (tracemalloc).
  Claimed: at least 5 times pylimma or inmoose, at most 2 matrices.
* *voom*: log counts and weights of 16,000 genes x 85 samples, beside limma in R where there is
  Rscript (its own clock, best of five each). Claimed: at least R's speed.
* *Wilcoxon*: 18,000 genes x 1,000 samples, beside a loop over SciPy's mannwhitneyu (timed on 300
  genes and extrapolated); the largest difference of P. Claimed: at least 20 times.
* *False positives* (needs BULKWISE_DATA): normal samples of KICH and LIHC divided at random into
  two mock groups, 100 times, each method: share of P <= 0.05 and 0.001, share of divisions with
  any discovery at a false discovery rate of 5 %, mean number of discoveries.

Peers are optional; a missing one is said. They are installed apart, because they are GPL:

    python -m venv peers && peers/bin/pip install pylimma inmoose pydeseq2
    PYTHONPATH=src peers/bin/python benchmarks/differential.py
    python benchmarks/differential.py --only null --draws 100
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anndata as ad
import numpy as np
import pandas as pd

from bulkwise.stats import (
    against_reference,
    differential_expression,
    e_bayes,
    filter_by_expr,
    fit_reference,
    lm_fit,
    log_cpm,
    rank_sum,
    tmm_factors,
    voom,
)


def best(action: Callable[[], Any], times: int = 7) -> float:
    """Shortest of several runs, in seconds."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        taken.append(time.perf_counter() - start)
    return min(taken)


def line(what: str, ours: float, peer: str, theirs: float, claimed: str = "") -> None:
    ratio = theirs / ours
    print(f"  {what}: bulkwise {ours:.3f} s, {peer} {theirs:.3f} s, ratio {ratio:.1f} {claimed}")


def linear_models() -> None:
    print("Linear models, 18,000 genes x 400 samples")
    rng = np.random.default_rng(0)
    y = rng.normal(size=(400, 18_000)) * np.sqrt(4 / rng.chisquare(4, 18_000))
    design = np.column_stack([np.ones(400), np.arange(400) % 2, rng.normal(size=400)])

    def ours() -> Any:
        return e_bayes(lm_fit(y, design))

    taken = best(ours)
    t = ours().t
    tracemalloc.start()
    ours()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"  peak memory beside the matrix: {peak / y.nbytes:.2f} matrices (claimed: 2 at most)")
    genes = np.ascontiguousarray(y.T)
    try:
        import pylimma

        def theirs() -> Any:
            return pylimma.e_bayes(pylimma.lm_fit(genes, design))

        line("fit and moderation", taken, "pylimma", best(theirs), "(claimed: 5)")
        print(f"  largest difference of t: {np.abs(np.asarray(theirs()['t']) - t).max():.1e}")
    except ImportError:
        print("  pylimma isn't installed")
    try:
        from inmoose import limma

        frame = pd.DataFrame(genes)
        matrix = pd.DataFrame(design, columns=["one", "group", "age"])

        def others() -> Any:
            return limma.eBayes(limma.lmFit(frame, matrix))

        line("fit and moderation", taken, "inmoose", best(others, 3), "(claimed: 5)")
    except ImportError:
        print("  inmoose isn't installed")


def voom_speed() -> None:
    print("voom, 16,000 genes x 85 samples")
    rng = np.random.default_rng(1)
    mean = np.exp(rng.uniform(1, 9, 16_000))
    counts = rng.negative_binomial(5, 5 / (5 + mean), size=(85, 16_000)).astype(float)
    design = np.column_stack([np.ones(85), np.arange(85) < 25])
    taken = best(lambda: voom(counts, design))
    if shutil.which("Rscript") is None:
        print(f"  bulkwise {taken:.3f} s; there is no Rscript")
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        counts.tofile(path / "counts.bin")
        script = (
            "suppressMessages(library(limma));"
            f'x <- matrix(readBin("{path}/counts.bin", "double", {counts.size}), 16000, 85);'
            "d <- cbind(1, c(rep(1, 25), rep(0, 60))); t <- Inf;"
            "for (i in 1:5) t <- min(t, system.time(v <- voom(x, d))[3]); cat(t);"
            f'writeBin(as.vector(v$weights), "{path}/weights.bin")'
        )
        done = subprocess.run(
            ["Rscript", "-e", script], capture_output=True, text=True, check=False
        )
        if done.returncode:
            print(f"  bulkwise {taken:.3f} s; R has no limma")
            return
        line("weights", taken, "limma in R", float(done.stdout), "(claimed: 1)")
        theirs = np.fromfile(path / "weights.bin").reshape(85, 16_000)
        error = np.abs(voom(counts, design).weights / theirs - 1).max()
        print(f"  largest relative difference of a weight: {error:.1e}")


def wilcoxon_speed() -> None:
    from scipy.stats import mannwhitneyu

    print("Wilcoxon's rank-sum test, 18,000 genes x 1,000 samples")
    rng = np.random.default_rng(2)
    first = rng.random(1000) < 0.5
    for name, values in (
        ("without ties", rng.normal(size=(1000, 18_000))),
        ("with ties", np.log2(1 + rng.poisson(20, size=(1000, 18_000)))),
    ):
        taken = best(lambda values=values: rank_sum(values, first))
        p = rank_sum(values, first).p_value
        start = time.perf_counter()
        theirs = [mannwhitneyu(values[first, g], values[~first, g]).pvalue for g in range(300)]
        loop = (time.perf_counter() - start) / 300 * 18_000
        line(name, taken, "a loop over SciPy", loop, "(claimed: 20)")
        print(f"  largest difference of P: {np.abs(p[:300] - theirs).max():.1e}")


def _normals(folder: Path, study: str) -> pd.DataFrame:
    (path,) = folder.glob(f"mirror/mskcc/RNAseqDB/*/data/expected_count/{study}.txt.gz")
    table = pd.read_csv(path, sep="\t", skipinitialspace=True, dtype={0: str})
    return table[~table["Hugo_Symbol"].duplicated()].set_index("Hugo_Symbol").iloc[:, 1:].T


def _mock(values: pd.DataFrame, unit: str, rng: np.random.Generator) -> ad.AnnData:
    obs = pd.DataFrame(index=values.index)
    obs["mock"] = np.where(rng.permutation(len(obs)) < len(obs) // 2, "a", "b")
    cohort = ad.AnnData(values.to_numpy(float), obs=obs, var=pd.DataFrame(index=values.columns))
    cohort.uns["unit"] = unit
    return cohort


def false_positives(draws: int) -> None:
    named = os.environ.get("BULKWISE_DATA")
    if not named:
        print("False positives: set BULKWISE_DATA")
        return
    for study in ("kich-rsem-count-tcga", "lihc-rsem-count-tcga"):
        counts = _normals(Path(named), study)
        counts = counts.loc[:, filter_by_expr(counts.to_numpy(float))]
        logs = pd.DataFrame(
            log_cpm(counts.to_numpy(float), factors=tmm_factors(counts.to_numpy(float))),
            index=counts.index,
            columns=counts.columns,
        )
        print(f"Mock groups of {len(counts)} normals of {study[:4]}, {counts.shape[1]:,} genes")
        settings: dict[str, tuple[pd.DataFrame, str, dict[str, Any], int]] = {
            "voom": (counts, "counts", {"method": "voom"}, draws),
            "voom, quality weights": (
                counts,
                "counts",
                {"method": "voom", "quality_weights": True},
                min(draws, 10),
            ),
            "limma": (logs, "log2_cpm", {"method": "limma"}, draws),
            "limma, trend, robust": (
                logs,
                "log2_cpm",
                {"method": "limma", "trend": True, "robust": True},
                draws,
            ),
            "wilcoxon": (counts, "counts", {"method": "wilcoxon"}, draws),
            "pydeseq2": (counts, "counts", {"method": "pydeseq2"}, min(draws, 5)),
        }
        for name, (values, unit, options, times) in settings.items():
            rng = np.random.default_rng(0)
            try:
                _report(name, [_once(_mock(values, unit, rng), options) for _ in range(times)])
            except Exception as error:  # an extra that isn't installed
                print(f"  {name}: {error}")
        _one_patient(logs)


def _once(cohort: ad.AnnData, options: dict[str, Any]) -> tuple[float, float, int]:
    table = differential_expression(cohort, column="mock", contrast="a:b", **options).table
    p = table["p_value"].dropna()
    called = int((table["adjusted_p_value"] <= 0.05).sum())
    return float((p <= 0.05).mean()), float((p <= 0.001).mean()), called


def _report(name: str, rows: list[tuple[float, float, int]]) -> None:
    values = np.array(rows)
    print(
        f"  {name}: P <= 0.05 {values[:, 0].mean():.3f} (median {np.median(values[:, 0]):.3f}), "
        f"P <= 0.001 {values[:, 1].mean():.5f}, any discovery {(values[:, 2] > 0).mean():.2f}, "
        f"discoveries {values[:, 2].mean():.1f} (median {np.median(values[:, 2]):.0f}), "
        f"{len(rows)} divisions"
    )


def _one_patient(logs: pd.DataFrame) -> None:
    rows = []
    for name in logs.index:
        table = against_reference(logs.loc[name], fit_reference(logs.drop(index=name))).table
        p = table["p_value"]
        called = int((table["adjusted_p_value"] <= 0.05).sum())
        rows.append((float((p <= 0.05).mean()), float((p <= 0.001).mean()), called))
    _report("one normal against the others", rows)


PARTS: dict[str, Callable[[int], None]] = {
    "linear": lambda _: linear_models(),
    "voom": lambda _: voom_speed(),
    "wilcoxon": lambda _: wilcoxon_speed(),
    "null": false_positives,
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Differential expression beside its peers.")
    parser.add_argument("--only", choices=PARTS, action="append")
    parser.add_argument("--draws", type=int, default=100)
    given = parser.parse_args()
    for name in given.only or PARTS:
        PARTS[name](given.draws)


if __name__ == "__main__":
    main()
