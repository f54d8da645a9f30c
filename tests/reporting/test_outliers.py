"""The page of single samples against a reference."""

from __future__ import annotations

import anndata as ad
import numpy as np
import pandas as pd
import pytest

from bulkwise.evaluation.outlying import Outliers, outliers
from bulkwise.reporting import Row, Table, render
from bulkwise.reporting.outliers import outlying

EVIL = "<script>alert(1)</script>"


@pytest.fixture
def found() -> Outliers:
    rng = np.random.default_rng(0)
    genes = pd.DataFrame(index=[EVIL, *(f"G{k}" for k in range(199))])

    def cohort(n: int, names: str) -> ad.AnnData:
        X = rng.normal(8, 0.5, (n, 200)).astype(np.float32)
        sheet = pd.DataFrame(index=[f"{names}{k}" for k in range(n)])
        return ad.AnnData(X, obs=sheet, var=genes, uns={"unit": "log2"})

    ours = cohort(14, "s")
    ours.X[0, 0] += 5
    return outliers(ours, cohort(20, "n"))


def test_twelve_samples_are_drawn_and_all_are_in_the_table(found: Outliers) -> None:
    page = outlying(found)
    titles = [section.title for section in page.sections if section.blocks]
    assert titles[0] == "Samples"
    assert titles[1:13] == [f"s{k}" for k in range(12)]
    (table,) = page.sections[0].blocks
    assert isinstance(table, Table)
    assert len(table.rows) == 14
    assert table.rows[0][1] == "1"
    notes = " ".join(block.message for block in page.sections[-2].blocks)  # type: ignore[union-attr]
    assert "2 more samples aren't drawn" in notes


def test_the_planted_gene_leads_and_stays_text(found: Outliers) -> None:
    page = outlying(found)
    row = next(block for block in page.sections[1].blocks if isinstance(block, Row))
    cloud, ranges = row.figures
    assert sum(len(trace["x"]) for trace in cloud.traces) == 200
    assert len(cloud.traces[1]["x"]) == 1
    assert ranges.layout["yaxis"]["ticktext"][0].startswith("&lt;script&gt;")
    assert ranges.traces[1]["x"][0] > np.nanmax(ranges.traces[0]["x"][:2])
    assert EVIL not in render(page)
