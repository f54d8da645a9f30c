"""The section on gene sets."""

from __future__ import annotations

import anndata as ad
import numpy as np
import pandas as pd

from bulkwise.reporting import Figure
from bulkwise.reporting.enrichment import enrichment
from bulkwise.stats import differential_expression, preranked


def test_the_planted_set_leads_and_is_drawn() -> None:
    rng = np.random.default_rng(1)
    X = rng.normal(6, 1, (12, 200)).astype(np.float32)
    X[:6, :30] += 3
    genes = [f"GENE{i}" for i in range(200)]
    cohort = ad.AnnData(
        X,
        obs=pd.DataFrame({"group": ["a"] * 6 + ["b"] * 6}, index=[f"S{i}" for i in range(12)]),
        var=pd.DataFrame(index=genes),
        uns={"unit": "log2"},
    )
    result = differential_expression(cohort, column="group", contrast="a:b")
    sets = {"lib": {"up": genes[:30], "none": genes[100:130]}}
    found = preranked(genes, result.table["statistic"], sets)
    section = enrichment(result, found, [Library(sets["lib"])])
    dots, running = (block for block in section.blocks if isinstance(block, Figure))
    assert dots.traces[0]["x"][0] > 1
    assert running.title == "Running score of up"
    assert len(running.traces[1]["x"]) == 30


class Library(dict[str, list[str]]):
    """Gene sets that know their name."""

    name = "lib"
