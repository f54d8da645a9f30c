"""Groups of correlated genes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pytest

from bulkwise.errors import InputError
from bulkwise.explain import correlated_groups
from bulkwise.explain.redundancy import within_class_correlations

NAMES = [f"G{i}" for i in range(8)]


@pytest.fixture
def data() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Genes 0, 1, 2 go together (2 the other way), 3 and 4 differ by class only."""
    rng = np.random.default_rng(0)
    codes = np.arange(80) % 2
    X = rng.normal(size=(80, 8))
    X[:, 1] = X[:, 0] + 0.1 * rng.normal(size=80)
    X[:, 2] = -X[:, 0] + 0.3 * rng.normal(size=80)
    X[codes == 1, 3:5] += 10
    X[:, 7] = 5.0
    return X, codes


def test_correlations_are_those_of_the_residuals(data: Any) -> None:
    X, codes = data
    found = within_class_correlations(X, codes, [0, 3])
    left = X.copy()
    for code in (0, 1):
        left[codes == code] -= left[codes == code].mean(axis=0)
    expected = np.corrcoef(left[:, :7].T)
    np.testing.assert_allclose(found[:, :7], expected[[0, 3]], atol=1e-9)
    assert (found[:, 7] == 0).all()
    assert np.corrcoef(X[:, 3], X[:, 4])[0, 1] > 0.9  # what the class alone would give


def test_genes_that_could_stand_for_one_another_form_a_group(data: Any) -> None:
    X, codes = data
    groups = correlated_groups(X, codes, [3, 0, 1], NAMES)
    assert [group.chosen for group in groups] == [("G3",), ("G0", "G1")]
    assert groups[0].others == ()
    assert groups[1].others == ("G2",)
    assert groups[1].correlations[0] < -0.9


def test_every_chosen_gene_stands_in_exactly_one_group(data: Any) -> None:
    X, codes = data
    chosen = [7, 2, 5, 0, 3]
    groups = correlated_groups(X, codes, chosen, NAMES, least=0.05)
    assert sorted(name for group in groups for name in group.chosen) == sorted(
        NAMES[i] for i in chosen
    )
    assert correlated_groups(X, codes, [], NAMES) == []
    assert len(correlated_groups(X, codes, [6], NAMES)) == 1


@pytest.mark.parametrize("least", [0.0, 1.0, -0.5])
def test_a_least_correlation_out_of_range_is_refused(data: Any, least: float) -> None:
    with pytest.raises(InputError, match=r"\(0, 1\)"):
        correlated_groups(*data, [0], NAMES, least=least)


@pytest.mark.real
def test_real_immunoglobulin_like_genes_group_together(data_folder: Path) -> None:
    cohort = anndata.read_h5ad(data_folder / "metastasis" / "gse2034_subset.h5ad")
    X = np.asarray(cohort.X, np.float64)
    codes = np.unique(cohort.obs["distant_metastasis"].astype(str), return_inverse=True)[1]
    names = cohort.var_names.astype(str).tolist()
    r = within_class_correlations(X, codes, range(X.shape[1]))
    np.fill_diagonal(r, 0)
    first, second = np.unravel_index(np.abs(r).argmax(), r.shape)
    group = correlated_groups(X, codes, [int(first)], names)[0]
    assert names[second] == group.others[0]
    assert abs(group.correlations[0]) == pytest.approx(np.abs(r).max())
