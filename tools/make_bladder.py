"""Make the embedded cohort ``bladder`` from the Bioconductor data package bladderbatch.

In R, with bladderbatch installed (Bioconductor, or Debian's r-bioc-bladderbatch)::

    library(bladderbatch)
    data(bladderdata)
    write.csv(exprs(bladderEset), "expression.csv")
    write.csv(pData(bladderEset), "samples.csv")

Then::

    python tools/make_bladder.py expression.csv samples.csv

All samples and all probes are kept. Values are rounded to the nearest 1/32 (0.03 on the log2
scale, where the median probe has a standard deviation of 0.43), so that they compress to a third;
the running sample number is dropped. The SHA-256 that is printed at the end belongs in
``src/bulkwise/datasets/bladder.py``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd

from bulkwise.storage import atomic_path, sha256_file

TARGET = Path(__file__).parents[1] / "src/bulkwise/datasets/data/bladder/bladder.h5ad"
STEP = 32
LARGEST = 1_500_000
PACKED = {"compression": "gzip", "compression_opts": 9, "shuffle": True, "track_times": False}


def cohort_of(expression: Path, samples: Path) -> anndata.AnnData:
    """The rounded cohort from the two tables that R wrote."""
    values = pd.read_csv(expression, index_col=0)
    sheet = pd.read_csv(samples, index_col=0, dtype=str).loc[values.columns]
    X = (np.round(values.to_numpy().T * STEP) / STEP).astype(np.float32)
    obs = sheet[["cancer", "outcome", "batch"]].astype("category")
    cohort = anndata.AnnData(X, obs=obs, var=pd.DataFrame(index=values.index.astype(str)))
    cohort.uns.update(
        unit="log2_rma",
        cohort="bladder",
        origin="Bioconductor bladderbatch 1.36.0 (Artistic-2.0), values rounded to 1/32",
    )
    return cohort


def pack(cohort: anndata.AnnData, target: Path) -> None:
    """Write an h5ad file whose matrix and probe names are compressed.

    AnnData itself writes names as strings of any length, which HDF5 can't compress.
    """
    loose = target.with_suffix(".loose")
    cohort.write_h5ad(loose)
    names = np.array(list(cohort.var_names), dtype="S")
    kind = h5py.string_dtype("ascii", names.dtype.itemsize)
    with h5py.File(loose) as old, h5py.File(target, "w") as new:
        for name in old:
            if name not in {"X", "var"}:
                old.copy(name, new)
        new.attrs.update(old.attrs)
        var = new.create_group("var")
        var.attrs.update(old["var"].attrs)
        index = var.create_dataset("_index", data=names, dtype=kind, **PACKED)
        index.attrs.update(old["var/_index"].attrs)
        X = new.create_dataset("X", data=cohort.X, chunks=(cohort.n_obs, 512), **PACKED)
        X.attrs.update(old["X"].attrs)
    loose.unlink()


def main() -> None:
    """Read, round, write, check."""
    parser = argparse.ArgumentParser(description="Make the embedded cohort 'bladder'.")
    parser.add_argument("expression", type=Path)
    parser.add_argument("samples", type=Path)
    given = parser.parse_args()
    cohort = cohort_of(given.expression, given.samples)
    with atomic_path(TARGET) as partial:
        pack(cohort, partial)
        if partial.stat().st_size > LARGEST:
            parser.error(f"{partial.stat().st_size:,} bytes are more than {LARGEST:,}")
        again = anndata.read_h5ad(partial)
        if not (
            np.array_equal(again.X, cohort.X)
            and list(again.var_names) == list(cohort.var_names)
            and again.obs.equals(cohort.obs)
        ):
            parser.error("what was written doesn't read back as it was")
    print(f"{TARGET.stat().st_size:,} bytes, SHA-256 {sha256_file(TARGET)}")  # noqa: T201


if __name__ == "__main__":
    main()
