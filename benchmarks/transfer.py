"""Transfer between cancers, and between cell lines and patients.

Claim: the matrix of 11 x 11 cancers, tumour against normal, 20 samples of the target, 10 repeats,
in at most 15 minutes on 2 cores. ``claims`` asks how many layers to freeze and whether denoising
pre-training helps, at 10, 20 and 40 samples; ``lines`` goes from cell lines to patients and back,
by tissue of origin. Each prints its answers, wall and CPU seconds.

    python benchmarks/transfer.py matrix|claims|lines [--repeats 10] [--processes 2] [-o DIR]

Needs BULKWISE_DATA (tcga_pairs, ccle_small, RNAseqDB).
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
from pathlib import Path
from typing import Any

import anndata

import bulkwise
from bulkwise.datasets import load
from bulkwise.io import with_floor
from bulkwise.reporting.study import report_transfer
from bulkwise.study import Local
from bulkwise.study.transfer_matrix import OTHERS

SITES = {
    "lung": "lung",
    "breast": "breast",
    "large_intestine": "colon",
    "stomach": "stomach",
    "liver": "liver",
    "urinary_tract": "bladder",
    "oesophagus": "esophagus",
    "endometrium": "uterus",
}
"""Site of a cell line -> RNAseqDB's tissue, of those with at least ten lines."""


def pairs() -> anndata.AnnData:
    """Matched tumours and normals; two cancers are in another unit, with logs below -2."""
    made = anndata.read_h5ad(Path(os.environ["BULKWISE_DATA"]) / "tcga_pairs.h5ad")
    return with_floor(made, -2.0)


def lines_and_patients() -> dict[str, anndata.AnnData]:
    """Cell lines and patients of the same eight tissues."""
    lines = anndata.read_h5ad(Path(os.environ["BULKWISE_DATA"]) / "ccle_small.h5ad")
    lines.obs["tissue"] = lines.obs["site"].astype(str).map(SITES)
    patients = load("rnaseqdb")
    return {
        "cell lines": lines[lines.obs["tissue"].notna()].copy(),
        "patients": patients[patients.obs["tissue"].isin(SITES.values())].copy(),
    }


def asked(part: str) -> dict[str, Any]:
    """What each part studies."""
    if part == "matrix":
        apart = ("COAD", "STAD")
        return {"cohorts": pairs(), "target": "condition", "by": "cancer", "apart": apart}
    if part == "claims":
        cohort = pairs()
        return {
            "cohorts": cohort[~cohort.obs["cancer"].isin(["COAD", "STAD"])].copy(),
            "target": "condition",
            "by": "cancer",
            "sources": [OTHERS],
            "sizes": (10, 20, 40),
            "freeze": (0, 1, 2),
            "pretraining": ("classes", "denoising", "layerwise"),
        }
    return {
        "cohorts": lines_and_patients(),
        "target": "tissue",
        "sizes": (25, 50),
        "freeze": (0, 1, 2),
        "pretraining": ("classes", "denoising"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", choices=("matrix", "claims", "lines"))
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("-o", "--output", type=Path)
    words = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = words.output or Path(scratch) / "out"
        found = bulkwise.transfer(
            **asked(words.part),
            folder=folder,
            repeats=words.repeats,
            engine=Local(words.processes),
        )
        if words.output:
            report_transfer(found, folder / "report.html")
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(found.summary(), flush=True)
    for mean in found.means:
        print(mean)
    cpu = sum(one.ru_utime + one.ru_stime for one in used)
    print(f"{found.run['seconds']['fits']:.0f} s, {cpu:.0f} CPU s")


if __name__ == "__main__":
    main()
