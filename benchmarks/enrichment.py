"""Gene sets: how fast beside gseapy, at the same numbers, and how far small P can be trusted.

* *Over-representation*: 800 genes against 6,000 sets in a universe of 18,000, beside
  gseapy.enrich; the largest difference of P. Claimed: at least 3 times.
* *Preranked*: 1,500 sets (300 of them planted) along 18,000 genes, 1,000 permutations, beside
  gseapy.prerank on one thread (it takes minutes); the largest difference of a score, and whether
  the P-values differ by more than Monte Carlo: their differences over their standard errors should
  have a standard deviation of 1. Claimed: at least 20 times.
* *Small P*: 40 estimates each against exact probabilities (equal weights, by counting paths) down
  to 1e-31, and against 2 million permutations (real weights) down to 1e-5.

gseapy is optional and installed apart:

    python -m venv peers && peers/bin/pip install gseapy anndata scikit-learn
    PYTHONPATH=src peers/bin/python benchmarks/enrichment.py
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from bulkwise.stats import over_representation, preranked
from bulkwise.stats.gsea.scores import row_scores
from bulkwise.stats.gsea.tail import tail_probability

GENES = [f"g{k}" for k in range(18_000)]


def timed(action: Callable[[], Any], times: int = 3) -> tuple[Any, tuple[float, float]]:
    """What an action gives, and its shortest time: by the clock, and of the processor."""
    taken = []
    for _ in range(times):
        start, worked = time.perf_counter(), time.process_time()
        given = action()
        taken.append((time.perf_counter() - start, time.process_time() - worked))
    clock, processor = zip(*taken, strict=True)
    return given, (min(clock), min(processor))


def said(taken: tuple[float, float]) -> str:
    return f"{taken[0]:.3f} s ({taken[1]:.3f} CPU s)"


def ratios(ours: tuple[float, float], theirs: tuple[float, float]) -> str:
    return f"ratio {theirs[0] / ours[0]:.1f} by the clock, {theirs[1] / ours[1]:.1f} by CPU seconds"


def over_represented() -> None:
    print("Over-representation: 800 genes, 6,000 sets, universe of 18,000")
    rng = np.random.default_rng(0)
    sizes = np.clip(np.exp(rng.normal(3.3, 1, 6000)).astype(int), 5, 2000)
    sets = {
        f"t{k}": rng.choice(GENES, size, replace=False).tolist() for k, size in enumerate(sizes)
    }
    chosen = rng.choice(GENES, 800, replace=False).tolist()
    ours, taken = timed(lambda: over_representation(chosen, sets, universe=GENES).table)
    print(f"  bulkwise {said(taken)}")
    try:
        import gseapy
    except ImportError:
        print("  gseapy isn't installed")
        return
    theirs, peer = timed(
        lambda: (
            gseapy.enrich(
                gene_list=chosen, gene_sets=sets, background=GENES, outdir=None, no_plot=True
            ).results
        )
    )
    print(f"  gseapy {said(peer)}, {ratios(taken, peer)} (claimed: 3)")
    both = ours.set_index("term")["p_value"].loc[theirs["Term"]].to_numpy()
    error = np.abs(np.log10(both) - np.log10(theirs["P-value"].to_numpy(float))).max()
    print(f"  largest difference of log10 P: {error:.1e}")


def ranked() -> None:
    print("Preranked: 1,500 sets, 18,000 genes, 1,000 permutations")
    rng = np.random.default_rng(0)
    statistic = np.sort(rng.normal(size=18_000) * 1.5)[::-1]
    sizes = np.clip(np.exp(rng.normal(4, 0.8, 1500)).astype(int), 15, 500)
    slope = np.exp(-np.arange(18_000) / 6000)
    slope /= slope.sum()
    sets = {
        f"s{k}": rng.choice(GENES, size, replace=False, p=slope if k < 300 else None).tolist()
        for k, size in enumerate(sizes)
    }
    ours, taken = timed(lambda: preranked(GENES, statistic, sets).table.set_index("term"))
    print(f"  bulkwise {said(taken)}, smallest P {ours['p_value'].min():.1e}")
    try:
        import gseapy
    except ImportError:
        print("  gseapy isn't installed")
        return
    found, peer = timed(
        lambda: (
            gseapy.prerank(
                rnk=pd.Series(statistic, index=GENES),
                gene_sets=sets,
                min_size=15,
                max_size=500,
                permutation_num=1000,
                threads=1,
                seed=1,
                outdir=None,
                no_plot=True,
            ).res2d
        ),
        times=1,
    )
    print(f"  gseapy {said(peer)}, {ratios(taken, peer)} (claimed: 20)")
    theirs = found.set_index("Term").loc[ours.index]
    error = np.abs(theirs["ES"].astype(float) - ours["es"]).max()
    print(f"  largest difference of a score: {error:.1e}")
    p, q = ours["p_value"].to_numpy(), theirs["NOM p-val"].to_numpy(float)
    compared = (p > 0.005) & (p < 0.99) & (q > 0)
    z = (q - p) / np.sqrt(np.maximum(2 * p * (1 - p), 1e-12) / 500)
    print(
        f"  (P of gseapy - ours) / Monte Carlo error, {int(compared.sum())} sets: mean "
        f"{z[compared].mean():.2f}, standard deviation {z[compared].std():.2f}"
    )
    print(
        f"  sets to which gseapy gives P = 0: {int((q == 0).sum())}; ours there at most "
        f"{p[q == 0].max():.1e}"
    )


def _exact(n: int, size: int, score: float) -> float:
    hits = np.arange(size + 1)
    inside, crossed = np.zeros(size + 1), 0.0
    inside[0] = 1.0
    for at in range(n):
        up = inside * np.clip((size - hits) / (n - at), 0, 1)
        inside = inside - up
        inside[1:] += up[:-1]
        over = hits / size - (at + 1 - hits) / (n - size) >= score - 1e-12
        crossed += inside[over].sum()
        inside[over] = 0
    return float(crossed)


def small() -> None:
    print("Small P-values, equal weights, 18,000 genes: exact and estimated")
    rng = np.random.default_rng(0)
    for size, score in ((20, 0.5), (50, 0.4), (50, 0.6), (100, 0.5), (200, 0.35), (400, 0.3)):
        exact = _exact(18_000, size, score)
        start = time.process_time()
        found = [tail_probability(np.ones(18_000), size, score, rng) for _ in range(40)]
        taken = (time.process_time() - start) / len(found)
        off = np.array([log_p for log_p, _ in found]) - np.log(exact)
        said = float(np.median([error for _, error in found]))
        print(
            f"  {size} genes, score {score}: exact {exact:.2g}, mean of 40 estimates over it "
            f"{np.exp(off).mean():.2f}, standard deviation of log P {off.std():.2f} (said: "
            f"{said:.2f}), {1000 * taken:.0f} CPU ms"
        )
    print("Small P-values, weights of a normal statistic: 2 million permutations and estimated")
    weights = np.abs(np.sort(rng.normal(size=2000))[::-1])
    scores = np.concatenate(
        [
            row_scores(
                weights, np.sort(np.argpartition(rng.random((20_000, 2000)), 40)[:, :40], axis=1)
            )
            for _ in range(100)
        ]
    )
    for level in (1e-2, 1e-3, 1e-4, 1e-5):
        score = float(np.quantile(scores, 1 - level))
        log_p, error = tail_probability(weights, 40, score, rng)
        print(f"  {level:.0e} and {np.exp(log_p):.2e} (said: {error:.0%} standard error)")


PARTS: dict[str, Callable[[], None]] = {"ora": over_represented, "ranked": ranked, "small": small}


def main() -> None:
    parser = argparse.ArgumentParser(description="Gene sets beside gseapy.")
    parser.add_argument("--only", choices=PARTS, action="append")
    for name in parser.parse_args().only or PARTS:
        PARTS[name]()


if __name__ == "__main__":
    main()
