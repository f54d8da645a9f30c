"""What a translator knows of a person: matched pairs, out of fold, beside the simple rules.

Each part prints the error (squared log2 units, mean over genes, then over patients), the personal
correlation, the coverage of 90 % intervals, and the comparison with the best rule, for a model
that never saw the patient. Needs BULKWISE_DATA (tcga_pairs.h5ad: 452 pairs, 11 cancers; clipped
and filled at -2).

``pairs``
    Normal to tumour.
``back``
    Tumour to normal.
``without``
    Normal to tumour without COAD and STAD (another unit), without the pairs that look swapped,
    and without both.
``seeds``
    Normal to tumour with other folds.
``ceiling``
    The error with more training patients (2 to 10 folds), and where 1 / n -> 0 leads.
``purity``
    How much of the personal part goes with stromal and immune genes.
``coupled``
    Pairs broken within each cancer and coupled again by optimal transport: does it help?

    python benchmarks/translation.py pairs
    python benchmarks/translation.py
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import numpy as np
from anndata import AnnData

from bulkwise.evaluation import TranslationResult, judge_translation
from bulkwise.io import read, with_floor
from bulkwise.models import ExpressionTranslator

SUSPECT = ("TCGA-CW-5591", "TCGA-CH-5769", "TCGA-56-8623", "TCGA-BC-A10X")
ADMIXED = [
    "CD2",
    "CD3D",
    "CD3E",
    "CD4",
    "CD8A",
    "CD14",
    "CD19",
    "CD27",
    "CD68",
    "CD79A",
    "CD163",
    "MS4A1",
    "CCL5",
    "CXCL9",
    "CXCL10",
    "GZMA",
    "GZMB",
    "PRF1",
    "LCK",
    "IL2RG",
    "PTPRC",
    "CSF1R",
    "TYROBP",
    "ITGAM",
    "COL1A1",
    "COL1A2",
    "COL3A1",
    "DCN",
    "LUM",
    "FAP",
    "PDGFRB",
    "ACTA2",
    "THY1",
    "VIM",
    "SPARC",
    "POSTN",
]


def cohort() -> AnnData:
    path = Path(os.environ["BULKWISE_DATA"]) / "tcga_pairs.h5ad"
    return with_floor(read(path, missing="keep"), -2.0)


def translator(*, back: bool = False) -> ExpressionTranslator:
    source, target = ("tumour", "normal") if back else ("normal", "tumour")
    return ExpressionTranslator(source=source, target=target, tissue="cancer", pairs="patient")


def show(title: str, result: TranslationResult) -> None:
    ours, best = result.models["translator"].metrics, str(result.best_rule)
    mean = result.models["target mean"].metrics["error"].value
    row = next(one for one in result.comparisons if one.rival == best)
    print(
        f"{title}: error {ours['error']} (median {ours['median_error'].value:.3f}), target mean "
        f"{mean:.3f}, {best} {result.models[best].metrics['error'].value:.3f}; difference to it "
        f"{row.difference}, P (Holm) {row.adjusted_p_value:.1e}; personal correlation "
        f"{ours['personal_correlation']}; coverage {ours['coverage'].value:.3f}; classifier's F1: "
        f"condition {ours['condition_f1'].value:.3f}, tissue {ours['tissue_f1'].value:.3f}",
        flush=True,
    )


def pairs() -> None:
    start = time.process_time()
    result = judge_translation(translator(), cohort())
    show("normal to tumour", result)
    spread = [one.held for one in result.coverage[1:]]
    print(f"  coverage by cancer {min(spread):.3f} to {max(spread):.3f}")
    for name, model in result.models.items():
        found = model.metrics
        print(
            f"  {name:18s} {found['error'].value:.3f} personal "
            f"{found['personal_correlation'].value:.3f} condition {found['condition_f1'].value:.3f}"
        )
    print(f"  {time.process_time() - start:.0f} CPU seconds for five folds and all rules")


def back() -> None:
    show("tumour to normal", judge_translation(translator(back=True), cohort()))


def without() -> None:
    whole = cohort()
    odd = whole.obs["cancer"].isin(["COAD", "STAD"]).to_numpy()
    suspect = whole.obs["patient"].isin(SUSPECT).to_numpy()
    for title, left in (
        ("without COAD and STAD", odd),
        ("without the four suspicious pairs", suspect),
        ("without both", odd | suspect),
    ):
        show(title, judge_translation(translator(), whole[~left].copy()))


def seeds() -> None:
    for seed in (1, 2, 3):
        show(f"folds {seed}", judge_translation(translator(), cohort(), random_state=seed))


def ceiling() -> None:
    """Error against 1 / n by least squares over four sizes of the training part."""
    whole, sizes, errors = cohort(), [], []
    for n_splits in (2, 3, 5, 10):
        result = judge_translation(translator(), whole, n_splits=n_splits)
        n = result.question.n_pairs * (1 - 1 / n_splits)
        found = {
            name: result.models[name].metrics["error"].value
            for name in ("translator", "target mean")
        }
        personal = result.models["translator"].metrics["personal_correlation"].value
        print(f"trained on {n:.0f} pairs: {found}, personal correlation {personal:.3f}", flush=True)
        sizes.append(n)
        errors.append(list(found.values()))
    ends = np.polynomial.polynomial.polyfit(1 / np.array(sizes), np.array(errors), 1)[0]
    print(f"with 1 / n -> 0: translator {ends[0]:.3f}, target mean {ends[1]:.3f}")


def purity() -> None:
    result = judge_translation(translator(), cohort(), purity=ADMIXED)
    found = result.purity
    if found is not None:
        print(
            f"purity ({len(found.genes)} genes): explains {found.explained} of the true personal "
            f"variance; personal correlation {found.before}, without it {found.after}"
        )


def coupled() -> None:
    """Break the pairs of the training part, couple them again, and judge by the true pairs."""
    whole = cohort()
    broken = whole.copy()
    hidden = np.where(whole.obs["condition"] == "tumour", "-T", "")
    broken.obs["patient"] = whole.obs["patient"].astype(str) + hidden
    errors = {"mean": [], "coupled": [], "pairs": []}
    patients = np.unique(whole.obs["patient"].to_numpy(dtype=str))
    fold = np.random.default_rng(0).permutation(len(patients)) % 5
    for k in range(5):
        test = np.isin(whole.obs["patient"].to_numpy(dtype=str), patients[fold == k])
        held = whole[test & (whole.obs["condition"] == "normal").to_numpy()].copy()
        real = whole[test & (whole.obs["condition"] == "tumour").to_numpy()]
        order = {name: i for i, name in enumerate(real.obs["patient"])}
        truth = real.X[[order[name] for name in held.obs["patient"]]]
        training = {
            "mean": broken[~test].copy(),
            "coupled": recoupled(whole[~test].copy()),
            "pairs": whole[~test].copy(),
        }
        for name, part in training.items():
            made = translator().fit(part).predict(held)
            errors[name] += np.square(made.X - truth).mean(axis=1).tolist()
    print("pairs broken: " + ", ".join(f"{k} {np.mean(v):.3f}" for k, v in errors.items()))


def recoupled(part: AnnData) -> AnnData:
    """Name as pairs those samples that optimal transport couples within each cancer."""
    from scipy.optimize import linear_sum_assignment

    made = part.copy()
    names = part.obs["patient"].to_numpy(dtype=object).copy()
    cancer, tumour = part.obs["cancer"].to_numpy(), (part.obs["condition"] == "tumour").to_numpy()
    for one in np.unique(cancer):
        rows = [np.flatnonzero((cancer == one) & side) for side in (~tumour, tumour)]
        sides = [part.X[r] - part.X[r].mean(axis=0) for r in rows]
        unit = [s / np.linalg.norm(s, axis=1, keepdims=True) for s in sides]
        first, second = linear_sum_assignment(-unit[0] @ unit[1].T)
        names[rows[1][second]] = names[rows[0][first]]
    made.obs["patient"] = names.astype(str)
    return made


PARTS = {part.__name__: part for part in (pairs, back, without, seeds, ceiling, purity, coupled)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], default=[])
    for name in parser.parse_args().parts or list(PARTS):
        PARTS[name]()


if __name__ == "__main__":
    main()
