"""A learning curve of six methods at six sizes, ten repeats, on matched tumour/normal pairs.

Claim: at most 10 minutes on 2 cores. Prints the curve, what the paper's claims come to here
(networks lose to the best rival below some hundred samples), wall and CPU seconds.

    python benchmarks/learning_curve.py [--repeats 10] [--processes 2]

Needs BULKWISE_DATA (tcga_pairs, without the two cancers that are in another unit).
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
from pathlib import Path

import anndata

from bulkwise.study import Local, curve


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    cohort = anndata.read_h5ad(Path(os.environ["BULKWISE_DATA"]) / "tcga_pairs.h5ad")
    cohort = cohort[~cohort.obs["cancer"].isin(["COAD", "STAD"])].copy()
    with tempfile.TemporaryDirectory() as folder:
        found = curve(
            cohort,
            target="condition",
            folder=folder,
            repeats=asked.repeats,
            engine=Local(asked.processes),
        )
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(found.summary(), flush=True)
    for point in found.points:
        print(point.size, point.method, point.score, point.difference, f"P {point.p_value:.3f}")
    print(f"{found.run['seconds']['fits']:.0f} s, {used.ru_utime + used.ru_stime:.0f} CPU s")


if __name__ == "__main__":
    main()
