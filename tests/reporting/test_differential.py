"""The page of a comparison: what is drawn, what is thinned, and hostile names."""

from __future__ import annotations

from collections.abc import Callable

import anndata as ad
import numpy as np
import pandas as pd
import pytest

from bulkwise.reporting import Figure, Row, render
from bulkwise.reporting.differential import differential
from bulkwise.stats import ContrastResult, differential_expression

Compare = Callable[..., ContrastResult]
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def compare() -> Compare:
    def call(n_genes: int = 50, method: str = "limma") -> ContrastResult:
        rng = np.random.default_rng(1)
        X = rng.normal(6, 1, (12, n_genes)).astype(np.float32)
        X[:6, 0] += 6
        sheet = pd.DataFrame({"group": ["a"] * 6 + ["b"] * 6}, index=[f"S{i}" for i in range(12)])
        genes = pd.DataFrame(index=[EVIL, *(f"G{i}" for i in range(1, n_genes))])
        cohort = ad.AnnData(X, obs=sheet, var=genes, uns={"unit": "log2"})
        return differential_expression(
            cohort,
            column="group",
            contrast="a:b",
            method=method,  # type: ignore[arg-type]
        )

    return call


def figures(result: ContrastResult) -> dict[str, Figure]:
    found: dict[str, Figure] = {}
    for section in differential(result).sections:
        for block in section.blocks:
            for one in block.figures if isinstance(block, Row) else (block,):
                if isinstance(one, Figure):
                    found[one.title] = one
    return found


def test_every_gene_stands_in_the_volcano_once(compare: Compare) -> None:
    drawn = figures(compare())
    assert sum(len(trace["x"]) for trace in drawn["Volcano"].traces) == 50
    assert EVIL.replace("<", "&lt;").replace(">", "&gt;") in drawn["Volcano"].traces[1]["text"]
    assert sum(drawn["P-values"].traces[0]["y"]) == 50


def test_many_genes_are_thinned_and_it_is_said(compare: Compare) -> None:
    volcano = figures(compare(9000))["Volcano"]
    assert sum(len(trace["x"]) for trace in volcano.traces) <= 4001
    assert "One gene in 3" in volcano.caption
    assert all(trace["type"] == "scatter" for trace in volcano.traces)


def test_the_heat_map_names_genes_samples_and_conditions(compare: Compare) -> None:
    heat = figures(compare())["The most significant genes"]
    assert heat.layout["xaxis"]["ticktext"] == [f"S{i}" for i in range(12)]
    assert len(heat.layout["yaxis"]["ticktext"]) == 50
    assert heat.layout["yaxis"]["ticktext"][0] == EVIL.replace("<", "&lt;").replace(">", "&gt;")
    assert "%{y} in %{x}" in heat.traces[0]["hovertemplate"]
    assert [word["text"] for word in heat.layout["annotations"]] == ["a (6)", "b (6)"]
    strips = [(shape["x0"], shape["x1"]) for shape in heat.layout["shapes"]]
    assert strips == [(-0.5, 5.5), (5.5, 11.5)]


def test_rank_tests_have_no_trend(compare: Compare) -> None:
    assert "Mean and variance" in figures(compare())
    assert "Mean and variance" not in figures(compare(method="wilcoxon"))


def test_a_gene_named_like_a_script_stays_text(compare: Compare) -> None:
    assert EVIL not in render(differential(compare()))
