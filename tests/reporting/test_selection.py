"""The page of a gene selection, with its panel and attributions: figures, words, hostile names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from plotly import graph_objects

from bulkwise.explain import SelectedGenes, select_genes
from bulkwise.reporting import Figure, Page, Row, Table, render
from bulkwise.reporting.attributions import attributions
from bulkwise.reporting.panel import panel, panel_answer
from bulkwise.reporting.selection import selection

EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def found() -> SelectedGenes:
    """Three classes; the first gene, of a hostile name, tells one, its twin and two others more."""
    rng = np.random.default_rng(0)
    codes = np.arange(60) % 3
    X = rng.normal(6, 1, (60, 40)).astype(np.float32)
    for gene, code in ((0, 0), (1, 1), (2, 2)):
        X[codes == code, gene] += 3
    X[:, 3] = X[:, 0] + 0.1 * rng.normal(size=60)
    genes = [EVIL, *(f"G{i}" for i in range(1, 40))]
    sheet = pd.DataFrame({"kind": np.array(["a", "b", "c"])[codes]}, [f"S{i}" for i in range(60)])
    cohort = ad.AnnData(X, obs=sheet, var=pd.DataFrame(index=genes), uns={"unit": "log2"})
    return select_genes(cohort, target="kind", k=4, permutations=2, repeats=2, folds=2)


def page(result: SelectedGenes) -> Page:
    sections = [attributions(result), panel(result)]
    return selection(result, answer=panel_answer(result), sections=sections)


def blocks(result: SelectedGenes) -> Iterator[object]:
    drawn = page(result)
    for block in (*drawn.answer, *(one for part in drawn.sections for one in part.blocks)):
        yield from block.figures if isinstance(block, Row) else (block,)


def test_plotly_accepts_every_figure_and_each_has_words_and_axes(found: SelectedGenes) -> None:
    drawn = [one for one in blocks(found) if isinstance(one, Figure)]
    assert len(drawn) == 5
    for figure in drawn:
        graph_objects.Figure({"data": figure.traces, "layout": figure.layout})
        assert figure.title
        assert figure.alt
        assert figure.layout["xaxis"]["title"]["text"]


def test_a_gene_counts_most_in_the_class_that_it_tells(found: SelectedGenes) -> None:
    heat = next(b for b in attributions(found).blocks if isinstance(b, Figure))
    names = found.attributions.index[found.table["panel"] | found.table["stable"]]
    z = np.asarray(heat.traces[0]["z"])
    assert z.shape == (len(names), 3)
    assert z[list(names).index("G1")].argmax() == 1
    assert z[list(names).index("G2")].argmax() == 2


def test_twins_stand_in_one_group(found: SelectedGenes) -> None:
    table = next(b for b in blocks(found) if isinstance(b, Table) and "Groups" in b.title)
    alike = [row for row in table.rows if EVIL in row[1] + row[2]]
    assert len(alike) == 1
    assert "G3" in alike[0][1] + alike[0][2]


def test_a_gene_named_like_a_script_stays_text(found: SelectedGenes) -> None:
    assert EVIL not in render(page(found))


def test_a_panel_no_better_than_random_genes_is_said_to_be_so(found: SelectedGenes) -> None:
    assert "Random genes do as well" not in panel_answer(found)[0].text  # type: ignore[union-attr]
    assert found.panel is not None
    models = dict(found.panel.models)
    models["random-4-1"] = models["stable-4"]
    same = replace(found, panel=replace(found.panel, models=models))
    assert "Random genes do as well" in panel_answer(same)[0].text  # type: ignore[union-attr]


def test_a_panel_that_was_not_judged_has_no_section(found: SelectedGenes) -> None:
    without = replace(found, panel=None)
    assert panel_answer(without) == []
    assert "What a small panel is worth" not in render(page(without))
