"""The whole selection, from a cohort to a table that can be defended."""

from __future__ import annotations

import json
from typing import Any

import anndata as ad
import numpy as np
import pandas as pd
import pytest

from bulkwise.datasets import load, simulate
from bulkwise.errors import GeneError, InputError, SampleError
from bulkwise.explain import SelectedGenes, select_genes
from bulkwise.storage import write_json

QUICK: dict[str, Any] = {"permutations": 2, "repeats": 1, "folds": 0}


@pytest.fixture(scope="module")
def cohort() -> ad.AnnData:
    return simulate(80, 400, 1, tumour_share=0.0, batch_effect=0.0, n_causal=5, causal_effect=3.0)


@pytest.fixture(scope="module")
def found(cohort: ad.AnnData) -> SelectedGenes:
    return select_genes(cohort, target="outcome", k=5, **QUICK)


def test_causal_genes_come_first_with_their_direction(
    cohort: ad.AnnData, found: SelectedGenes
) -> None:
    table = found.table
    assert table["gene"][:5].isin(cohort.uns["truth"]["causal"]).sum() >= 4
    assert table["frequency"].is_monotonic_decreasing
    assert table["expected_false"].is_monotonic_increasing
    assert (table["class"] == "poor").all()
    truth = cohort.var["outcome_log2fc"]
    for row in table.head(3).to_dict("records"):
        assert row["direction"] == ("up" if truth[row["gene"]] > 0 else "down")
        assert row["difference"] == pytest.approx(truth[row["gene"]], abs=0.5)
    assert table["score"].sum() == pytest.approx(1)
    assert table["panel"].sum() == 5
    assert table["group"][:5].min() >= 1


def test_attributions_by_class_are_the_scores(found: SelectedGenes) -> None:
    assert list(found.attributions.columns) == ["good", "poor"]
    assert found.attributions.index.tolist() == found.table["gene"].tolist()
    np.testing.assert_allclose(found.attributions.mean(axis=1), found.table["score"], rtol=1e-9)


def test_the_document_is_json(found: SelectedGenes, tmp_path: Any) -> None:
    write_json(tmp_path / "a.json", found.document(), schema="selection", version=1)
    read = json.loads((tmp_path / "a.json").read_text())
    assert read["panel"] == found.table["gene"][:5].tolist()
    assert set(read["attributions"]) >= set(read["panel"])


def test_the_callers_cohort_is_left_alone_and_genes_in_any_order_give_the_same(
    cohort: ad.AnnData, found: SelectedGenes
) -> None:
    before = np.asarray(cohort.X).copy()
    order = np.random.default_rng(0).permutation(cohort.n_vars)
    other = select_genes(cohort[:, order].copy(), target="outcome", k=5, **QUICK)
    np.testing.assert_array_equal(np.asarray(cohort.X), before)
    frequency = other.table.set_index("gene")["frequency"]
    mine = found.table.set_index("gene")["frequency"]
    pd.testing.assert_series_equal(frequency.sort_index(), mine.sort_index())


def test_hardly_expressed_genes_are_left_out_and_said(found: SelectedGenes) -> None:
    left = next(one for one in found.findings if one.code == "hardly-expressed")
    assert len(left.items) + len(found.table) == 400
    assert found.asked["expressed"] == len(found.table)


def test_a_real_cohort_whose_classes_are_clear_has_stable_genes() -> None:
    bladder = load("bladder")[:, ::20].copy()
    clear = select_genes(bladder, target="cancer", source="batch", k=5, method="ttest", **QUICK)
    assert clear.stable
    assert clear.table["f"][:5].min() > clear.table["f"].median()


@pytest.mark.parametrize(
    ("asked", "error", "said"),
    [
        ({"target": "nothing"}, SampleError, "nothing"),
        ({"target": "tissue"}, SampleError, "class"),
        ({"target": "outcome", "k": 0}, InputError, "1 to"),
        ({"target": "outcome", "method": "magic"}, ValueError, "magic"),
        ({"target": "outcome", "least_expression": 1e9}, GeneError, "keep none of 400 genes"),
    ],
)
def test_what_cannot_be_answered_is_refused(
    cohort: ad.AnnData, asked: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        select_genes(cohort, **{**QUICK, **asked})


def test_too_few_patients_of_a_class_are_refused(cohort: ad.AnnData) -> None:
    few = cohort[cohort.obs["outcome"].eq("good") | (np.arange(80) < 4)].copy()
    few = few[np.r_[np.flatnonzero(few.obs["outcome"] == "poor")[:1], 5:30]].copy()
    with pytest.raises(SampleError):
        select_genes(few, target="outcome", k=5, **QUICK)
