"""Forward selection: F as SciPy has it, adjusted as worked out gene by gene."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pytest
from scipy import stats
from sklearn.feature_selection import f_classif

from bulkwise.stats.forward import class_f, forward_order, ttest_order

Array = np.ndarray[Any, Any]


def cohort(n: int = 60, p: int = 80, classes: int = 2, seed: int = 0) -> tuple[Array, Array]:
    """Gene 0 tells, gene 1 only goes with it, gene 2 tells too, by itself and less."""
    rng = np.random.default_rng(seed)
    codes = np.arange(n) % classes
    X = rng.normal(size=(n, p))
    X[:, 1] = 0.95 * X[:, 0] + np.sqrt(1 - 0.95**2) * X[:, 1]
    X[codes == 1, 0] += 3
    X[codes == 1, 1] += 0.9 * 3
    X[codes == 1, 2] += 1.5
    return X, codes


def slow_order(X: Array, codes: Array, n_genes: int, noise: float = 2.5) -> list[int]:
    """The same by loops over genes, with all sums written out."""
    k = codes.max() + 1
    means = np.array([X[codes == c].mean(axis=0) for c in range(k)])
    sizes = np.bincount(codes).astype(float)
    within = X - means[codes]
    grand = means - (sizes / sizes.sum()) @ means
    ss = (within**2).sum(axis=0)
    counts = (sizes[:, None] * grand**2).sum(axis=0) / ss
    taken: list[int] = []
    for _ in range(n_genes):
        best = int(np.argmax(np.where(np.isin(np.arange(len(ss)), taken), -1, counts)))
        taken.append(best)
        for g in range(len(ss)):
            r = within[:, g] @ within[:, best] / np.sqrt(ss[g] * ss[best])
            if abs(r) > noise / np.sqrt(len(codes) - k):
                b = within[:, g] @ within[:, best] / ss[best]
                left = max((1 - r**2) * ss[g], 1e-3 * ss[g])
                adjusted = (sizes * (grand[:, g] - b * grand[:, best]) ** 2).sum() / left
                counts[g] = min(counts[g], adjusted)
    return taken


@pytest.mark.parametrize("classes", [2, 3, 4])
def test_f_is_that_of_one_way_analysis_of_variance(classes: int) -> None:
    X, codes = cohort(classes=classes)
    np.testing.assert_allclose(class_f(X, codes), f_classif(X, codes)[0], rtol=1e-9)
    if classes == 2:
        t = stats.ttest_ind(X[codes == 0], X[codes == 1]).statistic
        np.testing.assert_allclose(class_f(X, codes), t**2, rtol=1e-9)


@pytest.mark.parametrize("classes", [2, 3])
def test_the_order_is_that_of_the_sums_written_out_in_every_part(classes: int) -> None:
    X, codes = cohort(classes=classes)
    rng = np.random.default_rng(1)
    parts = np.stack([rng.permutation(60) < 40 for _ in range(4)])
    found = forward_order(X, codes, parts, 6)
    for part, order in zip(parts, found, strict=True):
        got = [int(np.flatnonzero(order == place)[0]) for place in range(1, 7)]
        assert got == slow_order(X[part], codes[part], 6)


def test_a_gene_that_only_goes_with_a_chosen_one_falls_back() -> None:
    X, codes = cohort(n=200)
    everyone = np.ones((1, 200), bool)
    by_t = ttest_order(X, codes, everyone, 3)[0]
    forward = forward_order(X, codes, everyone, 3)[0]
    assert by_t[:3].tolist() == [1, 2, 3]
    assert (forward[0], forward[2]) == (1, 2)
    assert forward[1] == 0


def test_ttest_order_is_the_order_of_f() -> None:
    X, codes = cohort()
    order = ttest_order(X, codes, np.ones((1, 60), bool), 80)[0]
    np.testing.assert_array_equal(np.argsort(order), np.argsort(-class_f(X, codes), kind="stable"))


def test_scale_and_constant_genes_do_no_harm() -> None:
    X, codes = cohort()
    X[:, 10] = 4.2
    parts = np.random.default_rng(0).random((3, 60)) < 0.7
    scaled = X * 2.0 ** np.random.default_rng(0).integers(-8, 8, X.shape[1])
    np.testing.assert_array_equal(
        forward_order(X, codes, parts, 5), forward_order(scaled, codes, parts, 5)
    )
    every = forward_order(X, codes, parts, 200)
    assert (every[:, 10] == 0).all()
    assert (every.max(axis=1) == 79).all()
    assert class_f(X, codes)[10] == 0


@pytest.mark.real
def test_on_a_real_cohort_the_first_gene_has_the_largest_t(data_folder: Path) -> None:
    cohort = anndata.read_h5ad(data_folder / "metastasis" / "gse2034_subset.h5ad")
    X = np.asarray(cohort.X, np.float64)
    codes = np.unique(cohort.obs["distant_metastasis"].astype(str), return_inverse=True)[1]
    order = forward_order(X, codes, np.ones((1, len(codes)), bool), 8)[0]
    assert order[class_f(X, codes).argmax()] == 1
    got = [int(np.flatnonzero(order == place)[0]) for place in range(1, 9)]
    assert got == slow_order(X, codes, 8)
