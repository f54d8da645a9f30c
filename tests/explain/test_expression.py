"""Genes that are hardly expressed are left out, and it is said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bulkwise.explain import preparation
from bulkwise.explain.expression import LEAST_EXPRESSION, left_out_finding
from bulkwise.preprocess import ExpressionFilter, Standardize

GENES = ("HIGH", "LOW", "RARE")


def frame() -> pd.DataFrame:
    """LOW is near zero throughout, RARE is expressed in the rare class only (4 of 40)."""
    rng = np.random.default_rng(0)
    X = rng.uniform(0, 0.5, size=(40, 3))
    X[:, 0] += 50
    X[:4, 2] += 80
    return pd.DataFrame(X, columns=list(GENES))


def test_hardly_expressed_genes_go_and_a_rare_classes_marker_stays() -> None:
    steps = preparation("tpm", {"rare": 4, "other": 36}).fit(frame())
    assert steps.get_feature_names_out().tolist() == ["HIGH", "RARE"]
    said = left_out_finding(steps, "tpm", GENES)
    assert said.code == "hardly-expressed"
    assert said.items == ("LOW",)
    assert "1 of 3 genes" in said.message


def test_a_level_can_be_given_and_zero_keeps_what_is_detected() -> None:
    steps = preparation("tpm", {"a": 20, "b": 20}, 0.0).fit(frame())
    assert len(steps.get_feature_names_out()) == 3


@pytest.mark.parametrize("unit", ["log2", "log_ratio", "microarray"])
def test_a_unit_without_a_zero_is_not_filtered_and_it_is_said(unit: str) -> None:
    assert unit not in LEAST_EXPRESSION
    steps = preparation(unit, {"a": 20, "b": 20})
    assert not isinstance(steps[0], ExpressionFilter)
    assert isinstance(steps[-1], Standardize)
    assert left_out_finding(steps.fit(frame()), unit, GENES).code == "expression-not-filtered"
