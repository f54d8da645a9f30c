"""Labels, sources and genes that are entangled."""

from __future__ import annotations

import numpy as np

from bulkwise.checks.design import check_groups, check_one_source_genes, check_source


def source(labels: str, batches: str) -> list[tuple[str, ...]]:
    return [f.items for f in check_source(list(labels), list(batches), target="t", source="s")]


def test_a_label_fixed_by_the_source() -> None:
    assert source("aabb", "1122") == [("1", "2")]
    assert source("aabb", "1223") == []
    assert source("aabb", "1212") == []
    assert source("aabb", "1111") == []


def test_a_class_with_a_source_of_its_own() -> None:
    assert source("aabbcc", "121233") == [("c",)]


def test_all_samples_of_one_patient() -> None:
    assert check_groups(["p", "p"], name="patient")[0].code == "one-patient"
    assert check_groups(["p", "q"], name="patient") == []
    assert check_groups(["p"], name="patient") == []


def test_genes_of_one_source_only() -> None:
    X = np.ones((6, 4))
    X[:3, 1] = 0
    X[:3, 2] = [0, 0, 1]
    X[:, 3] = [0, 0, 0, 1, 0, 0]
    (finding,) = check_one_source_genes(X, list("111222"), list("ABCD"), source="batch")
    assert finding.items == ("B",)
    assert check_one_source_genes(X, list("111122"), list("ABCD"), source="batch") == []
    assert check_one_source_genes(X[:, :1], list("111222"), ["A"], source="batch") == []
