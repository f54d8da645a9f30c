"""Tables made in R, and the small cohort that they were made from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

REFERENCE = Path(__file__).parent.parent / "reference"


@pytest.fixture(scope="session")
def r_table() -> Callable[[str], pd.DataFrame]:
    """Read a table of ``tests/reference``."""
    return lambda name: pd.read_csv(REFERENCE / f"{name}.csv.gz", keep_default_na=True)


@pytest.fixture(scope="session")
def small(r_table: Callable[[str], pd.DataFrame]) -> SimpleNamespace:
    """The cohort of ``tests/reference/limma/make.R``: 12 samples x 90 genes, three groups."""
    table = r_table("limma/counts").set_index("gene")
    counts = pd.DataFrame(table.to_numpy(float).T, columns=table.index)
    n, n_genes = counts.shape
    j, i = np.meshgrid(np.arange(n), np.arange(n_genes), indexing="ij")
    group = np.repeat(["A", "B", "C"], 4)
    y = np.log2(counts + 0.5)
    gaps = y.to_numpy().copy()
    gaps[((i * 7 + j * 3) % 23 == 0) & (i % 3 == 0)] = np.nan
    gaps[group == "B", 30] = np.nan
    gaps[np.arange(n) != 2, 31] = np.nan
    gaps[:, 32] = np.nan
    gaps[4:, 33] = np.nan
    weights = 0.5 + ((i * 5 + j * 11) % 17) / 8
    zero = np.where((i + j) % 13 == 0, 0.0, weights)
    age = np.array([3, 5, 4, 7, 2, 6, 5, 5, 8, 1, 4, 6], dtype=float)
    a, b, c = (np.asarray(group == name, dtype=float) for name in "ABC")
    ones = np.ones(n)
    even = np.sin(12.9898 * i + 78.233 * j) * 2 + (i == 4) * b[:, None] * 9
    return SimpleNamespace(
        counts=counts,
        y=y,
        gaps=pd.DataFrame(gaps, columns=y.columns),
        even=even,
        weights=weights,
        zero=zero,
        sample_weights=0.4 + np.arange(12) / 8,
        group=group,
        patient=np.array([1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 5, 6]),
        design=pd.DataFrame({"A": ones, "age": age, "B": b, "C": c}),
        means=pd.DataFrame({"A": a, "B": b, "C": c}),
        skew=pd.DataFrame({"A": ones, "age": age, "Bm": ones + b, "Cm": ones + c}),
    )


@pytest.fixture(scope="session")
def equal_to_r() -> Callable[..., None]:
    """Hold numbers against R's: |a - b| <= tolerance max(|b|, 1), gaps in the same places."""

    def check(ours: object, theirs: object, tolerance: float = 1e-9) -> None:
        a, b = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
        assert a.shape == b.shape
        np.testing.assert_array_equal(np.isnan(a), np.isnan(b))
        endless = np.isinf(b)
        np.testing.assert_array_equal(a[endless], b[endless])
        near = np.isfinite(b)
        error = np.abs(a[near] - b[near]) / np.maximum(np.abs(b[near]), 1)
        assert error.max(initial=0) <= tolerance

    return check
