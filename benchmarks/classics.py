"""The small classics (golub, singh, alon, khan): a network beside all tuned rivals, honestly.

    BULKWISE_DATA=FOLDER python benchmarks/classics.py [--repeats 2] [--models all]

Five folds, repeated; everything is fitted and tuned in the training part; 95 % intervals by
bootstrap over patients, differences by the corrected resampled t-test. 62 to 102 samples decide
little: the intervals say how little.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import bulkwise as bw

COHORTS = ("golub", "singh", "alon", "khan")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--models", default="all")
    parser.add_argument("--cohorts", default=",".join(COHORTS))
    options = parser.parse_args()
    named = os.environ.get("BULKWISE_DATA")
    if not named:
        print("skipped: set BULKWISE_DATA to the folder of real cohorts")
        return
    models = options.models.split(",")
    for name in options.cohorts.split(","):
        cohort = bw.read(Path(named) / "microarray" / f"{name}.h5ad")
        cpu = time.process_time()
        result = bw.compare(
            models if models != ["all"] else "all",
            cohort,
            target="label",
            repeats=options.repeats,
            permutations=0,
            covariates=[],
        )
        spent = time.process_time() - cpu
        print(f"\n{name}: {cohort.n_obs} x {cohort.n_vars}, {spent:.0f} CPU s")
        for model, found in result.models.items():
            figures = found.metrics
            print(
                f"  {model:12} balanced accuracy {figures['balanced_accuracy']}  AUROC "
                f"{figures['auroc']}  {found.tries:3} tries  {found.seconds:6.1f} s"
            )
        for sentence in result.verdict:
            print(f"  {sentence}")


if __name__ == "__main__":
    main()
