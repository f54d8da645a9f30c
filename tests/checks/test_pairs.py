"""Pairs that look swapped or mislabelled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkwise.checks.pairs import check_pairs, find_pairs

N, P = 20, 120


def pairs(seed: int = 0) -> tuple[Any, list[str], list[str], list[str]]:
    """Normals and tumours of N patients; a third of the genes differ by two units."""
    rng = np.random.default_rng(seed)
    base = rng.normal(8, 2, P) + rng.normal(0, 1, (N, 1, P))
    X = np.repeat(base, 2, axis=1) + rng.normal(0, 0.5, (N, 2, P))
    X[:, 1, : P // 3] += 2 * rng.choice([-1, 1], P // 3)
    patients = [f"P{i}" for i in range(N) for _ in range(2)]
    return X.reshape(2 * N, P), patients, ["normal", "tumour"] * N, ["x"] * (2 * N)


def suspects(X: Any, patients: list[str], conditions: list[str], strata: list[str]) -> set[str]:
    found = check_pairs(X, "log2", patients, conditions, strata, column="condition")
    return set(found[0].items) if found else set()


def test_good_pairs_pass() -> None:
    assert suspects(*pairs()) == set()


def test_swapped_and_mislabelled_pairs_are_named() -> None:
    X, patients, conditions, strata = pairs()
    X[[6, 7]] = X[[7, 6]]
    X[11] = X[10] + np.random.default_rng(1).normal(0, 0.5, P)
    X[20] = X[21] + np.random.default_rng(2).normal(0, 0.5, P)
    (finding,) = check_pairs(X, "log2", patients, conditions, strata, column="condition")
    assert set(finding.items) == {"P3", "P5", "P10"}
    assert "P3 (look swapped)" in finding.message
    assert "P5 (both look normal)" in finding.message
    assert "P10 (both look tumour)" in finding.message


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**16))
def test_order_of_samples_and_genes_changes_nothing(seed: int) -> None:
    X, patients, conditions, strata = pairs()
    X[[6, 7]] = X[[7, 6]]
    rng = np.random.default_rng(seed)
    rows, columns = rng.permutation(len(X)), rng.permutation(P)
    mixed = X[rows][:, columns]
    assert suspects(mixed, [patients[i] for i in rows], [conditions[i] for i in rows], strata) == {
        "P3"
    }


def test_missing_values_are_passed_over() -> None:
    X, patients, conditions, strata = pairs()
    X[[6, 7]] = X[[7, 6]]
    X[np.random.default_rng(0).random(X.shape) < 0.05] = np.nan
    X[:, 5] = np.nan
    assert suspects(X, patients, conditions, strata) == {"P3"}


def test_few_pairs_and_pairs_across_strata_are_not_judged() -> None:
    X, patients, conditions, strata = pairs()
    X[[6, 7]] = X[[7, 6]]
    assert suspects(X[:14], patients[:14], conditions[:14], strata[:14]) == set()
    assert suspects(X, patients, conditions, ["x", "y"] * N) == set()


def test_pairs_without_any_difference_are_not_judged() -> None:
    X = np.ones((2 * N, P))
    assert suspects(X, *pairs()[1:]) == set()


def test_patients_with_both_of_two_conditions() -> None:
    found = find_pairs(list("ppqrr"), ["n", "t", "t", "t", "n"])
    assert found == (("n", "t"), [("p", 0, 1), ("r", 4, 3)])
    assert find_pairs(list("pp"), ["n", "n"]) is None
    assert find_pairs(list("ppp"), ["n", "t", "m"]) is None


@pytest.mark.real
def test_the_known_suspects_of_tcga_are_named_and_few_others(data_folder: Path) -> None:
    cohort = anndata.read_h5ad(data_folder / "tcga_pairs.h5ad")
    obs = cohort.obs.astype(str)
    (finding,) = check_pairs(
        cohort.X,
        "log2_rsem",
        obs["patient"].tolist(),
        obs["condition"].tolist(),
        obs["cancer"].tolist(),
        column="condition",
    )
    known = {"TCGA-CW-5591", "TCGA-CH-5769", "TCGA-56-8623", "TCGA-BC-A10X"}
    assert known <= set(finding.items)
    assert len(finding.items) <= 8
    assert "TCGA-CW-5591 (look swapped)" in finding.message
