"""Differential expression: how fast, how much memory, how many false calls, beside named peers.

* *Linear models*: fit and moderation of 18,000 genes x 400 samples, beside pylimma and inmoose;
  the largest difference of a moderated t; peak memory over the size of the matrix (tracemalloc).
  Claimed: at least 5 times pylimma or inmoose, at most 2 matrices.
* *voom*: log counts and weights of 16,000 genes x 85 samples, beside limma in R where there is
  Rscript (its own clock, the best of five runs). Claimed: at least R's speed.
* *Wilcoxon*: 18,000 genes x 1,000 samples, beside a loop over SciPy's mannwhitneyu (timed on 300
  genes and extrapolated); the largest difference of P. Claimed: at least 20 times.
* *False positives* (needs BULKWISE_DATA): normal samples of KICH and LIHC divided at random into
  two mock groups, 100 times, each method (PyDESeq2 on 1,000 random genes, because it is slow):
  share of P <= 0.05 and 0.001, where the distribution of P is farthest from uniform, share of
  divisions with any discovery at a false discovery rate of 5 %, number of discoveries.

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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anndata as ad
import numpy as np
import pandas as pd

from bulkwise.errors import InputError
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


@dataclass(frozen=True)
class Taken:
    """Seconds on the clock and seconds of the processor, which a busy machine doesn't stretch."""

    clock: float
    processor: float

    def __str__(self) -> str:
        return f"{self.clock:.3f} s ({self.processor:.3f} CPU s)"


def best(action: Callable[[], Any], times: int = 7) -> Taken:
    """Shortest of several runs."""
    clock, processor = [], []
    for _ in range(times):
        start, worked = time.perf_counter(), time.process_time()
        action()
        clock.append(time.perf_counter() - start)
        processor.append(time.process_time() - worked)
    return Taken(min(clock), min(processor))


def line(what: str, ours: Taken, peer: str, theirs: Taken, claimed: str = "") -> None:
    ratios = theirs.clock / ours.clock, theirs.processor / ours.processor
    print(
        f"  {what}: bulkwise {ours}, {peer} {theirs}, ratio {ratios[0]:.1f} by the clock, "
        f"{ratios[1]:.1f} by CPU seconds {claimed}"
    )


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
        print(f"  bulkwise {taken}; there is no Rscript")
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        counts.tofile(path / "counts.bin")
        script = (
            "suppressMessages(library(limma));"
            f'x <- matrix(readBin("{path}/counts.bin", "double", {counts.size}), 16000, 85);'
            "d <- cbind(1, c(rep(1, 25), rep(0, 60))); t <- c(Inf, Inf);"
            "for (i in 1:5) { s <- system.time(v <- voom(x, d));"
            " t <- pmin(t, c(s[3], s[1] + s[2])) }; cat(t);"
            f'writeBin(as.vector(v$weights), "{path}/weights.bin")'
        )
        done = subprocess.run(
            ["Rscript", "-e", script], capture_output=True, text=True, check=False
        )
        if done.returncode:
            print(f"  bulkwise {taken}; R has no limma")
            return
        line(
            "weights", taken, "limma in R", Taken(*map(float, done.stdout.split())), "(claimed: 1)"
        )
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

        def loop(values: Any = values) -> list[float]:
            return [mannwhitneyu(values[first, g], values[~first, g]).pvalue for g in range(300)]

        some, share = best(loop, 3), 300 / 18_000
        whole = Taken(some.clock / share, some.processor / share)
        line(name, taken, "a loop over SciPy", whole, "(claimed: 20)")
        theirs = loop()
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


def false_positives(draws: int, only: str, studies: list[str]) -> None:
    named = os.environ.get("BULKWISE_DATA")
    if not named:
        print("False positives: set BULKWISE_DATA")
        return
    for study in studies:
        counts = _normals(Path(named), f"{study}-rsem-count-tcga")
        counts = counts.loc[:, filter_by_expr(counts.to_numpy(float))]
        logs = pd.DataFrame(
            log_cpm(counts.to_numpy(float), factors=tmm_factors(counts.to_numpy(float))),
            index=counts.index,
            columns=counts.columns,
        )
        print(f"Mock groups of {len(counts)} normals of {study.upper()}, {counts.shape[1]:,} genes")
        some = np.random.default_rng(0).choice(counts.shape[1], _FEW_GENES, replace=False)
        settings: dict[str, tuple[pd.DataFrame, str, dict[str, Any]]] = {
            "voom": (counts, "counts", {"method": "voom"}),
            "voom, robust": (counts, "counts", {"method": "voom", "robust": True}),
            "voom, quality weights": (
                counts,
                "counts",
                {"method": "voom", "quality_weights": True},
            ),
            "limma": (logs, "log2_cpm", {"method": "limma"}),
            "limma, trend, robust": (
                logs,
                "log2_cpm",
                {"method": "limma", "trend": True, "robust": True},
            ),
            "wilcoxon": (counts, "counts", {"method": "wilcoxon"}),
            "pydeseq2": (
                counts.iloc[:, np.sort(some)],
                "counts",
                {"method": "pydeseq2"},
            ),
        }
        for name, (values, unit, options) in settings.items():
            if only not in ("", name):
                continue
            rng = np.random.default_rng(0)
            try:
                _report(name, [_once(_mock(values, unit, rng), options) for _ in range(draws)])
            except InputError as error:  # an extra that isn't installed
                print(f"  {name}: {error}")
        if only in ("", "one"):
            _one_patient(logs)


_LEVELS = np.linspace(0.01, 1, 100)
_FEW_GENES = 1000


@dataclass(frozen=True)
class Draw:
    """What one division gave: the distribution of P at levels 0.01 to 1, the tail, discoveries."""

    below: np.ndarray[Any, Any]
    tail: float
    called: int


def _draw(table: pd.DataFrame) -> Draw:
    p = np.sort(table["p_value"].dropna().to_numpy())
    below = np.searchsorted(p, _LEVELS, side="right") / len(p)
    called = int((table["adjusted_p_value"] <= 0.05).sum())
    return Draw(below, float((p <= 0.001).mean()), called)


def _once(cohort: ad.AnnData, options: dict[str, Any]) -> Draw:
    return _draw(differential_expression(cohort, column="mock", contrast="a:b", **options).table)


def _report(name: str, draws: list[Draw]) -> None:
    below = np.array([draw.below for draw in draws])
    called = np.array([draw.called for draw in draws])
    away = below.mean(axis=0) - _LEVELS
    worst = int(np.argmax(np.abs(away)))
    print(
        f"  {name}: P <= 0.05 {below[:, 4].mean():.4f} (median {np.median(below[:, 4]):.3f}), "
        f"P <= 0.001 {np.mean([draw.tail for draw in draws]):.5f}, farthest from uniform "
        f"{away[worst]:+.3f} at {_LEVELS[worst]:.2f}; any discovery {(called > 0).mean():.2f}, "
        f"discoveries {called.mean():.1f} (median {np.median(called):.0f}, most "
        f"{called.max()}), {len(draws)} divisions",
        flush=True,
    )


def _one_patient(logs: pd.DataFrame) -> None:
    draws = [
        _draw(against_reference(logs.loc[name], fit_reference(logs.drop(index=name))).table)
        for name in logs.index
    ]
    _report("one normal against the others", draws)


STUDIES = ("kich", "lihc")
PARTS = ("linear", "voom", "wilcoxon", "null")


def main() -> None:
    parser = argparse.ArgumentParser(description="Differential expression beside its peers.")
    parser.add_argument("--only", choices=PARTS, action="append")
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--method", default="", help="of the mock groups: only this one")
    parser.add_argument("--study", choices=STUDIES, action="append")
    given = parser.parse_args()
    parts: dict[str, Callable[[], None]] = {
        "linear": linear_models,
        "voom": voom_speed,
        "wilcoxon": wilcoxon_speed,
        "null": lambda: false_positives(given.draws, given.method, given.study or list(STUDIES)),
    }
    for name in given.only or PARTS:
        parts[name]()


if __name__ == "__main__":
    main()
