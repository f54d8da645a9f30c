"""Breast-cancer metastasis within five years: a network beside linear and kernel rivals.

Needs the real cohorts (BULKWISE_DATA). Two parts:

* *Another cohort*: trained on the GSE2034 subset, tested on GSE7390, on the 76 genes that both
  have (they were chosen on GSE2034, so tuning inside it is optimistic). Beside it what a
  clinician knows without genes (grade, size, ER, age), the figures within ER strata, calibration
  before and after recalibration. `--seeds` repeats all with other seeds of the network.
* *Within a cohort*: the NKI subset, 5 folds repeated `--repeats` times, for the endpoint after
  five years and for metastasis at any time as the sheet has it (censoring passed over).

The claim: in both, the network is not inferior in AUROC to the best linear or kernel rival, by a
margin of 0.05 (the lower end of the 95 % interval of the difference lies above -0.05: bootstrap
over test patients in the first part, corrected resampled t-test in the second). Nothing is tuned
on a test cohort; the rivals are tuned on inner folds of patients, up to 20 settings each.

    python benchmarks/metastasis.py
    python benchmarks/metastasis.py --seeds 1 --repeats 2
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anndata as ad

from bulkwise.evaluation import compare, validate
from bulkwise.evaluation.base import Comparison, ModelResult
from bulkwise.recipes import classifier

MARGIN = 0.05
YEARS = 5
LINEAR_OR_KERNEL = ("logistic", "lasso", "linear-svm", "rbf-svm", "lda")
SURVIVAL = {"time": "days", "event": "distant_metastasis", "years": YEARS}


def cohort(folder: Path, name: str, platform: str) -> ad.AnnData:
    """One of the three cohorts."""
    found = ad.read_h5ad(folder / "metastasis" / f"{name}.h5ad")
    found.uns |= {"cohort": name, "platform": platform}
    return found


RIVALS = (
    "majority",
    "logistic",
    "lasso",
    "linear-svm",
    "rbf-svm",
    "knn",
    "lda",
    "naive-bayes",
    "forest",
)


def show(results: Mapping[str, ModelResult], keys: tuple[str, ...]) -> None:
    """A row a model."""
    width = max(map(len, results))
    keys = tuple(key for key in keys if key in next(iter(results.values())).metrics)
    print("  ".join([" " * width, *(f"{key:<22}" for key in keys)]))
    for name, result in results.items():
        cells = (f"{result.metrics[key]!s:<22}" for key in keys)
        print("  ".join([f"{name:<{width}}", *cells]).rstrip())


def judged(results: Mapping[str, ModelResult], rows: tuple[Comparison, ...]) -> bool:
    """Print the difference to the best linear or kernel rival; whether the claim holds."""
    best = max(LINEAR_OR_KERNEL, key=lambda name: results[name].metrics["auroc"].value)
    row = next(r for r in rows if (r.model, r.rival) == ("mlp", best) and r.decides)
    holds = row.difference.low > -MARGIN
    print(
        f"mlp - {best} (the best linear or kernel rival): {row.difference} by {row.method}: "
        f"{'not inferior' if holds else 'NOT SHOWN to be as good'} (margin {MARGIN})"
    )
    return holds


def abroad(folder: Path, seed: int, *, full: bool) -> bool:
    """Train on GSE2034, test on GSE7390."""
    train, test = cohort(folder, "gse2034_subset", "U133A"), cohort(folder, "gse7390", "U133A")
    start = time.perf_counter()
    found = validate(
        {"mlp": classifier("log2", random_state=seed)},
        train,
        test,
        **SURVIVAL,  # type: ignore[arg-type]
        clinical=["grade", "size", "er", "age"],
        strata=["er"],
        baselines=RIVALS,
        margin=MARGIN,
        random_state=seed,
    )
    spent = time.perf_counter() - start
    external = found.external
    print(
        f"\nGSE2034 {external.train.counts} ({external.train.censored} censored) -> GSE7390 "
        f"{external.test.counts} ({external.test.censored} censored), {external.n_shared} genes, "
        f"seed {seed}, {spent:.0f} s"
    )
    if full:
        show(found.models, ("auroc", "time_dependent_auroc", "c_index", "uno_c_index", "brier"))
        for one in external.strata:
            print(f"AUROC within {one.column} {one.level} {one.counts}:")
            for name, value in one.auroc.items():
                print(f"  {name:<22} {value}")
        print("calibration: intercept, slope, Brier score before -> after recalibration")
        for calibrated in external.calibration:
            after = calibrated.after.brier if calibrated.after else "-"
            print(
                f"  {calibrated.model:<22} {calibrated.intercept}  {calibrated.slope}  "
                f"{calibrated.brier} -> {after}"
            )
        for finding in found.findings:
            print(f"  {finding.level}: {finding.message}")
    return judged(found.models, found.evaluation.comparisons)


def within(folder: Path, repeats: int, *, at_five_years: bool) -> bool:
    """Repeated folds of the NKI subset."""
    nki = cohort(folder, "nki_subset", "Agilent")
    asked: dict[str, Any] = SURVIVAL if at_five_years else {"target": SURVIVAL["event"]}
    start = time.perf_counter()
    found = compare(
        ["mlp", *RIVALS],
        nki,
        folds=5,
        repeats=repeats,
        permutations=0,
        covariates=[],
        metric="auroc",
        margin=MARGIN,
        **asked,
    )
    spent = time.perf_counter() - start
    asked_of = found.question
    print(f"\nNKI, {asked_of.target}, {asked_of.counts}, {repeats} x 5 folds, {spent:.0f} s")
    show(found.models, ("auroc", "c_index", "auprc", "brier"))
    return judged(found.models, found.comparisons)


def main(arguments: Any = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=10)
    options = parser.parse_args(arguments)
    named = os.environ.get("BULKWISE_DATA")
    if not named:
        print("Set BULKWISE_DATA to the folder of the real cohorts; nothing was measured.")
        return 0
    folder = Path(named)
    held = [abroad(folder, seed, full=seed == 0) for seed in range(options.seeds)]
    held += [within(folder, options.repeats, at_five_years=flag) for flag in (True, False)]
    print(f"\nThe claim holds in {sum(held)} of {len(held)} runs.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
